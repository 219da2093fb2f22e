"""The cut of a scene: SDXL is told what was cut off its training pictures, and at what shape to aim."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from drawthings.server.painter.raster import PLANE_AXES, Plane, Rgb

if TYPE_CHECKING:
    from drawthings.server.painter.job import Job

FARTHEST = 0.3
"""At most this part of a side is cut off."""

HALFWAY_PX = 400.0
"""A crop of about so many pixels cuts off two thirds of that."""


def framed(values: Plane | Rgb, job: Job) -> Plane | Rgb:
    """Cut a scene as the dials of a job say, and enlarge what is left to the old size.

    Args:
        values: A plane or a picture.
        job: Canvas and dials.

    Returns:
        The same values when there is nothing to cut.
    """
    box = _box(job)
    if box == (0, 0, 1, 1):
        return values
    height, width = values.shape[:2]
    pixels = (box[0] * width, box[1] * height, box[2] * width, box[3] * height)
    planes = [values] if values.ndim == PLANE_AXES else [values[..., c] for c in range(values.shape[2])]
    cut = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(plane)).resize((width, height), Image.Resampling.BICUBIC, box=pixels)
        )
        for plane in planes
    ]
    return cut[0] if values.ndim == PLANE_AXES else np.stack(cut, -1)


def _box(job: Job) -> tuple[float, float, float, float]:
    """Return what is left of the scene: left, top, right, bottom as parts of its sides."""
    dials = job.dials
    left, top = (FARTHEST * (1 - math.exp(-max(0, crop) / HALFWAY_PX)) for crop in (dials.crop_left, dials.crop_top))
    size = 1 - max(left, top)
    # What is not cut from one side only is cut from both.
    x = left or (1 - size) / 2
    y = top or (1 - size) / 2
    wide, high = _aim(job)
    return (
        x + size * (1 - wide) / 2,
        y + size * (1 - high) / 2,
        x + size * (1 + wide) / 2,
        y + size * (1 + high) / 2,
    )


def _aim(job: Job) -> tuple[float, float]:
    """Return how much of the width and of the height is seen when the scene is meant for another shape."""
    wide, high = job.dials.target_image_width, job.dials.target_image_height
    if wide <= 0 or high <= 0:
        return 1.0, 1.0
    stretch = (wide / job.width) / (high / job.height)
    return max(1 - FARTHEST, min(1.0, stretch**-0.3)), max(1 - FARTHEST, min(1.0, stretch**0.3))
