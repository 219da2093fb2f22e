"""Trees, flowers and what else grows."""

# Coordinates are read in rows.
# fmt: off

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import WHITE, Colour, ink, mix, shade, turn
from drawthings.server.painter.noise import stream
from drawthings.server.painter.scene.figure import Part, blob, both, line, oval, placed, union

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan, Spot

BARK: Colour = ink("5e4433")
GREEN: Colour = ink("4f8a3f")
_DOUBLE = {"rose", "peony", "lotus"}
_LEAVES = {"grass": ink("5c9a41"), "autumn": ink("d9822f"), "snow": ink("dfe9f2"), "sand": ink("7f9a45")}


def tree(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a broad tree with a crown of many leaf clusters."""
    leaf = _LEAVES[plan.ground]
    leaf = mix(leaf, spot.wish.colour, 0.85) if spot.wish.colour else leaf
    return _crowned(spot, plan, leaf, spread=0.4, twigs=False)


def cherry(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a cherry tree in blossom."""
    blossom = mix(ink("f6b3c8"), spot.wish.colour, 0.8) if spot.wish.colour else ink("f6b3c8")
    return _crowned(spot, plan, blossom, spread=0.5, twigs=True)


def _crowned(spot: Spot, plan: Plan, leaf: Colour, *, spread: float, twigs: bool) -> list[Part]:
    """Draw a trunk with boughs and a crown."""
    numbers = stream(plan.key("crown", spot.wish.name, spot.x))
    bark = ink("4c3530") if twigs else BARK
    lean = plan.pick(-0.05, 0.05, "lean", spot.wish.name)
    parts = [
        blob(
            bark, (-0.1, 0.0), (-0.05, 0.06), (-0.04 + lean, 0.3), (-0.06 + lean, 0.5), (0.05 + lean, 0.5),
            (0.045 + lean, 0.3), (0.055, 0.06), (0.11, 0.0),
        ),
        *(
            line(
                bark, (0.06, 0.04, 0.015), (lean, 0.34), (lean + side * 0.12, 0.5), (lean + side * spread * 0.62, 0.66),
            )
            for side in (-1, 1)
        ),
        line(bark, (0.05, 0.02), (lean, 0.42), (lean + 0.03, 0.6), (lean + 0.05, 0.8)),
    ]
    count = 84
    places = numbers.random((count, 4), dtype=np.float32)
    for n in range(count):
        up = n / count
        angle, far = places[n, 0] * 2 * np.pi, float(places[n, 1]) ** 0.5
        x = lean + spread * far * float(np.cos(angle)) * (1.02 - 0.25 * up)
        y = 0.68 + 0.27 * far * float(np.sin(angle)) * 0.9 + (up - 0.5) * 0.14
        radius = (0.092 - 0.04 * up) * (0.75 + 0.5 * float(places[n, 2]))
        sunny = 0.5 + 0.5 * (1 if x * (0.5 - plan.sun[0]) < 0 else -1) * min(1.0, abs(x) / spread)
        tone = turn(leaf, 0.022 * (float(places[n, 3]) - 0.5))
        light = 0.7 + 0.34 * up + 0.2 * (y - 0.68) / 0.27 + 0.12 * (sunny - 0.5)
        parts.append(_cluster(shade(tone, min(1.25, light)), x, y, radius, numbers))
    if twigs:
        angle, far = numbers.random(54) * 2 * np.pi, numbers.random(54) ** 0.5
        spots = np.stack([lean + spread * far * np.cos(angle), 0.68 + 0.26 * far * np.sin(angle)], 1)
        petals = [
            _ring(x + dx, y + dy, 0.011)
            for x, y in spots
            for dx, dy in ((0, 0.011), (0.011, -0.004), (-0.011, -0.004))
        ]
        parts += [union(shade(leaf, 1.45), petals), union(ink("d8506f"), [_ring(x, y, 0.005) for x, y in spots])]
    return parts


def _ring(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    """Return the corners of a small circle."""
    return [
        (x + radius * c, y + radius * s)
        for c, s in ((1, 0), (0.6, 0.8), (-0.3, 0.95), (-1, 0), (-0.3, -0.95), (0.6, -0.8))
    ]


def _cluster(colour: Colour, x: float, y: float, radius: float, numbers: np.random.Generator) -> Part:
    """Return one bumpy cluster of leaves."""
    bumps = 9
    angle = np.arange(bumps) / bumps * 2 * np.pi
    reach = radius * (0.8 + 0.4 * numbers.random(bumps))
    return blob(colour, *zip(x + reach * np.cos(angle), y + reach * np.sin(angle) * 0.8, strict=True), fade=0.22)


def pine(spot: Spot, plan: Plan) -> list[Part]:
    """Draw one large fir, with lights when it is a Christmas tree."""
    leaf = mix(ink("2f6b47"), spot.wish.colour, 0.8) if spot.wish.colour else ink("2f6b47")
    numbers = stream(plan.key("pine", spot.x))
    parts = [blob(BARK, (-0.045, 0.0), (-0.04, 0.16), (0.04, 0.16), (0.045, 0.0))]
    for tier in range(6):
        low, high, wide = 0.1 + tier * 0.135, 0.42 + tier * 0.115, 0.31 * (1 - tier / 6.6)
        dots = [
            (wide * (1 - 2 * k / 6), low + (0.035 if k % 2 else -0.012) + 0.02 * float(numbers.random()))
            for k in range(7)
        ]
        parts.append(
            blob(
                shade(leaf, 0.82 + 0.06 * tier), (0.0, min(1.0, high)), (wide * 0.5, (low + high) / 2 - 0.02), *dots,
                (-wide * 0.5, (low + high) / 2 - 0.02), fade=0.34,
            ),
        )
        if plan.ground == "snow":
            parts.append(
                blob(
                    ink("f4f8ff"), (0.0, min(1.0, high) + 0.005), (wide * 0.42, (low + high) / 2),
                    (wide * 0.2, low + 0.14), (0.0, low + 0.17), (-wide * 0.2, low + 0.13),
                    (-wide * 0.42, (low + high) / 2), fade=0.1,
                ),
            )
        if spot.wish.word == "christmas tree":
            colours = (ink("ff5a4f"), ink("ffd24f"), ink("5fc8ff"))
            parts += [
                oval(
                    colours[(tier + k) % 3], (wide * (0.7 - 0.35 * k), low + 0.05 + 0.02 * k), (0.017, 0.017),
                    glow=True,
                )
                for k in range(5)
            ]
    if spot.wish.word == "christmas tree":
        parts.append(_star(ink("ffe27a"), 0.0, 1.0, 0.065))
    return parts


def _star(colour: Colour, x: float, y: float, radius: float) -> Part:
    """Return a shining star of five points."""
    angle = np.arange(10) / 10 * 2 * np.pi + np.pi / 2
    reach = np.where(np.arange(10) % 2, radius * 0.45, radius)
    return Part(
        (np.stack([x + reach * np.cos(angle), y + reach * np.sin(angle)], 1).astype(np.float32),), colour, glow=True,
    )


def palm(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a palm that leans."""
    leaf = mix(ink("3f8f4f"), spot.wish.colour, 0.8) if spot.wish.colour else ink("3f8f4f")
    lean = plan.pick(0.06, 0.16, "lean", spot.x)
    parts = [
        line(
            ink("8a6a48"), (0.085, 0.055, 0.045), (0.0, 0.0), (lean * 0.25, 0.3), (lean * 0.9, 0.62), (lean * 1.5, 0.8),
        ),
    ]
    parts += [
        line(ink("6f5238"), 0.006, (lean * t * t * 1.5 - 0.028, t * 0.8), (lean * t * t * 1.5 + 0.028, t * 0.8 + 0.008))
        for t in np.linspace(0.08, 0.94, 13)
    ]
    x0, y0 = lean * 1.5, 0.8
    for n, turned in enumerate((0.56, 0.02, 0.47, 0.09, 0.4, 0.14, 0.33, 0.2, 0.27)):
        angle = 2 * np.pi * turned
        dx, dy = float(np.cos(angle)), float(np.sin(angle))
        end = (x0 + dx * 0.4, y0 + dy * 0.24 - 0.09 - 0.05 * abs(dx))
        parts.append(
            line(
                shade(leaf, 0.7 + 0.05 * n), (0.015, 0.075, 0.05, 0.004), (x0, y0),
                (x0 + dx * 0.16, y0 + dy * 0.16 + 0.05), (x0 + dx * 0.31, y0 + dy * 0.22 + 0.01), end,
            ),
        )
    return [*parts, *(oval(ink("6b4a2c"), (x0 + dx, y0 - 0.02), (0.026, 0.028)) for dx in (-0.028, 0.024))]


def cactus(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a cactus with two arms."""
    skin = mix(ink("4a8a52"), spot.wish.colour, 0.8) if spot.wish.colour else ink("4a8a52")
    high = plan.pick(0.46, 0.6, "arm", spot.x)
    parts = [
        line(shade(skin, 0.88), 0.12, (-0.05, 0.34), (-0.25, 0.36), (-0.27, 0.5), (-0.27, high + 0.1)),
        oval(shade(skin, 0.95), (-0.27, high + 0.1), (0.06, 0.06)),
        line(shade(skin, 0.88), 0.11, (0.05, 0.46), (0.22, 0.48), (0.24, 0.58), (0.24, high + 0.2)),
        oval(shade(skin, 0.95), (0.24, high + 0.2), (0.055, 0.055)),
        blob(skin, (-0.1, 0.0), (-0.115, 0.5), (-0.1, 0.9), (0.0, 1.0), (0.1, 0.9), (0.115, 0.5), (0.1, 0.0)),
    ]
    parts += [line(shade(skin, 0.72), 0.01, (x, 0.03), (x * 1.1, 0.5), (x * 0.8, 0.94)) for x in (-0.06, 0.0, 0.06)]
    return [
        *parts,
        *(oval(ink("f07fa5"), (x, y), (0.032, 0.026)) for x, y in ((0.0, 1.0), (0.24, high + 0.26), (-0.03, 0.985))),
    ]


def flower(spot: Spot, plan: Plan) -> list[Part]:
    """Draw one large flower with smaller ones beside it."""
    usual = {
        "rose": "d63a4a", "tulip": "e8634f", "poppy": "e0452f", "lily": "f6ecd9", "daisy": "fbf9f3", "orchid": "b86fd0",
        "lotus": "f2a9c4", "peony": "f08fb0",
    }
    petal = spot.wish.colour or ink(usual.get(spot.wish.word, "ee6a8f"))
    parts: list[Part] = []
    for n, (x, y, size) in enumerate(((-0.3, 0.56, 0.62), (0.3, 0.64, 0.68), (0.0, 0.78, 1.0))):
        sway = plan.pick(-0.04, 0.04, "sway", n)
        parts += [
            line(shade(GREEN, 0.85), (0.026, 0.02), (x * 0.25, 0.0), (x * 0.6 + sway, y * 0.5), (x, y)),
            blob(
                GREEN, (x * 0.4, 0.12 + 0.04 * n), (x * 0.4 + 0.13, 0.27), (x * 0.4 + 0.2, 0.35),
                (x * 0.4 + 0.06, 0.27),
            ),
        ]
        parts.append(
            blob(
                shade(GREEN, 0.9), (x * 0.4, 0.1), (x * 0.4 - 0.13, 0.22), (x * 0.4 - 0.21, 0.28),
                (x * 0.4 - 0.07, 0.22),
            ),
        )
        head = _tulip(petal) if spot.wish.word == "tulip" else _bloom(
            petal, rings=3 if spot.wish.word in _DOUBLE else 1, narrow=spot.wish.word in {"daisy", "lily"},
        )
        parts += placed(head, by=(x, y), size=0.23 * size, turn=sway * 0.6)
    return parts


def _bloom(petal: Colour, *, rings: int, narrow: bool) -> list[Part]:
    """Return an open blossom of radius 1 around its centre."""
    parts: list[Part] = []
    count = 13 if narrow else 7
    for ring in range(rings):
        reach, tone = 1.0 - 0.27 * ring, shade(petal, 0.86 + 0.12 * ring)
        wide = 0.15 if narrow else 0.36
        one = blob(
            tone, (0.08, 0.0), (reach * 0.5, wide), (reach * 0.88, wide * 0.9), (reach, 0.0),
            (reach * 0.88, -wide * 0.9), (reach * 0.5, -wide), fade=0.12,
        )
        for n in range(count):
            parts += placed([one], turn=(n + 0.5 * ring) / count)
    heart = ink("f4c238") if rings == 1 else shade(petal, 0.6)
    return [
        *parts,
        oval(heart, (0.0, 0.0), (0.25, 0.25), fade=0.25),
        *(oval(shade(heart, 0.75), (0.13 * np.cos(a), 0.13 * np.sin(a)), (0.03, 0.03)) for a in range(6)),
    ]


def _tulip(petal: Colour) -> list[Part]:
    """Return a tulip of radius 1 around its centre."""
    return [
        *both(blob(shade(petal, 0.82), (0.0, -0.6), (0.55, -0.3), (0.62, 0.4), (0.4, 1.0), (0.1, 0.3))),
        blob(petal, (0.0, -0.62), (0.4, -0.25), (0.36, 0.45), (0.0, 0.9), (-0.36, 0.45), (-0.4, -0.25), fade=0.25),
    ]


def sunflower(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a sunflower."""
    petal = spot.wish.colour or ink("f6b81f")
    sway = plan.pick(-0.03, 0.03, "sway", spot.x)
    head: list[Part] = []
    for ring, tone in ((0, shade(petal, 0.84)), (1, petal)):
        one = blob(tone, (0.4, 0.0), (0.65, 0.12), (1.0, 0.0), (0.65, -0.12), fade=0.1)
        for n in range(18):
            head += placed([one], turn=(n + 0.5 * ring) / 18, size=1.0 - 0.08 * ring)
    head += [oval(ink("5a3720"), (0, 0), (0.5, 0.5), fade=0.3), oval(ink("7a4d28"), (0, 0), (0.36, 0.36), fade=0.2)]
    for n in range(60):
        angle, far = n * 2.39996, 0.46 * (n / 60) ** 0.5
        head.append(oval(ink("a9743a"), (far * np.cos(angle), far * np.sin(angle)), (0.022, 0.022), fade=0.1))
    return [
        line(shade(GREEN, 0.85), (0.05, 0.035), (0.0, 0.0), (sway, 0.4), (0.0, 0.72)),
        *both(blob(GREEN, (0.0, 0.24), (0.12, 0.4), (0.3, 0.42), (0.22, 0.28), (0.1, 0.2), fade=0.3)),
        *placed(head, by=(0.0, 0.74), size=0.27),
    ]


def mushroom(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a toadstool with a smaller one beside it."""
    cap = spot.wish.colour or ink("d23c32")
    stem = ink("f3e8d5")
    one = [
        blob(
            stem, (-0.12, 0.02), (-0.08, 0.3), (-0.1, 0.5), (0.1, 0.5), (0.08, 0.3), (0.13, 0.02), (0.0, -0.01),
            fade=0.25,
        ),
        blob(shade(stem, 0.9), (-0.1, 0.4), (-0.16, 0.33), (0.0, 0.3), (0.16, 0.33), (0.1, 0.4)),
        blob(shade(stem, 0.78), (-0.4, 0.5), (0.0, 0.44), (0.4, 0.5), (0.0, 0.58)),
        blob(
            cap, (-0.44, 0.52), (-0.4, 0.7), (-0.22, 0.92), (0.0, 0.98), (0.22, 0.92), (0.4, 0.7), (0.44, 0.52),
            (0.2, 0.55), (-0.2, 0.55), fade=0.32,
        ),
    ]
    one += [
        oval(WHITE, (x, y), (r, r * 0.8), fade=0.1)
        for x, y, r in (
            (-0.2, 0.74, 0.055), (0.06, 0.84, 0.06), (0.24, 0.66, 0.05), (-0.02, 0.65, 0.045), (-0.34, 0.6, 0.032),
            (0.37, 0.57, 0.025),
        )
    ]
    side = 1 if plan.coin("side", spot.x) else -1
    return [*placed(one, by=(0.36 * side, -0.02), size=0.52, turn=-0.02 * side), *one]
