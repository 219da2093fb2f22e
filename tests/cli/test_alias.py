"""Names that other programs have for our options."""

from __future__ import annotations

from typing import Any

import click
import pytest

from drawthings.cli.alias import option
from drawthings.cli.connection import connection
from drawthings.cli.main import cli


@click.command()
@option("--negative", also=("--negative-prompt",))
@option("--quiet", is_flag=True, also=("--silent",))
@option("--lora", multiple=True, also=("--adapter",))
def probe(**given: Any) -> dict[str, Any]:
    return given


def test_both_names_mean_the_same() -> None:
    arguments = ["--negative-prompt", "a", "--silent", "--lora", "x", "--adapter=y"]
    assert probe.main(arguments, standalone_mode=False) == {"negative": "a", "quiet": True, "lora": ("x", "y")}


def test_the_help_keeps_to_ours() -> None:
    text = probe.get_help(click.Context(probe))
    assert "--negative " in text
    assert "--negative-prompt" not in text


OFFICIAL = (
    *("-m", "--model", "-p", "--prompt", "--prompt-file", "--negative-prompt", "--negative-prompt-file", "--width"),
    *("--height", "--steps", "--cfg", "--seed", "--strength", "--config-json", "--config-file", "--image"),
    *("--init-image", "--input-image", "-o", "--output", "--disable-preview", "--remote", "--remote-url"),
    *("--remote-port", "--remote-tls", "--no-remote-tls", "--remote-shared-secret"),
)
"""Flags of the official command line that mean the same here."""


@pytest.mark.parametrize("name", OFFICIAL)
def test_the_flags_of_the_official_command_line_are_taken(name: str) -> None:
    command = cli.get_command(click.Context(cli), "generate")
    assert command is not None
    names = {
        each for param in command.params for each in (*param.opts, *param.secondary_opts, *getattr(param, "also", ()))
    }
    assert name in names


def given(*arguments: str) -> dict[str, Any]:
    """Return the options of a command for a command line."""
    command = cli.get_command(click.Context(cli), "models")
    assert isinstance(command, click.Group)
    listing = command.get_command(click.Context(command), "list")
    assert listing is not None
    return listing.make_context("list", list(arguments)).params


def test_how_the_official_one_names_a_server() -> None:
    arguments = ["--remote", "--remote-url", "mac.local", "--remote-port", "7860", "--no-remote-tls"]
    found = connection(given(*arguments, "--remote-shared-secret", "hush"))
    assert (found.server, found.tls.mode) == ("mac.local:7860", "off")
    assert found.secret is not None
    assert found.secret.reveal() == "hush"
    assert connection(given("--remote-port", "1")).server == "localhost:1"
    assert connection(given("--remote-tls")).tls.mode == "on"
    assert connection(given("--remote-tls", "--tls", "auto")).tls.mode == "auto"
