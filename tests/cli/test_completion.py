"""Completion, through the entry point and with the variables with which a shell asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from drawthings.cli.client import RememberingClient
from drawthings.cli.completion import rejoined
from drawthings.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Complete = Callable[..., list[str]]

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
BASH = shutil.which("bash")


def answers(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str, **more: str) -> list[str]:
    """Return the lines with which bash's script would be answered for the last of some words."""
    monkeypatch.setenv("_DRAWTHINGS_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "\n".join(("drawthings", *words)))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    for name, value in more.items():
        monkeypatch.setenv(name, value)
    assert main([]) == 0
    told = capfd.readouterr()
    assert told.err == ""
    return [line for line in told.out.splitlines() if line]


@pytest.fixture
def complete(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Complete:
    def ask(*words: str, **more: str) -> list[str]:
        return [line.removeprefix("plain,") for line in answers(capfd, monkeypatch, *words, **more)]

    return ask


@pytest.fixture
def seen(address: str) -> str:
    """A server that was asked before."""
    with RememberingClient(address) as client:
        client.models()
    return address


def test_through_the_real_entry() -> None:
    asked = {**os.environ, "_DRAWTHINGS_COMPLETE": "bash_complete", "COMP_WORDS": "drawthings gen", "COMP_CWORD": "1"}
    done = subprocess.run([sys.executable, "-m", "drawthings"], env=asked, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("plain,generate\n", "")


def test_commands_and_options(complete: Complete) -> None:
    assert complete("lo") == ["loras"]
    assert complete("loras", "l") == ["list"]
    assert {"--sampler", "--seed", "--set", "--size", "--steps"} <= set(complete("generate", "--s"))
    assert complete("generate", "x", "--remote") == []


def test_bare_words_are_a_prompt_here_too(complete: Complete) -> None:
    assert "--sampler" in complete("'a red fox'", "--s")
    assert "--sampler" in complete("--s")
    assert "--version" in complete("--")
    assert complete("--sampler", "uni")[0] == "UniPC"


def test_names_come_from_the_server_seen_last(complete: Complete, seen: str) -> None:
    assert complete("generate", "--model", "z_image_turbo_1.0_q6") == ["z_image_turbo_1.0_q6p.ckpt"]
    assert complete("generate", "--server", seen, "-m", "Z_IMAGE_turbo_1.0_q6") == ["z_image_turbo_1.0_q6p.ckpt"]
    assert complete("generate", "--server", "elsewhere:1", "--model", "z_im") == []
    assert complete("generate", "--model", "z_image", DRAWTHINGS_SERVER=seen)
    assert complete("inpaint", "a.png", "x", "--control", "controlnet_canny_1")
    assert complete("upscale", "a.png", "--upscaler", "remacri") == ["remacri_4x_f16.ckpt"]


def test_loras_are_those_for_the_model(complete: Complete, seen: str) -> None:
    assert seen
    assert any(name.startswith("qwen") for name in complete("edit", "a.png", "x", "--lora", ""))
    fitting = complete("edit", "a.png", "x", "--model", SD15, "--lora", "")
    assert fitting
    assert not any(name.startswith("qwen") for name in fitting)


def test_nothing_is_known_before_a_server_was_asked(complete: Complete) -> None:
    assert complete("generate", "--model", "z") == []
    assert complete("server", "status", "--server", "") == ["embedded"]


def test_settings_and_their_values(complete: Complete) -> None:
    assert complete("generate", "--set", "hires-fix-w") == ["hires_fix_width="]
    assert complete("generate", "--set", "tiled_decoding", "=", "") == ["on", "off"]
    assert complete("generate", "--set", "tiled_decoding=o") == ["on", "off"]
    assert "Scale\\ Alike" in complete("generate", "--set", "seed_mode", "=", "")
    assert complete("generate", "--set", "nothing=") == []
    assert complete("generate", "--sampler", "unipc\\ t") == ["UniPC\\ Trailing"]
    assert complete("generate", "--sampler", '"unipc t') == ["UniPC Trailing"]
    assert complete("config", "fields", "cfg") == ["cfg_zero_star", "cfg_zero_init_steps"]


def test_hints_and_files(complete: Complete) -> None:
    assert complete("generate", "--hint", "dep") == ["depth="]
    assert complete("generate", "--hint", "depth", "=", "a") == ["file,a"]
    assert complete("generate", "--prompt-file", "prom") == ["file,prom"]
    assert complete("recipes", "list", "--family", "qwen") == ["qwen_image"]


def test_servers_and_profiles(complete: Complete, seen: str, tmp_path: Path) -> None:
    known, config = tmp_path / "known", tmp_path / "config.toml"
    known.write_text("# seen\n192.168.1.20:7859 SHA256:05:60 2026-11-22\n\n")
    config.write_text('[profiles.studio]\nserver = "studio.local"\n[profiles.stage]\n')
    named = {"DRAWTHINGS_KNOWN_SERVERS": str(known), "DRAWTHINGS_CONFIG": str(config)}
    offered = complete("generate", "--server", "", **named)
    assert offered == ["embedded", "studio.local", seen, "192.168.1.20:7859"]
    assert complete("generate", "--profile", "st", **named) == ["studio", "stage"]
    known.write_bytes(b"\xff\xfe")
    config.write_text("[[[")
    assert complete("generate", "--server", "e", **named) == ["embedded"]
    assert complete("generate", "--profile", "st", **named) == []


def test_what_is_wrong_is_no_word_on_the_screen(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_DRAWTHINGS_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "drawthings gen")
    monkeypatch.setenv("COMP_CWORD", "no number")
    assert main([]) == 1
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("before", "last", "words"),
    [
        (["--set", "a"], "=", ["--set", "a="]),
        (["--set", "a", "="], "b", ["--set", "a=b"]),
        (["--lora", "f.ckpt", ":", "0.8", ":"], "ba", ["--lora", "f.ckpt:0.8:ba"]),
        (["x"], "", ["x", ""]),
    ],
)
def test_what_bash_takes_apart_is_put_together(before: list[str], last: str, words: list[str]) -> None:
    assert rejoined(before, last) == (words[:-1], words[-1])


@pytest.mark.skipif(BASH is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "replies"),
    [
        (["drawthings", "insp"], ["inspect"]),
        (["drawthings", '"a fox"', "--sampler", "ddim"], ["DDIM", "DDIM\\ Trailing"]),
        (["drawthings", "generate", "--set", "seed_mode", "=", "tor"], ["Torch\\ CPU\\ Compatible"]),
        (["drawthings", "generate", "--set", "hires_fix_s"], ["hires_fix_strength="]),
        (["drawthings", "generate", "--set", "*"], []),
    ],
)
def test_bash_itself(words: list[str], replies: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    (tmp_path / "drawthings").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m drawthings "$@"\n')
    (tmp_path / "drawthings").chmod(0o755)
    line = " ".join(f"'{word}'" for word in words)
    asked = f"COMP_WORDS=({line}) COMP_CWORD={len(words) - 1}; _drawthings_completion drawthings"
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    test = f'{script}\n{asked}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(
        [str(BASH), "--norc", "-c", test], env=environment, capture_output=True, text=True, check=True
    )
    assert [reply for reply in done.stdout.splitlines() if reply] == replies


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
