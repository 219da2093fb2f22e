"""Small extras: aurora, rainbow, lanterns, fireflies, petals, leaves, and ornaments for words nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import Colour, ink, inks, mix, shade, turn
from drawthings.server.painter.noise import key_of, profile, stream, unit
from drawthings.server.painter.raster import curve, smooth
from drawthings.server.painter.scene.land import aired

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan
    from drawthings.server.painter.scene.sheet import Sheet

MOST_ORNAMENTS = 4


def paint_behind(sheet: Sheet, plan: Plan) -> None:
    """Paint the extras that belong to the sky."""
    wanted = plan.brief.accents
    if "aurora" in wanted:
        _aurora(sheet, plan)
    if "rainbow" in wanted:
        _rainbow(sheet, plan)
    if "lanterns" in wanted:
        _lanterns(sheet, plan)


def paint_before(sheet: Sheet, plan: Plan) -> None:
    """Paint the extras that float in front of everything."""
    wanted = plan.brief.accents
    if "sun" in wanted and plan.light.altitude < 1:
        _rays(sheet, plan)
    if "petals" in wanted:
        _drifting(sheet, plan, "petals", (ink("f9bfd0"), ink("f48fb1")), 70)
    if "leaves" in wanted:
        _drifting(sheet, plan, "leaves", (ink("e08a2c"), ink("b8452a")), 46)
    if "fireflies" in wanted:
        _fireflies(sheet, plan)
    if "bubbles" in wanted or plan.brief.place == "underwater":
        _bubbles(sheet, plan)
    for order, word in enumerate(plan.brief.strange[:MOST_ORNAMENTS]):
        _ornament(sheet, plan, word, order)


def _aurora(sheet: Sheet, plan: Plan) -> None:
    """Hang curtains of green and violet light."""
    y, x = sheet.coordinates()
    for n, (colour, power) in enumerate(((ink("4fffa8"), 0.75), (ink("9a6bff"), 0.45), (ink("3fd8e8"), 0.5))):
        fold = profile(sheet.width, plan.key("aurora", n), cells=2.2, octaves=3)[None, :]
        foot = np.float32(plan.horizon * (0.6 - 0.12 * n)) + fold * np.float32(0.09)
        pleats = profile(sheet.width, plan.key("pleats", n), cells=22, octaves=3)[None, :]
        above = (foot - y) / np.float32(0.34)
        veil = (
            smooth(-0.06, 0.04, above)
            * np.exp(-np.clip(above, 0, None) * 2.4)
            * (np.float32(0.7) + pleats * np.float32(0.35))
        )
        sheet.shine(np.clip(veil * np.float32(power), 0, 1).astype(np.float32), turn(colour, plan.pick(-0.03, 0.03, n)))
    del x


def _rainbow(sheet: Sheet, plan: Plan) -> None:
    """Draw a rainbow opposite the sun."""
    y, x = sheet.coordinates()
    centre = 0.5 - 0.22 * plan.sunward
    far = np.hypot((x - np.float32(centre)) * np.float32(plan.aspect), y - np.float32(plan.horizon * 1.12))
    place = (far - np.float32(0.5)) / np.float32(0.075)
    for n, colour in enumerate(inks("8a4fc9 3f6fe0 35c46a f6e04a f59a2c e8453c")):
        band = np.clip(1 - np.abs(place - np.float32((n + 0.5) / 6)) * 6, 0, 1)
        sheet.shine((band * np.float32(0.42)).astype(np.float32), colour)


def _rays(sheet: Sheet, plan: Plan) -> None:
    """Send rays out from the sun."""
    y, x = sheet.coordinates()
    across, down = (x - np.float32(plan.sun[0])) * np.float32(plan.aspect), y - np.float32(plan.sun[1])
    angle = np.arctan2(down, across)
    fan = profile(1024, plan.key("rays"), cells=24, octaves=2)
    beam = fan[((angle / (2 * np.pi) + 0.5) * 1023).astype(np.intp)]
    power = np.clip(beam, 0, 1) * np.exp(-np.hypot(across, down) * np.float32(1.6))
    sheet.shine((power * np.float32(0.45)).astype(np.float32), plan.light.sun)


def _lanterns(sheet: Sheet, plan: Plan) -> None:
    """Let paper lanterns rise into the sky."""
    numbers = stream(plan.key("lanterns"))
    for x, at, size in numbers.random((30, 3)):
        y = plan.horizon * (0.06 + 0.88 * at)
        wide = sheet.unit * (0.006 + 0.02 * size * size)
        px, py = x * sheet.width, y * sheet.height
        shape = np.array([(-1, 0.9), (-1.15, 0), (-0.9, -1.3), (0.9, -1.3), (1.15, 0), (1, 0.9)], np.float32) * wide
        sheet.halo(px, py, ink("ff9a3f"), (wide * 2.2, 0.55))
        sheet.stamp(shape + np.array((px, py), np.float32), ink("ffc46b"), 0.95)


def _drifting(sheet: Sheet, plan: Plan, name: str, colours: tuple[Colour, Colour], count: int) -> None:
    """Let petals or leaves drift by, the nearest ones blurred."""
    numbers = stream(plan.key(name))
    for n, (x, y, size, angle, tone) in enumerate(numbers.random((count, 5))):
        near = n % 11 == 0
        reach = sheet.unit * (0.005 + 0.008 * size) * (3.0 if near else 1.0)
        spin = angle * 2 * np.pi
        across, along = np.array((np.cos(spin), np.sin(spin))), np.array((-np.sin(spin), np.cos(spin)))
        dots = [
            across * reach * a + along * reach * b for a, b in ((-1, 0), (0, 0.5 - 0.3 * tone), (1, 0.1), (0, -0.5))
        ]
        outline = curve(np.array(dots, np.float32), density=4) + np.array(
            (x * sheet.width, y * sheet.height), np.float32
        )
        colour = aired(plan, mix(colours[0], colours[1], tone), 0.0)
        sheet.stamp(outline, shade(colour, 1.05), 0.6 if near else 0.92, soft=reach * 0.16 if near else 0.0)


def _fireflies(sheet: Sheet, plan: Plan) -> None:
    """Scatter warm points of light."""
    numbers = stream(plan.key("fireflies"))
    glow = mix(ink("ffe27a"), plan.tint, 0.4) if plan.tint else ink("ffe27a")
    for x, y, size in numbers.random((46, 3)):
        radius = sheet.unit * (0.003 + 0.008 * size * size)
        px, py = x * sheet.width, (0.3 + 0.66 * y) * sheet.height
        sheet.halo(px, py, glow, (radius * 1.5, 0.6 + 0.3 * plan.light.dark), (radius * 0.4, 0.9))


def _bubbles(sheet: Sheet, plan: Plan) -> None:
    """Let bubbles rise."""
    numbers = stream(plan.key("bubbles"))
    for x, y, size in numbers.random((34, 3)):
        radius = sheet.unit * (0.004 + 0.02 * size**3)
        px, py = x * sheet.width, y * sheet.height
        angle = np.linspace(0, 2 * np.pi, 22, endpoint=False)
        circle = np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)
        place = np.array((px, py), np.float32)
        sheet.stamp(circle * np.float32(radius) + place, (0.92, 1.0, 1.0), 0.22)
        sheet.stamp(circle * np.float32(radius * 0.24) + place - np.float32(radius * 0.4), (1.0, 1.0, 1.0), 0.8)


def _ornament(sheet: Sheet, plan: Plan, word: str, order: int) -> None:
    """Draw a garland of small signs for a word that the painter does not know; the word chooses sign and colour."""
    key = key_of("ornament", word)
    hue = turn(ink("e8604f"), unit(key, "hue"))
    colour = mix(hue, (1.0, 1.0, 1.0), 0.25 + 0.3 * unit(key, "pale"))
    corners = 3 + key % 5
    hollow = 0.35 + 0.6 * unit(key, "hollow")
    count = 9 + key % 7
    start, rise = plan.pick(0.05, 0.3, word, "start"), plan.pick(0.06, 0.4, word, "rise") + 0.1 * order
    bow = plan.pick(-0.16, 0.16, word, "bow")
    for n in range(count):
        t = (n + 0.5) / count
        x, y = start + t * (0.95 - start), rise + bow * np.sin(np.pi * t) + 0.02 * np.sin(7 * t + key % 6)
        reach = sheet.unit * (0.006 + 0.013 * unit(key, "size", n)) * (0.5 + np.sin(np.pi * t))
        angle = np.arange(corners * 2) * np.pi / corners + unit(key, "spin", n) * 6.3
        far = np.where(np.arange(corners * 2) % 2, hollow, 1.0) * reach
        star = np.stack([x * sheet.width + far * np.cos(angle), y * sheet.height + far * np.sin(angle)], 1)
        sheet.halo(x * sheet.width, y * sheet.height, colour, (reach * 1.4, 0.3))
        sheet.stamp(star.astype(np.float32), colour, 0.55 + 0.35 * unit(key, "power", n))
