"""What the terminal can do, as far as its environment tells.

A terminal is never asked: one that does not know the question would not answer, and the program would hang or print
the answer. ``DRAWTHINGS_PREVIEW`` decides where the guess is wrong.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TextIO, cast

from drawthings.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["kitty", "iterm", "sixel", "blocks", "off"]

KINDS: Final = ("auto", "kitty", "iterm", "sixel", "blocks", "off")
VARIABLE: Final = "DRAWTHINGS_PREVIEW"

FEW_COLOURS, ALL_COLOURS = 256, 1 << 24

KITTY_TERMS: Final = ("xterm-kitty", "xterm-ghostty")
SIXEL_TERMS: Final = ("foot", "mlterm", "yaft", "contour")
MULTIPLEXERS: Final = ("screen", "tmux")
PROGRAMS: Final[Mapping[str, Kind]] = {
    "ghostty": "kitty",
    "kitty": "kitty",
    "iTerm.app": "iterm",
    "WezTerm": "iterm",
    "mintty": "iterm",
    "rio": "iterm",
    "WarpTerminal": "iterm",
}
"""What ``TERM_PROGRAM`` says, and the protocol that this terminal knows best."""

USUAL_CELL: Final = (8, 16)
"""Width and height in pixels of a cell where the terminal does not say; a small one, so that pictures keep inside."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a terminal is.

    Attributes:
        columns: Its width in cells.
        rows: Its height in cells.
        cell_px: Width and height of a cell in pixels.
    """

    columns: int
    rows: int
    cell_px: tuple[int, int] = USUAL_CELL


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a terminal can do.

    Attributes:
        pictures: How pictures are drawn, or ``off``.
        colours: How many colours half-blocks may have.
        styled: Whether text may be coloured.
        unicode: Whether it shows more than ASCII.
        tmux: Whether pictures must be passed through tmux to the terminal around it.
    """

    pictures: Kind = "off"
    colours: int = ALL_COLOURS
    styled: bool = True
    unicode: bool = True
    tmux: bool = False


def moves(environment: Mapping[str, str], *, windows: bool = os.name == "nt") -> bool:
    """Return whether a terminal can draw a line again in place; ``dumb`` ones and old consoles get plain lines."""
    term = environment.get("TERM", "")
    if windows:
        return bool(term or environment.get("WT_SESSION")) and term != "dumb"
    return term not in {"", "dumb"}


def shows(stream: TextIO, glyphs: str) -> bool:
    """Return whether a stream can show all of some characters."""
    try:
        glyphs.encode(getattr(stream, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def wanted_kind(environment: Mapping[str, str], asked: str | None = None) -> str:
    """Return how pictures are to be drawn, from the option or else the variable; ``auto`` when neither says.

    Raises:
        BadValue: There is no such way.
    """
    source, value = ("the preview", asked) if asked is not None else (VARIABLE, environment.get(VARIABLE, ""))
    kind = value.strip().lower() or "auto"
    if kind not in KINDS:
        raise BadValue(
            f"{source} is {value!r}, which is no way to draw a picture.",
            hint=f"One of {', '.join(KINDS)}.",
            field="preview",
            value=value,
            suggestions=KINDS,
        )
    return kind


def describe(environment: Mapping[str, str], *, wanted: str = "auto", unicode: bool = True) -> Terminal:
    """Return what a terminal can do.

    Args:
        environment: Its environment variables.
        wanted: How pictures are to be drawn; ``auto`` takes the best way that the terminal is known to have.
        unicode: Whether its encoding has the block characters.
    """
    colours = _colours(environment)
    styled = not environment.get("NO_COLOR")
    multiplexed = _multiplexed(environment)
    kind: Kind
    if wanted == "auto":
        found: Kind | None = None if multiplexed else _protocol(environment)
        kind = found or ("blocks" if styled and colours and unicode else "off")
    else:
        # Whoever names a way knows the terminal better than its environment does.
        kind = cast("Kind", wanted)
    return Terminal(
        pictures=kind,
        colours=colours or FEW_COLOURS,
        styled=styled,
        unicode=unicode,
        tmux="TMUX" in environment and kind in {"kitty", "iterm"},
    )


def measure(stream: TextIO) -> Size:
    """Return how large the terminal behind a stream is now, from the system and not from the terminal itself."""
    try:
        import fcntl
        import struct
        import termios

        answer = fcntl.ioctl(stream.fileno(), termios.TIOCGWINSZ, bytes(8))
        rows, columns, width_px, height_px = struct.unpack("HHHH", answer)
    except (ImportError, OSError, ValueError):
        rows = columns = width_px = height_px = 0
    if not (rows and columns):
        columns, rows = shutil.get_terminal_size()
        return Size(columns, rows)
    if width_px < columns or height_px < rows:
        return Size(columns, rows)
    return Size(columns, rows, (width_px // columns, height_px // rows))


def _multiplexed(environment: Mapping[str, str]) -> bool:
    """Return whether another program stands between, which would have to know the protocol too."""
    return "TMUX" in environment or "STY" in environment or environment.get("TERM", "").startswith(MULTIPLEXERS)


def _protocol(environment: Mapping[str, str]) -> Kind | None:
    """Return the protocol for real pictures that the terminal is known to have."""
    term = environment.get("TERM", "")
    if term in KITTY_TERMS or "KITTY_WINDOW_ID" in environment:
        return "kitty"
    program = PROGRAMS.get(environment.get("TERM_PROGRAM", ""))
    if program is not None:
        return program
    # Unlike TERM_PROGRAM, these two reach the other end of an ssh connection.
    if environment.get("LC_TERMINAL") == "iTerm2" or term.startswith("wezterm"):
        return "iterm"
    if term.startswith(SIXEL_TERMS):
        return "sixel"
    return None


def _colours(environment: Mapping[str, str]) -> int:
    """Return how many colours the terminal has: all, 256, or 0 for too few to show a picture."""
    term = environment.get("TERM", "")
    if environment.get("COLORTERM", "").lower() in {"truecolor", "24bit"} or term.endswith("-direct"):
        return ALL_COLOURS
    if term in KITTY_TERMS or term.startswith(("wezterm", "foot")) or "WT_SESSION" in environment:
        return ALL_COLOURS
    # tmux has 256 whatever it calls itself.
    return FEW_COLOURS if "256color" in term or "TMUX" in environment else 0
