"""Houses, towers and what else people build."""

# Coordinates are read in rows.
# fmt: off

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.server.painter.colour import WHITE, Colour, ink, mix, shade
from drawthings.server.painter.scene.figure import Part, blob, both, box, line, oval, placed, poly, shining, veil

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan, Spot

LAMP: Colour = ink("ffd98a")
STONE: Colour = ink("b9b2a8")
SNOW: Colour = ink("f4f8ff")
BUSH: Colour = ink("4f8a4a")


def _window(plan: Plan, low: tuple[float, float], high: tuple[float, float]) -> list[Part]:
    """Return a window, lit when it is dark outside."""
    lit = plan.light.lamps
    frame = 0.008
    glass = LAMP if lit else ink("7f9fb8")
    x, y = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
    return [
        box(WHITE, (low[0] - frame, low[1] - frame), (high[0] + frame, high[1] + frame), fade=0.05),
        box(glass, low, high, fade=-0.2, glow=lit),
        box(WHITE, (x - 0.004, low[1]), (x + 0.004, high[1])),
        box(WHITE, (low[0], y - 0.004), (high[0], y + 0.004)),
    ]


def _smoke(plan: Plan) -> list[Part]:
    """Return the smoke of a chimney."""
    return [
        oval(
            ink("eceaf0"), (0.3 + 0.05 * k + plan.pick(-0.02, 0.02, k), 1.0 + 0.1 * k),
            (0.035 + 0.02 * k, 0.03 + 0.018 * k), opacity=0.5 - 0.1 * k, soft=0.014,
        )
        for k in range(4)
    ]


