"""Errors in the words of the command line."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

import drawthings
from drawthings import errors
from drawthings.cli.complaint import ARGUMENTS, OPTIONS, PHRASES, Misuse, of_click, of_library, spoken
from drawthings.cli.main import cli
from drawthings.request.fields import BY_NAME, unknown_field

SOURCE = "\n".join(
    path.read_text(encoding="utf-8")
    for path in Path(drawthings.__file__).parent.rglob("*.py")
    if path.name != "complaint.py"
)


@pytest.mark.parametrize("theirs", [theirs for theirs, _ in PHRASES if "object of type" not in theirs])
def test_every_phrase_is_still_said(theirs: str) -> None:
    told = theirs.strip(", .")
    assert any(part in SOURCE for part in (theirs, told, told.removeprefix("or ")))


@pytest.mark.parametrize("name", ARGUMENTS)
def test_what_is_no_setting_has_an_option(name: str) -> None:
    assert of_library(unknown_field(name)).hint == ARGUMENTS[name]


@pytest.mark.parametrize("given", [["--cfg", "60"], ["--cfg=60"]])
def test_a_setting_is_called_as_the_person_did(given: list[str]) -> None:
    with pytest.raises(errors.OutOfRange) as caught:
        BY_NAME["guidance_scale"].check(60)
    assert of_library(caught.value, given).message == "--cfg is 60, but it must be 0 to 50."
    assert of_library(caught.value, ["--set", "guidance_scale=60"]).message.startswith("guidance_scale is 60")
    assert "--fit" in of_library(caught.value).hint
    assert "fit=True" not in of_library(caught.value).hint


def test_every_option_named_is_one() -> None:
    known = {
        name
        for command in ("generate", "inpaint", "upscale", "video")
        if (found := cli.get_command(click.Context(cli), command)) is not None
        for param in found.params
        for name in param.opts
    }
    assert {option for options in OPTIONS.values() for option in options} <= known


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (errors.ModelNotFound("x", hint="`drawthings models list` shows them.", kind="LoRA"), "drawthings loras list"),
        (errors.ModelNotFound("x", hint="`drawthings models list` shows them."), "drawthings models list"),
        (errors.UnknownChoice("x", suggestions=("on", "off")), "Use on or off."),
        (errors.BadValue("x", field="tls_ca"), "Check the path."),
        (errors.BadValue("x", field="retry_tries"), "drawthings config path"),
        (errors.SecretRequired("x"), "drawthings doctor"),
        (errors.DrawThingsError("x"), "--debug"),
    ],
)
def test_there_is_always_a_way_out(error: errors.DrawThingsError, hint: str) -> None:
    assert hint in of_library(error).hint


def test_words_that_are_nobodys_stay() -> None:
    assert spoken("Use 8.") == "Use 8."


def test_wrong_use_in_clicks_own_words() -> None:
    assert of_click(click.ClickException("no")).hint == "`drawthings -h` shows what it takes."
    assert of_click(click.ClickException("a\n  b")).message == "a b."
    assert of_click(click.NoSuchOption("--zzz")).message == "There is no option --zzz."
    assert of_click(click.BadOptionUsage("--steps", "Option '--steps' requires an argument.")).hint == (
        "Write --steps and its value."
    )
    told = of_click(Misuse("Two.", "One."))
    assert (told.message, told.hint) == ("Two.", "One.")
