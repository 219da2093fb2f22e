"""Contact sheets: many pictures on one, in rows and columns with words beside them."""

from __future__ import annotations

import bisect
import contextlib
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from drawthings.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PAPER = (250, 250, 248)
INK = (32, 33, 36)
FAINT = (232, 232, 228)
GAP_PX = 8
CELL_PX = 384
SMALLEST_CELL_PX = 32
MOST_PX = 16_384
"""Width and height of a sheet; many viewers and formats take no larger one."""

_LINES = 3
_LAST_LATIN = "\u024f"
_WIDE_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "Hiragino Sans GB.ttc",
    "Arial Unicode.ttf",
    "msyh.ttc",
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
)
_LABEL_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class SheetCell:
    """One place on a sheet.

    Attributes:
        pixels: The picture, or None where there is none.
        words: What to write there instead of a picture, for example why there is none.

    Shapes:
        pixels (H, W, 1), (H, W, 3) or (H, W, 4) uint8; transparency shows the paper.
    """

    pixels: NDArray[np.uint8] | None
    words: str = ""


def contact_sheet(
    cells: Sequence[Sequence[SheetCell]],
    *,
    columns: Sequence[str] = (),
    rows: Sequence[str] = (),
    title: str = "",
    cell_px: int = CELL_PX,
) -> NDArray[np.uint8]:
    """Lay pictures out in rows and columns.

    Pictures are made smaller to fit their place, never larger, and keep their shape. Cells get smaller than asked
    where the sheet would have a side of more than 16384 pixels.

    Args:
        cells: The rows of the sheet, all of the same length.
        columns: What stands over each column; may be empty.
        rows: What stands before each row; may be empty.
        title: What stands above all.
        cell_px: The longer side of a cell in pixels.

    Returns:
        The sheet.

    Shapes:
        result (H, W, 3) uint8.

    Raises:
        BadValue: There are no cells, rows differ in length, words do not match the cells in number, or there are too
            many cells for a sheet.
    """
    _check(cells, columns, rows)
    layout = _Layout.of(cells, columns, rows, title, cell_px)
    sheet = Image.new("RGB", layout.size, PAPER)
    draw = ImageDraw.Draw(sheet)
    _write(draw, (GAP_PX, GAP_PX, layout.size[0] - GAP_PX, layout.top), title, layout.text_px + 4)
    for place, words in enumerate(columns):
        left, right = layout.column(place)
        _write(draw, (left, layout.top, right, layout.head), words, layout.text_px, centred=True)
    for place, row in enumerate(cells):
        upper, lower = layout.row(place)
        if rows:
            _write(draw, (GAP_PX, upper, layout.left - GAP_PX, lower), rows[place], layout.text_px)
        for across, cell in enumerate(row):
            left, right = layout.column(across)
            _place(sheet, draw, cell, (left, upper, right, lower))
    return np.asarray(sheet)


