"""Things to put on a table: fruit, a cup, a cake, a book, a vase."""

# Coordinates are read in rows.
# fmt: off

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import WHITE, Colour, ink, inks, mix, shade
from drawthings.server.painter.noise import key_of
from drawthings.server.painter.scene.figure import Part, blob, box, line, oval, poly, shining, veil

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan, Spot

LEAF: Colour = ink("5c9a41")
GOLD: Colour = ink("e0b04a")
GLAZES = inks("4f86b8 c0573f 5f8f6f d9a23a 8a5f9f e3dccf")


def glaze(spot: Spot, plan: Plan) -> Colour:
    """Return the colour that the prompt names, or one that the seed chooses."""
    return spot.wish.colour or GLAZES[key_of(plan.seed, spot.wish.word, "glaze") % len(GLAZES)]


def gleam(x: float, y: float, wide: float, high: float, turn: float = 0.06) -> Part:
    """Return a soft highlight."""
    return oval(WHITE, (x, y), (wide, high), turn=turn, opacity=0.55, fade=0.0, soft=0.012)


def apple(spot: Spot, plan: Plan) -> list[Part]:
    """Draw an apple, pear, peach or tomato."""
    word = spot.wish.word
    usual = {"pear": ink("c9c24a"), "peach": ink("f2a679"), "tomato": ink("e0402f")}
    skin = spot.wish.colour or usual.get(word, ink("d6322e"))
    lean = plan.pick(-0.03, 0.03, "stem")
    if word == "pear":
        body = blob(
            skin, (0.0, 0.88), (0.14, 0.8), (0.2, 0.58), (0.37, 0.34), (0.32, 0.1), (0.12, 0.0), (-0.12, 0.0),
            (-0.32, 0.1), (-0.37, 0.34), (-0.2, 0.58), (-0.14, 0.8), fade=0.3,
        )
    else:
        body = blob(
            skin, (0.0, 0.76), (0.16, 0.83), (0.36, 0.76), (0.45, 0.52), (0.38, 0.2), (0.2, 0.02), (0.0, 0.045),
            (-0.2, 0.02), (-0.38, 0.2), (-0.45, 0.52), (-0.36, 0.76), (-0.16, 0.83), fade=0.36,
        )
    parts = [
        body,
        blob(
            mix(skin, ink("f6c04a"), 0.55), (-0.02, 0.72), (0.1, 0.55), (0.08, 0.25), (-0.04, 0.12), (-0.14, 0.3),
            (-0.12, 0.58), opacity=0.32, soft=0.04,
        ),
        gleam(-0.2, 0.58, 0.07, 0.14),
        line(ink("5a3b26"), (0.03, 0.022, 0.035), (0.0, 0.74), (0.015 + lean, 0.86), (0.07 + lean, 0.97)),
    ]
    if word == "tomato":
        return [
            *parts[:-1],
            *(
                blob(
                    LEAF, (0.0, 0.74), (0.09 * np.cos(a) * 2, 0.76 + 0.05 * np.sin(a)),
                    (0.26 * np.cos(a), 0.74 + 0.1 * np.sin(a)), (0.07 * np.cos(a), 0.72),
                )
                for a in np.arange(5) * 1.257 + 0.3
            ),
        ]
    return [
        *parts,
        blob(LEAF, (0.03 + lean, 0.86), (0.12, 0.96), (0.28, 0.96), (0.32, 0.9), (0.18, 0.84), fade=0.25),
        line(shade(LEAF, 0.7), 0.008, (0.05, 0.87), (0.18, 0.91), (0.3, 0.91)),
    ]


