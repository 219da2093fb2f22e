"""Pixels made to fit a terminal: how many cells a picture gets, and its pixels at that size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from drawthings.cli.screen.terminal import Size

GREY = 128
"""What is behind a transparent picture: light or dark, neither is lost on it."""

GAP_SHARE = 32
RGB, RGBA = 3, 4
PLANE = 2


def box(shape: tuple[int, ...], size: Size, rows: int) -> tuple[int, int]:
    """Return how many columns and rows of cells a picture gets.

    Args:
        shape: Height and width of the picture; more is not looked at.
        size: How large the terminal is.
        rows: How many rows the picture may have at most.

    Returns:
        Columns and rows, at least 1 each, in the picture's own shape and not wider than the terminal.
    """
    height, width = shape[:2]
    cell_width, cell_height = size.cell_px
    # How many columns each row of cells takes with square pixels.
    ratio = width / height * cell_height / cell_width
    rows = max(1, min(rows, size.rows))
    most = max(1, size.columns - 1)
    if rows * ratio > most:
        return most, max(1, min(rows, round(most / ratio)))
    return max(1, round(rows * ratio)), rows


def scaled(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return a picture at another size.

    Shapes:
        pixels (h, w, 3) uint8; result (height, width, 3) uint8.
    """
    from PIL import Image

    if pixels.shape[:2] == (height, width):
        return pixels
    filtering = Image.Resampling.BOX if height < pixels.shape[0] else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize((width, height), filtering))


def within(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return a picture that is no larger than this, in its own shape; a small one stays as it is.

    Shapes:
        pixels (h, w, 3) uint8; result the same or smaller.
    """
    factor = min(width / pixels.shape[1], height / pixels.shape[0])
    if factor >= 1:
        return pixels
    return scaled(pixels, max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))


def opaque(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return any picture as plain colours.

    Shapes:
        pixels (h, w), (h, w, 1), (h, w, 3) or (h, w, 4) uint8; result (h, w, 3) uint8.
    """
    if pixels.ndim == PLANE:
        pixels = pixels[..., None]
    if pixels.shape[-1] == RGBA:
        alpha = pixels[..., 3:].astype(np.uint16)
        return ((pixels[..., :3] * alpha + GREY * (255 - alpha) + 127) // 255).astype(np.uint8)
    return pixels if pixels.shape[-1] == RGB else np.repeat(pixels[..., :1], RGB, axis=-1)


def side_by_side(pictures: Sequence[NDArray[np.uint8]], ratio: float) -> NDArray[np.uint8]:
    """Put pictures into one, in as many columns as shows them largest.

    Args:
        pictures: The pictures, at least one; each is brought to the size of the first.
        ratio: Width by height of the place there is.

    Shapes:
        pictures (h, w, 3) uint8; result (rows * h, columns * w, 3) uint8, with a narrow gap between.
    """
    if len(pictures) == 1:
        return pictures[0]
    height, width = pictures[0].shape[:2]
    gap = max(1, width // GAP_SHARE)
    columns = max(range(1, len(pictures) + 1), key=lambda count: _factor(len(pictures), count, width / height, ratio))
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, RGB), GREY, np.uint8)
    for place, picture in enumerate(pictures):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        sheet[top : top + height, left : left + width] = scaled(picture, width, height)
    return sheet


def _factor(count: int, columns: int, shape: float, ratio: float) -> float:
    """Return how large pictures of a shape are in so many columns, in parts of the place's height."""
    rows = -(-count // columns)
    return min(1 / rows, ratio / (columns * shape))