@dataclass(frozen=True, slots=True)
class _Layout:
    cell: tuple[int, int]
    counts: tuple[int, int]
    left: int
    top: int
    head: int
    text_px: int

    @classmethod
    def of(
        cls,
        cells: Sequence[Sequence[SheetCell]],
        columns: Sequence[str],
        rows: Sequence[str],
        title: str,
        cell_px: int,
    ) -> _Layout:
        counts = (len(cells[0]), len(cells))
        for longest in range(cell_px, min(cell_px, SMALLEST_CELL_PX) - 1, -16):
            cell = _cell_size(cells, longest)
            text = max(12, longest // 24)
            line = text + text // 3
            left = GAP_PX + (min(int(cell[0] * _LABEL_SHARE), _widest(rows, text) + GAP_PX) + GAP_PX if rows else 0)
            top = GAP_PX + (2 * (line + 4) + GAP_PX if title else 0)
            layout = cls(cell, counts, left, top, top + (_LINES * line if columns else 0), text)
            if max(layout.size) <= MOST_PX:
                return layout
        raise BadValue(
            f"A sheet of {counts[0]} by {counts[1]} pictures is too large to be read.",
            hint="Make several smaller grids.",
            field="cells",
            value=counts,
        )

    @property
    def size(self) -> tuple[int, int]:
        across, down = self.counts
        return self.left + across * (self.cell[0] + GAP_PX), self.head + down * (self.cell[1] + GAP_PX)

    def column(self, place: int) -> tuple[int, int]:
        left = self.left + place * (self.cell[0] + GAP_PX)
        return left, left + self.cell[0]

    def row(self, place: int) -> tuple[int, int]:
        upper = self.head + place * (self.cell[1] + GAP_PX)
        return upper, upper + self.cell[1]


def _check(cells: Sequence[Sequence[SheetCell]], columns: Sequence[str], rows: Sequence[str]) -> None:
    if not cells or not cells[0] or len({len(row) for row in cells}) > 1:
        raise BadValue("The cells of a sheet do not form a rectangle.", hint="Give rows of one length.", field="cells")
    for name, words, needed in (("columns", columns, len(cells[0])), ("rows", rows, len(cells))):
        if words and len(words) != needed:
            raise BadValue(f"There are {len(words)} words for {needed} {name}.", hint="Give one for each.", field=name)


def _cell_size(cells: Sequence[Sequence[SheetCell]], longest: int) -> tuple[int, int]:
    """Return the smallest cell that holds every picture at its reduced size."""
    shapes = [cell.pixels.shape for row in cells for cell in row if cell.pixels is not None]
    fitted = [_fitted(shape[1], shape[0], longest) for shape in shapes] or [(longest, longest)]
    return max(width for width, _ in fitted), max(height for _, height in fitted)


def _fitted(width: int, height: int, longest: int) -> tuple[int, int]:
    scale = min(1.0, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _place(sheet: Image.Image, draw: ImageDraw.ImageDraw, cell: SheetCell, box: tuple[int, int, int, int]) -> None:
    left, upper, right, lower = box
    if cell.pixels is None:
        draw.rectangle((left, upper, right - 1, lower - 1), fill=FAINT)
        _write(draw, (left + GAP_PX, upper, right - GAP_PX, lower), cell.words, 14)
        return
    picture = Image.fromarray(cell.pixels.squeeze(axis=2) if cell.pixels.shape[2] == 1 else cell.pixels)
    size = _fitted(picture.width, picture.height, max(right - left, lower - upper))
    if size != picture.size:
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
    corner = left + (right - left - size[0]) // 2, upper + (lower - upper - size[1]) // 2
    sheet.paste(picture, corner, picture if picture.mode == "RGBA" else None)


@functools.cache
def _font(size: int, *, wide: bool = False) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own font, or for other scripts than Latin one of the system's that knows more of them."""
    for name in _WIDE_FONTS if wide else ():
        with contextlib.suppress(OSError, ImportError):
            return ImageFont.truetype(name, size)
    return ImageFont.load_default(size)


def _font_for(text: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return _font(size, wide=any(sign > _LAST_LATIN for sign in text))


def _width(text: str, size: int) -> int:
    return round(_font_for(text, size).getlength(text))


def _widest(texts: Sequence[str], size: int) -> int:
    return max((_width(text, size) for text in texts), default=0)


def _write(
    draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], text: str, size: int, *, centred: bool = False
) -> None:
    """Write text into a box, broken into lines; what does not fit ends in an ellipsis."""
    left, upper, right, lower = box
    height = size + size // 3
    lines = _broken(text, right - left, size, max(1, (lower - upper) // height))
    top = upper + max(0, (lower - upper - len(lines) * height) // 2)
    for place, line in enumerate(lines):
        start = left + (right - left - _width(line, size)) // 2 if centred else left
        draw.text((start, top + place * height), line, fill=INK, font=_font_for(line, size))


def _broken(text: str, width: int, size: int, most: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and _width(longer, size) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    if line:
        lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1]} …"]
    return [_shortened(line, width, size) for line in lines]


def _shortened(line: str, width: int, size: int) -> str:
    if _width(line, size) <= width:
        return line
    kept = line.removesuffix(" …")
    fitting = bisect.bisect_left(
        range(1, len(kept) + 1), x=True, key=lambda most: _width(f"{kept[:most]}…", size) > width
    )
    return f"{kept[:fitting]}…"
