"""Small pieces of Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def code(text: object) -> str:
    """Return text as code on a line, whatever is in it."""
    words = str(text)
    mark = "``" if "`" in words else "`"
    pad = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{mark}{pad}{words}{pad}{mark}"


def cell(text: str) -> str:
    """Return text for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell(text) for text in line)} |" for line in lines) + "\n"


def block(language: str, text: str) -> str:
    """Return a block of code."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def prose(text: str) -> str:
    """Return a docstring's sentence as Markdown: what Python's tools mark with two backticks, Markdown does with one.

    Options are marked as code, too: their dashes would become one long dash. What looks like markup and is meant as it
    stands, such as ``<`` or ``*``, is escaped outside of code.
    """
    parts = re.split(r"(``[^`]+``|`[^`]+`|(?<![\w-])--?[a-z][\w-]*)", " ".join(text.split()))
    return "".join(code(part.strip("`")) if re.match(r"`|--?[a-z]", part) else _plain(part) for part in parts)


def _plain(text: str) -> str:
    return re.sub(r"([\\*_<>\[\]{}#$])", r"\\\1", text)
