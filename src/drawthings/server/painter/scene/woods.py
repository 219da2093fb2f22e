"""Rows of trees, bushes, grass and flowers: many small shapes in one mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from drawthings.server.painter.colour import Colour, ink, mix, shade
from drawthings.server.painter.noise import stream
from drawthings.server.painter.raster import Points, polygons
from drawthings.server.painter.scene.land import LEAVES, aired

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drawthings.server.painter.raster import Line
    from drawthings.server.painter.scene.plan import Plan
    from drawthings.server.painter.scene.sheet import Sheet

SHADED = 0.6
"""Trees nearer than this have a side in the shade."""


@dataclass(slots=True)
class _Firs:
    """The outlines of a row of firs: whole trees, the snow on them, and their sides away from the sun."""

    trees: list[Points]
    snow: list[Points]
    dark: list[Points]


def _grow(row: _Firs, place: tuple[float, float, float], numbers: np.random.Generator, sunward: int) -> None:
    """Add a fir, tier by tier, to a row.

    Args:
        row: Where to add it.
        place: Its middle, its foot and its height in pixels.
        numbers: Makes each tier different.
        sunward: The direction of the sun.
    """
    x, foot, tall = place
    tiers, wide = 7, tall * 0.2
    jitter = numbers.random((4, tiers), dtype=np.float32) * 0.36 + 0.82
    row.trees.append(
        np.array([(x - wide * 0.09, foot), (x - wide * 0.06, foot - tall / 2), (x + wide * 0.09, foot)], np.float32)
    )
    part = np.arange(1, tiers + 1, dtype=np.float32) / tiers
    apex = np.float32(foot) - np.float32(tall) * (
        1 - np.float32(0.86) * (part - np.float32(1 / tiers)) ** np.float32(1.05)
    )
    low = np.float32(foot) - np.float32(tall) * (np.float32(0.9) - np.float32(0.78) * part ** np.float32(1.08))
    left, right = (wide * (0.2 + 0.8 * part) * jitter[side] for side in (0, 1))
    dip, lift = tall * 0.026 * jitter[2], tall * 0.03
    thick = (low - apex) * 0.5 * jitter[3]
    middle = np.full(tiers, x, np.float32)
    row.trees += _stacked(
        (middle, apex), (x + right, low + dip), (x + right * 0.55, low - dip), (x + right * 0.3, low + dip * 0.7),
        (middle, low - dip), (x - left * 0.3, low + dip), (x - left * 0.6, low - dip * 0.8),
        (x - left, low + dip * 0.8),
    )  # fmt: skip
    row.snow += _stacked(
        (middle, apex - lift * 0.4), (x + right * 0.93, low + dip - lift * 0.2), (x + right * 0.4, low - thick * 0.9),
        (x + right * 0.16, low - thick * 0.42), (x - left * 0.12, low - thick), (x - left * 0.42, low - thick * 0.6),
        (x - left * 0.92, low + dip * 0.6 - lift * 0.2),
    )  # fmt: skip
    away = -sunward * (left if sunward > 0 else right)
    row.dark += _stacked(
        (middle, apex), (x + away * 1.05, low + dip), (x + away * 0.4, low + dip), (x - away * 0.16, low)
    )


def _stacked(*corners: tuple[NDArray[Any], NDArray[Any]]) -> list[Points]:
    """Return one polygon for each tier from the x and y of its corners."""
    dots = np.stack([np.stack(corner, -1) for corner in corners], 1)
    return list(dots.astype(np.float32))


def paint_firs(sheet: Sheet, plan: Plan, name: str, line: Line, *, tall: float, distance: float, dense: float) -> None:
    """Paint a row of firs along a line.

    Args:
        sheet: The surface.
        plan: The layout.
        name: Names the row.
        line: Where they stand, in pixel rows for each column.
        tall: Height of a fir in units of the sheet.
        distance: 0 near, 1 far.
        dense: Trees per width of a tree.
    """
    numbers = stream(plan.key("firs", name))
    pixels = tall * sheet.unit
    count = max(3, int(sheet.width / (pixels * 0.36) * dense))
    columns = (np.arange(count) + numbers.random(count) * 0.9) / count * sheet.width * 1.06 - sheet.width * 0.03
    sizes = pixels * (0.62 + 0.5 * numbers.random(count))
    row = _Firs([], [], [])
    for x, size in zip(columns, sizes, strict=True):
        foot = float(line[min(sheet.width - 1, max(0, int(x)))]) + pixels * 0.03
        _grow(row, (float(x), foot, float(size)), numbers, plan.sunward)
    _fill_row(sheet, plan, row, distance)


def _fill_row(sheet: Sheet, plan: Plan, row: _Firs, distance: float) -> None:
    """Paint trees with a gradient from crown to foot, the snow on them, and their dark sides."""
    every = np.concatenate(row.trees)
    top = max(0, int(every[:, 1].min()) - 1)
    bottom = min(sheet.height, int(every[:, 1].max()) + 2)
    if bottom - top <= 1:
        return
    box = (0, top, sheet.width, bottom)
    leaf = mix(LEAVES[plan.ground], plan.tint, 0.22) if plan.tint else LEAVES[plan.ground]
    crown = mix(aired(plan, shade(leaf, 1.04), distance), plan.light.sun, 0.1 * plan.light.glow)
    foot = mix(aired(plan, shade(leaf, 0.66), distance), plan.light.haze, 0.4 * plan.light.thickness * distance)
    fall = np.linspace(0, 1, bottom - top, dtype=np.float32)[:, None, None]
    colours = np.asarray(crown, np.float32) + (np.asarray(foot, np.float32) - np.asarray(crown, np.float32)) * fall
    mask = polygons(row.trees, box)
    sheet.lay(mask, colours, 0, top)
    if plan.ground == "snow":
        white = mix(aired(plan, ink("f4f8ff"), distance), plan.light.sun, 0.25 * plan.light.glow)
        sheet.lay(polygons(row.snow, box) * mask * np.float32(0.94), white, 0, top)
    if distance < SHADED:
        shadow = mix(shade(plan.light.shaded, 0.6), foot, 0.4)
        sheet.lay(polygons(row.dark, box) * mask * np.float32(0.42 * (1 - distance)), shadow, 0, top)


def paint_grove(sheet: Sheet, plan: Plan, name: str, line: Line, *, tall: float, distance: float, dense: float) -> None:
    """Paint a row of round trees along a line: dark crowns, then light ones on the sunny side.

    Args:
        sheet: The surface.
        plan: The layout.
        name: Names the row.
        line: Where they stand, in pixel rows for each column.
        tall: Height of a tree in units of the sheet.
        distance: 0 near, 1 far.
        dense: Trees per width of a tree.
    """
    numbers = stream(plan.key("grove", name))
    pixels = tall * sheet.unit
    count = max(2, int(sheet.width / (pixels * 0.8) * dense))
    x = numbers.random(count).astype(np.float32) * np.float32(sheet.width * 1.06) - np.float32(sheet.width * 0.03)
    size = np.float32(pixels) * (np.float32(0.6) + np.float32(0.55) * numbers.random(count, dtype=np.float32))
    foot = line[np.clip(x, 0, sheet.width - 1).astype(np.intp)] + np.float32(pixels * 0.05)
    bar = np.array([(-0.05, 0), (-0.03, -0.5), (0.03, -0.5), (0.05, 0)], np.float32)
    trunks = bar * size[:, None, None] + np.stack([x, foot], 1)[:, None]
    dx, dy, grow = np.moveaxis(numbers.random((count, 7, 3), dtype=np.float32), -1, 0)
    across = x[:, None] + (dx - np.float32(0.5)) * size[:, None] * np.float32(0.5)
    up = foot[:, None] - size[:, None] * (np.float32(0.42) + np.float32(0.4) * dy)
    reach = size[:, None] * (np.float32(0.17) + np.float32(0.1) * grow) * (np.float32(1.1) - np.float32(0.5) * dy)
    crowns = circles(across, up, reach)
    side = np.float32(pixels * 0.05 * plan.sunward)
    lights = circles(across + side, up - reach * np.float32(0.3), reach * np.float32(0.62))
    leaf = mix(LEAVES[plan.ground], plan.tint, 0.3) if plan.tint else shade(LEAVES[plan.ground], 1.08)
    if plan.ground == "snow":
        leaf = ink("aebccb")
    for outlines, tone, power in (
        (trunks, ink("4f3c30"), 1.0),
        (crowns, shade(leaf, 0.76), 1.0),
        (lights, shade(leaf, 1.14), 0.62),
    ):
        _fill_flat(sheet, outlines, mix(aired(plan, tone, distance), plan.light.sun, 0.08 * plan.light.glow), power)


def circles(x: Line, y: Line, radius: Line, corners: int = 12) -> Points:
    """Return slightly bumpy circles, one polygon for each centre.

    Shapes:
        x, y and radius have one shape; the result is (how many, corners, 2).
    """
    angle = np.arange(corners, dtype=np.float32) * np.float32(2 * np.pi / corners)
    centre_x, centre_y, size = x.reshape(-1, 1), y.reshape(-1, 1), radius.reshape(-1, 1)
    reach = size * (1 + np.float32(0.08) * np.cos(angle * 5 + centre_x))
    dots = np.stack([centre_x + reach * np.cos(angle), centre_y + reach * np.sin(angle) * np.float32(0.92)], -1)
    return dots.astype(np.float32)


def _fill_flat(sheet: Sheet, outlines: Points, colour: Colour, power: float) -> None:
    """Fill polygons (how many, corners, 2) with one colour."""
    top = max(0, int(outlines[..., 1].min()) - 1)
    bottom = min(sheet.height, int(outlines[..., 1].max()) + 2)
    if bottom > top:
        box = (0, top, sheet.width, bottom)
        sheet.lay(polygons(outlines, box) * np.float32(power), colour, 0, top)


def paint_grass(sheet: Sheet, plan: Plan, *, start: float, colour: Colour) -> None:
    """Paint tufts of grass, small and pale far away, tall and dark at the lower edge."""
    numbers = stream(plan.key("grass"))
    for band, (low, high, tall, count) in enumerate(
        ((0.12, 0.4, 0.022, 170), (0.4, 0.82, 0.045, 150), (0.88, 1.14, 0.08, 110))
    ):
        at, x, lean, size = numbers.random((4, count), dtype=np.float32)
        y = (start + (1 - start) * (low + (high - low) * at)) * sheet.height
        reach = tall * sheet.unit * (0.6 + 0.8 * size)
        outlines = _tufts(x * sheet.width, y, reach, (lean - 0.5) * 0.8)
        tone = aired(plan, shade(colour, 1.06 - 0.16 * band), 0.3 - 0.15 * band)
        _fill_flat(
            sheet, outlines, mix(tone, plan.light.sun, 0.12 * plan.light.glow * (1 - band / 3)), 0.55 + 0.2 * band
        )


def _tufts(x: Line, y: Line, tall: Line, lean: Line) -> Points:
    """Return three blades of grass for each place, as polygons of four corners."""
    wide = tall * 0.05
    blades = []
    for side in (-0.35, 0.0, 0.4):
        middle, foot = x + (lean + side) * tall * 0.3, x + side * wide * 2
        corners = [
            (foot, y), (middle - wide, y - tall * 0.5), (x + (lean + side) * tall, y - tall * (1 - abs(side) * 0.4)),
            (middle + wide, y - tall * 0.45),
        ]  # fmt: skip
        blades.append(np.stack([np.stack(corner, -1) for corner in corners], 1))
    return np.concatenate(blades).astype(np.float32)


def paint_flowers(sheet: Sheet, plan: Plan, *, start: float, count: int) -> None:
    """Scatter flowers over the ground, larger towards the viewer, in two or three colours."""
    numbers = stream(plan.key("flowers"))
    usual = [ink("f6d84a"), ink("f2f0f6"), ink("e8607f"), ink("8f7fe0"), ink("f0883f")]
    first = int(numbers.integers(len(usual)))
    colours = [plan.tint or usual[first], usual[(first + 1) % 5], usual[(first + 3) % 5]]
    at, x, kind = numbers.random((3, count), dtype=np.float32)
    depth = np.sort(at) ** np.float32(1.5)
    y = (np.float32(start) + np.float32(1 - start) * (np.float32(0.06) + np.float32(0.94) * depth)) * sheet.height
    size = np.float32(sheet.unit) * (np.float32(0.0028) + np.float32(0.0125) * depth)
    turned = np.arange(5, dtype=np.float32)[None, :] * np.float32(1.2566) + kind[:, None]
    across = (x * sheet.width)[:, None] + size[:, None] * np.cos(turned)
    down = y[:, None] + size[:, None] * np.float32(0.7) * np.sin(turned)
    petals = circles(across, down, np.repeat(size[:, None] * np.float32(0.72), 5, 1), 8).reshape(count, 5, 8, 2)
    group = np.minimum(2, (kind * 3).astype(int))
    for number, colour in enumerate(colours):
        mine = petals[group == number].reshape(-1, 8, 2)
        if len(mine):
            _fill_flat(sheet, mine, aired(plan, colour, 0.1), 0.95)
    _fill_flat(sheet, circles(x * sheet.width, y, size * np.float32(0.5), 8), aired(plan, ink("f2b632"), 0.0), 0.95)
