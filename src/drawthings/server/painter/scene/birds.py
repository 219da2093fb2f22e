"""Birds, butterflies and dragons."""

# Coordinates are read in rows.
# fmt: off

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.server.painter.colour import Colour, ink, mix, shade
from drawthings.server.painter.scene.figure import Part, blob, both, line, oval, placed, poly

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan, Spot

WHITE: Colour = ink("ffffff")
PUPIL: Colour = ink("17131b")
BEAK: Colour = ink("f0a531")

_PLUMAGE = {
    "robin": ("7a6a58", "e2703a"), "crow": ("2c2c36", "3a3a46"), "raven": ("26262f", "34343f"),
    "parrot": ("2fa84f", "f0c02e"), "dove": ("e9e7ea", "ffffff"), "kingfisher": ("1f7fc4", "e58a3a"),
    "sparrow": ("96704c", "e6d6bd"), "duck": ("8a6a48", "3f7f4f"), "swan": ("f7f6f4", "ffffff"),
    "hummingbird": ("2f9f7f", "d84a6a"),
}


def _dyed(spot: Spot, usual: Colour, share: float = 0.85) -> Colour:
    """Return the usual colour, or the one that the prompt names for this subject."""
    return usual if spot.wish.colour is None else mix(usual, spot.wish.colour, share)


