"""Rain, snow, fog and lightning over the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from drawthings.server.painter.colour import mix
from drawthings.server.painter.noise import fractal, stream
from drawthings.server.painter.raster import Plane, blur

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan
    from drawthings.server.painter.scene.sheet import Sheet


LARGE, NEAR_DROP = 700, 0.6
"""In pictures at least this large the drops in front, those beyond this share, are thicker."""


def paint_fog(sheet: Sheet, plan: Plan) -> None:
    """Lay banks of fog, thickest at the horizon."""
    y, _ = sheet.coordinates()
    banks = fractal((sheet.height, sheet.width), plan.key("fog"), cells=3, octaves=min(4, plan.octaves), stretch=3.5)
    near = np.exp(-(((y - np.float32(plan.horizon)) / np.float32(0.22)) ** 2))
    mask = np.clip(near * (np.float32(0.66) + banks * np.float32(0.34)), 0, 0.9)
    sheet.lay(mask.astype(np.float32), mix(plan.light.haze, (1.0, 1.0, 1.0), 0.25))


def paint_lightning(sheet: Sheet, plan: Plan) -> None:
    """Draw a bolt that forks once."""
    numbers = stream(plan.key("bolt"))
    start = plan.pick(0.25, 0.75, "bolt")
    page = Image.new("L", (sheet.width, sheet.height))
    draw = ImageDraw.Draw(page)
    steps = 14
    path = [(start * sheet.width, 0.0)]
    for step in range(1, steps + 1):
        sway = (float(numbers.random()) - 0.5) * 0.09 * sheet.unit
        path.append((path[-1][0] + sway, plan.horizon * sheet.height * step / steps))
    wide = max(1, round(sheet.unit / 260))
    draw.line(path, fill=255, width=wide, joint="curve")
    fork = [path[6]]
    for step in range(1, 6):
        fork.append((fork[-1][0] + (0.2 + float(numbers.random())) * 0.05 * sheet.unit, path[6 + step][1]))
    draw.line(fork, fill=200, width=max(1, wide - 1))
    bolt = np.asarray(page, np.float32) * np.float32(1 / 255)
    sheet.shine(blur(bolt, sheet.unit * 0.03) * np.float32(2.2), (0.7, 0.75, 1.0))
    sheet.lay(bolt, (0.97, 0.96, 1.0))


def falling(shape: tuple[int, int], plan: Plan, time: float) -> Plane | None:
    """Return the mask of what falls from the sky at a time in seconds, or None by dry weather."""
    if "snow" in plan.brief.weather:
        return _snow(shape, plan, time)
    if "rain" in plan.brief.weather or "storm" in plan.brief.weather:
        return _rain(shape, plan, time)
    return None


def _snow(shape: tuple[int, int], plan: Plan, time: float) -> Plane:
    """Return snowflakes: many small and sharp, a few large and soft."""
    height, width = shape
    unit = min(height, width * 1.2)
    numbers = stream(plan.key("flakes"))
    total = np.zeros(shape, np.float32)
    for count, size, power, scale in ((260, 0.0024, 0.85, 2.0), (70, 0.0048, 0.75, 2.0), (16, 0.011, 0.5, 0.5)):
        page = Image.new("L", (max(1, int(width * scale)), max(1, int(height * scale))))
        draw = ImageDraw.Draw(page)
        for x, y, grow, speed in numbers.random((count, 4)).tolist():
            radius = max(0.6, size * unit * (0.6 + 0.8 * grow))
            down = (y + time * (0.05 + 0.06 * speed + 2.5 * size)) % 1.0
            across = (x + 0.012 * np.sin(6.3 * (y + time * 0.4) + 9 * grow)) % 1.0
            left, top, long = (across * width - radius) * scale, (down * height - radius) * scale, 2 * radius * scale
            draw.ellipse((left, top, left + long, top + long), fill=int(255 * power))
        if scale > 1:
            page = page.reduce(int(scale))
        else:
            # The flakes right in front of the eye are out of focus.
            page = page.filter(ImageFilter.GaussianBlur(2.6 * unit * scale / 512)).resize((width, height))
        total = np.maximum(total, np.asarray(page, np.float32) * np.float32(1 / 255))
    return total


def _rain(shape: tuple[int, int], plan: Plan, time: float) -> Plane:
    """Return streaks of rain."""
    height, width = shape
    unit = min(height, width * 1.2)
    numbers = stream(plan.key("drops"))
    page = Image.new("L", (width, height))
    draw = ImageDraw.Draw(page)
    slant = plan.pick(-0.25, 0.25, "wind")
    for x, y, grow, light in numbers.random((420, 4)).tolist():
        long = unit * (0.025 + 0.05 * grow)
        top = ((y + time * (1.6 + grow)) % 1.15 - 0.1) * height
        left = (x * 1.3 - 0.15) * width + slant * top * 0.4
        wide = 1 if unit < LARGE or grow < NEAR_DROP else 2
        draw.line((left, top, left + slant * long, top + long), fill=int(60 + 110 * light), width=wide)
    return blur(np.asarray(page, np.float32) * np.float32(1 / 255), 0.6)


def paint_falling(sheet: Sheet, plan: Plan, time: float = 0.0) -> None:
    """Paint the rain or snow in front of everything."""
    mask = falling((sheet.height, sheet.width), plan, time)
    if mask is not None:
        white = (0.97, 0.98, 1.0)
        tone = white if "snow" in plan.brief.weather else mix(plan.light.sky[4], white, 0.5)
        sheet.lay(mask * np.float32(0.9), tone)
