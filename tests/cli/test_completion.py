"""Completion, through the entry point and with the variables with which a shell asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from drawthings.cli.main import main
from drawthings.cli.memory import RememberingClient

if TYPE_CHECKING:
    from pathlib import Path


def complete(words: str, **environment: str) -> list[str]:
    """Return what bash would offer for the last of some words."""
    parts = words.split(" ")
    asked = {
        **os.environ,
        **environment,
        "_DRAWTHINGS_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(parts) - 1),
    }
    done = subprocess.run([sys.executable, "-m", "drawthings"], env=asked, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    offered = [line.partition(",") for line in done.stdout.splitlines()]
    return [value for kind, _, value in offered if kind == "plain" and value]


def test_commands_and_options() -> None:
    assert complete("drawthings gen") == ["generate"]
    assert "--sampler" in complete("drawthings generate --s")


def test_models_come_from_the_server_seen_last(address: str) -> None:
    assert complete("drawthings generate --model z_im") == []
    with RememberingClient(address) as client:
        client.models()
    assert complete("drawthings generate --model z_image_turbo_1.0_q6") == ["z_image_turbo_1.0_q6p.ckpt"]
    assert complete(f"drawthings generate --server {address} x --model Z_IMAGE_turbo_1.0_q6") == [
        "z_image_turbo_1.0_q6p.ckpt"
    ]
    assert complete("drawthings generate --server elsewhere:1 --model z_im") == []
    assert complete("drawthings generate --model z_im", DRAWTHINGS_SERVER="elsewhere:1") == []
    assert any("qwen" in name for name in complete("drawthings edit x y --lora q"))
    assert complete("drawthings generate --control controlnet_canny_1")


def test_settings_and_their_values() -> None:
    assert complete("drawthings generate --set hires_fix_w") == ["hires_fix_width="]
    assert complete("drawthings generate --set tiled_decoding=") == ["tiled_decoding=on", "tiled_decoding=off"]
    assert "seed_mode=Scale Alike" in complete("drawthings generate --set seed_mode=")
    assert complete("drawthings generate --set nothing=") == []
    assert "UniPC Trailing" in complete("drawthings generate --sampler uni")


def test_servers_are_those_that_are_known(tmp_path: Path) -> None:
    known = tmp_path / "known"
    known.write_text("# seen\n192.168.1.20:7859 SHA256:05:60 2026-11-22\n\n")
    offered = complete("drawthings generate --server ", DRAWTHINGS_KNOWN_SERVERS=str(known))
    assert offered == ["embedded", "192.168.1.20:7859"]
    known.write_bytes(b"\xff\xfe")
    assert complete("drawthings generate --server ", DRAWTHINGS_KNOWN_SERVERS=str(known)) == ["embedded"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_for_the_shell(shell: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_DRAWTHINGS_COMPLETE={shell}_complete" in script
    if (program := shutil.which(shell)) is not None:
        (tmp_path / "script").write_text(script)
        subprocess.run([program, "-n", str(tmp_path / "script")], check=True)


def test_another_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "cmd"]) == 2
    assert "'cmd'" in capsys.readouterr().err
