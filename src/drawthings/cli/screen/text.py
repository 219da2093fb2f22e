"""Text as a terminal counts it: in cells, not in characters, and without anything it would take for a command."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "…"
WIDE = frozenset("WF")
# What takes no cell of its own: marks that sit on the letter before, and invisible joiners.
BARE = frozenset({"Mn", "Me", "Cf"})
COMMANDS = frozenset({"Cc", "Zl", "Zp"})


def cells(text: str) -> int:
    """Count the cells that a text takes."""
    return sum(_cell(letter) for letter in text)


def printable(text: str) -> str:
    """Return a text in one line that commands nothing: control characters become spaces.

    Names and words come from servers and files too, and an escape in one of them would be obeyed by the terminal.
    """
    return "".join(" " if unicodedata.category(letter) in COMMANDS else letter for letter in text)


def shortened(text: str, most: int, *, ellipsis: str = ELLIPSIS) -> str:
    """Cut a text so that it fits, and show that it was cut.

    Args:
        text: The text.
        most: Cells there are.
        ellipsis: What stands for the rest.
    """
    if cells(text) <= most:
        return text
    room = most - cells(ellipsis)
    if room <= 0:
        return ellipsis[: max(0, most)]
    kept = ""
    for letter in text:
        if cells(kept + letter) > room:
            break
        kept += letter
    return kept.rstrip() + ellipsis


def padded(text: str, least: int) -> str:
    """Fill a text with spaces up to so many cells."""
    return text + " " * (least - cells(text))


def _cell(letter: str) -> int:
    if unicodedata.category(letter) in BARE:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in WIDE else 1
