"""Water that mirrors what is above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import ink, mix, times
from drawthings.server.painter.noise import fractal, profile
from drawthings.server.painter.raster import pull, smooth
from drawthings.server.painter.scene.land import perspective_noise

if TYPE_CHECKING:
    from drawthings.server.painter.raster import Plane
    from drawthings.server.painter.scene.plan import Plan
    from drawthings.server.painter.scene.sheet import Sheet

DEEP = ink("1f5f86")


def paint_water(sheet: Sheet, plan: Plan, start: float, *, calm: float) -> None:
    """Fill everything below ``start`` with water.

    Args:
        sheet: The surface; what is above is mirrored.
        plan: The layout.
        start: The far shore, as a part of the height.
        calm: 1 a mirror, 0 a rough sea.
    """
    top = min(sheet.height - 2, int(start * sheet.height))
    rows, columns = sheet.height - top, sheet.width
    depth = ((np.arange(rows, dtype=np.float32) + 0.5) / np.float32(rows))[:, None]
    wave = _waves(plan, (rows, columns))
    bend = wave * (0.006 + 0.05 * depth) * np.float32((1.6 - calm) * sheet.height * 0.45)
    reach = np.float32(min(1.0, top / rows * 0.96) * rows)
    row = np.clip(top - 1 - depth * reach * np.float32(0.92) + bend, 0, top - 1).astype(np.intp)
    column = np.arange(columns)[None, :] + np.zeros((rows, 1), np.intp)
    mirror = sheet.rgb[row, column]
    tone = mix(DEEP, plan.tint, 0.5) if plan.tint else DEEP
    body = mix(times(tone, plan.light.ambient), plan.light.sky[1], 0.3)
    share = np.clip((0.16 + 0.5 * (1 - calm)) + depth * 0.34 - wave * np.float32(0.1), 0, 0.92)
    pull(mirror, body, share)
    crest = smooth(0.35, 1.0, wave) * (0.12 + 0.22 * (1 - calm)) * (1 - 0.4 * depth)
    pull(mirror, mix(plan.light.sky[4], (1.0, 1.0, 1.0), 0.3), crest)
    sheet.lay(np.ones((rows, columns), np.float32), mirror, 0, top)
    _glitter(sheet, plan, top, wave, depth)
    _shoreline(sheet, plan, top)


def _waves(plan: Plan, shape: tuple[int, int]) -> Plane:
    """Return the waves: long bands that grow towards the viewer."""
    long = perspective_noise(plan, shape, "swell", cells=10)
    fine = fractal(shape, plan.key("ripple"), cells=22, octaves=min(3, plan.octaves), stretch=5.0)
    return long * np.float32(0.7) + fine * np.float32(0.45)


def _glitter(sheet: Sheet, plan: Plan, top: int, wave: Plane, depth: Plane) -> None:
    """Lay the broken path of light that leads to the sun."""
    across = (np.arange(sheet.width, dtype=np.float32) + np.float32(0.5)) / np.float32(sheet.width)
    far = (across - np.float32(plan.sun[0]))[None, :] / (0.05 + 0.11 * depth)
    path = (
        np.exp(-far * far) * smooth(-0.25, 0.65, wave) * np.float32(0.35 + 0.6 * plan.light.glow) * (1 - 0.45 * depth)
    )
    sheet.shine(path.astype(np.float32), plan.light.sun, 0, top)


def _shoreline(sheet: Sheet, plan: Plan, top: int) -> None:
    """Lay a thin bright mist where the water begins."""
    rows = min(sheet.height - top, max(2, sheet.height // 40))
    fade = np.linspace(0.5, 0, rows, dtype=np.float32)[:, None] + np.zeros((1, sheet.width), np.float32)
    sheet.lay(fade, mix(plan.light.haze, (1.0, 1.0, 1.0), 0.2), 0, top)


def paint_surf(sheet: Sheet, plan: Plan, start: float) -> None:
    """Lay foam where the sea meets a beach that begins at ``start``."""
    line = (
        start
        + 0.012 * np.sin(np.linspace(0, 9, sheet.width))
        + 0.012 * profile(sheet.width, plan.key("surf"), cells=3, octaves=3)
    )
    y = (np.arange(sheet.height, dtype=np.float32) / np.float32(sheet.height))[:, None]
    rough = fractal((sheet.height, sheet.width), plan.key("foam"), cells=16, octaves=3, stretch=2.0)
    for shift, power in ((0.0, 0.95), (-0.035, 0.5), (-0.065, 0.3)):
        far = (y - (line + shift)[None, :].astype(np.float32)) * np.float32(70)
        foam = np.exp(-far * far) * np.clip(0.75 + rough, 0, 1) * np.float32(power)
        sheet.lay(foam.astype(np.float32), mix(times((1.0, 1.0, 1.0), plan.light.ambient), plan.light.sky[4], 0.2))