def citrus(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a whole citrus fruit and half of one."""
    usual = {"lemon": ink("f4d03a"), "lime": ink("86b83a")}
    skin = spot.wish.colour or usual.get(spot.wish.word, ink("f2962a"))
    turned = plan.pick(0.0, 0.125, "slice")
    flesh = mix(skin, WHITE, 0.25)
    parts = [
        oval(skin, (-0.25, 0.44), (0.44, 0.44), fade=0.34),
        gleam(-0.4, 0.62, 0.1, 0.14),
        blob(LEAF, (-0.24, 0.86), (-0.1, 1.0), (0.1, 0.98), (-0.02, 0.86)),
        oval(shade(skin, 0.92), (0.4, 0.33), (0.35, 0.35), fade=0.2),
        oval(ink("fbf3dc"), (0.38, 0.33), (0.315, 0.325), fade=0.05),
        oval(flesh, (0.38, 0.33), (0.28, 0.29), fade=0.12),
    ]
    for n in range(8):
        a = 2 * np.pi * (n / 8 + turned)
        parts.append(line(ink("fbf3dc"), 0.018, (0.38, 0.33), (0.38 + 0.28 * np.cos(a), 0.33 + 0.29 * np.sin(a))))
    return [*parts, oval(ink("fbf3dc"), (0.38, 0.33), (0.035, 0.035))]


def cup(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a steaming cup on a saucer."""
    tone = glaze(spot, plan)
    drink = ink("b5803f") if spot.wish.word == "tea" else ink("5a3320")
    rise = plan.pick(-0.05, 0.05, "steam")
    steam = [
        veil(
            line(WHITE, (0.01, 0.05, 0.015), (x, 0.74), (x + 0.07 + rise, 0.86), (x - 0.05, 0.98), (x + 0.04, 1.14)),
            0.42, 0.022,
        )
        for x in (-0.14, 0.03, 0.2)
    ]
    return [
        *steam,
        oval(shade(tone, 0.8), (0.0, 0.05), (0.62, 0.085), fade=0.2),
        oval(shade(tone, 1.06), (0.0, 0.07), (0.6, 0.075), fade=0.1),
        line(tone, (0.07, 0.06, 0.07), (0.36, 0.56), (0.56, 0.58), (0.57, 0.36), (0.32, 0.26)),
        blob(
            tone, (-0.44, 0.66), (-0.41, 0.36), (-0.24, 0.12), (0.0, 0.08), (0.24, 0.12), (0.41, 0.36), (0.44, 0.66),
            (0.0, 0.62), fade=0.28,
        ),
        oval(shade(tone, 1.1), (0.0, 0.66), (0.44, 0.105), fade=0.05),
        oval(shade(tone, 0.6), (0.0, 0.655), (0.4, 0.086)),
        oval(drink, (0.0, 0.645), (0.375, 0.07), fade=-0.2),
        oval(mix(drink, ink("f3dfbd"), 0.7), (-0.06, 0.645), (0.15, 0.026), fade=0.0, opacity=0.8),
        gleam(-0.27, 0.42, 0.04, 0.15, 0.03),
    ]


def cake(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a layered cake with icing, berries and a candle."""
    icing = spot.wish.colour or ink("f7b8c8")
    sponge = ink("e9c58a")
    flame = plan.pick(0.9, 1.1, "flame")
    parts = [
        oval(ink("e6e9ee"), (0.0, 0.05), (0.68, 0.09), fade=0.2),
        box(ink("dfe3e9"), (-0.1, 0.0), (0.1, 0.05)),
        box(sponge, (-0.5, 0.09), (0.5, 0.58), fade=0.16),
        oval(sponge, (0.0, 0.1), (0.5, 0.06)),
        box(shade(icing, 0.94), (-0.5, 0.29), (0.5, 0.35)),
        box(icing, (-0.5, 0.52), (0.5, 0.6), fade=0.05),
    ]
    parts += [
        oval(icing, (-0.44 + 0.125 * k, 0.52 - 0.05 * (k % 3 == 1) - 0.02 * (k % 2)), (0.075, 0.085), fade=0.2)
        for k in range(8)
    ]
    parts.append(oval(shade(icing, 1.12), (0.0, 0.6), (0.5, 0.09), fade=0.1))
    for x, y in ((-0.32, 0.64), (-0.14, 0.67), (0.14, 0.67), (0.32, 0.64), (-0.2, 0.58), (0.2, 0.58)):
        parts += [
            oval(ink("d4303a"), (x, y), (0.055, 0.055), fade=0.35),
            oval(WHITE, (x - 0.015, y + 0.02), (0.012, 0.014), opacity=0.8),
        ]
    return [
        *parts,
        box(ink("fdf6e3"), (-0.022, 0.6), (0.022, 0.83)),
        *(line(ink("5fa8d8"), 0.014, (-0.022, y), (0.022, y + 0.03)) for y in (0.66, 0.72, 0.78)),
        shining(blob(ink("ffc24a"), (0.0, 0.84), (0.035, 0.89), (0.0, 0.84 + 0.14 * flame), (-0.035, 0.89))),
        oval(ink("fff3c4"), (0.0, 0.88), (0.014, 0.03), glow=True),
    ]


def book(spot: Spot, plan: Plan) -> list[Part]:
    """Draw an open book."""
    cover = glaze(spot, plan)
    page = ink("fbf3df")
    parts: list[Part] = [poly(cover, (-0.86, 0.06), (-0.78, 0.5), (0.78, 0.5), (0.86, 0.06), (0.0, 0.0), fade=0.2)]
    for side in (-1, 1):
        parts += [
            blob(
                shade(page, 0.82 + 0.06 * k), (0.0, 0.08 + 0.014 * k), (side * 0.3, 0.17 + 0.014 * k),
                (side * 0.8, 0.1 + 0.014 * k), (side * 0.73, 0.54 + 0.014 * k), (side * 0.3, 0.6 + 0.014 * k),
                (0.0, 0.5 + 0.014 * k), fade=0.06,
            )
            for k in range(3)
        ]
        for row in range(6):
            y = 0.53 - 0.062 * row
            parts.append(
                line(
                    mix(page, ink("6b5f55"), 0.6), 0.011, (side * 0.1, y - 0.02), (side * 0.32, y + 0.035),
                    (side * (0.66 + 0.016 * row), y),
                ),
            )
    return [
        *parts,
        line(shade(page, 0.6), 0.012, (0.0, 0.1), (0.0, 0.53)),
        poly(ink("c03a3a"), (0.02, 0.5), (0.07, 0.52), (0.13, -0.02), (0.09, 0.02), (0.06, -0.03)),
    ]


def vase(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a vase with twigs in blossom."""
    tone = glaze(spot, plan)
    parts: list[Part] = []
    for n, (x, y) in enumerate(((-0.34, 0.95), (0.02, 1.08), (0.36, 0.98), (-0.15, 1.02), (0.2, 0.86))):
        parts.append(
            line(ink("6b5238"), (0.018, 0.008), (0.0, 0.55), (x * 0.5 + plan.pick(-0.04, 0.04, n), 0.78), (x, y)),
        )
        parts += [
            oval(
                mix(ink("f4a6ba"), WHITE, 0.3 * (k % 3)),
                (x * t + 0.03 * (k * 7 % 3 - 1), 0.55 + (y - 0.55) * t + 0.02 * (k % 2)), (0.036, 0.034), fade=0.15,
            )
            for k, t in enumerate((0.55, 0.68, 0.8, 0.9, 1.0))
        ]
    band = shade(tone, 0.7)
    return [
        *parts,
        blob(
            tone, (-0.11, 0.62), (-0.085, 0.55), (-0.13, 0.46), (-0.27, 0.3), (-0.25, 0.12), (-0.13, 0.0), (0.13, 0.0),
            (0.25, 0.12), (0.27, 0.3), (0.13, 0.46), (0.085, 0.55), (0.11, 0.62), fade=0.3,
        ),
        oval(shade(tone, 0.5), (0.0, 0.617), (0.1, 0.022)),
        line(band, 0.022, (-0.262, 0.33), (0.0, 0.305), (0.262, 0.33)),
        line(band, 0.014, (-0.27, 0.28), (0.0, 0.255), (0.27, 0.28)),
        gleam(-0.13, 0.28, 0.03, 0.12, 0.03),
    ]
