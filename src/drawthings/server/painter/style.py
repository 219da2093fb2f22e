"""Manners of painting, laid over a finished scene.

Shapes: pictures (h, w, 3) float32 in 0..1, both ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from drawthings.server.painter.colour import contrast, gradient, ink, luma, saturate
from drawthings.server.painter.noise import fractal, key_of
from drawthings.server.painter.raster import (
    Plane,
    Rgb,
    blur,
    from_image,
    rows_and_columns,
    scale,
    shifted,
    smooth,
    to_image,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_STYLES = 2

FLATTENED_WHOLE = 500
"""Pictures longer than this are flattened at half size."""


def apply_styles(rgb: Rgb, styles: Sequence[str], key: int) -> Rgb:
    """Paint a picture over in the manners that a prompt names.

    Args:
        rgb: The picture.
        styles: Names from ``vocabulary.STYLES``; at most two are applied.
        key: Names the texture.
    """
    for style in styles[:MOST_STYLES]:
        rgb = np.clip(_STYLES[style](rgb, key), 0, 1)
    return rgb


def _watercolor(rgb: Rgb, key: int) -> Rgb:
    """Let colours run, darken the edges of washes, leave paper around and in the lights."""
    height, width = rgb.shape[:2]
    unit = min(height, width)
    bleed = fractal((height, width), key_of(key, "bleed"), cells=14, octaves=3)
    wash = _simplified(rgb, max(2, unit // 130))
    soft = blur(luma(wash), unit * 0.009)
    edge = np.clip(np.abs(luma(wash) - soft) * 3.2, 0, 0.35)
    paper = 1 - np.float32(0.035) * np.abs(fractal((height, width), key_of(key, "paper"), cells=90, octaves=2))
    pale = contrast(saturate(wash, 1.12), 0.86, 0.62) + bleed[..., None] * np.float32(0.045)
    pale = pale * (1 - edge[..., None]) * paper[..., None]
    y, x = rows_and_columns(height, width)
    border = np.minimum(np.minimum(y, 1 - y) * height / unit, np.minimum(x, 1 - x) * width / unit)
    frame = smooth(0.012, 0.05, border + bleed * np.float32(0.03))[..., None]
    out: Rgb = np.asarray(ink("faf6ec"), np.float32) * (1 - frame) + pale * frame
    return out


def _simplified(rgb: Rgb, radius: int) -> Rgb:
    """Flatten a picture into dabs: each pixel takes the calmest of the four squares it is a corner of (Kuwahara)."""
    height, width = rgb.shape[:2]
    coarse = 2 if max(height, width) > FLATTENED_WHOLE else 1
    image = to_image(rgb)
    small = image.reduce(coarse) if coarse > 1 else image
    radius = max(1, radius // coarse)
    mean = np.asarray(small.filter(ImageFilter.BoxBlur(radius / 2)), np.float32)
    grey = np.asarray(small.convert("L"), np.float32)
    soft = np.asarray(small.convert("L").filter(ImageFilter.BoxBlur(radius / 2)), np.float32)
    rough = Image.fromarray(np.clip(np.abs(grey - soft) * 4, 0, 255).astype(np.uint8)).filter(
        ImageFilter.BoxBlur(radius / 2)
    )
    spread = np.asarray(rough, np.float32)
    step = max(1, radius)
    rows, columns = np.arange(mean.shape[0]), np.arange(mean.shape[1])
    best = np.full(spread.shape, np.inf, np.float32)
    out = mean.copy()
    for down, across in ((-step, -step), (-step, step), (step, -step), (step, step)):
        at = np.clip(rows + down, 0, len(rows) - 1)[:, None], np.clip(columns + across, 0, len(columns) - 1)[None, :]
        other = spread[at]
        better = other < best
        best = np.where(better, other, best)
        out[better] = mean[at][better]
    return scale(out * np.float32(1 / 255), height, width)


def _oil(rgb: Rgb, key: int) -> Rgb:
    """Paint in dabs with the relief of brush strokes."""
    height, width = rgb.shape[:2]
    dabs = _simplified(rgb, max(2, min(height, width) // 90))
    strokes = fractal((height, width), key_of(key, "strokes"), cells=46, octaves=2, stretch=3.4)
    relief = strokes - shifted(strokes, 1, 1)
    rich = contrast(saturate(dabs, 1.22), 1.08)
    out: Rgb = rich * (1 + strokes[..., None] * np.float32(0.05)) + relief[..., None] * np.float32(0.11)
    return out


def _pencil(rgb: Rgb, key: int) -> Rgb:
    """Draw outlines and hatching on paper."""
    height, width = rgb.shape[:2]
    grey = luma(rgb)
    soft = blur(grey, max(1.5, min(height, width) * 0.007))
    lines = np.clip(1 - np.clip((soft - grey) * 5.5, 0, 1) - np.clip((grey - soft) * 1.2, 0, 0.4), 0, 1)
    y, x = rows_and_columns(height, width)
    wobble = fractal((height, width), key_of(key, "hand"), cells=9, octaves=3)
    unit = min(height, width)
    phase = (x * width + y * height) / unit * 190 + wobble * 3
    hatch = np.sin(phase) * np.float32(0.5) + np.float32(0.5)
    shade = np.clip(np.float32(0.72) - grey, 0, 1) * (np.float32(0.5) + hatch * np.float32(0.9))
    page = np.float32(0.97) - np.float32(0.03) * np.abs(
        fractal((height, width), key_of(key, "paper"), cells=80, octaves=2)
    )
    tone = np.clip(page * lines - shade * np.float32(0.75), 0.08, 1)
    out: Rgb = tone[..., None] * np.asarray(ink("fbf8f1"), np.float32)
    return out


def _pixel(rgb: Rgb, key: int) -> Rgb:
    """Make large pixels in few colours."""
    del key
    height, width = rgb.shape[:2]
    side = 112 / max(height, width)
    small = to_image(contrast(saturate(rgb, 1.18), 1.08)).resize(
        (max(8, round(width * side)), max(8, round(height * side))), Image.Resampling.BOX
    )
    few = small.quantize(28, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    return from_image(few.resize((width, height), Image.Resampling.NEAREST))


def _neon(rgb: Rgb, key: int) -> Rgb:
    """Darken everything and let outlines and lights glow in pink and cyan."""
    del key
    height, width = rgb.shape[:2]
    unit = min(height, width)
    grey = luma(rgb)
    soft = blur(grey, max(1.0, unit * 0.004))
    down, across = np.gradient(soft)
    edge = np.clip(np.hypot(down, across) * np.float32(unit * 0.016), 0, 1)
    _, x = rows_and_columns(height, width)
    tones = gradient(((0.0, ink("ff3fa4")), (0.5, ink("a35bff")), (1.0, ink("2fe6ff"))), np.broadcast_to(x, grey.shape))
    night = contrast(saturate(rgb, 1.35), 1.1) * np.array((0.58, 0.5, 0.8), np.float32)
    glow = np.clip(edge + blur(edge, unit * 0.012) * np.float32(1.2), 0, 1)[..., None]
    out: Rgb = night + tones * glow * (1 - night)
    return out


def _mono(rgb: Rgb, key: int) -> Rgb:
    """Turn to black and white with rich contrast."""
    del key
    grey = contrast(luma(rgb), 1.16, 0.48)
    return np.repeat(grey[..., None], 3, 2)


def _photo(rgb: Rgb, key: int) -> Rgb:
    """Add what a lens adds: a vignette, a soft bloom, a film's curve."""
    del key
    height, width = rgb.shape[:2]
    y, x = rows_and_columns(height, width)
    far = (x - np.float32(0.5)) ** 2 + (y - np.float32(0.5)) ** 2
    bright = np.clip(rgb - np.float32(0.72), 0, 1)
    bloom = blur(bright * 3, min(height, width) * 0.02) * np.float32(0.28)
    curve = contrast(rgb, 1.07, 0.46)
    out: Rgb = (curve + bloom * (1 - curve)) * (1 - np.float32(0.55) * far)[..., None]
    return out


