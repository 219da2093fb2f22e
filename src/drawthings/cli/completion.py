"""``drawthings completion``, and what can be completed. Nothing here ever talks to a server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

VARIABLE = "_DRAWTHINGS_COMPLETE"
"""The variable with which the shell's script asks for completions; click's own name for this command."""

WHERE = {
    "bash": "~/.bashrc",
    "zsh": "~/.zshrc",
    "fish": "~/.config/fish/completions/drawthings.fish",
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("shell", type=click.Choice(list(WHERE)))
def completion(shell: str) -> None:
    """Print the script that lets a SHELL complete commands, options, models, LoRAs and settings.

    Names come from what the server had when it was last asked, so completing never waits for it.

    \b
    Examples:
      drawthings completion bash >> ~/.bashrc
      drawthings completion zsh >> ~/.zshrc
      drawthings completion fish > ~/.config/fish/completions/drawthings.fish
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.cli.main import cli

    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    click.echo(made(cli, {}, "drawthings", VARIABLE).source())


def names_of(kind: str) -> Completer:
    """Return what completes the names of models, LoRAs and so on, from the server seen last or the one named."""

    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from drawthings.cli.memory import recall

        server = ctx.params.get("server") or os.environ.get("DRAWTHINGS_SERVER")
        return _beginning(incomplete, recall(kind, server))

    return complete


def settings(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete ``NAME=VALUE``: the names of settings with their meaning, then the values that one can have."""
    from drawthings.request.fields import BY_NAME, SETTINGS

    name, equals, value = incomplete.partition("=")
    if not equals:
        found = [each for each in SETTINGS if each.startswith(name.replace("-", "_"))]
        return [CompletionItem(f"{each}=", help=BY_NAME[each].doc) for each in found]
    known = BY_NAME.get(name.replace("-", "_"))
    if known is None:
        return []
    labels = ("on", "off") if known.kind.name == "FLAG" else [choice.label for choice in known.choices or ()]
    return [CompletionItem(f"{name}={item.value}") for item in _beginning(value, labels)]


def samplers(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of samplers."""
    from drawthings.request.choices import Sampler

    return _beginning(incomplete, [sampler.label for sampler in Sampler])


def servers(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete addresses: the embedded server, and those whose certificates are remembered."""
    from drawthings.errors import DrawThingsError
    from drawthings.wire.known import KnownServers

    found = ["embedded"]
    try:
        path = os.environ.get("DRAWTHINGS_KNOWN_SERVERS")
        lines = (_read(path) if path else _read(str(KnownServers().path))).splitlines()
    except (OSError, DrawThingsError, UnicodeDecodeError):
        lines = []
    found += [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
    return _beginning(incomplete, found)


def _read(path: str) -> str:
    from pathlib import Path

    return Path(path).read_text("utf-8")


def _beginning(incomplete: str, names: Iterable[str]) -> list[CompletionItem]:
    folded = incomplete.casefold()
    return [CompletionItem(name) for name in names if name.casefold().startswith(folded)]
