"""Skylines and streets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import Colour, ink, inks, mix, shade
from drawthings.server.painter.noise import stream
from drawthings.server.painter.raster import Line, blur, rectangles
from drawthings.server.painter.scene.land import aired

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan
    from drawthings.server.painter.scene.sheet import Sheet

NEON = inks("ff3f8f 2fe6ff a35bff ffb02f 5bff9a")
FACADES = inks("8d97a8 a5988c 6f7f98 b59f8a 7d8590")


STEPPED = 0.45
"""Share of the buildings whose top steps back."""


def paint_skyline(sheet: Sheet, plan: Plan) -> None:
    """Paint three rows of buildings, the nearest with the most windows."""
    base = plan.horizon + 0.01
    for row, (distance, tall, wide) in enumerate(((0.85, 0.4, 0.07), (0.6, 0.34, 0.085), (0.25, 0.3, 0.11))):
        _paint_row(sheet, plan, row, base + 0.008 * row, distance, tall, wide)


def _paint_row(sheet: Sheet, plan: Plan, row: int, base: float, distance: float, tall: float, wide: float) -> None:  # noqa: PLR0917 - a row has these measures
    """Paint one row of buildings with roofs, windows and signs."""
    numbers = stream(plan.key("row", row))
    houses = _houses(sheet, numbers, base, tall, wide)
    top = max(0, int(houses[:, 1].min() - 0.04 * sheet.unit))
    bottom = min(sheet.height, int(base * sheet.height) + 2)
    box = (0, top, sheet.width, bottom)
    first = int(numbers.integers(len(FACADES)))
    for group in range(3):
        part = houses[group::3]
        facade = FACADES[(first + group) % len(FACADES)]
        facade = mix(facade, plan.tint, 0.35) if plan.tint else facade
        wall = aired(plan, shade(facade, 0.86 - 0.1 * row), distance)
        fall = np.linspace(0, 1, bottom - top, dtype=np.float32)[:, None, None]
        low = np.asarray(mix(wall, plan.light.haze, 0.45 * plan.light.thickness), np.float32)
        sheet.lay(rectangles(part, box), np.asarray(wall, np.float32) * (1 - fall) + low * fall, 0, top)
        edge = part.copy()
        lit = 0.5 + 0.15 * plan.sunward
        edge[:, 1 - plan.sunward] = part[:, 0] * (1 - lit) + part[:, 2] * lit
        sheet.lay(rectangles(edge, box) * np.float32(0.22), mix(plan.light.sun, wall, 0.3), 0, top)
    antennas = [
        (x0 + (x1 - x0) * 0.5 - 0.8, y0 - 0.05 * sheet.unit, x0 + (x1 - x0) * 0.5 + 0.8, y0)
        for x0, y0, x1, _ in houses[::4]
    ]
    sheet.lay(rectangles(np.array(antennas, np.float32), box), aired(plan, ink("4a5160"), distance), 0, top)
    _paint_windows(sheet, plan, houses, (box, numbers), distance)


def _houses(sheet: Sheet, numbers: np.random.Generator, base: float, tall: float, wide: float) -> Line:
    """Return the buildings of a row as left, top, right, bottom in pixels."""
    houses = []
    x = -0.03 * sheet.width
    while x < sheet.width:
        width = wide * sheet.unit * (0.6 + 0.8 * float(numbers.random()))
        rise = tall * sheet.height * (0.35 + 0.65 * float(numbers.random()) ** 1.7)
        ground, top = base * sheet.height + 2, base * sheet.height - rise
        houses.append((x, top, x + width, ground))
        if numbers.random() < STEPPED:
            houses.append((x + width * 0.18, top - rise * 0.12, x + width * 0.82, ground))
        x += width * (0.88 + 0.2 * float(numbers.random()))
    return np.array(houses, np.float32)


def _paint_windows(
    sheet: Sheet,
    plan: Plan,
    houses: Line,
    tools: tuple[tuple[int, int, int, int], np.random.Generator],
    distance: float,
) -> None:
    """Paint the windows of a row: lit at night, glass by day."""
    box, numbers = tools
    step = max(3.0, sheet.unit * (0.022 - 0.012 * distance))
    panes: list[Line] = []
    for x0, y0, x1, y1 in houses:
        columns = np.arange(x0 + step * 0.5, x1 - step * 0.6, step)
        rows = np.arange(y0 + step * 0.7, y1 - step * 0.5, step * 1.3)
        if len(columns) and len(rows):
            grid = np.stack(np.meshgrid(columns, rows), -1).reshape(-1, 2)
            panes.append(np.concatenate([grid, grid + np.array((step * 0.52, step * 0.72))], 1))
    if not panes:
        return
    every = np.concatenate(panes).astype(np.float32)
    dark = plan.light.dark
    chosen = numbers.random(len(every)) < (0.3 + 0.25 * dark)
    lit = every[chosen]
    left, top = box[0], box[1]
    if plan.light.lamps:
        mask = rectangles(lit, box) * np.float32((0.35 + 0.65 * dark) * (1 - 0.55 * distance))
        warm = NEON[0] if "neon" in plan.brief.styles else ink("ffd890")
        sheet.lay(mask, mix(warm, ink("fff0c8"), 0.4), left, top)
        sheet.shine(blur(mask, step * 0.9) * np.float32(0.5), warm, left, top)
    else:
        sheet.lay(
            rectangles(every, box) * np.float32(0.3 * (1 - 0.6 * distance)), shade(plan.light.sky[1], 0.7), left, top
        )


def paint_street(sheet: Sheet, plan: Plan) -> None:
    """Paint a wide street in front of the skyline: wet and mirroring by night and in rain."""
    top = min(sheet.height - 2, int((plan.horizon + 0.012) * sheet.height))
    rows = sheet.height - top
    depth = ((np.arange(rows, dtype=np.float32) + np.float32(0.5)) / np.float32(rows))[:, None]
    wet = 0.75 if "rain" in plan.brief.weather else 0.5 * plan.light.dark + 0.12
    asphalt = ink("e9eef6") if plan.ground == "snow" else ink("6f737e")
    far, near = aired(plan, shade(asphalt, 1.1), 0.6), aired(plan, shade(asphalt, 0.72), 0.0)
    colours = (
        np.asarray(far, np.float32) + (np.asarray(near, np.float32) - np.asarray(far, np.float32)) * depth[..., None]
    )
    source = np.clip(top - 1 - depth[:, 0] * min(rows * 1.1, top - 1), 0, top - 1).astype(np.intp)
    mirror = blur(sheet.rgb[source], sheet.unit * 0.006)
    colours = colours + (mirror * np.float32(0.85) - colours) * np.float32(wet)
    sheet.lay(np.ones((rows, sheet.width), np.float32), colours, 0, top)
    across = (np.arange(sheet.width, dtype=np.float32) / np.float32(sheet.width) - np.float32(0.5))[None, :]
    lane = across / (0.02 + depth)
    paint = ink("f2efe2")
    dash = (np.sin(np.log(depth * 14 + 1) * 13) > 0).astype(np.float32)
    for centre, wide, mask in (
        (0.0, 0.018, dash),
        (-0.62, 0.014, np.ones_like(dash)),
        (0.62, 0.014, np.ones_like(dash)),
    ):
        stripe = np.clip(1.4 - np.abs(lane - centre) / wide, 0, 1) * mask * (0.25 + 0.4 * depth)
        sheet.lay(stripe.astype(np.float32), aired(plan, paint, 0.1), 0, top)


def paint_signs(sheet: Sheet, plan: Plan, count: int) -> None:
    """Hang neon signs on the skyline."""
    numbers = stream(plan.key("signs"))
    for n in range(count):
        x, y, size, tone = numbers.random(4)
        wide, high = sheet.unit * (0.012 + 0.02 * size), sheet.unit * (0.05 + 0.06 * size)
        left, top = x * sheet.width, (plan.horizon - 0.05 - 0.2 * y) * sheet.height
        pad = int(sheet.unit * 0.08)
        frame = (
            max(0, int(left) - pad),
            max(0, int(top) - pad),
            min(sheet.width, int(left + wide) + pad),
            min(sheet.height, int(top + high) + pad),
        )
        if frame[0] >= frame[2] or frame[1] >= frame[3]:
            continue
        corners = np.array(
            [(left, top + high * k / 3, left + wide, top + high * (k + 0.72) / 3) for k in range(3)], np.float32
        )
        mask = rectangles(corners, frame)
        colour: Colour = NEON[int(tone * len(NEON) + n) % len(NEON)]
        sheet.lay(mask * np.float32(0.9), mix(colour, (1.0, 1.0, 1.0), 0.25), frame[0], frame[1])
        sheet.shine(blur(mask, sheet.unit * 0.022), colour, frame[0], frame[1])