def _sepia(rgb: Rgb, key: int) -> Rgb:
    """Fade to brown, as an old print."""
    height, width = rgb.shape[:2]
    grey = contrast(luma(rgb), 0.88, 0.5)
    stain = fractal((height, width), key_of(key, "stain"), cells=3, octaves=4) * np.float32(0.05)
    tones = gradient(((0.0, ink("2b1a10")), (0.5, ink("a5794e")), (1.0, ink("f7e8c8"))), np.clip(grey + stain, 0, 1))
    return tones * np.float32(0.88) + rgb * np.float32(0.12)


def _comic(rgb: Rgb, key: int) -> Rgb:
    """Flatten the tones and ink the outlines."""
    del key
    height, width = rgb.shape[:2]
    flat = _simplified(contrast(saturate(rgb, 1.32), 1.08), max(2, min(height, width) // 150))
    grey = luma(flat)
    levels = np.floor(grey * 6 + np.float32(0.5)) / 6
    toned = flat * (np.float32(0.4) + np.float32(0.6) * levels / np.maximum(grey, np.float32(0.06)))[..., None]
    down, across = np.gradient(blur(grey, max(0.8, min(height, width) * 0.0016)))
    line = smooth(0.035, 0.11, np.hypot(down, across) * np.float32(min(height, width) / 512))
    out: Rgb = toned * (1 - line[..., None] * np.float32(0.8))
    return out


def _poster(rgb: Rgb, key: int) -> Rgb:
    """Reduce to flat areas in a few strong colours."""
    del key
    few = to_image(_simplified(saturate(rgb, 1.2), max(2, min(rgb.shape[:2]) // 110)))
    flat = few.quantize(14, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    return from_image(flat)


def _mosaic(rgb: Rgb, key: int) -> Rgb:
    """Set the picture in small uneven stones with joints."""
    height, width = rgb.shape[:2]
    stone = max(6, min(height, width) // 46)
    rows, columns = -(-height // stone), -(-width // stone)
    small = scale(rgb, rows, columns)
    rng = fractal((rows, columns), key_of(key, "stones"), cells=rows / 2, octaves=1)
    small = np.clip(small * (1 + rng[..., None] * np.float32(0.12)), 0, 1)
    big = np.repeat(np.repeat(small, stone, 0), stone, 1)[:height, :width]
    y, x = np.arange(height, dtype=np.float32)[:, None] % stone, np.arange(width, dtype=np.float32)[None, :] % stone
    inside = np.minimum(np.minimum(y, stone - 1 - y), np.minimum(x, stone - 1 - x)) / np.float32(stone)
    relief: Plane = np.float32(0.62) + np.float32(0.38) * smooth(-0.02, 0.14, inside)
    return big * relief[..., None]


_STYLES: dict[str, Callable[[Rgb, int], Rgb]] = {
    "watercolor": _watercolor, "oil": _oil, "pencil": _pencil, "pixel": _pixel, "neon": _neon, "mono": _mono,
    "photo": _photo, "sepia": _sepia, "comic": _comic, "poster": _poster, "mosaic": _mosaic,
}  # fmt: skip
