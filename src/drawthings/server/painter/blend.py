"""What an input picture and a moodboard do to a scene.

Shapes: pictures (h, w, 3) float32 in 0..1, both ways; all of one size.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import luma
from drawthings.server.painter.raster import Plane, Rgb, blur, scale, smooth

if TYPE_CHECKING:
    from collections.abc import Sequence


KNOWN, HARDLY = 0.3, 0.01
"""A cell is taken as known from this share of known pixels on: at first, and while a picture is halved."""

SMALLEST = 2
"""Pictures of so few rows or columns are not halved any more."""


def share_of_scene(strength: float) -> float:
    """Return how much of a new scene shows at a strength: little below one half, all of it at 1."""
    return math.pow(min(1.0, max(0.0, strength)), 2.4)


def repaint(picture: Rgb, scene: Rgb, strength: float) -> Rgb:
    """Mix an input picture with a new scene as image-to-image does.

    At a low strength the picture only takes on the scene's colours and loses some detail; then its masses bend
    towards the scene; at 1 nothing of it is left.

    Args:
        picture: The input.
        scene: What the prompt asks for.
        strength: 0 returns the picture, 1 the scene.
    """
    if strength >= 1:
        return scene
    if strength <= 0:
        return picture
    share = share_of_scene(strength)
    toned = lean_to(picture, scene, 0.75 * strength)
    softened = toned + (blur(toned, min(picture.shape[:2]) * 0.006 * strength) - toned) * np.float32(0.8 * strength)
    # The scene comes in where it differs least first, so that both do not show through each other everywhere.
    apart = blur(np.abs(luma(scene) - luma(softened)), min(picture.shape[:2]) * 0.02)
    order = 1 - smooth(0.0, 0.5, apart)
    local = np.clip(np.float32(share) * (np.float32(0.75) + np.float32(0.5) * order), 0, 1)[..., None]
    out: Rgb = softened + (scene - softened) * local
    return out


def lean_to(picture: Rgb, palette: Rgb, share: float) -> Rgb:
    """Move the mean and spread of a picture's colours towards those of another picture.

    Args:
        picture: The picture to change.
        palette: Where the colours come from; any size.
        share: 0 leaves the picture, 1 takes over mean and spread.
    """
    coarse = palette[:: max(1, palette.shape[0] // 64), :: max(1, palette.shape[1] // 64)].reshape(-1, 3)
    own = picture[:: max(1, picture.shape[0] // 64), :: max(1, picture.shape[1] // 64)].reshape(-1, 3)
    mean, spread = own.mean(0), own.std(0) + np.float32(0.02)
    there, wide = coarse.mean(0), coarse.std(0) + np.float32(0.02)
    gain = np.clip(wide / spread, 0.6, 1.6)
    moved = (picture - mean) * gain + there
    out: Rgb = picture + (moved - picture) * np.float32(share)
    return np.clip(out, 0, 1)


def lean_to_all(picture: Rgb, references: Sequence[tuple[Rgb, float]], share: float) -> Rgb:
    """Move a picture's colours towards those of several pictures, one after the other, each by its weight."""
    for reference, weight in references:
        if weight > 0:
            picture = lean_to(picture, reference, share * min(1.0, weight))
    return picture


def lay_out(picture: Rgb, other: Rgb, share: float) -> Rgb:
    """Move a picture's broad light and shade towards those of another picture of any size."""
    if share <= 0:
        return picture
    height, width = picture.shape[:2]
    there = np.clip(scale(other, height, width), 0, 1)
    radius = min(height, width) * 0.05
    apart = blur(luma(there), radius) - blur(luma(picture), radius)
    out: Rgb = picture + apart[..., None] * np.float32(min(1.0, share))
    return np.clip(out, 0, 1)


def fill_in(picture: Rgb, hole: Plane) -> Rgb:
    """Fill the hole of a picture smoothly from its rim.

    Args:
        picture: The picture.
        hole: 1 where something is missing, 0 elsewhere.

    Returns:
        The picture with its hole filled from coarser and coarser averages of what is around.
    """
    height, width = hole.shape
    shrink = min(1.0, 256 / max(height, width))
    rows, columns = max(2, round(height * shrink)), max(2, round(width * shrink))
    known = np.ascontiguousarray(1 - hole)
    weight = scale(known, rows, columns)
    small = _averaged(picture, known, weight)
    smooth_fill = _pulled(small, (weight > KNOWN).astype(np.float32))
    large = np.clip(scale(smooth_fill, height, width), 0, 1)
    return picture * known[..., None] + large * hole[..., None]


def _averaged(picture: Rgb, known: Plane, weight: Plane) -> Rgb:
    """Return a picture scaled to the size of ``weight``, each cell the mean of its known pixels."""
    sums = scale(picture * known[..., None], *weight.shape)
    out: Rgb = np.divide(sums, np.maximum(weight, np.float32(1e-3))[..., None], dtype=np.float32)
    return out


def _pulled(picture: Rgb, known: Plane) -> Rgb:
    """Return a picture whose unknown cells come from its half-sized version, filled in the same way."""
    height, width = known.shape
    if min(height, width) <= SMALLEST or float(known.min()) > 0:
        total = max(float(known.sum()), 1e-3)
        mean = (picture * known[..., None]).sum((0, 1)) / np.float32(total)
        return np.where(known[..., None] > 0, picture, mean).astype(np.float32)
    rows, columns = height // 2, width // 2
    weight = scale(known, rows, columns)
    half = _averaged(picture, known, weight)
    coarse = scale(_pulled(half, (weight > HARDLY).astype(np.float32)), height, width)
    out: Rgb = picture * known[..., None] + coarse * (1 - known[..., None])
    return out


def standing_out(picture: Rgb) -> Plane:
    """Return where the main thing of a picture probably is: what differs from the colours of the border, 0..1."""
    height, width = picture.shape[:2]
    small = scale(picture, max(8, height // 8), max(8, width // 8))
    rim = np.concatenate([small[:2].reshape(-1, 3), small[:, :2].reshape(-1, 3), small[:, -2:].reshape(-1, 3)])
    rows, columns = small.shape[:2]
    y = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None, :]
    middle = np.exp(-(x * x + y * y) * np.float32(1.1))
    # The distance to the nearest of a few border colours, not to their mean: a border may be sky and ground.
    samples = rim[:: max(1, len(rim) // 12)]
    far = np.min([np.abs(small - sample).sum(-1) for sample in samples], 0) * middle
    plane = smooth(0.12, 0.6, blur(far / max(float(far.max()), 1e-3), 1.2))
    return np.clip(scale(plane.astype(np.float32), height, width), 0, 1)
