"""Rows in columns: whole where a program reads them, as wide as the terminal where a person does."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = "  "
LEAST = 8
"""A last column with less room than this is left out."""


def show(rows: Sequence[Sequence[str]]) -> None:
    """Print rows, the first one being the head.

    On a terminal the last column is cut where there is not enough room for it, and columns for which there is none at
    all are left out, from the last one on.

    Args:
        rows: The cells, as many in each row.
    """
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    room = _room()
    while room is not None and len(widths) > 1 and sum(widths) + len(GAP) * (len(widths) - 1) > room:
        left = room - sum(widths[:-1]) - len(GAP) * (len(widths) - 1)
        if left >= LEAST and len(widths) == len(rows[0]):
            widths[-1] = left
        else:
            widths.pop()
    for row in rows:
        cells = [fitted(cell, width) for cell, width in zip(row, widths, strict=False)]
        click.echo(GAP.join(cells).rstrip())


def fitted(text: str, width: int) -> str:
    """Return a text as wide as a column, filled up or cut; what would steer a terminal is replaced."""
    text = "".join(sign if sign.isprintable() else "?" for sign in text)
    wide = columns(text)
    if wide <= width:
        return text + " " * (width - wide)
    while text and columns(text) >= width:
        text = text[:-1]
    return f"{text}…{' ' * (width - columns(text) - 1)}" if width > 0 else ""


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: East Asian signs take two, combining marks none."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(bool(unicodedata.combining(sign)) for sign in text)


def _room() -> int | None:
    """Return the width of the terminal, or None where the output goes to a program."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
