"""A picture ready to be written to the terminal, in whichever language it understands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawthings.cli.screen.raster import box, scaled, within

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from drawthings.cli.screen.terminal import Size, Terminal

SAVE, RESTORE = "\x1b7", "\x1b8"
SIXEL_BAND = 6
TMUX_START, TMUX_END = "\x1bPtmux;", "\x1b\\"
PLACE_PX = (10, 20)
"""Pixels of a cell that a picture is sent with at least, where the terminal itself scales it."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture as text.

    Attributes:
        rows: Rows of cells that it takes.
        columns: Cells of each row.
        text: What draws it. Written with the cursor at its top left, and the cursor is there again afterwards; the
            rows must be there already.
        removal: What takes it away again before its cells are cleared, for protocols that need to be told.
    """

    rows: int
    columns: int
    text: str
    removal: str = ""


def draw(pixels: NDArray[np.uint8], terminal: Terminal, size: Size, *, rows: int, number: int) -> Drawing:
    """Return a picture as the terminal can show it.

    Args:
        pixels: The picture.
        terminal: What the terminal can do; its way to draw pictures is not ``off``.
        size: How large it is.
        rows: How many rows of cells the picture may have at most.
        number: What the picture is called, for protocols that give names.

    Shapes:
        pixels (h, w, 3) uint8.
    """
    columns, height = box(pixels.shape, size, rows)
    if terminal.pictures == "blocks":
        from drawthings.cli.screen.blocks import encode_blocks

        lines = encode_blocks(scaled(pixels, columns, 2 * height), terminal.colours)
        return Drawing(height, columns, SAVE + "\r\n".join(lines) + RESTORE)
    if terminal.pictures == "sixel":
        from drawthings.cli.screen.sixel import encode_sixel

        width_px, height_px = (
            max(1, cells * cell) for cells, cell in zip((columns, height), size.cell_px, strict=True)
        )
        # A band that reaches into the next row would make the screen scroll.
        height_px = max(SIXEL_BAND, height_px // SIXEL_BAND * SIXEL_BAND)
        return Drawing(height, columns, SAVE + encode_sixel(scaled(pixels, width_px, height_px)) + RESTORE)
    width_px, height_px = (
        cells * max(cell, least) for cells, cell, least in zip((columns, height), size.cell_px, PLACE_PX, strict=True)
    )
    small = within(pixels, width_px, height_px)
    if terminal.pictures == "kitty":
        from drawthings.cli.screen.kitty import delete_kitty, encode_kitty

        text = encode_kitty(small, columns=columns, rows=height, number=number)
        removal = _passed(delete_kitty(number), terminal)
        return Drawing(height, columns, SAVE + _passed(text, terminal) + RESTORE, removal)
    from drawthings.cli.screen.iterm import encode_iterm

    text = encode_iterm(small, columns=columns, rows=height)
    return Drawing(height, columns, SAVE + _passed(text, terminal) + RESTORE)


def through_tmux(commands: str) -> str:
    """Wrap commands so that tmux hands them to the terminal around it, where its ``allow-passthrough`` is on."""
    escaped = commands.replace("\x1b", "\x1b\x1b")
    return f"{TMUX_START}{escaped}{TMUX_END}"


def _passed(commands: str, terminal: Terminal) -> str:
    return through_tmux(commands) if terminal.tmux else commands
