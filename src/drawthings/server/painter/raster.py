"""Planes and shapes: masks from polygons, smooth curves, blurs and scaling.

Shapes: a plane is (h, w) float32, a picture (h, w, 3) float32; both 0..1 unless said otherwise. Points are pairs
(x, y) in pixels, y downwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Plane = NDArray[np.float32]
Rgb = NDArray[np.float32]
Line = NDArray[np.float32]
Points = NDArray[np.float32]
HALF = 0.5
"""Masks above this count as inside."""

PLANE_AXES = 2
COLOURS = 3

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in whole pixels, right and bottom excluded."""


def smooth(edge0: float, edge1: float, values: Plane) -> Plane:
    """Return the smooth step from 0 at ``edge0`` to 1 at ``edge1`` of every value."""
    t = np.clip((values - np.float32(edge0)) * np.float32(1.0 / (edge1 - edge0)), 0, 1)
    out: Plane = t * t * (3 - 2 * t)
    return out


def curve(points: Sequence[tuple[float, float]] | Points, *, closed: bool = True, density: int = 8) -> Points:
    """Run a smooth curve (Catmull-Rom) through points.

    Args:
        points: At least three points for a closed curve, two for an open one.
        closed: Whether the curve returns to its start.
        density: Points per section.
    """
    known = np.asarray(points, np.float32)
    if closed:
        before, after, last = np.roll(known, 1, 0), np.roll(known, -1, 0), np.roll(known, -2, 0)
        start = known
    else:
        padded = np.concatenate([2 * known[:1] - known[1:2], known, 2 * known[-1:] - known[-2:-1]])
        before, start, after, last = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = np.linspace(0, 1, density, endpoint=False, dtype=np.float32)[None, :, None]
    a, b, c, d = (each[:, None, :] for each in (before, start, after, last))
    path = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    flat: Points = path.reshape(-1, 2)
    return flat if closed else np.concatenate([flat, known[-1:]])


def ribbon(points: Points, widths: Sequence[float] | Line) -> Points:
    """Turn an open path into the outline of a stroke whose width changes along the way."""
    ahead = np.gradient(points, axis=0)
    length = np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-6)
    across = np.stack([-ahead[:, 1], ahead[:, 0]], 1) / length[:, None]
    given = np.asarray(widths, np.float32)
    half = np.interp(np.linspace(0, 1, len(points)), np.linspace(0, 1, len(given)), given)[:, None] / 2
    outline: Points = np.concatenate([points + across * half, (points - across * half)[::-1]]).astype(np.float32)
    return outline


def bounds(points: Points, width: int, height: int, pad: int = 1) -> Box | None:
    """Return the whole-pixel box around points inside a picture, or None when they lie outside."""
    low, high = np.floor(points.min(0)) - pad, np.ceil(points.max(0)) + pad
    left, top = max(0, int(low[0])), max(0, int(low[1]))
    right, bottom = min(width, int(high[0])), min(height, int(high[1]))
    return None if left >= right or top >= bottom else (left, top, right, bottom)


def polygons(outlines: Iterable[Points], box: Box, *, fine: int = 2) -> Plane:
    """Fill closed outlines into one soft-edged mask.

    Args:
        outlines: Polygons in picture pixels.
        box: The part of the picture the mask covers.
        fine: Supersampling in each direction.
    """
    left, top, right, bottom = box
    sheet = Image.new("L", ((right - left) * fine, (bottom - top) * fine))
    draw = ImageDraw.Draw(sheet)
    shapes = list(outlines)
    if shapes:
        every = np.concatenate(shapes)
        moved = ((every - np.array((left, top), np.float32)) * fine - np.float32(0.5)).ravel().tolist()
        start = 0
        for shape in shapes:
            end = start + 2 * len(shape)
            draw.polygon(moved[start:end], fill=255)
            start = end
    mask = sheet.reduce(fine) if fine > 1 else sheet
    return np.asarray(mask, np.float32) * np.float32(1 / 255)