def bird(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a small bird on a twig, looking to the right."""
    back, front = (ink(text) for text in _PLUMAGE.get(spot.wish.word, ("4f86c6", "f3d9b1")))
    back = _dyed(spot, back)
    wing, twig = shade(back, 0.7), ink("6b4a33")
    tip = plan.pick(-0.02, 0.02, "nod", spot.x)
    return [
        line(twig, (0.05, 0.04, 0.02), (-0.6, 0.14), (-0.1, 0.1), (0.35, 0.14), (0.65, 0.1)),
        blob(ink("6f9a4a"), (0.5, 0.13), (0.6, 0.24), (0.7, 0.24), (0.62, 0.14)),
        blob(ink("5d8a40"), (-0.48, 0.14), (-0.54, 0.26), (-0.64, 0.28), (-0.58, 0.16)),
        line(ink("c98a3f"), 0.022, (0.0, 0.26), (0.0, 0.12)),
        line(ink("c98a3f"), 0.022, (0.1, 0.26), (0.1, 0.12)),
        blob(wing, (-0.22, 0.4), (-0.5, 0.18), (-0.56, 0.14), (-0.54, 0.24), (-0.3, 0.52)),
        blob(
            back, (-0.3, 0.44), (-0.12, 0.66), (0.04, 0.86 + tip), (0.2, 0.95 + tip), (0.33, 0.87 + tip),
            (0.35, 0.72 + tip), (0.33, 0.5), (0.22, 0.3), (0.04, 0.22), (-0.16, 0.28), fade=0.22,
        ),
        blob(
            front, (0.34, 0.68 + tip), (0.33, 0.5), (0.22, 0.3), (0.05, 0.235), (0.02, 0.34), (0.1, 0.52),
            (0.2, 0.68 + tip), fade=0.22,
        ),
        blob(wing, (0.04, 0.6), (0.08, 0.42), (-0.12, 0.3), (-0.4, 0.26), (-0.3, 0.42), (-0.14, 0.58), fade=0.1),
        *(
            line(shade(wing, 0.75), 0.012, (0.0 - k * 0.08, 0.5 - k * 0.03), (-0.14 - k * 0.06, 0.36 - k * 0.02))
            for k in range(3)
        ),
        poly(BEAK, (0.34, 0.86 + tip), (0.5, 0.8 + tip), (0.34, 0.77 + tip)),
        oval(WHITE, (0.245, 0.84 + tip), (0.042, 0.042), fade=0),
        oval(PUPIL, (0.25, 0.84 + tip), (0.032, 0.034), fade=0),
        oval(WHITE, (0.26, 0.853 + tip), (0.01, 0.011), fade=0),
    ]


def owl(spot: Spot, plan: Plan) -> list[Part]:
    """Draw an owl on a branch that looks at the viewer."""
    coat = _dyed(spot, ink("8a6747"))
    light, dark = mix(coat, WHITE, 0.6), shade(coat, 0.6)
    branch = ink("5c4433")
    parts = [
        line(branch, (0.08, 0.07, 0.05), (-0.62, 0.08), (0.0, 0.04), (0.62, 0.1)),
        blob(dark, (-0.1, 0.2), (-0.08, -0.06), (0.0, -0.1), (0.08, -0.06), (0.1, 0.2)),
        blob(
            coat, (0.0, 0.06), (0.2, 0.12), (0.27, 0.36), (0.25, 0.6), (0.26, 0.82), (0.25, 0.97), (0.14, 0.9),
            (0.0, 0.88), (-0.14, 0.9), (-0.25, 0.97), (-0.26, 0.82), (-0.25, 0.6), (-0.27, 0.36), (-0.2, 0.12),
            fade=0.25,
        ),
        blob(
            light, (0.0, 0.09), (0.13, 0.16), (0.165, 0.36), (0.12, 0.55), (0.0, 0.58), (-0.12, 0.55), (-0.165, 0.36),
            (-0.13, 0.16),
        ),
    ]
    for row in range(4):
        y = 0.46 - row * 0.085
        parts += [
            line(coat, (0.0, 0.022, 0.0), (x - 0.03, y), (x, y - 0.022), (x + 0.03, y))
            for x in [(n - (3 - row % 2) / 2 + 0.5) * 0.075 for n in range(3 - row % 2)]
        ]
    look = plan.pick(-0.012, 0.012, "look", spot.x)
    parts += both(
        blob(dark, (0.21, 0.6), (0.29, 0.42), (0.27, 0.2), (0.2, 0.12), (0.185, 0.34)),
        oval(light, (0.108, 0.735), (0.118, 0.118), fade=0.08),
        oval(ink("f2b632"), (0.108, 0.735), (0.074, 0.074), fade=0.12),
    )
    for x in (-0.108, 0.108):
        parts += [
            oval(PUPIL, (x + look, 0.735), (0.044, 0.046), fade=0),
            oval(WHITE, (x + look + 0.016, 0.752), (0.013, 0.014), fade=0),
        ]
    return [
        *parts,
        blob(BEAK, (0.0, 0.7), (0.034, 0.68), (0.0, 0.6), (-0.034, 0.68)),
        *both(*(line(BEAK, (0.022, 0.016), (x, 0.11), (x, 0.045)) for x in (0.06, 0.09, 0.12))),
    ]


def penguin(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a penguin."""
    coat = _dyed(spot, ink("2b3240"))
    lean = plan.pick(-0.01, 0.01, "lean", spot.x)
    parts = [
        *both(blob(BEAK, (0.02, 0.03), (0.06, 0.075), (0.16, 0.06), (0.19, 0.01), (0.04, 0.0))),
        blob(
            coat, (0.0, 0.04), (0.19, 0.08), (0.25, 0.3), (0.22, 0.56), (0.18, 0.72), (0.18, 0.86), (0.1, 0.97),
            (0.0, 1.0), (-0.1, 0.97), (-0.18, 0.86), (-0.18, 0.72), (-0.22, 0.56), (-0.25, 0.3), (-0.19, 0.08),
        ),
        blob(
            WHITE, (0.0, 0.06), (0.14, 0.1), (0.185, 0.3), (0.16, 0.52), (0.09, 0.66), (0.12, 0.8), (0.07, 0.88),
            (0.0, 0.83), (-0.07, 0.88), (-0.12, 0.8), (-0.09, 0.66), (-0.16, 0.52), (-0.185, 0.3), (-0.14, 0.1),
            fade=0.14,
        ),
        oval(ink("f3c04a"), (0.0, 0.66), (0.1, 0.035), opacity=0.6, soft=0.012),
        *both(
            blob(shade(coat, 0.85), (0.2, 0.62), (0.27, 0.5), (0.32, 0.3), (0.28, 0.26), (0.22, 0.4)),
            oval(PUPIL, (0.075, 0.82), (0.026, 0.03), fade=0),
        ),
        poly(BEAK, (-0.042, 0.775), (0.042, 0.775), (lean, 0.71)),
    ]
    return [*parts, *(oval(WHITE, (x, 0.832), (0.008, 0.009), fade=0) for x in (-0.068, 0.082))]


def gulls(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a small flock far away."""
    tone = _dyed(spot, ink("f7f6f2") if spot.wish.word in {"seagull", "gull", "geese"} else ink("4a4452"))
    one = [
        blob(
            tone, (0.0, 0.0), (0.16, 0.1), (0.36, 0.1), (0.52, 0.02), (0.36, 0.05), (0.18, 0.035), (0.02, -0.06),
            (-0.02, -0.06), (-0.18, 0.035), (-0.36, 0.05), (-0.52, 0.02), (-0.36, 0.1), (-0.16, 0.1), fade=0.15,
        ),
        blob(tone, (0.0, 0.02), (0.05, -0.03), (0.0, -0.09), (-0.05, -0.03)),
    ]
    flock: list[Part] = []
    for n, (x, y, size) in enumerate(((0.0, 0.5, 0.62), (0.55, 0.78, 0.44), (-0.5, 0.84, 0.4), (0.85, 0.4, 0.34),
        (-0.86, 0.5, 0.3))):
        flock += placed(one, by=(x, y), size=size, turn=plan.pick(-0.04, 0.04, "gull", n))
    return flock


def butterfly(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a butterfly with open wings."""
    wing = _dyed(spot, ink("e8842f"))
    rim = shade(wing, 0.35)
    half = [
        blob(rim, (0.02, 0.52), (0.16, 0.86), (0.46, 1.0), (0.56, 0.84), (0.44, 0.58), (0.2, 0.47)),
        blob(rim, (0.02, 0.48), (0.24, 0.46), (0.42, 0.34), (0.38, 0.12), (0.22, 0.05), (0.08, 0.24)),
        blob(wing, (0.05, 0.54), (0.18, 0.81), (0.43, 0.93), (0.5, 0.82), (0.4, 0.61), (0.2, 0.51), fade=0.3),
        blob(
            mix(wing, WHITE, 0.2), (0.05, 0.46), (0.23, 0.43), (0.37, 0.32), (0.34, 0.16), (0.22, 0.1), (0.1, 0.26),
            fade=0.3,
        ),
        oval(mix(wing, WHITE, 0.75), (0.44, 0.84), (0.032, 0.032)),
        oval(mix(wing, WHITE, 0.75), (0.3, 0.2), (0.03, 0.03)),
        line(rim, 0.012, (0.05, 0.52), (0.22, 0.66), (0.4, 0.78)),
        line(rim, 0.012, (0.05, 0.46), (0.2, 0.34), (0.28, 0.26)),
        line(rim, (0.012, 0.016), (0.01, 0.72), (0.06, 0.86), (0.13, 0.92)),
    ]
    body = [oval(shade(rim, 0.8), (0.0, 0.5), (0.028, 0.2)), oval(shade(rim, 0.9), (0.0, 0.7), (0.034, 0.036))]
    return placed([*both(*half), *body], by=(0.0, 0.0), turn=plan.pick(-0.06, 0.06, "flutter", spot.x))


def dragon(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a flying dragon that looks to the right."""
    skin = _dyed(spot, ink("3f8f5f"))
    belly, wing, dark = mix(skin, ink("f2e2a8"), 0.6), mix(skin, ink("d86a3a"), 0.45), shade(skin, 0.6)
    beat = plan.pick(-0.06, 0.06, "beat", spot.x)
    spikes = [
        poly(dark, (x, y), (x + 0.02, y + 0.07), (x + 0.06, y - 0.01))
        for x, y in ((-0.5, 0.3), (-0.36, 0.37), (-0.2, 0.47), (0.16, 0.62), (0.24, 0.72))
    ]
    return [
        blob(
            shade(wing, 0.7), (0.0, 0.5), (0.1, 0.86 + beat), (0.34, 1.02 + beat), (0.42, 0.86), (0.36, 0.7),
            (0.26, 0.7), (0.2, 0.56),
        ),
        line(skin, (0.17, 0.13, 0.07, 0.02), (-0.16, 0.4), (-0.4, 0.3), (-0.66, 0.28), (-0.86, 0.44)),
        poly(dark, (-0.84, 0.42), (-0.98, 0.52), (-0.86, 0.54), (-0.82, 0.62), (-0.78, 0.46)),
        line(shade(skin, 0.8), (0.1, 0.06, 0.05), (-0.12, 0.34), (-0.18, 0.2), (-0.1, 0.1)),
        *spikes,
        blob(
            skin, (-0.26, 0.38), (-0.1, 0.54), (0.12, 0.6), (0.26, 0.52), (0.2, 0.36), (0.0, 0.26), (-0.18, 0.27),
            fade=0.3,
        ),
        blob(belly, (-0.12, 0.3), (0.06, 0.36), (0.22, 0.46), (0.19, 0.36), (0.02, 0.265)),
        line(skin, (0.19, 0.13, 0.12), (0.18, 0.5), (0.26, 0.66), (0.36, 0.78), (0.44, 0.8)),
        line(skin, (0.1, 0.06, 0.05), (0.12, 0.34), (0.16, 0.2), (0.26, 0.14)),
        line(dark, (0.03, 0.005), (0.42, 0.84), (0.34, 0.93), (0.26, 0.95)),
        line(dark, (0.03, 0.005), (0.46, 0.85), (0.42, 0.95), (0.35, 1.0)),
        blob(skin, (0.38, 0.8), (0.46, 0.88), (0.58, 0.83), (0.72, 0.77), (0.74, 0.72), (0.58, 0.71), (0.44, 0.71)),
        blob(belly, (0.5, 0.725), (0.6, 0.73), (0.73, 0.72), (0.62, 0.69), (0.5, 0.69)),
        oval(ink("ffe27a"), (0.52, 0.8), (0.026, 0.024), glow=True),
        oval(PUPIL, (0.526, 0.8), (0.009, 0.018), fade=0),
        oval(dark, (0.7, 0.76), (0.01, 0.008)),
        blob(
            wing, (0.06, 0.5), (-0.04, 0.84 + beat), (-0.16, 1.06 + beat), (-0.42, 0.98 + beat), (-0.56, 0.78 + beat),
            (-0.42, 0.76), (-0.34, 0.62), (-0.22, 0.66), (-0.12, 0.5), fade=0.28,
        ),
        *(
            line(dark, (0.03, 0.01), (0.02, 0.52), (-0.14, 0.9 + beat), end)
            for end in ((-0.52, 0.8 + beat), (-0.36, 0.66), (-0.2, 0.64))
        ),
    ]
