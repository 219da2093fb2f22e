"""Prompts with alternatives on the command line: chosen by the seed, and told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.cli.main import main
from drawthings.cli.wording import chosen

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings import EmbeddedServer

QUICK = ("--model", "realdream_15sd15_q6p_q8p.ckpt", "--size", "256", "--steps", "2")
WAN = ("--model", "wan_v2.1_1.3b_480p_q8p.ckpt", "--size", "128", "--steps", "1", "--frames", "5")
GIVEN = {"plain_prompt": False, "wildcards": None}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRAWTHINGS_SERVER", address)


@pytest.mark.parametrize("command", [["generate", *QUICK], ["video", *WAN]], ids=["generate", "video"])
def test_the_seed_chooses_and_the_words_are_told(
    plain_server: EmbeddedServer, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    name, *more = command
    assert main([name, "a {red|blue} fox", *more, "--seed", "7"]) == 0
    sent = plain_server.received[-1].message.prompt
    assert sent in {"a red fox", "a blue fox"}
    assert f"Prompt: {sent}" in capsys.readouterr().err
    assert main([name, "a {red|blue} fox", *more, "--seed", "7", "--json", "-q"]) == 0
    assert json.loads(capsys.readouterr().out)["prompt"] == sent


def test_wildcards(tmp_path: Path, plain_server: EmbeddedServer) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "colour.txt").write_text("green\n")
    assert main(["generate", "a __colour__ fox", *QUICK, "--wildcards", "words", "-q"]) == 0
    assert plain_server.received[-1].message.prompt == "a green fox"


def test_a_plain_prompt_is_left_alone(plain_server: EmbeddedServer) -> None:
    assert main(["generate", "a {red|blue} fox", *QUICK, "--plain-prompt", "-q"]) == 0
    assert plain_server.received[-1].message.prompt == "a {red|blue} fox"


def test_a_folder_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "a {red|blue} fox", "--wildcards", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_without_a_seed_one_is_drawn_that_makes_the_same_again() -> None:
    settings: dict[str, Any] = {}
    words, notes = chosen("{a|b|c|d|e|f|g|h}", GIVEN, settings)
    assert [note.code for note in notes] == ["seed", "prompt"]
    assert chosen("{a|b|c|d|e|f|g|h}", GIVEN, {"seed": settings["seed"]})[0] == words


def test_words_that_offer_nothing_ask_for_no_seed() -> None:
    settings: dict[str, Any] = {}
    assert chosen('{"json": "prompt"}', GIVEN, settings) == ('{"json": "prompt"}', ())
    assert chosen("{a|b}", {}, settings) == ("{a|b}", ())
    assert settings == {}
