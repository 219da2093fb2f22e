"""What control pictures do to a scene.

Shapes: pictures (h, w, 3) float32 in 0..1, both ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import WHITE, Colour, gradient, ink, luma, mix, shade
from drawthings.server.painter.job import first_channel, fitted
from drawthings.server.painter.noise import key_of
from drawthings.server.painter.raster import COLOURS, HALF, PLANE_AXES, Plane, Rgb, blur, scale, shifted, smooth

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.server.painter.job import Hint, Job


FAINT = 0.1
"""A skeleton fainter than this is none."""


def apply_hints(scene: Rgb, job: Job) -> Rgb:
    """Let every hint of a job shape the scene, in order."""
    for hint in job.hints:
        change = _CHANGES.get(hint.kind)
        if change is not None and hint.weight > 0:
            shaped = change(scene, hint, job)
            scene = np.clip(scene + (shaped - scene) * np.float32(min(1.0, hint.weight)), 0, 1)
    return scene


def _depth(scene: Rgb, hint: Hint, job: Job) -> Rgb:
    """Fade the far parts (low values) into haze and light the slopes of the near ones."""
    del job
    height, width = scene.shape[:2]
    near = np.clip(first_channel(hint.picture, height, width) * np.float32(0.5) + np.float32(0.5), 0, 1)
    side = min(height, width)
    down, across = np.gradient(blur(near, max(1.0, side * 0.004)))
    slope = np.asarray(np.clip((across * np.float32(0.7) - down) * np.float32(side * 0.05), -0.45, 0.45), np.float32)
    haze = scene[: max(1, height // 5)].mean((0, 1)) * np.float32(0.6) + np.float32(0.36)
    solid = scene * (np.float32(0.72) + np.float32(0.36) * near[..., None]) * (1 + slope[..., None])
    out: Rgb = solid + (haze - solid) * ((1 - near) * np.float32(0.7))[..., None]
    return out


def _scribble(scene: Rgb, hint: Hint, job: Job) -> Rgb:
    """Turn strokes into dark outlines with a lit and a shaded side."""
    del job
    height, width = scene.shape[:2]
    stroke = np.clip(first_channel(hint.picture, height, width), 0, 1)
    side = min(height, width)
    wide = blur(stroke, side * 0.012)
    step = max(1, side // 90)
    relief = shifted(wide, -step, -step) - shifted(wide, step, step)
    out = scene * (1 - np.float32(0.35) * wide[..., None]) + relief[..., None] * np.float32(0.5)
    dark = np.asarray(ink("1f1a22"), np.float32)
    edge = smooth(0.15, 0.6, blur(stroke, max(0.6, side * 0.0012)))[..., None]
    drawn: Rgb = out + (dark - out) * edge * np.float32(0.92)
    return drawn


def _pose(scene: Rgb, hint: Hint, job: Job) -> Rgb:
    """Dress the skeleton: its limbs become a figure of the same pose."""
    height, width = scene.shape[:2]
    plain = np.nan_to_num(np.asarray(hint.picture, np.float32))
    bones = plain.max(-1) if plain.ndim > PLANE_AXES else plain
    bones = np.clip(scale(np.ascontiguousarray(bones), height, width), 0, 1)
    side = min(height, width)
    body = smooth(0.1, 0.32, blur(smooth(0.1, 0.4, bones), side * 0.016))
    if float(body.max()) < FAINT:
        return scene
    rows = np.flatnonzero((body > HALF).any(1))
    high, low = (int(rows[0]), int(rows[-1])) if len(rows) else (0, height - 1)
    place = np.clip((np.arange(height, dtype=np.float32) - high) / max(1, low - high), 0, 1)[:, None]
    coat: Colour = (ink("3f6f9f"), ink("a8483c"), ink("4f7f5a"), ink("8a5f9f"))[key_of(job.seed, "coat") % 4]
    skin, trousers = ink("d9a582"), shade(coat, 0.45)
    tones = gradient(
        ((0.0, skin), (0.2, skin), (0.21, coat), (0.55, coat), (0.56, trousers)), np.broadcast_to(place, body.shape)
    )
    wide = blur(body, side * 0.02)
    step = max(1, side // 70)
    light = np.clip(wide - shifted(wide, step, step), -0.5, 0.5)
    figure = np.clip(tones * (np.float32(0.9) + light[..., None] * np.float32(0.9)), 0, 1)
    ground = scene * (1 - np.float32(0.4) * blur(shifted(body, 0, step * 2), side * 0.02)[..., None])
    out: Rgb = ground + (figure - ground) * body[..., None]
    return out


def _color(scene: Rgb, hint: Hint, job: Job) -> Rgb:
    """Give each block of the canvas the colour that the palette has there."""
    del job
    height, width = scene.shape[:2]
    rows, columns = max(1, height // 64), max(1, width // 64)
    blocks = np.clip(scale(fitted(hint.picture, *np.shape(hint.picture)[:2]), rows, columns), 0, 1)
    palette = np.clip(scale(blocks, height, width), 0, 1)
    grey = luma(scene)[..., None]
    away = luma(palette)[..., None]
    out: Rgb = palette + (grey - away) * np.float32(0.45)
    return scene + (out - scene) * np.float32(0.85)


def _custom(scene: Rgb, hint: Hint, job: Job) -> Rgb:
    """Take over the light and the edges of a control picture."""
    del job
    height, width = scene.shape[:2]
    guide = luma(fitted(_three(hint.picture), height, width))
    side = min(height, width)
    soft = blur(guide, max(1.0, side * 0.006))
    level = blur(guide, side * 0.06) - np.float32(0.5)
    down, across = np.gradient(soft)
    edge = smooth(0.08, 0.5, np.hypot(down, across) * np.float32(side * 0.03))
    detail = guide - blur(guide, side * 0.03)
    lit = scene + (level * np.float32(0.45) + detail * np.float32(0.8))[..., None]
    dark = np.asarray(mix(ink("1f1a22"), WHITE, 0.05), np.float32)
    out: Rgb = lit + (dark - lit) * (edge * np.float32(0.55))[..., None]
    return out


def _three(picture: Rgb) -> Rgb:
    """Return a picture with three channels."""
    plain = np.asarray(picture, np.float32)
    if plain.ndim == PLANE_AXES:
        plain = plain[..., None]
    return np.repeat(plain[..., :1], 3, 2) if plain.shape[-1] < COLOURS else plain[..., :COLOURS]


def depth_of(picture: Rgb) -> Plane:
    """Guess the depth of a picture in -1..1: low in the picture and dark is near."""
    height = picture.shape[0]
    grey = blur(luma(picture), min(picture.shape[:2]) * 0.03)
    low = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    return np.clip(low * np.float32(1.2) - grey * np.float32(0.9) + np.float32(0.3), 0, 1) * 2 - 1


_CHANGES: dict[str, Callable[[Rgb, Hint, Job], Rgb]] = {
    "depth": _depth,
    "scribble": _scribble,
    "pose": _pose,
    "color": _color,
    "custom": _custom,
}
