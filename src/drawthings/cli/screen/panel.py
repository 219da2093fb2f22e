"""Rows of text with pictures above them, as one drawing: what several servers do at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawthings.cli.screen.drawing import RESTORE, SAVE, Drawing
from drawthings.cli.screen.text import cells, padded, printable, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings.cli.screen.terminal import Size, Terminal
    from drawthings.stream.events import Preview

BAR = 16
NAME_MOST = 24
STRIP_MOST = 10
"""Rows of cells that the pictures take at most."""

STRIP_LEAST = 4
PICTURES_MOST = 8
PICTURE_PX = 256


@dataclass(frozen=True, slots=True)
class Row:
    """What one server does.

    Attributes:
        name: Its name.
        share: How far its job is, 0 to 1; None when it has none.
        state: The step of its job, or how it is.
        count: What it has done so far.
        words: Its job, or why it has none.
    """

    name: str
    share: float | None
    state: str
    count: str
    words: str


def panel(above: Drawing | None, rows: Sequence[Row], size: Size, *, unicode: bool) -> Drawing:
    """Return rows of text, and a drawing above them.

    Args:
        above: What is above.
        rows: The rows; those that the terminal has no room for are counted only.
        size: How large the terminal is.
        unicode: Whether it shows more than ASCII.
    """
    top = above.rows if above is not None else 0
    room = max(1, size.rows - top - 2)
    width = max(1, size.columns - 1)
    lines = _lines(rows if len(rows) <= room else rows[: room - 1], unicode=unicode)
    if len(rows) > room:
        lines.append(f"and {len(rows) - room + 1} more")
    # Every row is as wide as the terminal, so that nothing stays of what was there before.
    fitted = [_fitted(line, width, unicode=unicode) for line in lines]
    down = f"\x1b[{top}B" if top else ""
    text = (above.text if above is not None else "") + SAVE + down + "\r\n".join(fitted) + RESTORE
    return Drawing(top + len(fitted), width, text, above.removal if above is not None else "")


def strip(
    previews: Sequence[Preview], terminal: Terminal, size: Size, *, rows_below: int, number: int
) -> Drawing | None:
    """Return previews side by side; None where there is no room for them, or none of them can be read.

    Args:
        previews: The previews.
        terminal: What the terminal can do.
        size: How large it is.
        rows_below: How many rows must stay free below.
        number: What the drawing is called, for protocols that give names.
    """
    from drawthings.cli.screen.drawing import draw
    from drawthings.cli.screen.raster import side_by_side, within

    rows = min(STRIP_MOST, size.rows - rows_below - 2)
    if rows < STRIP_LEAST:
        return None
    found = (preview.pixels() for preview in previews[:PICTURES_MOST])
    pictures = [within(pixels, PICTURE_PX, PICTURE_PX) for pixels in found if pixels is not None]
    if not pictures:
        return None
    width, height = size.cell_px
    sheet = side_by_side(pictures, size.columns * width / (rows * height))
    return draw(sheet, terminal, size, rows=rows, number=number)


def _lines(rows: Sequence[Row], *, unicode: bool) -> list[str]:
    names = [shortened(printable(row.name), NAME_MOST, ellipsis="…" if unicode else "...") for row in rows]
    columns = [names, [_bar(row.share, unicode=unicode) for row in rows]]
    columns += [[row.state for row in rows], [row.count for row in rows]]
    widths = [max(map(cells, column), default=0) for column in columns]
    return [
        "  ".join([*(padded(part, width) for part, width in zip(parts, widths, strict=True)), printable(row.words)])
        for row, *parts in zip(rows, *columns, strict=True)
    ]


def _bar(share: float | None, *, unicode: bool) -> str:
    if share is None:
        return " " * BAR
    done = round(share * BAR)
    return ("━" if unicode else "#") * done + ("─" if unicode else ".") * (BAR - done)


def _fitted(line: str, width: int, *, unicode: bool) -> str:
    text = line if unicode else line.encode("ascii", "replace").decode()
    return padded(shortened(text, width, ellipsis="…" if unicode else "..."), width)
