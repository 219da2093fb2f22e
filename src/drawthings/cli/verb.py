"""Bare words are a prompt: when they are, and what to say when they look like something else."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import click

from drawthings.cli.commands import COMMANDS, DEFAULT, MEANT
from drawthings.cli.complaint import Misuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.shell_completion import CompletionItem

STANDARD_INPUT = "-"
SIMILAR = 0.7
"""How much a single word must look like a command to be taken for a slip; ``film`` is no ``files``."""

_BARE = "drawthings.bare"


class Verb(click.Command):
    """A command that takes a prompt, which is one argument: several words without quotes are told as such."""

    allow_extra_args = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read options and arguments.

        Raises:
            Misuse: There are more arguments than there should be, or the prompt is rather a command.
        """
        rest = super().parse_args(ctx, args)
        if ctx.resilient_parsing:
            return rest
        prompt = next((ctx.params.get(name) for name in ("prompt", "instruction") if name in ctx.params), None)
        if isinstance(prompt, str) and ctx.meta.get(_BARE):
            _refuse_command(prompt)
        if rest:
            raise self._too_many(ctx, prompt, rest)
        return rest

    def _too_many(self, ctx: click.Context, prompt: object, rest: list[str]) -> Misuse:
        more = " ".join(rest)
        if isinstance(prompt, str):
            before = [str(ctx.params[name]) for name in ("image", "file") if name in _arguments(self)]
            name = "" if ctx.meta.get(_BARE) else f" {ctx.info_name}"
            words = " ".join([f"drawthings{name}", *before, f'"{prompt} {more}"'])
            return Misuse(f"{more!r} follows a prompt, which must be one argument.", f"Put it in quotes: {words}")
        usage = ctx.get_usage().partition(":")[2].strip()
        return Misuse(f"{more!r} is one argument too many.", f"Write `{usage}`.")


def named(ctx: click.Context, args: list[str]) -> list[str]:
    """Put the default command before words that name none.

    Args:
        ctx: The context of the whole program, where it is noted that no command was named.
        args: What was typed.

    Raises:
        Misuse: A single word is rather a command.
    """
    if not args or args[0] in COMMANDS:
        return args
    if not args[0].startswith("-") and not ctx.resilient_parsing:
        _refuse_slip(args[0])
    ctx.meta[_BARE] = True
    return [DEFAULT, *args]


def default_completions(ctx: click.Context, incomplete: str) -> Iterator[CompletionItem]:
    """Yield the options that may stand before a prompt."""
    module, _, name = COMMANDS[DEFAULT][0].partition(":")
    command: click.Command = getattr(importlib.import_module(module), name)
    with click.Context(command, info_name=DEFAULT, parent=ctx, resilient_parsing=True) as inner:
        yield from (item for item in command.shell_complete(inner, incomplete) if item.value not in {"-h", "--help"})


def _arguments(command: click.Command) -> set[str]:
    return {param.name or "" for param in command.params if isinstance(param, click.Argument)}


def _refuse_slip(word: str) -> None:
    """Refuse a single word that is almost a command, or is one elsewhere."""
    if any(sign.isspace() for sign in word):
        return
    import difflib

    folded = word.casefold()
    near = difflib.get_close_matches(folded, COMMANDS, n=1, cutoff=SIMILAR)
    meant = MEANT.get(folded) or (near[0] if near else "")
    if meant:
        raise Misuse(
            f"There is no command {word!r}.",
            f"Did you mean `drawthings {meant}`? For a picture of it: drawthings {DEFAULT} {word}",
        )


def _refuse_command(word: str) -> None:
    """Refuse a command that stands behind options, where a prompt would."""
    if word in COMMANDS:
        raise Misuse(
            f"The command {word} stands behind options.",
            f"Write it first: drawthings {word} … For a picture of it: drawthings {DEFAULT} {word} …",
        )
    _refuse_slip(word)
