"""Seeded randomness and fractal noise that is the same on every run.

Nothing here uses ``hash()`` or a global generator: every number comes from a Philox stream whose key is a BLAKE2
digest of the things that name it.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from drawthings.server.painter.raster import Line, Plane

FINENESS = 5
"""Values per feature in a grid of noise that is enlarged afterwards."""

FINE_SIDE = 384
"""Noise is computed for at most this many pixels on the longer side and enlarged: it is smooth anyway."""


def key_of(*parts: object) -> int:
    """Return a 64-bit number that names these parts.

    Args:
        parts: Texts, integers, floats or tuples of them; their ``repr`` counts.
    """
    digest = hashlib.blake2b("\x1f".join(map(repr, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def stream(*parts: object) -> np.random.Generator:
    """Open the random stream that belongs to these parts."""
    return np.random.Generator(np.random.Philox(key=key_of(*parts)))


def unit(*parts: object) -> float:
    """Return one number in [0, 1) that belongs to these parts."""
    return key_of(*parts) / 2.0**64


def coin(*parts: object) -> bool:
    """Toss a coin that always falls the same way for these parts."""
    return key_of(*parts) % 2 == 0


def between(low: float, high: float, *parts: object) -> float:
    """Return one number between ``low`` and ``high`` that belongs to these parts."""
    return low + (high - low) * unit(*parts)


def enlarge(plane: Plane, shape: tuple[int, int]) -> Plane:
    """Scale a plane smoothly to a shape (rows, columns)."""
    if plane.shape == shape:
        return plane
    big = Image.fromarray(plane).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return np.array(big, dtype=np.float32)


def _octave(shape: tuple[int, int], cells: tuple[float, float], key: int) -> Plane:
    """Return one octave: random values on a grid, enlarged bicubically, in [-1, 1]."""
    rows, columns = cells
    size = (int(np.ceil(rows)) + 4, int(np.ceil(columns)) + 4)
    values = stream(key).random(size, dtype=np.float32) * 2 - 1
    plane = Image.fromarray(values).resize(
        (shape[1], shape[0]), Image.Resampling.BICUBIC, box=(1, 1, 1 + columns, 1 + rows)
    )
    return np.asarray(plane, dtype=np.float32)


def fractal(shape: tuple[int, int], key: int, *, cells: float = 4.0, octaves: int = 4, stretch: float = 1.0) -> Plane:
    """Make a plane of smooth fractal noise.

    Args:
        shape: Rows and columns.
        key: Names the noise.
        cells: Features along the shorter side in the first octave.
        octaves: How many layers, each with twice the features and half the height.
        stretch: Above 1 the features are wider than tall.

    Returns:
        A plane of about [-1, 1] with mean about 0.
    """
    side = max(shape)
    shrink = min(1.0, FINE_SIDE / side)
    small = (max(8, round(shape[0] * shrink)), max(8, round(shape[1] * shrink))) if shrink < 1 else shape
    short = min(small)
    total = np.zeros((2, 2), np.float32)
    height, reach = 1.0, 0.0
    for octave in range(octaves):
        count = cells * 2**octave
        rows, columns = max(0.5, count * small[0] / short), max(0.5, count * small[1] / short / stretch)
        if octave and (rows * 1.5 > small[0] or columns * 1.5 > small[1]):
            break
        # Coarse octaves are added up on coarse grids: a few values per feature are enough for a smooth curve.
        grid = (min(small[0], math.ceil(rows * FINENESS)), min(small[1], math.ceil(columns * FINENESS)))
        total = enlarge(total, grid) + np.float32(height) * _octave(grid, (rows, columns), key_of(key, octave))
        reach += height * height
        height *= 0.5
    return enlarge(total * np.float32(0.99 / reach**0.5), shape)


def profile(count: int, key: int, *, cells: float = 3.0, octaves: int = 5, gain: float = 0.5) -> Line:
    """Make a line of fractal noise, for the outline of hills.

    Args:
        count: Number of values.
        key: Names the line.
        cells: Features along the line in the first octave.
        octaves: How many layers.
        gain: Height of each octave against the one before; small values are smooth.

    Returns:
        ``count`` values of about [-1, 1].
    """
    total = np.zeros(count, np.float32)
    height, reach = 1.0, 0.0
    for octave in range(octaves):
        span = cells * 2**octave
        values = stream(key, octave).random(int(np.ceil(span)) + 3, dtype=np.float32) * 2 - 1
        place = np.linspace(0.0, span, count, dtype=np.float32)
        left = place.astype(np.intp)
        t = place - left
        t = t * t * (3 - 2 * t)
        total += height * (values[left] * (1 - t) + values[left + 1] * t)
        reach += height * height
        height *= gain
    return total * np.float32(1.2 / reach**0.5)
