"""What the README shows runs: every command line and every Python block, against the embedded server."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from drawthings.cli.main import COMMANDS, main
from drawthings.profiles import ENVIRONMENT

if TYPE_CHECKING:
    from drawthings import EmbeddedServer

TEXT = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
PICTURES = ("input.png", "photo.jpg", "room.png", "chair.png")
ELSEWHERE = {"my-mac.local": "", "gpu-box:7859": "", "gpu1:7859": "", "gpu2:7859": "embedded"}
"""Hosts of the examples, and what answers in their place; without a name it is the embedded server."""
STAYING = ("drawthings server run", "drawthings serve ", "drawthings mcp")
"""Commands that do not end by themselves; they have tests of their own."""


def commands() -> list[list[str]]:
    """Return what each console block types that can run here, continued lines joined."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL):
        lines = block.replace("\\\n", " ").splitlines()
        typed = [line.removeprefix("$ ") for line in lines if line.startswith(("$ drawthings ", "$ printf "))]
        found.append([line for line in typed if not line.startswith(STAYING)])
    return [lines for lines in found if lines]


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRAWTHINGS_SERVER", address)
    for name in PICTURES:
        Image.linear_gradient("L").resize((320, 256)).convert("RGB").save(tmp_path / name)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("lines", commands(), ids=lambda lines: lines[0])
def test_commands(lines: list[str], address: str, capsys: pytest.CaptureFixture[str]) -> None:
    for line in lines:
        if line.startswith("printf"):
            subprocess.run(["/bin/sh", "-c", line], check=True)
            continue
        typed = line
        for host, stand_in in ELSEWHERE.items():
            typed = typed.replace(host, stand_in or address)
        assert main(shlex.split(typed, comments=True)[1:]) == 0
        shown = capsys.readouterr()
        assert shown.out
        assert "Traceback" not in shown.err


@pytest.mark.timeout(60)
@pytest.mark.parametrize("source", blocks(), ids=lambda source: source.splitlines()[0])
def test_python(source: str, plain_server: EmbeddedServer, tmp_path: Path) -> None:
    with plain_server.intercept():
        if "response_data.bin" in source:
            from drawthings import DrawThings

            with DrawThings() as client:
                blob = client.generate("x", width=256, height=256, steps=1).picture.blob
            (tmp_path / "response_data.bin").write_bytes(blob)
        exec(compile(source, "README.md", "exec"), {"__name__": "readme"})  # noqa: S102 - our own text


def test_there_is_something_to_run() -> None:
    assert sum(map(len, commands())) > 10
    assert len(blocks()) > 4


def test_every_variable_is_in_the_table() -> None:
    missing = [name for name in ENVIRONMENT if f"`{name}`" not in TEXT]
    assert missing == []


def test_every_command_is_shown() -> None:
    assert [name for name in COMMANDS if f"drawthings {name}" not in TEXT] == []


def test_links_inside_the_repository_lead_somewhere() -> None:
    root = Path(__file__).resolve().parent.parent
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", TEXT)
    assert targets
    assert [target for target in targets if not (root / target).exists()] == []
