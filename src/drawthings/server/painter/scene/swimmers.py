"""Fish, whale and turtle."""

# Coordinates are read in rows.
# fmt: off

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.server.painter.colour import Colour, ink, mix, shade
from drawthings.server.painter.scene.figure import Part, blob, line, oval

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan, Spot

WHITE: Colour = ink("ffffff")
PUPIL: Colour = ink("17131b")


def _dyed(spot: Spot, usual: str, share: float = 0.85) -> Colour:
    """Return the usual colour, or the one that the prompt names for this subject."""
    return ink(usual) if spot.wish.colour is None else mix(ink(usual), spot.wish.colour, share)


def fish(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a fish swimming to the right."""
    scale = _dyed(spot, "f07b2e" if spot.wish.word != "shark" else "7c8c9c")
    fin, belly = shade(scale, 0.72), mix(scale, WHITE, 0.62)
    wag = plan.pick(-0.03, 0.03, "wag", spot.x)
    parts = [
        blob(
            fin, (-0.34, 0.5), (-0.55, 0.74 + wag), (-0.66, 0.76 + wag), (-0.58, 0.5), (-0.66, 0.24 + wag),
            (-0.55, 0.27 + wag),
        ),
        blob(fin, (-0.2, 0.66), (-0.08, 0.9), (0.14, 0.84), (0.2, 0.68)),
        blob(fin, (-0.12, 0.34), (-0.16, 0.14), (0.02, 0.18), (0.08, 0.32)),
        blob(
            scale, (-0.4, 0.5), (-0.2, 0.66), (0.08, 0.74), (0.34, 0.66), (0.5, 0.5), (0.34, 0.34), (0.08, 0.27),
            (-0.2, 0.34), fade=0.3,
        ),
        blob(
            belly, (-0.24, 0.4), (0.06, 0.4), (0.3, 0.44), (0.46, 0.46), (0.32, 0.345), (0.08, 0.28), (-0.16, 0.33),
            opacity=0.75,
        ),
    ]
    if spot.wish.word in {"clownfish", "koi", "fish"}:
        parts += [
            blob(WHITE, (0.1, 0.74), (0.19, 0.72), (0.22, 0.5), (0.18, 0.29), (0.1, 0.28), (0.14, 0.5), opacity=0.92),
            blob(
                WHITE, (-0.22, 0.65), (-0.15, 0.69), (-0.12, 0.5), (-0.16, 0.32), (-0.22, 0.345), (-0.19, 0.5),
                opacity=0.92,
            ),
        ]
    else:
        parts += [line(shade(scale, 0.8), 0.008, (x, 0.66), (x + 0.05, 0.5), (x, 0.36)) for x in (-0.2, -0.1, 0.0)]
    return [
        *parts,
        blob(shade(scale, 0.85), (0.08, 0.5), (-0.06, 0.54), (-0.12, 0.44), (0.0, 0.38)),
        oval(WHITE, (0.33, 0.55), (0.05, 0.05), fade=0.05),
        oval(PUPIL, (0.342, 0.55), (0.028, 0.03), fade=0),
        oval(WHITE, (0.35, 0.562), (0.009, 0.009), fade=0),
        line(shade(scale, 0.5), 0.009, (0.485, 0.47), (0.44, 0.445), (0.41, 0.455)),
    ]


def whale(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a whale that swims to the right and spouts."""
    back = _dyed(spot, "3f6a92")
    belly, fin = mix(back, WHITE, 0.68), shade(back, 0.75)
    lift = plan.pick(0.0, 0.06, "fluke", spot.x)
    parts = [
        blob(
            fin, (-0.62, 0.5), (-0.78, 0.72 + lift), (-0.92, 0.76 + lift), (-0.8, 0.58), (-0.86, 0.5 + lift),
            (-0.7, 0.42),
        ),
        blob(
            back, (-0.72, 0.52), (-0.45, 0.56), (-0.1, 0.76), (0.3, 0.78), (0.6, 0.62), (0.66, 0.42), (0.5, 0.25),
            (0.1, 0.18), (-0.3, 0.26), (-0.56, 0.42), fade=0.26,
        ),
        blob(
            belly, (0.63, 0.42), (0.4, 0.4), (0.1, 0.3), (-0.2, 0.3), (-0.3, 0.27), (0.1, 0.185), (0.5, 0.26),
            fade=0.15,
        ),
    ]
    parts += [
        line(
            mix(back, belly, 0.45), 0.008, (0.58 - k * 0.03, 0.37 - k * 0.035), (0.25, 0.3 - k * 0.03),
            (0.0, 0.27 - k * 0.018),
        )
        for k in range(3)
    ]
    parts += [
        blob(fin, (0.12, 0.34), (-0.02, 0.1), (-0.1, 0.04), (0.02, 0.16), (0.22, 0.32)),
        oval(PUPIL, (0.47, 0.46), (0.022, 0.024), fade=0),
        oval(WHITE, (0.478, 0.469), (0.007, 0.007), fade=0),
    ]
    if plan.brief.place != "underwater":
        spray = ink("eaf8ff")
        parts += [
            line(spray, (0.012, 0.03, 0.008), (0.34, 0.78), (0.34 + x * 0.3, 0.95), (0.34 + x, 0.98))
            for x in (-0.12, 0.12)
        ]
        parts += [
            oval(spray, (0.34 + x, y), (0.018, 0.024), opacity=0.85)
            for x, y in ((-0.14, 0.93), (0.14, 0.92), (0.0, 1.02))
        ]
    return parts


def turtle(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a sea turtle swimming to the right."""
    shell = _dyed(spot, "5f7f3f")
    skin = mix(shell, ink("c9c98a"), 0.5)
    up = plan.pick(-0.06, 0.06, "flap", spot.x)
    parts = [
        blob(shade(skin, 0.75), (0.2, 0.45), (0.1, 0.2), (-0.05, 0.06 + up), (0.0, 0.24), (0.05, 0.42)),
        blob(shade(skin, 0.8), (-0.35, 0.42), (-0.54, 0.3), (-0.6, 0.34), (-0.45, 0.46)),
        blob(skin, (0.34, 0.55), (0.47, 0.66), (0.6, 0.64), (0.63, 0.54), (0.54, 0.47), (0.38, 0.45)),
        blob(mix(skin, WHITE, 0.4), (-0.4, 0.44), (-0.1, 0.34), (0.3, 0.38), (0.4, 0.47), (0.0, 0.5)),
        blob(
            shell, (-0.46, 0.46), (-0.3, 0.66), (0.0, 0.76), (0.28, 0.66), (0.42, 0.48), (0.1, 0.44), (-0.2, 0.43),
            fade=0.32,
        ),
    ]
    plates = [
        oval(shade(shell, 0.74), (x, y), (0.075, r), fade=0.1, opacity=0.75)
        for x, y, r in (
            (-0.22, 0.57, 0.055), (-0.05, 0.64, 0.06), (0.13, 0.62, 0.06), (-0.1, 0.51, 0.04), (0.08, 0.52, 0.045),
            (0.25, 0.54, 0.045),
        )
    ]
    return [
        *parts,
        *plates,
        blob(skin, (0.28, 0.46), (0.26, 0.2), (0.12, 0.0 - up), (0.1, 0.06 - up), (0.14, 0.28), (0.16, 0.46)),
        oval(PUPIL, (0.55, 0.58), (0.02, 0.022), fade=0),
        oval(WHITE, (0.556, 0.588), (0.006, 0.007), fade=0),
    ]
