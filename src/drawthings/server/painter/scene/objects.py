"""Other things for still lifes: lamps, a snowman, a clock, a chair and the like."""

# Coordinates are read in rows.
# fmt: off

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import WHITE, Colour, ink, mix, shade
from drawthings.server.painter.scene.figure import Part, blob, both, box, line, oval, placed, poly, shining, union

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan, Spot

from drawthings.server.painter.scene.table import GOLD, glaze, gleam


def lamp(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a lantern, a candle or a street lamp, always alight."""
    metal = spot.wish.colour or ink("4a4650")
    fire = plan.pick(0.95, 1.05, "fire")
    light = ink("ffcf6a")
    if spot.wish.word == "candle":
        wax = spot.wish.colour or ink("f6ead2")
        return [
            oval(GOLD, (0.0, 0.04), (0.32, 0.06)),
            line(GOLD, 0.03, (0.26, 0.05), (0.4, 0.1), (0.36, 0.18), (0.27, 0.12)),
            blob(
                wax, (-0.13, 0.05), (-0.125, 0.6), (-0.06, 0.64), (0.0, 0.62), (0.07, 0.65), (0.125, 0.6), (0.13, 0.05),
                fade=0.2,
            ),
            blob(shade(wax, 1.1), (-0.12, 0.6), (-0.1, 0.42), (-0.07, 0.4), (-0.05, 0.6)),
            line(ink("3a2a24"), 0.014, (0.0, 0.62), (0.01, 0.69)),
            shining(blob(light, (0.0, 0.66), (0.075, 0.75), (0.0, 0.66 + 0.32 * fire), (-0.075, 0.75))),
            oval(ink("fff6d8"), (0.0, 0.75), (0.028, 0.06), glow=True),
        ]
    if spot.wish.word == "street lamp":
        post = [
            box(metal, (-0.03, 0.0), (0.03, 0.86)),
            blob(metal, (-0.16, 0.0), (-0.06, 0.1), (0.06, 0.1), (0.16, 0.0)),
        ]
        return [*post, *placed(_lantern(metal), by=(0.0, 0.86), size=0.5)]
    handle = line(metal, 0.02, (-0.12, 0.93), (-0.1, 1.07), (0.1, 1.07), (0.12, 0.93))
    return [handle, box(metal, (-0.2, 0.0), (0.2, 0.05)), *placed(_lantern(metal), by=(0.0, 0.05), size=0.9)]


def _lantern(metal: Colour) -> list[Part]:
    """Return a glass box with a flame and a roof, its foot at 0, about as wide as half its height."""
    light = ink("ffcf6a")
    return [
        poly(light, (-0.2, 0.0), (-0.26, 0.68), (0.26, 0.68), (0.2, 0.0), fade=-0.25, glow=True),
        oval(ink("fff6d8"), (0.0, 0.3), (0.09, 0.19), glow=True, soft=0.02),
        *(line(metal, 0.03, (x * 0.2, 0.0), (x * 0.26, 0.68)) for x in (-1, 0, 1)),
        poly(metal, (-0.34, 0.67), (-0.08, 0.98), (0.08, 0.98), (0.34, 0.67)),
        box(metal, (-0.26, -0.05), (0.26, 0.02)),
    ]


def snowman(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a snowman with scarf and hat."""
    scarf = spot.wish.colour or ink("c8343f")
    snow, coal = ink("f6f9ff"), ink("2a2a30")
    tip = plan.pick(-0.02, 0.02, "hat")
    return [
        *(
            line(ink("6b4a33"), (0.026, 0.01), (side * 0.17, 0.5), (side * 0.32, 0.6), (side * 0.42, 0.72))
            for side in (-1, 1)
        ),
        oval(snow, (0.0, 0.2), (0.27, 0.23), fade=0.22),
        oval(snow, (0.0, 0.48), (0.2, 0.19), fade=0.2),
        oval(snow, (0.0, 0.73), (0.145, 0.14), fade=0.16),
        *(oval(coal, (0.0, y), (0.018, 0.018)) for y in (0.42, 0.49, 0.56)),
        *both(oval(coal, (0.05, 0.77), (0.016, 0.018))),
        poly(ink("f08a2a"), (0.0, 0.755), (0.0, 0.71), (0.17, 0.72)),
        *(oval(coal, (x, 0.672 + 6 * x * x), (0.008, 0.008)) for x in (-0.06, -0.03, 0.0, 0.03, 0.06)),
        blob(scarf, (-0.14, 0.64), (0.0, 0.595), (0.14, 0.64), (0.15, 0.6), (0.0, 0.55), (-0.15, 0.6)),
        poly(shade(scarf, 0.86), (0.06, 0.6), (0.13, 0.6), (0.15, 0.4), (0.07, 0.41)),
        poly(coal, (-0.12 + tip, 0.86), (-0.11 + tip, 1.06), (0.11 + tip, 1.06), (0.12 + tip, 0.86)),
        line(coal, 0.03, (-0.2 + tip, 0.855), (0.2 + tip, 0.865)),
        box(scarf, (-0.12 + tip, 0.88), (0.12 + tip, 0.925)),
    ]


def pumpkin(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a pumpkin with a carved, glowing face."""
    skin = spot.wish.colour or ink("ec8427")
    fire = ink("ffd75a")
    parts = [
        line(ink("5f7f3a"), (0.09, 0.06, 0.08), (0.0, 0.7), (0.02, 0.84), (0.1 + plan.pick(-0.03, 0.03, "stem"), 0.93)),
    ]
    parts += [
        oval(shade(skin, t), (x, 0.38), (w, 0.37), fade=0.34)
        for x, w, t in ((-0.36, 0.22, 0.8), (0.36, 0.22, 0.8), (-0.2, 0.23, 0.92), (0.2, 0.23, 0.92), (0.0, 0.21, 1.04))
    ]
    if spot.wish.word == "pumpkin" and not plan.light.lamps:
        return [*parts, gleam(-0.1, 0.58, 0.04, 0.1)]
    return [
        *parts,
        *both(poly(fire, (0.1, 0.44), (0.2, 0.58), (0.3, 0.43), glow=True)),
        poly(fire, (-0.045, 0.34), (0.0, 0.42), (0.045, 0.34), glow=True),
        poly(
            fire, (-0.33, 0.28), (-0.2, 0.24), (-0.16, 0.29), (-0.1, 0.22), (0.1, 0.22), (0.16, 0.29), (0.2, 0.24),
            (0.33, 0.28), (0.2, 0.12), (0.07, 0.09), (0.03, 0.15), (-0.06, 0.09), (-0.2, 0.12), glow=True,
        ),
    ]


def crystal(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a cluster of crystals with bright faces."""
    usual = {"ruby": ink("d8304a"), "emerald": ink("2fae6a"), "diamond": ink("bfe6f7")}
    base = spot.wish.colour or usual.get(spot.wish.word, ink("8f6fe0"))
    parts: list[Part] = []
    for x, lean, high, wide, tone in ((-0.3, -0.2, 0.62, 0.12, 0.78), (0.3, 0.22, 0.7, 0.13, 0.84),
        (-0.12, -0.08, 0.84, 0.14, 0.92), (0.14, 0.08, 0.8, 0.13, 0.88),
        (0.0, plan.pick(-0.03, 0.03, "lean"), 1.0, 0.16, 1.0)):
        top, shoulder = (x + lean, high), high * 0.78
        middle = x + lean * 0.78
        parts += [
            poly(
                shade(base, tone * 1.16), (x - wide, 0.0), (middle - wide, shoulder), top,
                (middle - wide * 0.1, shoulder * 0.92), (x - wide * 0.1, 0.0), fade=0.3,
            ),
            poly(
                shade(base, tone * 0.72), (x - wide * 0.1, 0.0), (middle - wide * 0.1, shoulder * 0.92), top,
                (middle + wide, shoulder), (x + wide, 0.0), fade=0.3,
            ),
            poly(
                mix(base, WHITE, 0.65), (middle - wide, shoulder), top, (middle - wide * 0.1, shoulder * 0.92),
                fade=0.1, opacity=0.7,
            ),
        ]
    return [
        *parts,
        blob(
            ink("5f5a66"), (-0.62, 0.0), (-0.4, 0.12), (-0.1, 0.06), (0.2, 0.12), (0.5, 0.09), (0.62, 0.0),
            (0.0, -0.05),
        ),
    ]


def clock(spot: Spot, plan: Plan) -> list[Part]:
    """Draw an alarm clock; the seed sets the time."""
    case = spot.wish.colour or GOLD
    hands = (plan.pick(0, 1, "hour"), plan.pick(0, 1, "minute"))
    parts = [
        *both(line(shade(case, 0.7), 0.07, (0.2, 0.14), (0.3, 0.02)), oval(case, (0.23, 0.87), (0.15, 0.1), turn=-0.1)),
        line(shade(case, 0.6), 0.03, (-0.1, 0.94), (0.0, 1.02), (0.1, 0.94)),
        oval(shade(case, 0.8), (0.0, 0.46), (0.44, 0.44)),
        oval(case, (0.0, 0.465), (0.42, 0.42), fade=0.3),
        oval(ink("fbf5e6"), (0.0, 0.465), (0.345, 0.345), fade=0.08),
    ]
    ticks = [
        [
            (r * np.cos(a + d), 0.465 + r * np.sin(a + d))
            for r, d in ((0.33, -0.02), (0.33, 0.02), (0.285, 0.02), (0.285, -0.02))
        ]
        for a in np.arange(12) * np.pi / 6
    ]
    parts.append(union(ink("4a4038"), ticks))
    for place, reach, wide in ((hands[0], 0.18, 0.034), (hands[1], 0.27, 0.022)):
        a = 2 * np.pi * place
        parts.append(
            line(ink("2f2a2a"), (wide, wide * 0.5), (0.0, 0.465), (reach * np.cos(a), 0.465 + reach * np.sin(a))),
        )
    return [*parts, oval(ink("c03a3a"), (0.0, 0.465), (0.024, 0.024)), gleam(-0.2, 0.66, 0.06, 0.11, 0.1)]


def chair(spot: Spot, plan: Plan) -> list[Part]:
    """Draw an armchair."""
    cloth, leg = glaze(spot, plan), ink("6b4a33")
    puff = plan.pick(-0.01, 0.02, "puff")
    return [
        *both(poly(leg, (0.28, 0.16), (0.37, 0.16), (0.36, 0.0), (0.32, 0.0))),
        blob(
            shade(cloth, 0.86), (-0.38, 0.2), (-0.4, 0.74), (-0.3, 0.95), (0.0, 1.0 + puff), (0.3, 0.95), (0.4, 0.74),
            (0.38, 0.2), fade=0.2,
        ),
        *both(
            line(shade(cloth, 0.6), 0.008, (0.1, 0.58), (0.12, 0.9)),
            oval(shade(cloth, 0.6), (0.1, 0.74), (0.013, 0.013)),
        ),
        blob(shade(cloth, 0.76), (-0.34, 0.12), (-0.36, 0.34), (0.36, 0.34), (0.34, 0.12)),
        blob(
            shade(cloth, 1.12), (-0.33, 0.3), (-0.34, 0.43), (0.0, 0.475 + puff), (0.34, 0.43), (0.33, 0.3), fade=0.24,
        ),
        *both(blob(cloth, (0.3, 0.12), (0.29, 0.5), (0.36, 0.6), (0.47, 0.56), (0.48, 0.12), fade=0.28)),
        blob(mix(cloth, ink("f3d27a"), 0.75), (-0.2, 0.46), (-0.22, 0.7), (0.02, 0.73), (0.05, 0.48), fade=0.2),
    ]


def sphere(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a polished ball."""
    skin = glaze(spot, plan)
    side = plan.sunward
    parts = [oval(shade(skin, 0.62), (0.0, 0.48), (0.48, 0.48), fade=0.3)]
    parts += [
        oval(
            shade(skin, 0.7 + 0.11 * k), (side * 0.04 * k, 0.48 + 0.045 * k), (0.38 - 0.06 * k, 0.38 - 0.06 * k),
            fade=0.1, soft=0.035, opacity=0.7,
        )
        for k in range(5)
    ]
    return [
        *parts,
        oval(WHITE, (side * 0.19, 0.7), (0.075, 0.055), turn=-0.08 * side, fade=0, soft=0.016),
        oval(mix(skin, WHITE, 0.5), (-side * 0.24, 0.2), (0.14, 0.05), turn=-0.09 * side, opacity=0.5, soft=0.03),
    ]


def cube(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a cube with three visible faces."""
    skin = glaze(spot, plan)
    x = plan.pick(-0.16, 0.16, "turn")
    left, right = (0.8, 1.05) if plan.sunward > 0 else (1.05, 0.8)
    return [
        poly(shade(skin, left * 0.9), (-0.48, 0.18), (x, 0.0), (x, 0.56), (-0.48, 0.74), fade=0.16),
        poly(shade(skin, right * 0.9), (x, 0.0), (0.48, 0.18), (0.48, 0.74), (x, 0.56), fade=0.16),
        poly(shade(skin, 1.22), (-0.48, 0.74), (x, 0.56), (0.48, 0.74), (-x, 0.93), fade=0.05),
        line(mix(skin, WHITE, 0.7), 0.008, (-0.48, 0.74), (x, 0.56)),
        line(mix(skin, WHITE, 0.7), 0.008, (x, 0.56), (0.48, 0.74)),
        line(mix(skin, WHITE, 0.4), 0.008, (x, 0.56), (x, 0.0)),
    ]
