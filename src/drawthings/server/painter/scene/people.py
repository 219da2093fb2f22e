"""People and robots: a figure seen from behind, a portrait, a friendly robot."""

# Coordinates are read in rows.
# fmt: off

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.server.painter.colour import WHITE, Colour, ink, inks, mix, shade
from drawthings.server.painter.noise import key_of
from drawthings.server.painter.scene.figure import Part, blob, both, box, line, oval, poly

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan, Spot

PUPIL: Colour = ink("1b1418")
CLOTHES = inks("c0453f 2f6f8f 4f7a4a d99a3a 7a4f8f 3f4f7f b8683f 3f8f86")
HAIR = inks("2b1d1a 5a3522 8f5a2e c99a4f 1c1a22 a8482a")
SKIN = inks("f3cfb3 e2b08a c68a62 9a6544 6f4630 f0c4a0")


def _choice(options: tuple[Colour, ...], plan: Plan, spot: Spot, name: str) -> Colour:
    """Return the option that seed, word and name select."""
    return options[key_of(plan.seed, spot.wish.word, name) % len(options)]


def person(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a person who looks into the scene, dressed as the word says."""
    word = spot.wish.word
    usual = {
        "astronaut": ink("eef0f3"), "knight": ink("aab3bf"), "wizard": ink("4a3f8f"), "monk": ink("c9782f"),
        "samurai": ink("a33a3a"), "soldier": ink("6b7049"),
    }
    coat = spot.wish.colour or usual.get(word) or _choice(CLOTHES, plan, spot, "coat")
    trousers = shade(coat, 0.5) if word in usual else mix(ink("39425a"), coat, 0.15)
    boots = ink("3a2c2a") if word != "astronaut" else ink("c9ced6")
    skin, hair = _choice(SKIN, plan, spot, "skin"), _choice(HAIR, plan, spot, "hair")
    parts: list[Part] = []
    for side in (-1, 1):
        parts += [
            blob(
                trousers, (side * 0.01, 0.46), (side * 0.015, 0.2), (side * 0.03, 0.03), (side * 0.085, 0.03),
                (side * 0.1, 0.24), (side * 0.115, 0.46),
            ),
            blob(boots, (side * 0.02, 0.0), (side * 0.025, 0.09), (side * 0.09, 0.1), (side * 0.105, 0.0)),
            blob(
                shade(coat, 0.86), (side * 0.1, 0.78), (side * 0.165, 0.74), (side * 0.185, 0.55), (side * 0.175, 0.43),
                (side * 0.135, 0.43), (side * 0.12, 0.58),
            ),
            oval(
                skin if word not in {"astronaut", "knight"} else shade(coat, 0.8), (side * 0.157, 0.415),
                (0.028, 0.034),
            ),
        ]
    long_coat = word in {"wizard", "monk", "traveler", "traveller", "samurai", "dancer"}
    hem = 0.1 if long_coat else 0.4
    flare = 0.19 if long_coat else 0.135
    parts.append(
        blob(
            coat, (-0.05, 0.82), (-0.125, 0.785), (-0.13, 0.62), (-flare * 0.9, hem + 0.06), (-flare, hem),
            (0.0, hem - 0.02), (flare, hem), (flare * 0.9, hem + 0.06), (0.13, 0.62), (0.125, 0.785), (0.05, 0.82),
            fade=0.3,
        ),
    )
    parts.append(line(shade(coat, 0.6), 0.03, (-0.125, 0.53), (0.0, 0.515), (0.125, 0.53)))
    return parts + _pack(spot, coat) + _back_of_head(word, coat, skin, hair)


def _pack(spot: Spot, coat: Colour) -> list[Part]:
    """Draw what the person carries."""
    word = spot.wish.word
    if word == "astronaut":
        return [
            blob(shade(coat, 0.72), (-0.1, 0.55), (-0.105, 0.79), (0.105, 0.79), (0.1, 0.55)),
            box(ink("d8543f"), (-0.06, 0.7), (0.06, 0.73)),
            box(ink("5f6f86"), (-0.06, 0.6), (0.06, 0.66)),
        ]
    if word in {"wizard", "monk"}:
        return [
            line(ink("6f4c30"), 0.024, (0.2, 0.0), (0.2, 0.5), (0.205, 0.92)),
            oval(
                ink("8fe0ff") if word == "wizard" else ink("d9b25f"), (0.205, 0.95), (0.042, 0.042),
                glow=word == "wizard",
            ),
        ]
    if word in {"knight", "samurai", "warrior", "soldier"}:
        return [
            line(shade(coat, 0.55), 0.03, (-0.13, 0.74), (0.02, 0.58), (0.16, 0.4)),
            line(ink("d9dee6"), (0.026, 0.026, 0.01), (0.22, 0.34), (0.2, 0.08), (0.19, 0.0)),
            line(ink("8a6a32"), 0.03, (0.17, 0.37), (0.27, 0.35)),
        ]
    leather = ink("8a5f3c")
    return [
        blob(leather, (-0.085, 0.55), (-0.095, 0.74), (0.0, 0.79), (0.095, 0.74), (0.085, 0.55), fade=0.3),
        blob(shade(leather, 0.8), (-0.06, 0.57), (-0.065, 0.65), (0.065, 0.65), (0.06, 0.57)),
        line(ink("c9a46a"), 0.05, (-0.09, 0.795), (0.09, 0.795)),
    ]


def _back_of_head(word: str, coat: Colour, skin: Colour, hair: Colour) -> list[Part]:
    """Draw the head, hair and hat."""
    if word == "astronaut":
        return [
            oval(ink("eef0f3"), (0.0, 0.9), (0.1, 0.105), fade=0.3),
            oval(ink("b9c2cf"), (0.0, 0.815), (0.085, 0.026)),
            oval(ink("ffffff"), (-0.035, 0.945), (0.022, 0.03), turn=0.08, opacity=0.8, fade=0),
        ]
    parts = [
        blob(skin, (-0.03, 0.8), (-0.032, 0.87), (0.032, 0.87), (0.03, 0.8)),
        blob(
            hair, (-0.07, 0.85), (-0.078, 0.93), (-0.045, 0.985), (0.0, 0.997), (0.045, 0.985), (0.078, 0.93),
            (0.07, 0.85), (0.0, 0.82),
        ),
    ]
    parts = [*both(oval(skin, (0.077, 0.895), (0.014, 0.022))), *parts]
    if word == "knight":
        steel = ink("b9c2cf")
        return [
            *parts,
            blob(steel, (-0.085, 0.82), (-0.09, 0.95), (0.0, 1.02), (0.09, 0.95), (0.085, 0.82), fade=0.3),
            blob(ink("c03a3a"), (0.0, 1.0), (-0.03, 1.1), (0.06, 1.14), (0.16, 1.05), (0.07, 1.04)),
        ]
    if word == "wizard":
        return [
            *parts,
            blob(
                coat, (-0.2, 0.93), (-0.09, 0.96), (-0.05, 1.12), (0.05, 1.26), (0.07, 1.13), (0.09, 0.96), (0.2, 0.93),
                (0.0, 0.9),
            ),
        ]
    if word in {"samurai", "monk", "fisherman", "traveler", "traveller"}:
        straw = ink("d9b66f")
        return [
            *parts,
            blob(
                straw, (-0.19, 0.915), (-0.08, 0.985), (0.0, 1.05), (0.08, 0.985), (0.19, 0.915), (0.0, 0.89), fade=0.3,
            ),
        ]
    return [*parts, *both(line(shade(hair, 1.12), 0.008, (0.02, 0.985), (0.045, 0.93), (0.05, 0.88)))]


def portrait(spot: Spot, plan: Plan) -> list[Part]:
    """Draw head and shoulders of a person who looks at the viewer."""
    skin = _choice(SKIN, plan, spot, "skin")
    hair = spot.wish.colour or _choice(HAIR, plan, spot, "hair")
    dress = _choice(CLOTHES, plan, spot, "dress")
    dark = shade(skin, 0.8)
    parts = [
        blob(
            shade(hair, 0.8), (0.0, 1.0), (0.17, 0.97), (0.25, 0.8), (0.25, 0.6), (0.28, 0.4), (0.24, 0.26),
            (0.0, 0.24), (-0.24, 0.26), (-0.28, 0.4), (-0.25, 0.6), (-0.25, 0.8), (-0.17, 0.97),
        ),
        blob(
            dress, (-0.52, -0.06), (-0.48, 0.16), (-0.3, 0.265), (-0.1, 0.3), (0.1, 0.3), (0.3, 0.265), (0.48, 0.16),
            (0.52, -0.06), fade=0.3,
        ),
        blob(
            dark, (-0.085, 0.26), (-0.085, 0.5), (0.085, 0.5), (0.085, 0.26), (0.13, 0.235), (0.0, 0.13),
            (-0.13, 0.235), fade=0.1,
        ),
        blob(
            skin, (-0.08, 0.25), (-0.07, 0.36), (0.07, 0.36), (0.08, 0.25), (0.115, 0.235), (0.0, 0.15),
            (-0.115, 0.235), fade=0.12,
        ),
        *both(oval(dark, (0.185, 0.6), (0.03, 0.05))),
        blob(
            skin, (0.0, 0.355), (0.075, 0.38), (0.135, 0.455), (0.17, 0.58), (0.172, 0.72), (0.12, 0.87), (0.0, 0.91),
            (-0.12, 0.87), (-0.172, 0.72), (-0.17, 0.58), (-0.135, 0.455), (-0.075, 0.38), fade=0.12,
        ),
        *both(oval(mix(skin, ink("e2655f"), 0.45), (0.105, 0.515), (0.042, 0.03), opacity=0.55, soft=0.014)),
    ]
    return parts + _features(skin, hair, plan, spot) + _hair(hair, plan) + _adornment(spot.wish.word, dress)


def _hair(hair: Colour, plan: Plan) -> list[Part]:
    """Return the hair in front of a face."""
    fringe = plan.pick(0.03, 0.08, "fringe")
    return [
        blob(
            hair, (fringe, 0.86), (0.1, 0.8), (0.158, 0.7), (0.185, 0.56), (0.2, 0.4), (0.25, 0.32), (0.265, 0.5),
            (0.255, 0.76), (0.19, 0.94), (0.06, 1.015), (-0.02, 1.0), fade=0.25,
        ),
        blob(
            hair, (fringe + 0.02, 0.88), (-0.06, 0.82), (-0.145, 0.72), (-0.18, 0.57), (-0.195, 0.4), (-0.24, 0.31),
            (-0.265, 0.5), (-0.255, 0.76), (-0.19, 0.94), (-0.06, 1.015), (0.06, 1.0), fade=0.25,
        ),
        *(
            line(
                shade(hair, 1.16), 0.006, (fringe, 0.95), (side * 0.15, 0.86), (side * 0.22, 0.6), (side * 0.235, 0.42),
            )
            for side in (-1, 1)
        ),
    ]


def _features(skin: Colour, hair: Colour, plan: Plan, spot: Spot) -> list[Part]:
    """Draw brows, eyes, nose and mouth."""
    iris = (ink("5a7f3f"), ink("3f6f9a"), ink("6b4526"), ink("4a4f5a"))[key_of(plan.seed, spot.wish.word, "iris") % 4]
    lips = mix(skin, ink("b8343f"), 0.62)
    look = plan.pick(-0.006, 0.006, "look")
    parts = both(
        line(mix(shade(hair, 0.6), skin, 0.15), (0.006, 0.016, 0.012), (0.132, 0.672), (0.09, 0.692), (0.042, 0.68)),
        blob(
            ink("fbf8f4"), (0.038, 0.608), (0.062, 0.63), (0.096, 0.632), (0.124, 0.613), (0.096, 0.594),
            (0.062, 0.592), fade=0.05,
        ),
    )
    for x in (-0.081, 0.081):
        parts += [
            oval(iris, (x + look, 0.612), (0.0205, 0.0215), fade=-0.35),
            oval(PUPIL, (x + look, 0.612), (0.0095, 0.0105), fade=0),
            oval(WHITE, (x + look + 0.007, 0.62), (0.0055, 0.006), fade=0),
        ]
    parts += both(
        line(PUPIL, (0.004, 0.013, 0.008), (0.036, 0.607), (0.062, 0.632), (0.098, 0.635), (0.136, 0.62)),
        line(shade(skin, 0.72), 0.004, (0.05, 0.648), (0.085, 0.656), (0.12, 0.644)),
        oval(shade(skin, 0.62), (0.016, 0.508), (0.0075, 0.0045), fade=0),
    )
    return [
        *parts,
        line(shade(skin, 0.84), (0.004, 0.008), (0.022, 0.6), (0.016, 0.55), (0.03, 0.513)),
        blob(mix(skin, WHITE, 0.35), (0.0, 0.59), (0.008, 0.54), (0.0, 0.52), (-0.008, 0.54), opacity=0.5),
        blob(
            lips, (-0.06, 0.454), (-0.022, 0.458), (0.0, 0.452), (0.022, 0.458), (0.06, 0.454), (0.03, 0.421),
            (0.0, 0.413), (-0.03, 0.421), fade=-0.12,
        ),
        line(shade(lips, 0.62), (0.003, 0.006, 0.003), (-0.064, 0.458), (-0.025, 0.44), (0.025, 0.44), (0.064, 0.458)),
    ]


def _adornment(word: str, dress: Colour) -> list[Part]:
    """Draw a crown, a hat or earrings, as the word asks."""
    gold = ink("f0c14a")
    if word in {"queen", "princess", "king"}:
        return [
            poly(
                gold, (-0.16, 0.93), (-0.19, 1.1), (-0.09, 1.02), (0.0, 1.15), (0.09, 1.02), (0.19, 1.1), (0.16, 0.93),
            ),
            *(oval(ink("c8343f"), (x, y), (0.017, 0.017)) for x, y in ((-0.1, 0.965), (0.0, 0.975), (0.1, 0.965))),
        ]
    if word == "witch":
        return [
            blob(
                ink("2f2740"), (-0.4, 0.93), (-0.18, 0.97), (-0.09, 1.16), (0.06, 1.36), (0.1, 1.16), (0.18, 0.97),
                (0.4, 0.93), (0.0, 0.88),
            ),
            line(dress, 0.035, (-0.17, 0.985), (0.0, 0.965), (0.17, 0.985)),
        ]
    return both(oval(gold, (0.192, 0.535), (0.013, 0.018)))


def robot(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a robot that waves."""
    shell = spot.wish.colour or (ink("d9dde3"), ink("7fb7c9"), ink("e0a347"))[key_of(plan.seed, "shell") % 3]
    joint, dark, lamp = ink("4a5160"), shade(shell, 0.66), ink("6ff0ff")
    wave = plan.pick(0.0, 0.06, "wave")
    return [
        line(joint, 0.03, (0.0, 0.9), (0.0, 1.0)),
        oval(ink("ff6a4f"), (0.0, 1.02), (0.03, 0.03), glow=True),
        *both(
            line(joint, 0.06, (0.085, 0.3), (0.09, 0.08)),
            blob(dark, (0.03, 0.0), (0.035, 0.08), (0.1, 0.105), (0.17, 0.06), (0.175, 0.0)),
        ),
        line(joint, 0.05, (-0.17, 0.5), (-0.26, 0.42), (-0.27, 0.3)),
        oval(dark, (-0.27, 0.27), (0.045, 0.05)),
        line(joint, 0.05, (0.17, 0.5), (0.29, 0.54), (0.31 + wave, 0.68)),
        oval(dark, (0.32 + wave, 0.72), (0.045, 0.05)),
        blob(
            shell, (-0.16, 0.24), (-0.185, 0.4), (-0.16, 0.545), (0.0, 0.565), (0.16, 0.545), (0.185, 0.4),
            (0.16, 0.24), (0.0, 0.215), fade=0.3,
        ),
        blob(shade(shell, 0.86), (-0.095, 0.32), (-0.1, 0.48), (0.1, 0.48), (0.095, 0.32)),
        oval(lamp, (0.0, 0.43), (0.034, 0.034), glow=True),
        *(
            box(c, (x, 0.335), (x + 0.03, 0.36), glow=True)
            for c, x in ((ink("ffd34f"), -0.065), (ink("7fe07f"), -0.015), (ink("ff7f6f"), 0.035))
        ),
        line(joint, 0.08, (0.0, 0.55), (0.0, 0.61)),
        blob(
            shell, (-0.2, 0.62), (-0.225, 0.74), (-0.19, 0.88), (0.0, 0.91), (0.19, 0.88), (0.225, 0.74), (0.2, 0.62),
            (0.0, 0.595), fade=0.24,
        ),
        blob(
            ink("1d2430"), (-0.15, 0.68), (-0.165, 0.76), (-0.13, 0.835), (0.0, 0.85), (0.13, 0.835), (0.165, 0.76),
            (0.15, 0.68), (0.0, 0.655), fade=-0.2,
        ),
        *both(
            oval(lamp, (0.075, 0.765), (0.034, 0.04), glow=True),
            oval(WHITE, (0.085, 0.78), (0.011, 0.012), glow=True),
        ),
        line(lamp, 0.014, (-0.045, 0.7), (0.0, 0.687), (0.045, 0.7), glow=True),
        *both(oval(dark, (0.225, 0.75), (0.03, 0.06))),
    ]
