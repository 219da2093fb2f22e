"""What a notebook shows of a result, a picture, a clip or a grid when a cell ends with it.

IPython asks an object for one kind of output after the other (``_repr_png_``, ``_repr_jpeg_``, ``_repr_html_``) and
keeps what it gets. Of these functions only one answers for each object, so that nothing is kept twice.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from drawthings.client.display.place import was_shown
from drawthings.client.display.still import (
    JPEG_SIDE_PX,
    Still,
    data_address,
    image_tag,
    is_large,
    jpeg_of,
    large_jpeg,
    png_of,
    words_of,
)
from drawthings.errors import TensorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from drawthings.client.grid import Grid
    from drawthings.client.result import Picture, Result

MOST_PICTURES = 64
"""Pictures that are shown side by side."""

MOST_SHEETS, SHEET_PX = 8, 1024
"""Sheets that are shown one below the other, and the longer side of each."""


def result_png(result: Result) -> Still | None:
    """Return a result of one picture as a PNG, where the picture is shown as one."""
    only = _only(result)
    return None if only is None else png_of(only)


def result_jpeg(result: Result) -> Still | None:
    """Return a result of one large picture as a JPEG."""
    only = _only(result)
    return None if only is None else jpeg_of(only)


def result_html(result: Result) -> str | None:
    """Return a clip that plays, or several pictures side by side."""
    if was_shown(result) or not result.pictures:
        return None
    film = result.film
    if film is not None:
        from drawthings.client.display.clip import film_html

        return film_html(film)
    return None if len(result.pictures) == 1 else pictures_html(result.pictures)


def pictures_html(pictures: Sequence[Picture]) -> str:
    """Return pictures side by side, in as many columns as there is room for, with their seeds below."""
    shown = "".join(map(_figure, pictures[:MOST_PICTURES]))
    more = len(pictures) - MOST_PICTURES
    rest = f"<p>And {more} more.</p>" if more > 0 else ""
    columns = "repeat(auto-fill,minmax(min(100%,14em),1fr))"
    width = f"max-width:{28 * len(pictures)}em"
    return f'<div style="display:grid;grid-template-columns:{columns};gap:.8em;{width}">{shown}</div>{rest}'


def grid_png(grid: Grid) -> Still | None:
    """Return the contact sheet of a grid as a PNG, where it is small enough for one."""
    from drawthings.media.png import encode_png

    sheet = _only_sheet(grid)
    return None if sheet is None or _is_large(sheet) else (encode_png(sheet), {"alt": _title(grid)})


def grid_jpeg(grid: Grid) -> Still | None:
    """Return the large contact sheet of a grid as a JPEG."""
    sheet = _only_sheet(grid)
    return (large_jpeg(sheet), {"alt": _title(grid)}) if sheet is not None and _is_large(sheet) else None


def grid_html(grid: Grid) -> str | None:
    """Return the contact sheets of a grid with three axes, one below the other."""
    count = grid.shape[2]
    if count == 1 or was_shown(grid):
        return None
    title = escape(_title(grid))
    sheets = (data_address("image/jpeg", large_jpeg(_sheet(grid, z, SHEET_PX))) for z in range(min(count, MOST_SHEETS)))
    shown = "".join(f'<p><img src="{sheet}" alt="{title}" style="max-width:100%"></p>' for sheet in sheets)
    more = count - MOST_SHEETS
    return f"{shown}<p>And {more} more: grid.sheet(z).</p>" if more > 0 else shown


def _only(result: Result) -> Picture | None:
    """Return the picture of a result that is nothing but one picture."""
    if len(result.pictures) != 1 or was_shown(result) or result.film is not None:
        return None
    return result.pictures[0]


def _figure(picture: Picture) -> str:
    try:
        shown = image_tag(picture.pixels, words_of(picture))
    except TensorError as error:
        # The others are shown; this one says what is wrong with it.
        shown = f"<p>This picture cannot be read. {escape(str(error))}</p>"
    words = f"{picture.index + 1}: seed {picture.seed}"
    return f'<figure style="margin:0">{shown}<figcaption style="font-size:.85em">{words}</figcaption></figure>'


def _only_sheet(grid: Grid) -> NDArray[np.uint8] | None:
    return None if grid.shape[2] != 1 or was_shown(grid) else _sheet(grid, 0, JPEG_SIDE_PX)


def _sheet(grid: Grid, z: int, side_px: int) -> NDArray[np.uint8]:
    """Return a sheet that need not be made much smaller to be shown."""
    from drawthings.media.sheet import CELL_PX

    return grid.sheet(z, cell_px=max(1, min(CELL_PX, side_px // max(grid.shape[:2]))))


def _is_large(sheet: NDArray[np.uint8]) -> bool:
    return is_large((sheet.shape[1], sheet.shape[0]))


def _title(grid: Grid) -> str:
    return f"{grid.prompt}, by {' and '.join(axis.name for axis in grid.axes)}"
