"""A quiet room for things and portraits: a wall, soft light, a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import Colour, ink, inks, mix, shade, turn
from drawthings.server.painter.noise import fractal, stream
from drawthings.server.painter.raster import blur, smooth

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan
    from drawthings.server.painter.scene.sheet import Sheet

WALLS = inks("c9b8a0 9fb3b5 b59a9a 8f9fb8 a9b08f c4a78f 7f8f9a")


def wall_colour(plan: Plan) -> Colour:
    """Return the colour of the wall: the tint of the prompt, or one that the seed and the words choose."""
    base = plan.tint or WALLS[int(plan.pick(0, len(WALLS), "wall", *plan.brief.strange))]
    return turn(base, plan.pick(-0.02, 0.02, "wall hue"))


def paint_studio(sheet: Sheet, plan: Plan, *, table: bool) -> None:
    """Paint the wall with a pool of light, window light, and a table or the dark foot of a backdrop.

    Args:
        sheet: The surface.
        plan: The layout.
        table: Whether there is a table to put things on.
    """
    wall = wall_colour(plan)
    dark = plan.light.dark
    bright = mix(shade(wall, 1.3 - 0.55 * dark), plan.light.sun, 0.18)
    y, x = sheet.coordinates()
    far = (x - np.float32(plan.sun[0])) ** 2 * np.float32(min(plan.aspect, 1.6)) + (y - np.float32(0.3)) ** 2
    pool = np.exp(-far * np.float32(3.4))
    rough = fractal((sheet.height, sheet.width), plan.key("wall"), cells=3, octaves=min(4, plan.octaves))
    share = np.clip(pool + rough * np.float32(0.09), 0, 1)
    low, high = np.asarray(shade(wall, 0.42 + 0.06 * (1 - dark)), np.float32), np.asarray(bright, np.float32)
    sheet.rgb[:] = low + (high - low) * share[..., None]
    if "bokeh" in plan.brief.accents or (not table and plan.coin("bokeh")):
        paint_bokeh(sheet, plan, 26, wall)
    if table:
        _table(sheet, plan, wall)


def _table(sheet: Sheet, plan: Plan, wall: Colour) -> None:
    """Paint a wooden table top that catches the light."""
    top = int(plan.horizon * sheet.height)
    rows = sheet.height - top
    wood = mix(ink("9a6b45"), shade(wall, 0.8), 0.25)
    grain = fractal((rows, sheet.width), plan.key("wood"), cells=26, octaves=3, stretch=14.0)
    depth = ((np.arange(rows, dtype=np.float32) + np.float32(0.5)) / np.float32(rows))[:, None]
    _, x = sheet.coordinates()
    light = np.exp(-((x - np.float32(plan.sun[0])) ** 2) * 4) * np.exp(-depth * 1.8)
    tone = np.clip(
        np.float32(0.5) + light * np.float32(0.45) + grain * np.float32(0.12) - depth * np.float32(0.16), 0, 1
    )
    low = np.asarray(shade(wood, 0.4), np.float32)
    high = np.asarray(mix(shade(wood, 1.25), plan.light.sun, 0.2), np.float32)
    edge = np.clip((np.arange(rows, dtype=np.float32)[:, None] + 1) / max(1.0, sheet.unit * 0.004), 0, 1)
    sheet.lay(edge + np.zeros((1, sheet.width), np.float32), low + (high - low) * tone[..., None], 0, top)
    rim = max(1, int(sheet.unit * 0.006))
    sheet.shine(np.full((rim, sheet.width), 0.3, np.float32), mix(plan.light.sun, wood, 0.3), 0, top)


def paint_bokeh(sheet: Sheet, plan: Plan, count: int, colour: Colour) -> None:
    """Float soft discs of light."""
    numbers = stream(plan.key("bokeh"))
    y, x = sheet.coordinates()
    rows, columns = y * sheet.height, x * sheet.width
    for at, across, size, tone in numbers.random((count, 4)):
        radius = sheet.unit * (0.02 + 0.06 * size * size)
        cx, cy = across * sheet.width, at * plan.horizon * 1.1 * sheet.height
        left, right = max(0, int(cx - radius * 1.2)), min(sheet.width, int(cx + radius * 1.2) + 1)
        top, bottom = max(0, int(cy - radius * 1.2)), min(sheet.height, int(cy + radius * 1.2) + 1)
        far = np.hypot(columns[:, left:right] - np.float32(cx), rows[top:bottom] - np.float32(cy)) / np.float32(radius)
        disc = (1 - smooth(0.86, 1.0, far)) * (np.float32(0.6) + np.float32(0.4) * far)
        hue = turn(mix(colour, plan.light.sun, 0.55), (tone - 0.5) * 0.16)
        sheet.shine(blur(disc, 1.0) * np.float32(0.1 + 0.26 * tone), hue, left, top)