def house(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a house with a steep roof, a chimney and bushes."""
    wall = spot.wish.colour or (ink("9a6a42") if spot.wish.word in {"cabin", "hut", "shed", "barn"} else ink("f0e2c8"))
    roof = shade(wall, 0.5) if spot.wish.word in {"cabin", "hut", "shed"} else ink("a8483c")
    parts = [
        *_smoke(plan),
        box(ink("8f5a4a"), (0.22, 0.66), (0.31, 0.97)),
        box(ink("6f443a"), (0.21, 0.93), (0.32, 0.97)),
        box(wall, (-0.48, 0.0), (0.48, 0.5), fade=0.14),
        poly(shade(wall, 1.04), (-0.48, 0.48), (-0.14, 0.9), (0.2, 0.48), fade=0.1),
        poly(roof, (-0.14, 0.95), (0.42, 0.95), (0.6, 0.44), (0.24, 0.44), fade=0.22),
        poly(
            shade(roof, 0.72), (-0.14, 0.96), (-0.56, 0.43), (-0.49, 0.42), (-0.13, 0.87), (0.23, 0.42), (0.27, 0.42),
            (-0.1, 0.96),
        ),
    ]
    parts += [
        line(shade(roof, 0.84), 0.008, (-0.08 + 0.09 * k, 0.87 - 0.095 * k), (0.45 + 0.032 * k, 0.87 - 0.095 * k))
        for k in range(1, 5)
    ]
    if plan.ground == "snow":
        parts.append(
            poly(
                SNOW, (-0.14, 0.985), (0.42, 0.985), (0.53, 0.66), (0.44, 0.7), (0.35, 0.64), (0.24, 0.7), (0.12, 0.66),
                (0.02, 0.8), (-0.1, 0.9), fade=0.1,
            ),
        )
    door = ink("5a3a2e")
    return [
        *parts,
        blob(door, (-0.21, 0.0), (-0.215, 0.2), (-0.14, 0.27), (-0.065, 0.2), (-0.07, 0.0)),
        oval(LAMP, (-0.09, 0.12), (0.011, 0.011)),
        *_window(plan, (-0.4, 0.2), (-0.28, 0.36)),
        *_window(plan, (0.02, 0.2), (0.14, 0.36)),
        *_window(plan, (0.26, 0.18), (0.4, 0.36)),
        *_window(plan, (-0.185, 0.55), (-0.095, 0.66)),
        *(
            oval(shade(BUSH, t), (x, 0.03), (r, r * 0.75))
            for x, r, t in ((-0.46, 0.1, 0.85), (-0.32, 0.075, 1.0), (0.1, 0.065, 0.9), (0.48, 0.11, 0.95))
        ),
    ]


def castle(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a castle with towers, roofs and banners."""
    wall = mix(STONE, spot.wish.colour, 0.7) if spot.wish.colour else STONE
    roof = ink("4f6f9f") if spot.wish.colour is None else shade(spot.wish.colour, 0.55)
    flag = ink("d8433c")
    parts: list[Part] = []
    for x, high, wide in ((-0.36, 0.62, 0.1), (0.36, 0.66, 0.1), (-0.14, 0.78, 0.085), (0.17, 0.84, 0.085)):
        parts += _tower(plan, (wall, roof, flag), x, high, wide)
    parts += [
        box(shade(wall, 0.95), (-0.2, 0.0), (0.24, 0.56), fade=0.2),
        *_battlement(shade(wall, 0.95), -0.2, 0.24, 0.56),
    ]
    parts += _tower(plan, (shade(wall, 1.06), roof, flag), 0.0, 0.68, 0.105)
    parts += [box(wall, (-0.48, 0.0), (0.48, 0.3), fade=0.28), *_battlement(wall, -0.48, 0.48, 0.3)]
    for x in (-0.5, 0.5):
        parts += [
            box(shade(wall, 1.04), (x - 0.085, 0.0), (x + 0.085, 0.4), fade=0.26),
            *_battlement(shade(wall, 1.04), x - 0.1, x + 0.1, 0.4),
        ]
        parts += _window(plan, (x - 0.02, 0.22), (x + 0.02, 0.3))
    gate = ink("4a3428")
    return [
        *parts,
        blob(shade(wall, 0.7), (-0.1, 0.0), (-0.105, 0.17), (0.0, 0.255), (0.105, 0.17), (0.1, 0.0)),
        blob(gate, (-0.075, 0.0), (-0.08, 0.15), (0.0, 0.22), (0.08, 0.15), (0.075, 0.0)),
        *(line(shade(gate, 1.35), 0.008, (x, 0.0), (x, 0.19)) for x in (-0.04, 0.0, 0.04)),
        *(
            box(shade(wall, 0.84), (x, y), (x + 0.05, y + 0.018))
            for x, y in ((-0.4, 0.12), (-0.3, 0.2), (0.2, 0.09), (0.32, 0.21), (0.26, 0.16), (-0.22, 0.06))
        ),
    ]


def _tower(plan: Plan, tones: tuple[Colour, Colour, Colour], x: float, high: float, wide: float) -> list[Part]:
    """Return a round tower with a pointed roof, in the colours of wall, roof and flag."""
    wall, roof, flag = tones
    return [
        box(wall, (x - wide, 0.1), (x + wide, high), fade=0.18),
        box(shade(wall, 0.78), (x + wide * 0.45, 0.1), (x + wide, high), fade=0.18),
        *_battlement(wall, x - wide * 1.15, x + wide * 1.15, high),
        poly(roof, (x - wide * 1.1, high + 0.025), (x, high + 0.27), (x + wide * 1.1, high + 0.025), fade=0.2),
        poly(shade(roof, 0.75), (x + wide * 0.25, high + 0.025), (x, high + 0.27), (x + wide * 1.1, high + 0.025)),
        line(ink("4a4038"), 0.009, (x, high + 0.25), (x, high + 0.36)),
        poly(flag, (x, high + 0.36), (x + 0.085, high + 0.33), (x, high + 0.3)),
        *_window(plan, (x - 0.018, high - 0.14), (x + 0.018, high - 0.06)),
    ]


def _battlement(wall: Colour, left: float, right: float, high: float) -> list[Part]:
    """Return the crenels on a wall."""
    count = max(2, round((right - left) / 0.055))
    step = (right - left) / (count * 2 - 1)
    return [
        box(shade(wall, 0.88), (left, high - 0.012), (right, high + 0.015)),
        *(box(wall, (left + 2 * k * step, high), (left + (2 * k + 1) * step, high + 0.04)) for k in range(count)),
    ]


def lighthouse(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a striped lighthouse on a rock, shining when it is dark."""
    band = spot.wish.colour or ink("cf3d36")
    rock = ink("6d6a70")
    parts = [
        blob(rock, (-0.42, -0.06), (-0.34, 0.06), (-0.16, 0.11), (0.12, 0.12), (0.3, 0.07), (0.44, -0.06), fade=0.35),
        box(ink("f3ece0"), (0.1, 0.08), (0.31, 0.2)),
        poly(ink("a8483c"), (0.07, 0.2), (0.2, 0.29), (0.34, 0.2)),
        *_window(plan, (0.18, 0.12), (0.23, 0.17)),
    ]
    levels = 6
    for k in range(levels):
        low, high = 0.09 + 0.6 * k / levels, 0.09 + 0.6 * (k + 1) / levels
        a, b = 0.135 - 0.06 * k / levels, 0.135 - 0.06 * (k + 1) / levels
        tone = band if k % 2 else ink("f7f3ec")
        parts += [
            poly(tone, (-a, low), (a, low), (b, high), (-b, high), fade=0.04),
            poly(shade(tone, 0.78), (a * 0.4, low), (a, low), (b, high), (b * 0.4, high), fade=0.04),
        ]
    parts += [
        box(ink("3d4048"), (-0.105, 0.69), (0.105, 0.715)),
        box(ink("fff2b8"), (-0.055, 0.715), (0.055, 0.82), glow=True),
        *(box(ink("3d4048"), (x - 0.005, 0.715), (x + 0.005, 0.82)) for x in (-0.055, 0.0, 0.055)),
        *(line(ink("3d4048"), 0.006, (x, 0.69), (x, 0.755)) for x in (-0.1, 0.1)),
        line(ink("3d4048"), 0.007, (-0.1, 0.755), (0.1, 0.755)),
        poly(band, (-0.075, 0.82), (0.0, 0.92), (0.075, 0.82)),
        oval(ink("3d4048"), (0.0, 0.93), (0.013, 0.02)),
    ]
    if plan.light.lamps:
        beam = ink("fff3c4")
        for side, power in ((1, 0.3), (-1, 0.2)):
            parts.append(
                shining(veil(poly(beam, (0.0, 0.77), (side * 1.6, 0.98), (side * 1.6, 0.72)), power, 0.02)),
            )
    return parts


def windmill(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a windmill."""
    wall = spot.wish.colour or ink("efe4cf")
    turn = plan.pick(0.02, 0.22, "sails")
    blade = [
        line(ink("6b4a34"), 0.016, (0.0, 0.0), (0.46, 0.0)),
        poly(ink("f8f1e2"), (0.1, 0.01), (0.45, 0.01), (0.45, 0.1), (0.12, 0.085), fade=0.1),
        *(line(ink("a58a68"), 0.006, (0.1 + 0.07 * k, 0.01), (0.11 + 0.07 * k, 0.09)) for k in range(6)),
    ]
    parts = [
        poly(wall, (-0.2, 0.0), (0.2, 0.0), (0.12, 0.62), (-0.12, 0.62), fade=0.2),
        poly(shade(wall, 0.78), (0.08, 0.0), (0.2, 0.0), (0.12, 0.62), (0.05, 0.62)),
        blob(ink("8a4a3a"), (-0.14, 0.61), (-0.1, 0.74), (0.0, 0.8), (0.1, 0.74), (0.14, 0.61)),
        box(ink("5a3a2e"), (-0.05, 0.0), (0.05, 0.16)),
        *_window(plan, (-0.03, 0.3), (0.03, 0.38)),
        *_window(plan, (-0.025, 0.47), (0.025, 0.54)),
    ]
    for k in range(4):
        parts += placed(blade, by=(0.0, 0.66), turn=turn + k / 4)
    return [*parts, oval(ink("4a3426"), (0.0, 0.66), (0.03, 0.03))]


def _church(spot: Spot, plan: Plan) -> list[Part]:
    """Return a church with a spire."""
    wall = spot.wish.colour or ink("ded5c6")
    roof = ink("5f5a68")
    return [
        box(wall, (-0.12, 0.0), (0.42, 0.36), fade=0.16),
        poly(roof, (-0.14, 0.36), (0.0, 0.58), (0.34, 0.58), (0.46, 0.36)),
        box(shade(wall, 1.05), (-0.34, 0.0), (-0.08, 0.62), fade=0.18),
        poly(roof, (-0.36, 0.62), (-0.21, 1.0), (-0.06, 0.62)),
        line(ink("d9b25f"), 0.012, (-0.21, 0.99), (-0.21, 1.09)),
        line(ink("d9b25f"), 0.012, (-0.24, 1.055), (-0.18, 1.055)),
        blob(ink("5a3a2e"), (-0.26, 0.0), (-0.265, 0.14), (-0.21, 0.2), (-0.155, 0.14), (-0.16, 0.0)),
        *_window(plan, (-0.235, 0.38), (-0.185, 0.5)),
        *(part for x in (0.0, 0.14, 0.28) for part in _window(plan, (x, 0.12), (x + 0.06, 0.26))),
    ]


def _torii(spot: Spot) -> list[Part]:
    """Return a gate of a shrine."""
    red = spot.wish.colour or ink("cf4030")
    return [
        *both(
            poly(red, (0.24, 0.0), (0.33, 0.0), (0.29, 0.8), (0.22, 0.8)),
            box(ink("2b2424"), (0.225, 0.0), (0.345, 0.06)),
        ),
        box(shade(red, 0.9), (-0.4, 0.6), (0.4, 0.67)),
        blob(
            red, (-0.5, 0.86), (-0.2, 0.8), (0.2, 0.8), (0.5, 0.86), (0.5, 0.93), (0.2, 0.88), (-0.2, 0.88),
            (-0.5, 0.93),
        ),
        line(ink("2b2424"), 0.04, (-0.54, 0.96), (-0.2, 0.905), (0.2, 0.905), (0.54, 0.96)),
        box(red, (-0.04, 0.66), (0.04, 0.82)),
    ]


def temple(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a pagoda with curved roofs, a church or a torii."""
    if spot.wish.word in {"church", "cathedral", "monastery"}:
        return _church(spot, plan)
    if spot.wish.word == "torii":
        return _torii(spot)
    wall, roof = spot.wish.colour or ink("c2473a"), ink("3f4a58")
    parts: list[Part] = [box(STONE, (-0.44, -0.02), (0.44, 0.06))]
    for k in range(4):
        low, wide = 0.06 + 0.2 * k, 0.3 - 0.055 * k
        parts += [
            box(wall, (-wide, low), (wide, low + 0.13), fade=0.16),
            *(
                part
                for x in (-0.55, 0.0, 0.55)
                for part in _window(plan, (x * wide - 0.025, low + 0.03), (x * wide + 0.025, low + 0.09))
            ),
            blob(
                roof, (0.0, low + 0.2), (wide * 0.7, low + 0.165), (wide * 1.55, low + 0.15),
                (wide * 1.62, low + 0.135), (wide * 0.9, low + 0.105), (0.0, low + 0.1), (-wide * 0.9, low + 0.105),
                (-wide * 1.62, low + 0.135), (-wide * 1.55, low + 0.15), (-wide * 0.7, low + 0.165), fade=0.3,
            ),
        ]
    return [
        *parts,
        line(ink("d9b25f"), (0.02, 0.004), (0.0, 0.84), (0.0, 1.04)),
        *(oval(ink("d9b25f"), (0.0, y), (0.022, 0.009)) for y in (0.88, 0.92, 0.96)),
    ]


def tower(spot: Spot, plan: Plan) -> list[Part]:
    """Draw an iron lattice tower."""
    iron = spot.wish.colour or ink("7a6452")
    lit = plan.light.lamps
    tone = mix(iron, LAMP, 0.5) if lit else iron
    parts = both(
        poly(tone, (0.12, 0.0), (0.27, 0.0), (0.13, 0.3), (0.07, 0.3)),
        poly(tone, (0.06, 0.3), (0.125, 0.3), (0.055, 0.6), (0.025, 0.6)),
    )
    parts += [
        poly(tone, (-0.05, 0.6), (0.05, 0.6), (0.012, 0.94), (-0.012, 0.94)),
        line(tone, (0.016, 0.004), (0.0, 0.92), (0.0, 1.04)),
    ]
    parts += [
        box(shade(tone, 0.8), (-w, y), (w, y + 0.03), glow=lit)
        for y, w in ((0.29, 0.15), (0.59, 0.075), (0.93, 0.028))
    ]
    parts += [
        line(shade(tone, 0.72), 0.008, (-w, y), (w, y + 0.08))
        for y, w in ((0.34, 0.1), (0.43, 0.08), (0.51, 0.06), (0.65, 0.038), (0.74, 0.03))
    ]
    parts += [
        line(shade(tone, 0.72), 0.008, (w, y), (-w, y + 0.08))
        for y, w in ((0.34, 0.1), (0.43, 0.08), (0.51, 0.06), (0.65, 0.038), (0.74, 0.03))
    ]
    return [*parts, line(shade(tone, 0.9), 0.02, (-0.13, 0.02), (-0.09, 0.16), (0.0, 0.22), (0.09, 0.16), (0.13, 0.02))]


def bridge(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a stone bridge with three arches."""
    wall = mix(STONE, spot.wish.colour, 0.75) if spot.wish.colour else STONE
    arch = mix(plan.light.shaded, shade(wall, 0.3), 0.4)
    parts = [
        blob(
            wall, (-1.4, 0.0), (-1.35, 0.46), (-0.6, 0.76), (0.0, 0.86), (0.6, 0.76), (1.35, 0.46), (1.4, 0.0),
            fade=0.2,
        ),
    ]
    parts += [
        blob(arch, (x - w, -0.02), (x - w, h * 0.6), (x, h), (x + w, h * 0.6), (x + w, -0.02), fade=-0.1)
        for x, w, h in ((0.0, 0.28, 0.68), (-0.68, 0.22, 0.52), (0.68, 0.22, 0.52))
    ]
    return [
        *parts,
        line(shade(wall, 1.12), 0.06, (-1.36, 0.5), (-0.6, 0.8), (0.0, 0.9), (0.6, 0.8), (1.36, 0.5)),
        *(
            box(shade(wall, 0.86), (x, y), (x + 0.11, y + 0.03))
            for x, y in ((-0.4, 0.62), (0.3, 0.58), (-0.98, 0.42), (0.94, 0.36), (0.42, 0.68))
        ),
    ]


def tent(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a tent with a camp fire."""
    cloth = spot.wish.colour or ink("e08a3a")
    lit = plan.light.lamps
    fire = plan.pick(0.9, 1.1, "fire")
    return [
        poly(shade(cloth, 0.72), (0.05, 1.0), (0.78, 0.86), (0.95, 0.0), (0.4, 0.0), fade=0.25),
        poly(cloth, (-0.6, 0.0), (0.05, 1.0), (0.55, 0.0), fade=0.2),
        poly(ink("ffdf9a") if lit else ink("4a3a34"), (-0.2, 0.0), (0.05, 0.82), (0.26, 0.0), fade=-0.2, glow=lit),
        poly(shade(cloth, 1.1), (-0.2, 0.0), (0.05, 0.82), (-0.04, 0.0)),
        line(ink("4a3428"), 0.06, (-1.25, 0.02), (-0.85, 0.1)),
        line(ink("5c4230"), 0.06, (-1.22, 0.1), (-0.88, 0.02)),
        shining(blob(ink("ff8a2a"), (-1.2, 0.08), (-1.18, 0.3), (-1.05, 0.62 * fire), (-0.93, 0.3), (-0.9, 0.08))),
        shining(blob(ink("ffd85a"), (-1.13, 0.08), (-1.1, 0.24), (-1.04, 0.42 * fire), (-0.98, 0.22), (-0.97, 0.08))),
    ]
