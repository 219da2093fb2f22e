"""Everything that drives, floats and flies."""

# Coordinates are read in rows.
# fmt: off

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.server.painter.colour import WHITE, Colour, ink, inks, mix, shade
from drawthings.server.painter.noise import key_of
from drawthings.server.painter.scene.figure import Part, blob, both, box, line, oval, poly, shining, union, veil

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan, Spot

TYRE: Colour = ink("23232a")
STEEL: Colour = ink("b8c0ca")
GLASS: Colour = ink("a9d3e6")
WOOD: Colour = ink("8a5a36")
PAINTS = inks("d23c34 2f6fae e0a02e 3f8f6a d8d4cc 7a4f8f")


def _paint(spot: Spot, plan: Plan) -> Colour:
    """Return the colour that the prompt names, or one that the seed chooses."""
    return spot.wish.colour or PAINTS[key_of(plan.seed, spot.wish.word, "paint") % len(PAINTS)]


def _wheel(x: float, y: float, radius: float) -> list[Part]:
    """Return a wheel with a bright hub."""
    return [
        oval(TYRE, (x, y), (radius, radius), fade=0.1),
        oval(STEEL, (x, y), (radius * 0.6, radius * 0.6), fade=0.3),
        oval(shade(STEEL, 0.5), (x, y), (radius * 0.22, radius * 0.22)),
        *(
            line(
                shade(STEEL, 0.6), radius * 0.09, (x - dx * radius, y - dy * radius),
                (x + dx * radius, y + dy * radius),
            )
            for dx, dy in ((0.55, 0.0), (0.28, 0.48), (-0.28, 0.48))
        ),
    ]


_SPORTS = {"sports car", "sportscar", "convertible"}


def _truck(paint: Colour) -> list[Part]:
    """Return the body of a truck."""
    return [
        blob(paint, (-0.98, 0.2), (-1.0, 0.86), (-0.9, 0.96), (0.3, 0.96), (0.34, 0.86), (0.34, 0.2), fade=0.22),
        blob(
            shade(paint, 1.06), (0.3, 0.2), (0.3, 0.78), (0.62, 0.78), (0.8, 0.52), (0.98, 0.46), (1.0, 0.2),
            fade=0.25,
        ),
        poly(GLASS, (0.42, 0.48), (0.42, 0.7), (0.6, 0.7), (0.72, 0.48), fade=-0.2),
        box(shade(paint, 0.7), (-0.96, 0.3), (0.3, 0.33)),
    ]


def _sedan(paint: Colour, *, low: bool) -> list[Part]:
    """Return the body of a car; a sports car is low."""
    top = 0.62 if low else 0.78
    return [
        blob(
            shade(paint, 0.86), (-0.62, 0.44), (-0.44, top - 0.04), (-0.1, top + 0.02), (0.2, top), (0.52, 0.46),
            fade=0.1,
        ),
        poly(GLASS, (-0.5, 0.47), (-0.37, top - 0.08), (-0.06, top - 0.05), (-0.06, 0.47), fade=-0.25),
        poly(GLASS, (0.0, 0.47), (0.0, top - 0.05), (0.17, top - 0.06), (0.42, 0.47), fade=-0.25),
        poly(WHITE, (0.08, 0.47), (0.17, top - 0.08), (0.22, top - 0.1), (0.17, 0.47), opacity=0.35),
        blob(
            paint, (-1.0, 0.2), (-1.02, 0.36), (-0.94, 0.47), (-0.6, 0.5), (0.0, 0.5), (0.5, 0.49), (0.86, 0.42),
            (1.0, 0.34), (1.02, 0.2), (0.6, 0.14), (-0.6, 0.14), fade=0.34,
        ),
        line(shade(paint, 1.3), 0.018, (-0.92, 0.43), (0.0, 0.45), (0.84, 0.395)),
        line(shade(paint, 0.6), 0.01, (-0.03, 0.48), (-0.03, 0.2)),
        box(shade(paint, 0.6), (-0.2, 0.385), (-0.1, 0.4)),
    ]


