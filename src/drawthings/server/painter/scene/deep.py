"""Outer space and the world under water."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import Colour, gradient, ink, inks, mix, shade, turn
from drawthings.server.painter.noise import fractal, profile, stream
from drawthings.server.painter.raster import Plane, curve, ribbon, smooth
from drawthings.server.painter.scene.land import aired, perspective_noise

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan
    from drawthings.server.painter.scene.sheet import Sheet

CORALS = inks("f2727f f5a04a c96fd0 f4d06a 5fd0b8")


def paint_space(sheet: Sheet, plan: Plan) -> None:
    """Paint nebulae, planets and, at the bottom, the ground of a moon."""
    shape = (sheet.height, sheet.width)
    hue = plan.pick(0.0, 1.0, "nebula")
    first: Colour = plan.tint or turn(ink("c0407f"), hue)
    second = turn(first, 0.33 + plan.pick(-0.08, 0.08, "second"))
    bend = fractal(shape, plan.key("bend"), cells=1.6, octaves=2)
    for name, colour, power in (
        ("one", first, 0.75),
        ("two", second, 0.6),
        ("three", mix(first, (1.0, 1.0, 1.0), 0.55), 0.45),
    ):
        cloud = fractal(shape, plan.key("nebula", name), cells=2.2, octaves=min(6, plan.octaves + 1), stretch=1.2)
        band = np.clip(1 - np.abs(bend) * np.float32(1.3), 0, 1)
        sheet.shine(
            smooth(0.0, 1.25, cloud * np.float32(0.8) + band * np.float32(0.75) - np.float32(0.12)) * np.float32(power),
            colour,
        )
    for n, (x, y, size) in enumerate(
        ((plan.sun[0], 0.28, 0.17), (1 - plan.sun[0] * 0.8, 0.5, 0.055), (0.5, 0.14, 0.03))
    ):
        _planet(sheet, plan, n, x, y + plan.pick(-0.05, 0.05, "planet", n), size * plan.pick(0.85, 1.3, "size", n))


def _planet(sheet: Sheet, plan: Plan, number: int, x: float, y: float, size: float) -> None:  # noqa: PLR0917 - a planet has these measures
    """Paint a banded ball lit from one side; the first one has a ring."""
    radius = size * sheet.unit
    centre = (x * sheet.width, y * sheet.height)
    reach = radius * 2.4
    left, top = max(0, int(centre[0] - reach)), max(0, int(centre[1] - reach))
    right, bottom = min(sheet.width, int(centre[0] + reach) + 1), min(sheet.height, int(centre[1] + reach) + 1)
    across = (np.arange(left, right, dtype=np.float32)[None, :] - np.float32(centre[0])) / np.float32(radius)
    down = (np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(centre[1])) / np.float32(radius)
    far = across**2 + down**2
    disc = np.clip((1 - np.sqrt(far)) * np.float32(radius), 0, 1)
    height = np.sqrt(np.clip(1 - far, 0, 1))
    side = np.float32(0.75 * plan.sunward)
    lit = np.clip(across * side - down * np.float32(0.45) + height * np.float32(0.5), 0, 1)
    base = turn(ink("e0a35f"), plan.pick(0, 1, "hue", number))
    bands = np.sin(down * 9 + fractal(disc.shape, plan.key("bands", number), cells=4, octaves=3) * 2.2) * np.float32(
        0.5
    ) + np.float32(0.5)
    colours = gradient(((0.0, shade(base, 0.72)), (0.5, base), (1.0, shade(base, 1.3))), bands) * (
        0.07 + 0.98 * lit[..., None]
    )
    ring = _ring(across, down, radius) if number == 0 else None
    tone = shade(base, 1.25)
    if ring is not None:
        sheet.lay(ring * (down < across * np.float32(0.28)), tone, left, top)
    sheet.lay(disc, np.clip(colours, 0, 1).astype(np.float32), left, top)
    glow = np.clip(1 - np.abs(np.sqrt(far) - 1.02) * 7, 0, 1) * np.clip(across * side + np.float32(0.35), 0, 1)
    sheet.shine(glow * np.float32(0.55), mix(base, (1.0, 1.0, 1.0), 0.4), left, top)
    if ring is not None:
        sheet.lay(ring * (down >= across * np.float32(0.28)), tone, left, top)


def _ring(across: Plane, down: Plane, radius: float) -> Plane:
    """Return the mask of a tilted ring around a ball of radius 1."""
    flat = np.sqrt((across * 0.96 + down * 0.27) ** 2 + ((down * 0.96 - across * 0.27) * 3.6) ** 2)
    edge = np.clip((flat - 1.35) * radius / 3, 0, 1) * np.clip((2.15 - flat) * radius / 3, 0, 1)
    grooves = np.float32(0.55) + np.float32(0.35) * np.sin(flat * 34)
    mask: Plane = (edge * grooves * np.float32(0.85)).astype(np.float32)
    return mask


def paint_moonscape(sheet: Sheet, plan: Plan) -> None:
    """Paint the dusty ground of a moon with craters."""
    line = (
        plan.horizon + 0.02 - 0.03 * profile(sheet.width, plan.key("moonscape"), cells=2.5, octaves=5)
    ) * sheet.height
    mask, top = sheet.below(line.astype(np.float32))
    dust = mix(ink("8f8798"), plan.tint or ink("7f6fa0"), 0.35)
    rough = perspective_noise(plan, mask.shape, "dust", cells=9)
    depth = np.linspace(0, 1, len(mask), dtype=np.float32)[:, None]
    shine = np.clip(0.75 - 0.45 * depth + rough * np.float32(0.28), 0.1, 1.1)
    sheet.lay(mask, (np.asarray(aired(plan, dust, 0.0), np.float32) * shine[..., None]).astype(np.float32), 0, top)
    numbers = stream(plan.key("craters"))
    for x, at, size in numbers.random((11, 3)):
        y = plan.horizon + 0.05 + (0.95 - plan.horizon) * at
        wide = sheet.unit * (0.015 + 0.06 * size) * (0.35 + at)
        for shift, colour, power in ((0.0, shade(dust, 0.3), 0.6), (0.16, shade(dust, 1.25), 0.3)):
            angle = np.linspace(0, 2 * np.pi, 28, endpoint=False)
            rim = np.stack(
                [x * sheet.width + wide * np.cos(angle), y * sheet.height + wide * 0.3 * (np.sin(angle) + shift)], 1
            )
            sheet.stamp(rim.astype(np.float32), colour, power, soft=wide * 0.06)


def paint_underwater(sheet: Sheet, plan: Plan) -> None:
    """Paint light rays, far rocks, a sandy floor, corals and weed."""
    y, x = sheet.coordinates()
    beams = profile(720, plan.key("beams"), cells=26, octaves=3)
    slant = (x - np.float32(plan.sun[0])) / (y * np.float32(0.55) + np.float32(0.45))
    place = np.clip((slant + 1.2) * np.float32(300), 0, 719).astype(np.intp)
    rays = smooth(0.0, 1.0, beams[place]) * np.clip(1.05 - y * np.float32(1.15), 0, 1) ** 1.4
    sheet.shine(rays.astype(np.float32) * np.float32(0.5), (0.85, 1.0, 0.98))
    for k, distance in enumerate((0.85, 0.6)):
        line = (
            plan.horizon
            + 0.04 * k
            - (0.26 - 0.1 * k) * (0.35 + 0.65 * profile(sheet.width, plan.key("reef", k), cells=3, octaves=5))
        ) * sheet.height
        mask, top = sheet.below(line.astype(np.float32))
        sheet.lay(mask * np.float32(0.85), aired(plan, ink("2f6f86"), distance), 0, top)
    _seabed(sheet, plan)


def _seabed(sheet: Sheet, plan: Plan) -> None:
    """Paint the sand with its net of light, then corals and weed."""
    line = (plan.horizon + 0.03 - 0.02 * profile(sheet.width, plan.key("bed"), cells=2, octaves=3)) * sheet.height
    mask, top = sheet.below(line.astype(np.float32))
    net = 1 - np.abs(perspective_noise(plan, mask.shape, "net", cells=12)) * np.float32(2.4)
    depth = np.linspace(0, 1, len(mask), dtype=np.float32)[:, None]
    sand = mix(ink("e6d3a3"), plan.tint, 0.3) if plan.tint else ink("e6d3a3")
    far, near = (
        np.asarray(aired(plan, sand, 0.75), np.float32),
        np.asarray(aired(plan, shade(sand, 0.8), 0.12), np.float32),
    )
    sheet.lay(mask, far + (near - far) * depth[..., None], 0, top)
    sheet.shine(
        (np.clip(net, 0, 1) ** 3 * np.float32(0.35) * mask * (0.3 + 0.7 * depth)).astype(np.float32),
        (0.9, 1.0, 0.9),
        0,
        top,
    )
    numbers = stream(plan.key("corals"))
    for n in range(13):
        x, at, size, tone = numbers.random(4)
        x = x * 0.42 if n % 2 else 1 - x * 0.42
        foot = plan.horizon + 0.04 + (0.98 - plan.horizon) * at
        tall = sheet.unit * (0.05 + 0.13 * size) * (0.5 + at)
        colour = aired(plan, CORALS[int(tone * len(CORALS)) % len(CORALS)], 0.55 * (1 - at))
        (_weed if n % 3 == 0 else _coral)(sheet, numbers, (x * sheet.width, foot * sheet.height, tall), colour)


def _weed(sheet: Sheet, numbers: np.random.Generator, place: tuple[float, float, float], colour: Colour) -> None:
    """Draw a bunch of waving weed."""
    x, foot, tall = place
    green = mix(colour, ink("2f8f5f"), 0.8)
    for lean in numbers.random(5) - 0.5:
        steps = np.linspace(0, 1, 6)
        sway = np.sin(steps * 5 + lean * 9) * tall * 0.1 * steps
        dots = np.stack([x + lean * tall * 0.7 * (0.4 + steps) + sway, foot - steps * tall * 1.5], 1)
        sheet.stamp(
            ribbon(curve(dots.astype(np.float32), closed=False), (tall * 0.09, tall * 0.08, 0.5)),
            shade(green, 0.85 + lean * 0.4),
            0.95,
        )


def _coral(sheet: Sheet, numbers: np.random.Generator, place: tuple[float, float, float], colour: Colour) -> None:
    """Draw a branching coral."""
    x, foot, tall = place
    for n, lean in enumerate((numbers.random(6) - 0.5) * 1.5):
        tip = (x + lean * tall, foot - tall * (1 - 0.4 * abs(lean)))
        bend = (x + lean * tall * 0.3, foot - tall * 0.45)
        dots = np.array([(x, foot), bend, tip], np.float32)
        sheet.stamp(
            ribbon(curve(dots, closed=False), (tall * 0.16, tall * 0.12, tall * 0.1)),
            shade(colour, 0.8 + 0.07 * n),
            0.97,
        )
        angle = np.linspace(0, 2 * np.pi, 14, endpoint=False)
        ball = np.stack([tip[0] + tall * 0.075 * np.cos(angle), tip[1] + tall * 0.075 * np.sin(angle)], 1)
        sheet.stamp(ball.astype(np.float32), shade(colour, 1.05 + 0.04 * n), 0.97)