def rectangles(corners: Line, box: Box, *, fine: int = 2) -> Plane:
    """Fill upright rectangles, given as rows of left, top, right, bottom, into one mask."""
    left, top, right, bottom = box
    sheet = Image.new("L", ((right - left) * fine, (bottom - top) * fine))
    draw = ImageDraw.Draw(sheet)
    moved = np.rint((corners - np.array((left, top, left, top), np.float32)) * fine).astype(int) - np.array(
        (0, 0, 1, 1)
    )
    for x0, y0, x1, y1 in moved.tolist():
        if x1 >= x0 and y1 >= y0:
            draw.rectangle((x0, y0, x1, y1), fill=255)
    mask = sheet.reduce(fine) if fine > 1 else sheet
    return np.asarray(mask, np.float32) * np.float32(1 / 255)


def pull(picture: Rgb, colour: tuple[float, ...] | Rgb, share: Plane) -> None:
    """Mix a colour into a picture, in place.

    Args:
        picture: Pixels (h, w, 3).
        colour: Three numbers, or pixels that broadcast to the picture.
        share: How much, (h, w).
    """
    tone = np.asarray(colour, np.float32)
    if tone.shape == picture.shape:
        change = tone - picture
        change *= share[..., None]
        picture += change
        return
    # Spreading three numbers over a whole picture is slow in numpy; one colour after the other is not.
    for channel in range(COLOURS):
        plane = picture[..., channel]
        plane += (tone[..., channel] - plane) * share


def shifted(plane: Plane, down: int, across: int) -> Plane:
    """Move a plane by whole pixels; what comes in at an edge repeats the edge."""
    rows = np.clip(np.arange(plane.shape[0]) - down, 0, plane.shape[0] - 1)
    columns = np.clip(np.arange(plane.shape[1]) - across, 0, plane.shape[1] - 1)
    return plane[rows[:, None], columns[None, :]]


def blur(plane: Plane, radius: float) -> Plane:
    """Blur a plane or picture with values 0..1 by a Gaussian of this sigma in pixels (8-bit precision)."""
    radius = float(radius)
    if radius <= 0:
        return plane
    coarse = max(1, int(radius / 3))
    image = to_image(plane)
    size = image.size
    if coarse > 1 and min(size) > coarse * 8:
        image = image.reduce(coarse)
        radius /= coarse
    image = image.filter(ImageFilter.GaussianBlur(radius))
    if image.size != size:
        image = image.resize(size, Image.Resampling.BICUBIC)
    return from_image(image)


def to_image(values: Plane | Rgb) -> Image.Image:
    """Turn a plane or picture 0..1 into an 8-bit Pillow image."""
    scaled = np.clip(values, 0, 1)
    return Image.fromarray((scaled * 255 + np.float32(0.5)).astype(np.uint8))


def from_image(image: Image.Image) -> Plane | Rgb:
    """Turn an 8-bit Pillow image into floats 0..1."""
    return np.asarray(image, np.float32) * np.float32(1 / 255)


def scale(values: Plane | Rgb, height: int, width: int) -> Plane | Rgb:
    """Scale a plane or picture of any range, averaging when it shrinks, smooth when it grows."""
    if values.shape[:2] == (height, width):
        return values
    way = Image.Resampling.BICUBIC if width >= values.shape[1] else Image.Resampling.BOX
    if values.ndim == PLANE_AXES:
        return np.asarray(Image.fromarray(values).resize((width, height), way), np.float32)
    planes = [np.asarray(Image.fromarray(values[..., c]).resize((width, height), way)) for c in range(values.shape[2])]
    return np.stack(planes, -1).astype(np.float32, copy=False)


def rows_and_columns(height: int, width: int) -> tuple[Plane, Plane]:
    """Return the coordinates of pixel centres: a column of y in 0..1 and a row of x in 0..1."""
    y = (np.arange(height, dtype=np.float32) + np.float32(0.5)) / np.float32(height)
    x = (np.arange(width, dtype=np.float32) + np.float32(0.5)) / np.float32(width)
    return y[:, None], x[None, :]
