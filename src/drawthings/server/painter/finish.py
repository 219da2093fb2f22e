"""What follows on painting: face restoration and upscaling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from drawthings.server.painter.noise import between
from drawthings.server.painter.raster import COLOURS, blur, scale, to_image

if TYPE_CHECKING:
    from drawthings.server.painter.job import Job, Picture


def finish(job: Job, picture: Picture) -> Picture:
    """Restore faces and upscale, as the job asks.

    Args:
        job: Face restoration and upscaling factor.
        picture: A picture in [-1, 1], three channels, or four with alpha (0..1) first.

    Returns:
        The picture, ``job.upscale`` times larger in each direction.
    """
    alpha, colours = (picture[..., :1], picture[..., 1:]) if picture.shape[-1] > COLOURS else (None, picture)
    if job.face_restoration:
        colours = _restore(colours, job.face_restoration)
    out = upscale(colours, job.upscale)
    if alpha is None:
        return out
    height, width = out.shape[:2]
    large = Image.fromarray(np.ascontiguousarray(alpha[..., 0])).resize((width, height), Image.Resampling.BILINEAR)
    return np.concatenate([np.clip(np.asarray(large, np.float32), 0, 1)[..., None], out], -1)


def _restore(picture: Picture, model: str) -> Picture:
    """Smooth and brighten the middle of a picture, where a face would be."""
    height, width = picture.shape[:2]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    middle = np.exp(-((y + np.float32(0.15)) ** 2 + x * x) * np.float32(5))[..., None]
    plain = picture * np.float32(0.5) + np.float32(0.5)
    side = min(height, width)
    calm = blur(plain, side * 0.004)
    crisp = calm + (plain - blur(plain, side * 0.012)) * np.float32(0.7)
    glow = np.float32(between(0.015, 0.035, "face", model))
    better: Picture = np.clip(plain + (crisp + glow - plain) * middle * np.float32(0.7), 0, 1)
    out: Picture = better * np.float32(2) - np.float32(1)
    return out


def upscale(picture: Picture, factor: int) -> Picture:
    """Enlarge a picture: Lanczos, then a little sharpening.

    Args:
        picture: Pixels (h, w, 3) in [-1, 1].
        factor: 1 returns the picture; 2 and 4 are usual.

    Returns:
        Pixels (h * factor, w * factor, 3) in [-1, 1].
    """
    if factor <= 1:
        return picture
    height, width = picture.shape[0] * factor, picture.shape[1] * factor
    large = to_image(picture * np.float32(0.5) + np.float32(0.5)).resize((width, height), Image.Resampling.LANCZOS)
    sharp = large.filter(ImageFilter.UnsharpMask(factor * 0.8, 60, 2))
    return np.asarray(sharp, np.float32) * np.float32(2 / 255) - 1


def two_passes(picture: Picture, hires: tuple[int, int], strength: float = 0.7) -> Picture:
    """Return a picture as hires fix leaves it: what a first pass of that size had not shown is softer.

    Args:
        picture: Pixels in 0..1 at full size.
        hires: Width and height of the first pass.
        strength: How much noise the second pass begins with; little of it leaves most of the first pass.
    """
    height, width = picture.shape[:2]
    if hires[0] >= width or hires[1] >= height:
        return picture
    first = scale(scale(picture, hires[1], hires[0]), height, width)
    out: Picture = picture + (first - picture) * np.float32(1.17 * (1 - min(1.0, max(0.15, strength))))
    return out
