"""The reference of the command line, from click's own tree of commands."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import click

from book.markdown import block, cell, code, prose, table
from book.page import slug
from drawthings.cli import main as entry
from drawthings.cli import options as shared

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLES = {
    "CONNECTION": "The connection",
    "SETTINGS": "Settings of the picture",
    "PROMPT": "The prompt",
    "HINTS": "Control pictures and references",
    "OUTPUT": "What comes out",
    "RUN": "How it runs",
    "WORDING": "Prompts with alternatives",
    "PNG": "PNG files",
    "PREVIEW": "Pictures in the terminal",
    "ASKER": "Who asks",
}
SHARED_BY = 3
"""Groups of options that so many commands have are told once."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        name: All of its words, without ``drawthings``.
        command: What click knows of it.
    """

    name: str
    command: click.Command

    @property
    def context(self) -> click.Context:
        """A context to ask it for its help in."""
        return click.Context(self.command, info_name=f"drawthings {self.name}".strip(), max_content_width=88)

    @property
    def options(self) -> tuple[click.Option, ...]:
        """Its options, in order, without the one for help."""
        return tuple(each for each in self.command.params if isinstance(each, click.Option) and not each.hidden)


@cache
def all_commands() -> tuple[Command, ...]:
    """Return every command and group, in the order of the help."""
    return tuple(_walk("", entry.cli))


def commands() -> str:
    """Return the help of every command."""
    return "\n".join(_entry(each) for each in all_commands() if each.name)


def command_options() -> str:
    """Return the groups of options that several commands share."""
    return "\n".join(
        f"## {_title(name)}\n\n{_options(tuple(group.values()))}" for name, group in _groups().items() if _wide(name)
    )


def exit_codes() -> str:
    """Return the exit codes, by their names in the code."""
    words = {
        "EXIT_OK": "Done.",
        "EXIT_FAILED": "The job failed: the server refused, broke off, or nothing could be written.",
        "EXIT_USAGE": "Wrong use: an option, a setting or an input picture cannot be used. Nothing was sent.",
        "EXIT_UNREACHABLE": "The server cannot be reached, or its certificate is not trusted.",
        "EXIT_INTERRUPTED": "Ended by Ctrl-C.",
    }
    found = {name: value for name, value in vars(entry).items() if name.startswith("EXIT_")}
    return table(("code", "meaning"), [(str(value), words[name]) for name, value in found.items()])


def _walk(name: str, command: click.Command) -> Iterator[Command]:
    yield Command(name, command)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            if found is not None and not found.hidden:
                yield from _walk(f"{name} {each}".strip(), found)


def _entry(each: Command) -> str:
    mark = "##" if " " not in each.name else "###"
    usage = each.command.get_usage(each.context).removeprefix("Usage: ")
    parts = [f"{mark} `drawthings {each.name}`\n", _said(each.command.help or ""), block("text", usage)]
    if isinstance(each.command, click.Group):
        return "\n".join([parts[0], parts[1]])
    examples = _examples(each.command.help or "")
    if examples:
        parts.append(block("console", "\n".join(f"$ {line}" for line in examples)))
    own, groups = _split(each.options)
    if own:
        parts.append(_options(own))
    if groups:
        parts.append("And the options of: " + ", ".join(groups) + ".\n")
    return "\n".join(parts)


def _said(text: str) -> str:
    """Return the help without its examples."""
    text = re.split(r"\n*\x08?\n? *Examples?:\n", text)[0].replace("\x08\n", "")
    return "\n\n".join(prose(part) for part in text.strip().split("\n\n") if part.strip()) + "\n"


def _examples(text: str) -> list[str]:
    found = re.search(r"Examples?:\n((?:[ \t]+.*\n?)+)", text)
    lines = [line.strip() for line in found[1].splitlines()] if found else []
    return [line for line in lines if line]


@cache
def _groups() -> dict[str, dict[str, click.Option]]:
    """Return the groups of ``cli/options.py``: their options, by how they are written."""
    found = {}
    for name, group in vars(shared).items():
        if (
            name.isupper()
            and not name.startswith("_")
            and isinstance(group, tuple)
            and group
            and all(callable(each) for each in group)
        ):
            probe = click.command()(shared.options(group)(lambda **_: None))
            found[name] = {option.opts[0]: option for option in Command(name, probe).options}
    return found


def _wide(name: str) -> bool:
    return _users()[name] >= SHARED_BY


@cache
def _users() -> Counter[str]:
    """Count the commands that have all options of a group."""
    users: Counter[str] = Counter()
    for each in all_commands():
        there = {(option.opts[0], option.help) for option in each.options}
        users.update(
            name
            for name, group in _groups().items()
            if {(option.opts[0], option.help) for option in group.values()} <= there
        )
    return users


def _split(options: tuple[click.Option, ...]) -> tuple[tuple[click.Option, ...], list[str]]:
    """Return the options that are a command's own, and links to the groups that it shares."""
    there = {(option.opts[0], option.help) for option in options}
    links, taken = [], set()
    for name, group in _groups().items():
        told = {(option.opts[0], option.help) for option in group.values()}
        if _wide(name) and told <= there:
            title = _title(name)
            name_inside = title if title[:2].isupper() else title[0].lower() + title[1:]
            links.append(f"[{name_inside}](options.md#{slug(title)})")
            taken |= told
    return tuple(option for option in options if (option.opts[0], option.help) not in taken), links


def _title(name: str) -> str:
    return TITLES.get(name, name.replace("_", " ").capitalize())


def _options(options: tuple[click.Option, ...]) -> str:
    return "\n".join(_option(each) for each in options)


def _option(option: click.Option) -> str:
    context = click.Context(click.Command("x"))
    record = option.get_help_record(context)
    name, text = record or (option.opts[0], option.help or "")
    return f"{code(cell(name))}\n: {prose(text) or '—'}\n"
