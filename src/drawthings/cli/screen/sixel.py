"""Pictures as sixels, which foot, mlterm, xterm and others show: bands of six rows, one colour after the other.

The palette is a fixed one, and an ordered pattern mixes what lies between its colours. So a preview does not flicker
from one palette to the next, and the same picture always gives the same bytes.

Source:
    "Sixel Graphics" in the VT330/VT340 Programmer Reference Manual.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

START, END = "\x1bP0;1;0q", "\x1b\\"
"""P2 = 1 leaves pixels alone that no colour is given for."""

LEVELS = np.array([6, 7, 6])
"""Levels of red, green and blue: 252 colours of the 256 that terminals have."""

BAND = 6
EMPTY = ord("?")
RUN = re.compile(r"(.)\1{3,}")

PATTERN = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 + 1 / 32
"""Where in between two levels the upper one begins, for each pixel of a square of 4 x 4."""


def encode_sixel(pixels: NDArray[np.uint8]) -> str:
    """Return the command that shows a picture at the cursor.

    Args:
        pixels: The picture in the pixels of the screen.

    Shapes:
        pixels (h, w, 3) uint8.
    """
    numbers = palette_numbers(pixels)
    height, width = numbers.shape
    used = np.unique(numbers)
    colours = "".join(_definition(number) for number in used.tolist())
    bands = [_band(numbers[top : top + BAND]) for top in range(0, height, BAND)]
    return f'{START}"1;1;{width};{height}{colours}{"-".join(bands)}{END}'


def palette_numbers(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the palette's colour for each pixel, mixed by the pattern.

    Shapes:
        pixels (h, w, 3) uint8; result (h, w) uint8.
    """
    height, width = pixels.shape[:2]
    threshold = np.tile(PATTERN, (-(-height // 4), -(-width // 4)))[:height, :width, None]
    places = np.floor(pixels / 255 * (LEVELS - 1) + threshold).astype(np.int32)
    red, green, blue = np.moveaxis(np.minimum(places, LEVELS - 1), -1, 0)
    numbers: NDArray[np.uint8] = ((red * LEVELS[1] + green) * LEVELS[2] + blue).astype(np.uint8)
    return numbers


def _definition(number: int) -> str:
    """Say what a colour is, in per cent."""
    rest, blue = divmod(number, int(LEVELS[2]))
    red, green = divmod(rest, int(LEVELS[1]))
    percent = (round(100 * place / (int(levels) - 1)) for place, levels in zip((red, green, blue), LEVELS, strict=True))
    return f"#{number};2;{';'.join(map(str, percent))}"


def _band(numbers: NDArray[np.uint8]) -> str:
    """Write six rows: for each colour which of the six pixels of each column have it, as the bits of a letter."""
    used, places = np.unique(numbers, return_inverse=True)
    places = places.reshape(numbers.shape)
    columns = np.arange(numbers.shape[1])
    bits = np.zeros((len(used), numbers.shape[1]), np.uint8)
    for row, colours in enumerate(places):
        bits[colours, columns] |= np.uint8(1 << row)
    lines = [
        f"#{number}{_packed((part + EMPTY).tobytes().decode('ascii'))}"
        for number, part in zip(used.tolist(), bits, strict=True)
    ]
    return "$".join(lines)


def _packed(letters: str) -> str:
    """Write runs of a letter as a count, and leave out what is empty to the right."""
    return RUN.sub(lambda run: f"!{len(run[0])}{run[1]}", letters.rstrip(chr(EMPTY)))
