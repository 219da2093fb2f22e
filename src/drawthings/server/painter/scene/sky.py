"""Sky, sun, moon, stars and clouds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import Colour, gradient, mix
from drawthings.server.painter.noise import enlarge, fractal, stream
from drawthings.server.painter.raster import shifted, smooth

if TYPE_CHECKING:
    from drawthings.server.painter.raster import Plane
    from drawthings.server.painter.scene.plan import Plan
    from drawthings.server.painter.scene.sheet import Sheet

SKY_STOPS = (0.0, 0.36, 0.64, 0.86, 1.0)


def paint_sky(sheet: Sheet, plan: Plan) -> None:
    """Paint the whole sky down to the horizon (and its mirror image's colours below)."""
    light = plan.light
    y, _ = sheet.coordinates()
    stops = tuple(zip(SKY_STOPS, light.sky, strict=True))
    sheet.rgb[:] = gradient(stops, np.clip(y / np.float32(plan.horizon), 0, 1))
    if light.stars > 0:
        paint_stars(sheet, plan, light.stars)
    x, row = plan.sun[0] * sheet.width, plan.sun[1] * sheet.height
    wide = sheet.unit * (0.2 + 0.2 * light.glow)
    sheet.halo(x, row, mix(light.sky[4], light.sun, 0.45), (wide * 1.6, light.glow * 0.6))
    sheet.halo(x, row, light.sun, (wide * 0.5, light.glow * 0.75))
    if 0 < light.altitude < 1 and plan.brief.place != "space":
        _disc(sheet, plan, x, row)
    if light.cover > 0:
        paint_clouds(sheet, plan)


def _disc(sheet: Sheet, plan: Plan, x: float, row: float) -> None:
    """Paint the disc of the sun or moon."""
    light = plan.light
    wanted = {"sun", "moon"} & set(plan.brief.accents)
    radius = sheet.unit * (0.075 if light.moon else 0.06) * (1.5 if wanted else 1.0)
    left, top = max(0, int(x - radius * 1.3)), max(0, int(row - radius * 1.3))
    columns = np.arange(left, min(sheet.width, int(x + radius * 1.3) + 1), dtype=np.float32) - np.float32(x)
    rows = np.arange(top, min(sheet.height, int(row + radius * 1.3) + 1), dtype=np.float32) - np.float32(row)
    far = np.hypot(columns[None, :], rows[:, None])
    mask = np.clip(np.float32(radius) - far, 0, 1)
    colour: Colour = mix(light.sun, (1.0, 1.0, 1.0), 0.6)
    if light.moon:
        spots = smooth(0.05, 0.5, fractal(mask.shape, plan.key("moon"), cells=3, octaves=3))
        face = np.asarray(colour, np.float32) * (1 - 0.17 * spots[..., None])
        sheet.lay(mask, face.astype(np.float32), left, top)
    else:
        sheet.lay(mask * np.float32(0.96), colour, left, top)


def paint_stars(sheet: Sheet, plan: Plan, amount: float) -> None:
    """Scatter stars, thinner towards the horizon, a few of them large."""
    numbers = stream(plan.key("stars"))
    count = int(amount * 420)
    places = numbers.random((count, 4), dtype=np.float32)
    bottom = plan.horizon if plan.brief.place != "space" else 1.0
    rows = (places[:, 0] ** 1.4 * bottom * sheet.height).astype(int)
    columns = (places[:, 1] * sheet.width).astype(int)
    light = (0.25 + 0.75 * places[:, 2] ** 3) * amount
    radius = np.maximum(0.45, sheet.unit / 1024 * (0.7 + 1.5 * places[:, 3] ** 6))
    for row, column, power, size in zip(rows, columns, light, radius, strict=True):
        reach = int(size * 2) + 1
        top, left = max(0, row - reach), max(0, column - reach)
        part = sheet.rgb[top : row + reach + 1, left : column + reach + 1]
        down = np.arange(top, top + part.shape[0], dtype=np.float32)[:, None] - row
        across = np.arange(left, left + part.shape[1], dtype=np.float32)[None, :] - column
        spot = power * np.exp(-(down * down + across * across) / np.float32(size * size))
        part += spot[..., None] * (1 - part) * np.array((0.95, 0.97, 1.0), np.float32)


def cloud_planes(shape: tuple[int, int], plan: Plan, cover: float) -> tuple[Plane, Plane]:
    """Return how thick the clouds are and how much light falls on them, both 0..1.

    The noise is squeezed towards the horizon, as a ceiling of clouds looks from below.
    """
    rows, columns = max(24, shape[0] // 3), max(24, shape[1] // 3)
    flat = fractal((rows, columns), plan.key("clouds"), cells=3.6, octaves=min(6, plan.octaves + 2), stretch=2.1)
    depth = np.linspace(0, 1, rows, dtype=np.float32)
    squeezed = (1 - (1 - depth) ** 1.5) * (rows - 1)
    thick = flat[np.clip(squeezed, 0, rows - 1).astype(np.intp)]
    thick = thick + np.float32(cover * 1.15 - 0.72) + 0.14 * np.sin(depth * np.pi)[:, None].astype(np.float32)
    density = smooth(-0.12, 0.5, thick)
    towards = plan.sunward
    step = max(1, rows // 22)
    behind = shifted(thick, step, -towards * step)
    lit = np.clip(np.float32(0.5) + (thick - behind) * np.float32(0.95) - thick * np.float32(0.1), 0, 1)
    return enlarge(density, shape), enlarge(lit, shape)


def paint_clouds(sheet: Sheet, plan: Plan) -> None:
    """Lay clouds over the sky."""
    light = plan.light
    cover = min(1.0, light.cover + (0.25 if "clouds" in plan.brief.accents else 0.0))
    bottom = min(sheet.height, max(8, int(plan.horizon * sheet.height * 1.04)))
    density, lit = cloud_planes((bottom, sheet.width), plan, cover)
    density = np.clip(density, 0, 1) * np.float32(0.62 + 0.34 * cover)
    fade = np.clip((np.arange(bottom, dtype=np.float32)[::-1] / np.float32(bottom * 0.16)), 0, 1)
    density *= fade[:, None]
    shaded, bright = np.asarray(light.shaded, np.float32), np.asarray(light.lit, np.float32)
    sheet.lay(density, shaded + (bright - shaded) * np.clip(lit, 0, 1)[..., None])
