"""Pictures as half-blocks: each cell shows two pixels, the upper one as ink and the lower one as paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.cli.screen.terminal import ALL_COLOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

UPPER = "▀"
RESET = "\x1b[0m"

CUBE_LEVELS = np.array([0, 95, 135, 175, 215, 255])
GREY_LEVELS = np.arange(8, 239, 10)
CUBE_FIRST, GREY_FIRST = 16, 232
"""The 256 colours: 16 of the user's own, a cube of 6 x 6 x 6, and 24 greys."""


def encode_blocks(pixels: NDArray[np.uint8], colours: int = ALL_COLOURS) -> list[str]:
    """Return a picture as rows of text.

    Args:
        pixels: The picture, one pixel for each half of a cell; below an odd last row the paper stays as it is.
        colours: 256 or 2^24.

    Returns:
        One text for each row, which leaves the colours as they were.

    Shapes:
        pixels (h, w, 3) uint8; h / 2 rows of w cells, rounded up.
    """
    inks = _inks(pixels, colours)
    rows = []
    for top in range(0, len(inks), 2):
        lower = inks[top + 1] if top + 1 < len(inks) else None
        rows.append(_row(inks[top], lower))
    return rows


def nearest_256(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the number of the nearest of the 256 colours, of the cube or of the greys.

    Shapes:
        pixels (..., 3) uint8; result (...) uint8.
    """
    levels = pixels.astype(np.int32)
    places = np.abs(levels[..., None] - CUBE_LEVELS).argmin(-1)
    cube = CUBE_LEVELS[places]
    grey_place = np.abs(levels.mean(-1)[..., None] - GREY_LEVELS).argmin(-1)
    grey = GREY_LEVELS[grey_place][..., None]
    greyer = ((levels - grey) ** 2).sum(-1) < ((levels - cube) ** 2).sum(-1)
    in_cube = CUBE_FIRST + places @ np.array([36, 6, 1])
    numbers: NDArray[np.uint8] = np.where(greyer, GREY_FIRST + grey_place, in_cube).astype(np.uint8)
    return numbers


def _inks(pixels: NDArray[np.uint8], colours: int) -> list[list[str]]:
    """Return what follows ``38;`` or ``48;`` for each pixel."""
    if colours >= ALL_COLOURS:
        return [[f"2;{red};{green};{blue}" for red, green, blue in row] for row in pixels.tolist()]
    return [[f"5;{number}" for number in row] for row in nearest_256(pixels).tolist()]


def _row(upper: list[str], lower: list[str] | None) -> str:
    """Write a row, and a colour only where it changes."""
    parts = []
    ink = paper = ""
    for column, wanted in enumerate(upper):
        change = []
        if wanted != ink:
            ink = wanted
            change.append(f"38;{ink}")
        if lower is not None and lower[column] != paper:
            paper = lower[column]
            change.append(f"48;{paper}")
        parts.append(f"\x1b[{';'.join(change)}m{UPPER}" if change else UPPER)
    return "".join(parts) + RESET
