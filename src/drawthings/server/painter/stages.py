"""How a picture looks before it is finished: noise that clears up step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from drawthings.server.painter.noise import key_of, stream
from drawthings.server.painter.raster import COLOURS, scale

if TYPE_CHECKING:
    from drawthings.server.painter.job import Job, Picture
    from drawthings.server.painter.raster import Rgb


def stage(
    job: Job, final: Picture, step: int, steps: int, *, index: int = 0, size: tuple[int, int] | None = None
) -> Picture:
    """Return how a picture looks after a step.

    Coloured noise, chosen by the seed, fades while the picture sharpens; each step is closer to the final picture than
    the one before, and the last one is the final picture.

    Args:
        job: What is painted.
        final: The finished picture of ``paint``, three or four channels.
        step: Steps done.
        steps: Steps in all.
        index: Which picture of the batch it is.
        size: Rows and columns of the answer; the cells of a latent make a preview nearly free. The picture's own size
            when not given.

    Returns:
        The unfinished picture, in the range of the final one.
    """
    if final.shape[-1] != COLOURS:
        # Alpha comes first and has no preview.
        final = final[..., 1:]
    height, width = size or final.shape[:2]
    picture = final if size is None else scale(np.asarray(final, np.float32), height, width)
    if step >= steps:
        return np.array(picture, np.float32)
    left = 1 - max(0, step) / max(1, steps)
    strength = job.strength if job.image is not None and 0 < job.strength < 1 else 1.0
    fog = np.float32(left**1.4 * (0.25 + 0.75 * strength))
    clear = _coarse(picture, 1 + left**1.6 * (0.3 + 0.7 * strength) * min(height, width) / 9)
    out = clear * (1 - fog) + _noise(job.seed_of(index), height, width) * fog
    return np.asarray(out, np.float32)


def _coarse(picture: Rgb, factor: float) -> Rgb:
    """Return a picture without what is finer than ``factor`` pixels."""
    height, width = picture.shape[:2]
    rows, columns = max(2, round(height / factor)), max(2, round(width / factor))
    if rows >= height or columns >= width:
        return picture
    return scale(scale(picture, rows, columns), height, width)


def _noise(seed: int, height: int, width: int) -> Rgb:
    """Return noise in two grains, coarse patches and fine cells, in -1..1."""
    numbers = stream(key_of("stage", seed))
    side = min(height, width)
    total = np.zeros((height, width, 3), np.float32)
    for cells, power, way in ((10, 0.45, Image.Resampling.BICUBIC), (64, 0.6, Image.Resampling.NEAREST)):
        rows, columns = (max(2, min(n, round(cells * n / side))) for n in (height, width))
        grid = numbers.standard_normal((rows, columns, 3), np.float32) * np.float32(0.5 * power)
        for channel in range(3):
            plane = Image.fromarray(np.ascontiguousarray(grid[..., channel])).resize((width, height), way)
            total[..., channel] += np.asarray(plane)
    return np.clip(total, -1, 1)
