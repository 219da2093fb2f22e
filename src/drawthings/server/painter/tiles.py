"""Where a picture was made in pieces: faint seams of tiles, and the cut of a scene.

Shapes: pictures (h, w, 3) float32 in 0..1, both ways.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.noise import key_of, stream
from drawthings.server.painter.raster import COLOURS, Line, Rgb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drawthings.server.painter.dials import Dials

UNEVEN_LIGHT, UNEVEN_COLOUR = 0.24, 0.16
"""Neighbouring tiles differ by at most this part in brightness, or in one colour."""


def seamed(rgb: Rgb, dials: Dials, seed: int) -> Rgb:
    """Show the tiles of a picture that was decoded or sampled in tiles.

    Args:
        rgb: The picture; returned as it is when one tile holds all of it.
        dials: Tiles, in pixels.
        seed: Seed of the picture, which decides how tiles differ.
    """
    if dials.tiled_decoding:
        tile = (dials.decoding_tile_height, dials.decoding_tile_width)
        rgb = _uneven(rgb, tile, dials.decoding_tile_overlap, key_of("decoding", seed), channels=1)
    if dials.tiled_diffusion:
        tile = (dials.diffusion_tile_height, dials.diffusion_tile_width)
        rgb = _uneven(rgb, tile, dials.diffusion_tile_overlap, key_of("diffusion", seed), channels=COLOURS)
    return rgb


def _uneven(rgb: Rgb, tile: tuple[int, int], overlap: int, key: int, *, channels: int) -> Rgb:
    """Give each tile of a picture its own brightness, or its own balance of colours."""
    height, width = rgb.shape[:2]
    uneven = UNEVEN_LIGHT if channels == 1 else UNEVEN_COLOUR
    down, across = _weights(height, tile[0], overlap), _weights(width, tile[1], overlap)
    if down.shape[1] == across.shape[1] == 1:
        return rgb
    out = np.empty_like(rgb)
    planes = []
    for number in range(channels):
        noise = stream(key, number).uniform(0.4, 1, (down.shape[1], across.shape[1])).astype(np.float32)
        # Neighbours are always apart: bright and dark ones take turns.
        turns = (-1) ** np.add.outer(np.arange(down.shape[1]), np.arange(across.shape[1]) + number)
        planes.append(1 + np.float32(uneven / 2) * (down @ (noise * turns.astype(np.float32)) @ across.T))
    for channel in range(COLOURS):
        np.multiply(rgb[..., channel], planes[channel % channels], out=out[..., channel])
    return np.clip(out, 0, 1)


def _weights(length: int, tile: int, overlap: int) -> NDArray[np.float32]:
    """Return how much each tile counts at each place along a side, (length, tiles); they add up to 1."""
    if tile <= 0 or tile >= length:
        return np.ones((length, 1), np.float32)
    half = min(max(0, overlap) // 2, tile // 3)
    inner = tile - 2 * half
    count = max(2, -(-(length - 2 * half) // inner))
    place = np.arange(length, dtype=np.float32) + np.float32(0.5)
    borders = [half + inner * number for number in range(1, count)]
    rise: list[Line] = [
        np.clip((place - border) / max(1, 2 * half) + 0.5, 0, 1).astype(np.float32) for border in borders
    ]
    edges = [np.ones(length, np.float32), *rise, np.zeros(length, np.float32)]
    return np.stack([before - after for before, after in itertools.pairwise(edges)], -1)