def car(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a car, a truck or a sports car that drives to the right."""
    paint = spot.wish.colour or (ink("f2b92f") if spot.wish.word == "taxi" else _paint(spot, plan))
    lit = plan.light.lamps
    body = _truck(paint) if spot.wish.word in {"truck", "van"} else _sedan(paint, low=spot.wish.word in _SPORTS)
    lamp = ink("fff2c0")
    parts = [
        *body,
        oval(lamp, (0.93, 0.33), (0.05, 0.045), glow=lit),
        oval(ink("ff4a3a"), (-0.97, 0.36), (0.03, 0.045), glow=lit),
        box(shade(paint, 0.5), (-0.99, 0.17), (0.99, 0.21)),
        *(oval(shade(paint, 0.35), (x, 0.2), (0.22, 0.21)) for x in (-0.58, 0.6)),
        *_wheel(-0.58, 0.17, 0.175),
        *_wheel(0.6, 0.17, 0.175),
    ]
    if spot.wish.word == "taxi":
        parts.append(box(ink("fff6d0"), (-0.14, 0.78), (0.08, 0.87), glow=lit))
    return parts


def train(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a steam train that goes to the right."""
    paint = _paint(spot, plan)
    black = ink("33363f")
    parts: list[Part] = [box(ink("6b5340"), (-2.6, -0.03), (1.3, 0.02)), box(STEEL, (-2.6, 0.02), (1.3, 0.045))]
    parts += [
        oval(
            ink("f1eff2"), (0.72 - 0.24 * k, 1.14 + 0.1 * k + plan.pick(-0.03, 0.03, k)),
            (0.09 + 0.045 * k, 0.07 + 0.03 * k), opacity=0.75 - 0.12 * k, soft=0.02,
        )
        for k in range(6)
    ]
    for n in range(3):
        x = -2.35 + 0.84 * n
        tone = shade(paint, 0.9)
        parts += [
            blob(tone, (x, 0.2), (x, 0.72), (x + 0.39, 0.78), (x + 0.78, 0.72), (x + 0.78, 0.2), fade=0.2),
            box(ink("f3e2b8"), (x + 0.02, 0.36), (x + 0.76, 0.4)),
        ]
        parts += [
            box(ink("ffe6a8"), (x + 0.08 + 0.17 * k, 0.46), (x + 0.2 + 0.17 * k, 0.64), glow=plan.light.lamps)
            for k in range(4)
        ]
        parts += [*_wheel(x + 0.17, 0.14, 0.1), *_wheel(x + 0.6, 0.14, 0.1)]
    parts += [
        box(paint, (0.16, 0.2), (0.5, 0.94), fade=0.15),
        box(shade(paint, 0.6), (0.11, 0.92), (0.56, 0.98)),
        box(GLASS, (0.22, 0.6), (0.42, 0.84), fade=-0.2),
        blob(black, (0.48, 0.26), (0.48, 0.68), (0.8, 0.7), (1.06, 0.68), (1.12, 0.48), (1.06, 0.26), fade=0.35),
        *(box(ink("d9b25f"), (x, 0.26), (x + 0.02, 0.695)) for x in (0.62, 0.86)),
        poly(black, (0.88, 0.66), (0.86, 0.98), (1.02, 0.98), (1.0, 0.66)),
        box(ink("d9b25f"), (0.84, 0.97), (1.04, 1.01)),
        oval(ink("d9b25f"), (0.68, 0.72), (0.06, 0.07)),
        poly(ink("c8443a"), (1.02, 0.22), (1.32, 0.04), (1.02, 0.04)),
        oval(ink("fff2c0"), (1.1, 0.6), (0.05, 0.05), glow=True),
        *_wheel(0.32, 0.17, 0.15),
        *_wheel(0.66, 0.17, 0.15),
        *_wheel(0.96, 0.12, 0.1),
        line(STEEL, 0.03, (0.32, 0.15), (0.96, 0.13)),
    ]
    return parts


def bicycle(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a bicycle."""
    paint = _paint(spot, plan)
    parts: list[Part] = []
    for x in (-0.48, 0.48):
        ring, inner = oval(TYRE, (x, 0.33), (0.33, 0.33)), oval(TYRE, (x, 0.33), (0.295, 0.295))
        parts.append(union(TYRE, [_between(ring, inner, k) for k in range(40)]))
        parts += [
            line(STEEL, 0.007, (x - 0.29 * dx, 0.33 - 0.29 * dy), (x + 0.29 * dx, 0.33 + 0.29 * dy))
            for dx, dy in ((1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7))
        ]
        parts.append(oval(STEEL, (x, 0.33), (0.03, 0.03)))
    frame = (
        ((-0.48, 0.33), (-0.06, 0.3)), ((-0.48, 0.33), (-0.2, 0.72)), ((-0.06, 0.3), (-0.22, 0.8)),
        ((-0.2, 0.72), (0.32, 0.74)), ((-0.06, 0.3), (0.33, 0.68)), ((0.48, 0.33), (0.3, 0.86)),
    )
    parts += [line(paint, 0.04, a, b) for a, b in frame]
    return [
        *parts,
        blob(ink("4a3226"), (-0.36, 0.83), (-0.22, 0.86), (-0.1, 0.82), (-0.2, 0.79)),
        line(ink("4a3226"), 0.035, (0.3, 0.86), (0.34, 0.92), (0.46, 0.92), (0.48, 0.86)),
        oval(STEEL, (-0.06, 0.3), (0.07, 0.07)),
        line(TYRE, 0.02, (-0.06, 0.3), (0.0, 0.2), (0.06, 0.2)),
    ]


def _between(ring: Part, inner: Part, k: int) -> list[tuple[float, float]]:
    """Return one piece of a ring as four corners."""
    outside, inside = ring.outlines[0], inner.outlines[0]
    after = (k + 1) % len(outside)
    return [(float(x), float(y)) for x, y in (outside[k], outside[after], inside[after], inside[k])]


def boat(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a sailing boat."""
    hull = spot.wish.colour or (ink("f4efe6") if spot.wish.word == "yacht" else WOOD)
    if spot.wish.word in {"canoe", "kayak"}:
        return [
            blob(
                hull, (-0.9, 0.2), (-0.6, 0.08), (0.0, 0.03), (0.6, 0.08), (0.9, 0.2), (0.5, 0.14), (-0.5, 0.14),
                fade=0.3,
            ),
            blob(ink("c0453f"), (-0.08, 0.12), (-0.09, 0.34), (0.09, 0.34), (0.08, 0.12)),
            oval(ink("d9ac82"), (0.0, 0.41), (0.055, 0.06)),
            blob(ink("3a2620"), (-0.06, 0.42), (0.0, 0.49), (0.06, 0.42), (0.0, 0.43)),
            line(ink("d9b25f"), 0.025, (-0.3, 0.4), (0.0, 0.24), (0.34, 0.02)),
        ]
    sail = ink("fdf8ec") if plan.tint is None else mix(ink("fdf8ec"), plan.tint, 0.5)
    full = plan.pick(0.05, 0.14, "wind")
    masts = ((-0.26, 0.86), (0.2, 1.06)) if spot.wish.word in {"ship", "galleon", "vessel"} else ((0.0, 1.06),)
    parts: list[Part] = []
    for x, high in masts:
        parts += [
            line(shade(WOOD, 0.7), (0.03, 0.018), (x, 0.16), (x, high)),
            blob(
                sail, (x + 0.02, high - 0.04), (x + 0.2 + full, high * 0.68), (x + 0.46 + full, 0.28), (x + 0.2, 0.25),
                (x + 0.02, 0.26), fade=0.16,
            ),
            blob(
                shade(sail, 0.9), (x - 0.02, high - 0.12), (x - 0.14 + full * 0.4, high * 0.62), (x - 0.36, 0.28),
                (x - 0.16, 0.26), (x - 0.02, 0.27), fade=0.16,
            ),
            poly(ink("d8433c"), (x, high), (x + 0.13, high + 0.035), (x, high + 0.07)),
        ]
    return [
        *parts,
        blob(
            hull, (-0.6, 0.22), (-0.4, 0.2), (0.3, 0.2), (0.66, 0.26), (0.52, 0.08), (0.34, 0.0), (-0.3, 0.0),
            (-0.5, 0.08), fade=0.3,
        ),
        line(shade(hull, 0.68), 0.02, (-0.57, 0.17), (0.0, 0.155), (0.58, 0.2)),
        line(shade(hull, 1.25), 0.022, (-0.6, 0.21), (0.0, 0.195), (0.66, 0.255)),
    ]


def balloon(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a hot air balloon with gores in two colours."""
    first = _paint(spot, plan)
    second = mix(first, WHITE, 0.78) if spot.wish.colour else ink("f7ead0")
    parts = [
        blob(
            first, (0.0, 1.0), (0.25, 0.93), (0.38, 0.72), (0.3, 0.47), (0.1, 0.28), (-0.1, 0.28), (-0.3, 0.47),
            (-0.38, 0.72), (-0.25, 0.93), fade=0.16,
        ),
    ]
    for n, (a, b) in enumerate(((-0.92, -0.62), (-0.22, 0.22), (0.62, 0.92))):
        tone = shade(second, 1.0 if n == 1 else 0.9)
        parts.append(
            blob(
                tone, (a * 0.05, 0.995), (a * 0.26, 0.92), (a * 0.385, 0.72), (a * 0.3, 0.47), (a * 0.1, 0.285),
                (b * 0.1, 0.285), (b * 0.3, 0.47), (b * 0.385, 0.72), (b * 0.26, 0.92), (b * 0.05, 0.995), fade=0.16,
            ),
        )
    basket = ink("9a6a3a")
    flame = plan.light.lamps
    return [
        *parts,
        *(line(ink("5a4636"), 0.006, (x * 1.5, 0.29), (x, 0.1)) for x in (-0.06, -0.02, 0.02, 0.06)),
        *([oval(ink("ffcf5a"), (0.0, 0.27), (0.03, 0.05), glow=True)] if flame else []),
        blob(basket, (-0.075, 0.1), (-0.065, 0.0), (0.065, 0.0), (0.075, 0.1), fade=0.3),
        box(shade(basket, 0.7), (-0.08, 0.09), (0.08, 0.112)),
    ]


def plane(spot: Spot, plan: Plan) -> list[Part]:
    """Draw an aeroplane that flies to the right, leaving a trail."""
    body = spot.wish.colour or ink("f3f4f7")
    trim = mix(ink("d8433c"), body, 0.2)
    climb = plan.pick(0.03, 0.09, "climb")
    return [
        line(WHITE, (0.03, 0.1, 0.14), (-0.95, 0.42), (-1.8, 0.36 - climb), (-3.0, 0.24 - climb), fade=0.0),
        blob(shade(body, 0.75), (0.05, 0.58), (-0.2, 0.86), (-0.34, 0.88), (-0.2, 0.56)),
        blob(
            body, (-1.0, 0.52), (-0.6, 0.4), (0.0, 0.34), (0.6, 0.36), (0.95, 0.44), (1.0, 0.5), (0.86, 0.58),
            (0.4, 0.64), (-0.4, 0.62), fade=0.3,
        ),
        poly(trim, (-1.0, 0.52), (-1.08, 0.92), (-0.9, 0.92), (-0.66, 0.6)),
        blob(shade(body, 0.82), (-0.94, 0.5), (-1.12, 0.4), (-1.0, 0.36), (-0.74, 0.46)),
        line(trim, 0.035, (-0.9, 0.5), (0.0, 0.46), (0.93, 0.47)),
        *(oval(GLASS, (-0.5 + 0.13 * k, 0.55), (0.026, 0.03)) for k in range(9)),
        blob(GLASS, (0.76, 0.6), (0.9, 0.55), (0.8, 0.53), (0.72, 0.55)),
        blob(shade(body, 0.9), (0.24, 0.46), (-0.1, 0.1), (-0.42, 0.02), (-0.36, 0.14), (-0.18, 0.46)),
        oval(shade(trim, 0.8), (-0.02, 0.29), (0.11, 0.055)),
    ]


def rocket(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a rocket that rises on its flame, or a flying saucer."""
    shell = spot.wish.colour or ink("eef0f4")
    trim = ink("d8433c") if spot.wish.colour is None else shade(shell, 0.55)
    if spot.wish.word == "ufo":
        return [
            shining(veil(poly(ink("b8ffd0"), (-0.22, 0.42), (0.22, 0.42), (0.5, -0.2), (-0.5, -0.2)), 0.35, 0.02)),
            blob(GLASS, (-0.24, 0.58), (-0.18, 0.76), (0.0, 0.83), (0.18, 0.76), (0.24, 0.58), fade=-0.2),
            blob(STEEL, (-0.62, 0.5), (-0.24, 0.6), (0.24, 0.6), (0.62, 0.5), (0.3, 0.4), (-0.3, 0.4), fade=0.35),
            *(oval(ink("ffd24f"), (x, 0.48), (0.032, 0.026), glow=True) for x in (-0.42, -0.21, 0.0, 0.21, 0.42)),
        ]
    flame = plan.pick(0.9, 1.15, "flame")
    return [
        shining(blob(ink("ff8a2a"), (-0.1, 0.16), (-0.12, -0.04), (0.0, -0.32 * flame), (0.12, -0.04), (0.1, 0.16))),
        shining(blob(ink("ffe38a"), (-0.055, 0.16), (-0.06, 0.02), (0, -0.14 * flame), (0.06, 0.02), (0.055, 0.16))),
        *both(blob(trim, (0.1, 0.42), (0.24, 0.28), (0.28, 0.06), (0.2, 0.1), (0.1, 0.2))),
        poly(ink("4a5160"), (-0.09, 0.2), (0.09, 0.2), (0.12, 0.12), (-0.12, 0.12)),
        blob(
            shell, (0.0, 1.0), (0.1, 0.86), (0.165, 0.6), (0.15, 0.34), (0.1, 0.18), (-0.1, 0.18), (-0.15, 0.34),
            (-0.165, 0.6), (-0.1, 0.86), fade=0.2,
        ),
        blob(trim, (0.0, 1.0), (0.07, 0.92), (0.125, 0.8), (0.0, 0.77), (-0.125, 0.8), (-0.07, 0.92), fade=0.15),
        oval(STEEL, (0.0, 0.6), (0.085, 0.085), fade=0.3),
        oval(ink("2f5f86"), (0.0, 0.6), (0.062, 0.062), fade=-0.3),
        oval(WHITE, (-0.02, 0.625), (0.018, 0.022), opacity=0.8),
        line(trim, 0.03, (-0.152, 0.36), (0.0, 0.34), (0.152, 0.36)),
        blob(shade(trim, 0.85), (-0.02, 0.42), (-0.025, 0.1), (0.025, 0.1), (0.02, 0.42)),
    ]
