from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from drawthings.cli.main import main
from drawthings.cli.mcp import _place

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings.apps.mcp.serving import Serving


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Serving]:
    """Return what would be served, instead of serving it."""
    from drawthings.apps.mcp import serving

    taken: list[Serving] = []

    async def take(wanted: Serving, _tell: object) -> None:
        taken.append(wanted)

    monkeypatch.setattr(serving, "serve", take)
    return taken


def test_the_options_say_what_is_served(served: list[Serving], tmp_path: Path) -> None:
    folder = str(tmp_path)
    options = ["-s", "one:1", "-s", "two:2", "--allow-dir", folder, "--save", folder, "--http", "[::1]:80"]
    assert main(["mcp", *options, "--key-file", f"{folder}/keys"]) == 0
    (wanted,) = served
    assert [each.server for each in wanted.connections] == ["one:1", "two:2"]
    assert (wanted.folders, wanted.save, wanted.place) == ((tmp_path,), tmp_path, ("::1", 80))
    assert wanted.key_file == tmp_path / "keys"


def test_without_options_it_is_standard_input_and_the_usual_server(served: list[Serving]) -> None:
    assert main(["mcp"]) == 0
    assert (served[0].place, served[0].folders, served[0].save) == (None, (), None)
    assert [each.server for each in served[0].connections] == ["localhost:7859"]


@pytest.mark.parametrize(
    ("text", "place"),
    [("8765", ("127.0.0.1", 8765)), ("localhost:0", ("localhost", 0)), ("[::1]:1", ("::1", 1))],
)
def test_a_place_on_this_machine(text: str, place: tuple[str, int]) -> None:
    assert _place(text) == place


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--http", "0.0.0.0:8765"], "drawthings serve"),
        (["--http", "mac.local:8765"], "can be reached from other machines"),
        (["--http", "http"], "is no port"),
        (["--http", "65536"], "is no port"),
        (["--key-file", "keys"], "--key-file is for --http"),
        (["--allow-dir", "nowhere"], "nowhere is no folder"),
        (["--http", "0", "--key-file", "nowhere"], "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_told(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mcp", "--server", "embedded", *words]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert main(["mcp"]) == 2
    assert 'pip install "drawthings[mcp]"' in capsys.readouterr().err
