"""Bare words are a prompt, unless they are rather a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from drawthings.cli.complaint import Misuse
from drawthings.cli.main import cli, main
from drawthings.cli.verb import named

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings import EmbeddedServer

QUICK = ("--model", "realdream_15sd15_q6p_q8p.ckpt", "--size", "256", "--steps", "1", "-q")


def context() -> click.Context:
    return click.Context(cli, info_name="drawthings")


@pytest.mark.parametrize(
    "args",
    [
        ["a red fox"],
        ["fox", "--steps", "8"],
        ["--steps", "8", "a red fox"],
        ["-"],
        ["--", "--help me"],
        ["film"],
        ["-m", "x", "fox"],
        ["model of a ship"],
        ["狐"],
    ],
)
def test_what_is_a_prompt(args: list[str]) -> None:
    assert named(context(), args) == ["generate", *args]


@pytest.mark.parametrize("args", [[], ["generate", "x"], ["loras", "list"]])
def test_what_is_a_command(args: list[str]) -> None:
    assert named(context(), args) == args


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("generte", "generate"),
        ("Modles", "models"),
        ("list", "models list"),
        ("help", "--help"),
        ("inpant", "inpaint"),
    ],
)
def test_what_is_rather_a_command(word: str, meant: str) -> None:
    with pytest.raises(Misuse, match=repr(word)) as caught:
        named(context(), [word])
    assert caught.value.hint.startswith(f"Did you mean `drawthings {meant}`?")
    assert caught.value.hint.endswith(f"drawthings generate {word}")


@pytest.mark.parametrize("args", [["a red boat", *QUICK], [*QUICK, "a red boat"], [*QUICK, "-p", "a red boat"]])
def test_words_and_options_in_any_order(
    args: list[str], plain_server: EmbeddedServer, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*args, "--server", address]) == 0
    assert plain_server.received[-1].message.prompt == "a red boat"


def test_a_word_that_is_a_command_can_be_painted_all_the_same(
    plain_server: EmbeddedServer, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "models", *QUICK, "--server", address]) == 0
    assert plain_server.received[-1].message.prompt == "models"


def test_the_help_of_the_default_is_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["a red fox", "-h"]) == 0
    assert "Usage: drawthings generate" in capsys.readouterr().out
