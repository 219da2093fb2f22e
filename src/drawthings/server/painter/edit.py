"""Edit models: the composition of a picture stays, its mood follows an instruction.

Shapes: pictures (h, w, 3) float32 in 0..1, both ways.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter import vocabulary
from drawthings.server.painter.blend import fill_in, lean_to, standing_out
from drawthings.server.painter.colour import BLACK, WHITE, gradient, luma, mix, recolour, shade
from drawthings.server.painter.grade import hue_matrix
from drawthings.server.painter.light import HOURS, Light
from drawthings.server.painter.noise import between, fractal, key_of
from drawthings.server.painter.raster import HALF, Plane, Rgb, blur, rows_and_columns, scale, smooth
from drawthings.server.painter.scene import figure, sky, weather
from drawthings.server.painter.scene.plan import Plan, Spot, make_plan
from drawthings.server.painter.scene.sheet import Sheet
from drawthings.server.painter.scene.subjects import drawing
from drawthings.server.painter.style import apply_styles
from drawthings.server.painter.words import Brief, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

_TONES: dict[str, tuple[float, float]] = {
    "day": (1.05, 0.0), "golden": (0.98, 0.02), "sunset": (0.88, 0.02), "dawn": (0.92, 0.05), "dusk": (0.74, 0.02),
    "night": (0.62, 0.02), "storm": (0.76, 0.0), "overcast": (0.88, 0.06), "space": (0.7, 0.0), "deep": (0.82, 0.03),
}  # fmt: skip
"""How the brightness of a picture changes with the hour: factor and lift. It stays nearly linear, so that every edge
of the picture survives."""

STARLIT = 0.4
"""An hour with more stars than this shows them in edited pictures too."""

RIM = 0.02
"""The soft rim of a hole begins here; all of it is filled."""

_SHARES = {
    "oil": 0.65,
    "pencil": 0.55,
    "neon": 0.55,
    "pixel": 0.55,
    "watercolor": 0.55,
    "poster": 0.8,
    "comic": 0.8,
    "mosaic": 0.3,
}
"""How strongly a style is laid on that would hide the composition at full strength; the others are not held back."""


def edit(canvas: Rgb, brief: Brief, seed: int, references: Sequence[tuple[Rgb, float]] = (), *, detail: int = 6) -> Rgb:
    """Follow an instruction.

    Args:
        canvas: The picture to edit.
        brief: The instruction, understood.
        seed: Seed of this picture.
        references: Further pictures of any size with their weights, "Picture 2" and on.
        detail: How fine the noise may be.
    """
    height, width = canvas.shape[:2]
    plan = make_plan(brief, aspect=width / height, seed=seed, octaves=detail)
    out = _taken_away(canvas, brief)
    if "hour" in brief.named or brief.place in {"space", "underwater"}:
        out = relight(out, brief.hour, plan)
    out = _weathered(out, brief, plan)
    out = _coloured(out, brief)
    out = _odd(out, brief)
    for number, (reference, weight) in enumerate(references):
        out = _echo(out, reference, weight, number)
    out = _added(out, brief, plan)
    for style in brief.styles[:2]:
        painted = apply_styles(out, (style,), plan.key("style"))
        out = out + (painted - out) * np.float32(_SHARES.get(style, 1.0))
    return np.clip(out, 0, 1)


def relight(picture: Rgb, hour: str, plan: Plan) -> Rgb:
    """Put a picture into the light of an hour."""
    light: Light = HOURS[hour]
    grey = luma(picture)
    low = mix(shade(light.sky[0], 0.6), BLACK, 0.4)
    stops = (
        (0.0, low),
        (0.35, mix(light.sky[1], light.shaded, 0.4)),
        (0.7, mix(light.sky[3], light.haze, 0.4)),
        (1.0, mix(light.sun, WHITE, 0.25)),
    )
    toned = gradient(stops, grey)
    lit = picture * np.asarray(light.ambient, np.float32)
    out = lit + (toned - lit) * np.float32(0.5)
    factor, lift = _TONES[hour]
    out += (grey * np.float32(factor) + np.float32(lift) - luma(out))[..., None]
    y, x = rows_and_columns(*grey.shape)
    far = ((x - np.float32(plan.sun[0])) * np.float32(plan.aspect)) ** 2 + (y - np.float32(0.22)) ** 2
    glow = np.exp(-far * 5) * np.float32(0.34 * light.glow)
    out = out + glow[..., None] * np.asarray(light.sun, np.float32) * (1 - np.clip(out, 0, 1))
    if light.stars > STARLIT:
        out = _starry(np.clip(out, 0, 1), plan, light.stars)
    return np.clip(out, 0, 1)


def _starry(picture: Rgb, plan: Plan, amount: float) -> Rgb:
    """Set stars into the calm upper part of a picture."""
    height, width = picture.shape[:2]
    sheet = Sheet(height, width)
    sheet.rgb[:] = picture
    sky.paint_stars(sheet, plan, amount * 0.7)
    grey = luma(picture)
    rough = blur(np.clip(np.abs(grey - blur(grey, min(height, width) * 0.02)) * 8, 0, 1), min(height, width) * 0.02)
    y, _ = rows_and_columns(height, width)
    calm = np.clip(1 - rough * 3, 0, 1) * smooth(-0.55, -0.3, -y)
    return picture + (sheet.rgb - picture) * calm[..., None]


def _weathered(picture: Rgb, brief: Brief, plan: Plan) -> Rgb:
    """Let it snow, rain or be foggy, and change the season."""
    height, width = picture.shape[:2]
    out = picture
    grey = luma(out)
    side = min(height, width)
    y, _ = rows_and_columns(height, width)
    if "snow" in brief.weather or brief.season == "winter":
        up = np.gradient(blur(grey, max(1.0, side * 0.004)), axis=0)
        cover = np.clip(
            smooth(0.35, 0.85, grey) * np.float32(0.55) + np.clip(-up * np.float32(side * 0.05), 0, 0.5), 0, 0.7
        )
        cold = recolour(out, (0.62, 0.72, 0.86), 0.45)
        white = np.float32(0.62) + grey[..., None] * np.float32(0.36)
        out = cold + (white - cold) * (cover * smooth(-0.1, 0.6, y))[..., None]
    if brief.season == "autumn":
        out = recolour(out, (0.85, 0.5, 0.2), 0.42)
    if brief.season == "spring":
        out = recolour(out, (0.95, 0.72, 0.8), 0.22)
    if {"rain", "storm"} & set(brief.weather):
        out = recolour(out * np.float32(0.86), (0.42, 0.5, 0.6), 0.35)
    if "fog" in brief.weather:
        bank = fractal((height, width), plan.key("fog"), cells=3, octaves=3, stretch=3.0)
        haze = np.clip(np.float32(0.34) + bank * np.float32(0.22), 0, 0.6) * smooth(1.25, 0.2, y)
        out = out + (np.float32(0.82) - out) * haze[..., None]
    mask = weather.falling((height, width), plan, 0.0)
    if mask is not None:
        out = out + (np.float32(0.97) - out) * (mask * np.float32(0.8))[..., None]
    return out


def _coloured(picture: Rgb, brief: Brief) -> Rgb:
    """Give the picture, or the thing that stands out in it, the colour that is asked for."""
    for tint in brief.tints[:2]:
        picture = recolour(np.clip(picture, 0, 1), tint, 0.6)
    adding = bool(_words(brief) & (vocabulary.ADDING | vocabulary.CHANGING))
    for wish in brief.wishes:
        if wish.colour is not None and (wish.known or not adding):
            dyed = recolour(np.clip(picture, 0, 1), wish.colour, 0.85)
            picture = picture + (dyed - picture) * standing_out(picture)[..., None]
    return picture


def _odd(picture: Rgb, brief: Brief) -> Rgb:
    """Let unknown words turn the colours: lights one way, shadows another."""
    if not brief.strange:
        return picture
    key = key_of("odd", *brief.strange)
    turned = picture @ hue_matrix(between(-0.09, 0.09, key, "hue")).T
    grey = luma(picture)[..., None]
    split = np.array([between(-0.07, 0.07, key, channel) for channel in range(3)], np.float32)
    split -= split.mean()
    out: Rgb = turned + split * (grey - np.float32(0.5)) * 2
    return np.clip(out, 0, 1)


def _taken_away(picture: Rgb, brief: Brief) -> Rgb:
    """Remove what the instruction wants gone: the background, or the thing that stands out."""
    if not brief.removed and not (_words(brief) & vocabulary.CHANGING and brief.wishes):
        return picture
    thing = standing_out(picture)
    if "background" in brief.removed:
        plain = picture.mean((0, 1)) * np.float32(0.3) + np.float32(0.62)
        cleared: Rgb = picture + (plain - picture) * ((1 - thing) * np.float32(0.8))[..., None]
        return cleared
    hole = smooth(0.3, 0.7, blur(thing, min(picture.shape[:2]) * 0.01))
    filled = fill_in(picture, (hole > RIM).astype(np.float32))
    return picture + (filled - picture) * hole[..., None]


def _words(brief: Brief) -> frozenset[str]:
    """Return the words of an instruction."""
    return frozenset(tokens(brief.text))


def _added(picture: Rgb, brief: Brief, plan: Plan) -> Rgb:
    """Draw what the instruction adds, or puts in the place of something."""
    words = _words(brief)
    instead = bool(words & vocabulary.CHANGING)
    if not brief.wishes or not (instead or words & vocabulary.ADDING):
        return picture
    new = [wish for wish in brief.wishes if not wish.known]
    wishes = (new or list(brief.wishes))[-1:] if instead else new[:3]
    sheet = Sheet(*picture.shape[:2])
    sheet.rgb[:] = picture
    grey = float(luma(picture).mean())
    plain = replace(plan, light=replace(plan.light, ambient=(0.7 + 0.5 * grey,) * 3, glow=0.25))
    for number, wish in enumerate(wishes):
        x = _middle(picture) if instead else (0.22, 0.78, 0.5)[(number + max(0, plan.sunward)) % 3]
        spot = Spot(wish, x, 0.9, 0.42 if instead else 0.3, x > HALF, "front")
        pose = figure.Pose(x * sheet.width, spot.foot * sheet.height, spot.tall * sheet.unit, spot.flip)
        figure.shadow(sheet, plain, pose, 0.25)
        figure.draw(sheet, plain, drawing(spot, plain), pose)
    return np.clip(sheet.rgb, 0, 1)


def _middle(picture: Rgb) -> float:
    """Return where across a picture its main thing is, as a part of the width."""
    across = standing_out(picture).sum(0) + np.float32(1e-3)
    places = (np.arange(len(across)) + 0.5) / len(across)
    return float(np.clip((across * places).sum() / across.sum(), 0.2, 0.8))


_CORNERS = ((0.79, 0.76), (0.21, 0.76), (0.79, 0.24), (0.21, 0.24))


def _echo(picture: Rgb, reference: Rgb, weight: float, number: int) -> Rgb:
    """Let a further reference lend its colours and show itself in a soft round inset."""
    if weight <= 0:
        return picture
    share = min(1.0, weight)
    out = lean_to(picture, reference, 0.16 * share)
    height, width = picture.shape[:2]
    side = max(8, int(min(height, width) * 0.27))
    high, wide = reference.shape[:2]
    edge = min(high, wide)
    top, left = (high - edge) // 2, (wide - edge) // 2
    inset = np.clip(scale(np.ascontiguousarray(reference[top : top + edge, left : left + edge]), side, side), 0, 1)
    x, y = _CORNERS[number % len(_CORNERS)]
    row, column = (
        min(height - side, max(0, int(y * height - side / 2))),
        min(width - side, max(0, int(x * width - side / 2))),
    )
    across = np.linspace(-1, 1, side, dtype=np.float32)
    far = np.hypot(across[:, None], across[None, :])
    disc: Plane = (1 - smooth(0.84, 0.99, far)) * np.float32(0.92 * share)
    part = out[row : row + side, column : column + side]
    out[row : row + side, column : column + side] = part + (inset - part) * disc[..., None]
    return out
