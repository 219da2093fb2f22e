"""The reference of the environment: what the package reads from it."""

from __future__ import annotations

import re
from pathlib import Path

import drawthings
from book.markdown import code, prose, table
from book.page import DOCS
from drawthings.profiles import ENVIRONMENT

OTHERS = {
    "DRAWTHINGS_PREVIEW": "how pictures are drawn in the terminal: auto, kitty, iterm, sixel, blocks or off",
    "DRAWTHINGS_CACHE": "the folder where completion remembers what servers have, instead of the user's cache folder",
    "DRAWTHINGS_NATIVE": "0 switches the native core off; the fpzip library and numpy do its work",
    "DRAWTHINGS_BUILD_NATIVE": "0 leaves the native core out while the package is installed",
    "CXX": "the C++ compiler that the native core is built with, instead of the first one found",
    "NO_COLOR": "when it is not empty: no colours in the terminal, and no pictures made of coloured blocks",
    "GRPC_VERBOSITY": "what the gRPC library itself logs; NONE unless you set it",
}
"""Those that do not belong to the connection."""

GUESSED_FROM = (
    "COLUMNS",
    "COLORTERM",
    "KITTY_WINDOW_ID",
    "LC_TERMINAL",
    "STY",
    "TERM",
    "TERM_PROGRAM",
    "TMUX",
    "WT_SESSION",
)
"""What terminals say about themselves, from which the way to draw is guessed."""

OF_THE_SHELL = ("COMP_CWORD", "COMP_WORDS")
"""What a shell says when a command is to be completed."""

_OURS = re.compile(r"\bDRAWTHINGS_[A-Z_]*[A-Z]\b")
_READ = re.compile(
    r"""environ(?:ment)?(?:\.get\(|\.setdefault\(|\[)\s*["']([A-Z_]+)["']|["']([A-Z_]+)["'] in environ"""
)


def variables() -> str:
    """Return the table of all variables."""
    rows = [(code(name), prose(text)) for name, text in {**ENVIRONMENT, **OTHERS}.items()]
    guessed = ", ".join(code(name) for name in GUESSED_FROM)
    return f"{table(('variable', 'meaning'), rows)}\nWhat the terminal can do is guessed from {guessed}.\n"


def read_by_the_code() -> frozenset[str]:
    """Return every variable that the source reads, or names as one of ours."""
    found: set[str] = set()
    for path in (*Path(drawthings.__file__).parent.rglob("*.py"), DOCS.parent / "scripts" / "native.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(_OURS.findall(text))
        found |= {name for pair in _READ.findall(text) for name in pair if name}
    return frozenset(found)
