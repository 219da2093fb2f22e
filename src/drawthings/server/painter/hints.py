"""What control pictures do to a scene.

Shapes: pictures (h, w, 3) float32 in 0..1, both ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter import mask
from drawthings.server.painter.blend import fill_in
from drawthings.server.painter.colour import WHITE, Colour, gradient, ink, luma, mix, saturate, shade
from drawthings.server.painter.job import first_channel, fitted
from drawthings.server.painter.noise import key_of
from drawthings.server.painter.raster import COLOURS, HALF, PLANE_AXES, Plane, Rgb, blur, scale, shifted, smooth

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.server.painter.job import Hint, Job

    Change = Callable[[Rgb, Hint, Job], Rgb]


FAINT = 0.1
"""A skeleton fainter than this is none."""

LAID_OUT = 0.5
"""Light and shade are settled when this part of the sampling is over."""

DRAWN_FROM = 0.3
"""Edges are drawn from this part of the sampling on."""


def apply_hints(scene: Rgb, job: Job) -> Rgb:
    """Let every hint of a job shape the scene, in order."""
    for hint in job.hints:
        change = _CHANGES.get(hint.kind)
        if change is not None and hint.weight > 0 and hint.end > hint.begin:
            scene = np.clip(_steered(scene, change, hint, job), 0, 1)
    return scene


def _steered(scene: Rgb, change: Change, hint: Hint, job: Job) -> Rgb:
    """Let one hint shape the scene as much as its weight, its part of the sampling and its mode allow."""
    weight = min(1.0, hint.weight) * (0.55 if hint.mode == "prompt" else 1.0)
    side = min(scene.shape[:2])
    if hint.mode == "control":
        scene = scene + (blur(scene, side * 0.012) - scene) * np.float32(0.7 * weight)
    if hint.no_prompt:
        scene = saturate(scene, 1 - 0.7 * weight)
    shaped = change(scene, hint, job) - scene
    light = min(1.0, max(0.0, min(hint.end, LAID_OUT) - hint.begin) / LAID_OUT)
    edges = max(0.0, hint.end - max(hint.begin, DRAWN_FROM)) / (1 - DRAWN_FROM)
    if light < 1 or edges < 1:
        height, width = scene.shape[:2]
        broad = scale(scale(shaped, max(2, height // 12), max(2, width // 12)), height, width)
        shaped = broad * np.float32(light) + (shaped - broad) * np.float32(edges)
    out: Rgb = scene + shaped * np.float32(weight)
    return out


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


@dataclass(frozen=True, slots=True)
class Look:
    """What of a control picture a scene takes over.

    Args:
        light: Its broad light and shade.
        edges: Its outlines, as dark lines.
        detail: Its fine light and shade.
        colour: Its colours.
        relief: Its slopes, as if lit from one side.
    """

    light: float = 0.0
    edges: float = 0.0
    detail: float = 0.0
    colour: float = 0.0
    relief: float = 0.0


LOOKS = {
    "custom": Look(light=0.45, edges=0.55, detail=0.8),
    "canny": Look(light=0.3, edges=0.8, detail=0.8),
    "mlsd": Look(light=0.2, edges=0.75, detail=0.3),
    "softedge": Look(light=0.35, edges=0.4, detail=1.0),
    "lineart": Look(light=0.2, edges=0.65, detail=1.0),
    "normalbae": Look(light=0.2, relief=0.08),
    "seg": Look(light=0.7, colour=0.35),
    "tile": Look(light=0.7, edges=0.2, detail=0.9, colour=0.7),
    "blur": Look(light=0.9, colour=0.6),
    "gray": Look(light=0.9, edges=0.2, detail=0.9),
    "lowquality": Look(light=0.7, detail=0.5, colour=0.5),
    "ip2p": Look(light=0.9, edges=0.1, detail=1.0, colour=0.25),
}
"""What each kind of control takes over of its picture."""


def _looked_at(scene: Rgb, hint: Hint, job: Job) -> Rgb:
    """Take over from a control picture what its kind looks at."""
    del job
    height, width = scene.shape[:2]
    look, picture = LOOKS[hint.kind], fitted(_three(hint.picture), height, width)
    if hint.coarseness > 1:
        rows, columns = (max(2, round(length / hint.coarseness)) for length in (height, width))
        picture = np.clip(scale(scale(picture, rows, columns), height, width), 0, 1)
    guide: Plane = luma(picture)
    side = min(height, width)
    down, across = np.gradient(blur(guide, max(1.0, side * 0.006)))
    level = blur(guide, side * 0.06) - np.float32(0.5)
    detail = guide - blur(guide, side * 0.03)
    out: Rgb = scene + (level * np.float32(look.light) + detail * np.float32(look.detail))[..., None]
    if look.relief:
        slope = (across * np.float32(0.7) - down) * np.float32(side * look.relief)
        out *= np.asarray(1 + np.clip(slope, -0.5, 0.5), np.float32)[..., None]
    if look.colour:
        own = out - luma(out)[..., None]
        out += np.asarray((picture - guide[..., None] - own) * np.float32(look.colour), np.float32)
    edge = smooth(0.08, 0.5, np.hypot(down, across) * np.float32(side * 0.03)) * np.float32(look.edges)
    dark = np.asarray(mix(ink("1f1a22"), WHITE, 0.05), np.float32)
    drawn: Rgb = out + (dark - out) * edge[..., None]
    return drawn


def _inpaint(scene: Rgb, hint: Hint, job: Job) -> Rgb:
    """Follow the picture where the mask keeps it, and go on with its light and colours where it is repainted."""
    height, width = scene.shape[:2]
    picture = fitted(hint.picture, height, width)
    zones = None if job.mask is None else mask.read_zones(job.mask, height, width)
    if zones is None:
        return scene + (picture - scene) * np.float32(0.8)
    side = min(height, width)
    around = fill_in(picture, zones.changed)
    suited = scene + (blur(around, side * 0.04) - blur(scene, side * 0.04)) * np.float32(0.6)
    out: Rgb = suited + (picture - suited) * (zones.kept * np.float32(0.8))[..., None]
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


_CHANGES: dict[str, Change] = {
    "depth": _depth,
    "scribble": _scribble,
    "pose": _pose,
    "color": _color,
    "inpaint": _inpaint,
    **dict.fromkeys(LOOKS, _looked_at),
}
