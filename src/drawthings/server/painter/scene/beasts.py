"""Four-legged animals: most of them sit and look at the viewer, deer and horse stand."""

# Coordinates are read in rows.
# fmt: off

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawthings.server.painter.colour import Colour, ink, mix, shade
from drawthings.server.painter.scene.figure import Part, blob, both, line, oval, placed, poly

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan, Spot

NIGHT: Colour = ink("221a22")
CREAM: Colour = ink("fdf3e3")


@dataclass(frozen=True, slots=True)
class Coat:
    """What makes one sitting animal differ from another.

    Args:
        fur: Main colour.
        light: Chest, cheeks, tip of the tail.
        dark: Paws, ear tips, stripes.
        ears: pointed, round, floppy or long.
        tail: bushy, thin, tuft, pom or curl.
        face: mask (white cheeks), muzzle, plain or panda.
        eyes: Colour of the iris.
        cheeks: How far the cheeks stick out.
        mane: Colour of a mane, if any.
        striped: Whether the fur is striped.
    """

    fur: Colour
    light: Colour = CREAM
    dark: Colour = NIGHT
    ears: str = "pointed"
    tail: str = "thin"
    face: str = "muzzle"
    eyes: Colour = NIGHT
    cheeks: float = 0.2
    mane: Colour | None = None
    striped: bool = False


COATS: dict[str, Coat] = {
    "fox": Coat(ink("dd6b2b"), dark=ink("3a2226"), tail="bushy", face="mask", cheeks=0.245, eyes=ink("6b3a12")),
    "cat": Coat(ink("8d8790"), light=ink("f3efec"), dark=ink("57525c"), tail="thin", eyes=ink("7fb24a"), striped=True),
    "dog": Coat(ink("c98d52"), light=ink("fbf0df"), dark=ink("6f4526"), ears="floppy", tail="curl", cheeks=0.185),
    "lion": Coat(ink("dda657"), light=ink("f6e2bd"), dark=ink("6b3f1e"), ears="round", tail="tuft", mane=ink("9a5424")),
    "tiger": Coat(ink("e98a33"), dark=ink("2b211f"), ears="round", tail="thin", eyes=ink("d1a32f"), striped=True),
    "wolf": Coat(ink("7f8794"), light=ink("e6e9ee"), dark=ink("3f4652"), tail="bushy", face="mask", cheeks=0.235),
    "bear": Coat(ink("7a5236"), light=ink("c9a57d"), dark=ink("4c3222"), ears="round", tail="pom", cheeks=0.21),
    "panda": Coat(ink("f4f3ef"), light=ink("ffffff"), dark=ink("26242a"), ears="round", tail="pom", face="panda"),
    "rabbit": Coat(ink("b9a08a"), light=ink("fbf4ec"), dark=ink("8a7462"), ears="long", tail="pom", cheeks=0.17),
    "mouse": Coat(ink("a8a3a6"), light=ink("f0e6e2"), dark=ink("7b767c"), ears="dish", tail="thin", cheeks=0.16),
}


def beast(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a sitting animal in the coat of its kind, dyed in the colour that the prompt names."""
    coat = COATS[spot.wish.name]
    fur = coat.fur if spot.wish.colour is None else mix(coat.fur, spot.wish.colour, 0.78)
    dark = coat.dark if spot.wish.colour is None else mix(coat.dark, shade(fur, 0.45), 0.5)
    if coat.face == "panda":
        fur, dark = coat.fur, (dark if spot.wish.colour is None else shade(spot.wish.colour, 0.5))
    tip = plan.pick(-0.022, 0.022, spot.wish.word, "tilt")
    young = 1.0 if spot.wish.word not in {"kitten", "kitty", "puppy", "fawn"} else 1.14
    head = _head(coat, fur, dark)
    body = _body(coat, fur, dark)
    return body + placed(placed(head, by=(0.0, -0.56)), by=(0.0, 0.56), size=young, turn=tip)


def _body(coat: Coat, fur: Colour, dark: Colour) -> list[Part]:
    """Draw tail, haunches, chest and legs."""
    paw = dark if coat.face in {"mask", "panda"} else mix(fur, coat.light, 0.55)
    back = shade(fur, 0.86) if coat.face != "panda" else fur
    limb = dark if coat.face == "panda" else fur
    parts = [*_tail(coat, fur, dark)]
    parts += both(blob(shade(limb, 0.84), (0.08, 0.02), (0.1, 0.2), (0.2, 0.26), (0.275, 0.15), (0.25, 0.03)))
    parts += both(oval(shade(paw, 0.9), (0.2, 0.028), (0.085, 0.034)))
    parts.append(
        blob(
            back, (0.0, 0.02), (0.17, 0.05), (0.195, 0.2), (0.165, 0.38), (0.12, 0.56), (0.0, 0.62), (-0.12, 0.56),
            (-0.165, 0.38), (-0.195, 0.2), (-0.17, 0.05), fade=0.3,
        ),
    )
    if coat.striped:
        parts += both(
            *(line(dark, (0.0, 0.02, 0.0), (0.17, y), (0.12, y - 0.02), (0.09, y)) for y in (0.2, 0.29, 0.38)),
        )
    chest = coat.light if coat.face != "panda" else dark
    parts.append(
        blob(
            chest, (0.0, 0.12), (0.075, 0.24), (0.115, 0.42), (0.1, 0.54), (0.0, 0.6), (-0.1, 0.54), (-0.115, 0.42),
            (-0.075, 0.24), fade=0.16,
        ),
    )
    for side in (-1, 1):
        parts.append(
            blob(
                shade(limb, 1.02), (side * 0.018, 0.02), (side * 0.022, 0.2), (side * 0.05, 0.34), (side * 0.115, 0.3),
                (side * 0.12, 0.14), (side * 0.11, 0.02), fade=0.16,
            ),
        )
        parts.append(oval(paw, (side * 0.066, 0.03), (0.06, 0.036), fade=0.25))
        parts += [
            line(shade(paw, 0.6), 0.006, (side * 0.066 + dx, 0.012), (side * 0.066 + dx, 0.036))
            for dx in (-0.02, 0.018)
        ]
    return parts


def _tail(coat: Coat, fur: Colour, dark: Colour) -> list[Part]:
    """Draw the tail that lies beside the animal."""
    if coat.tail == "bushy":
        return [
            blob(
                fur, (0.12, 0.04), (0.26, 0.0), (0.4, 0.04), (0.475, 0.16), (0.45, 0.31), (0.4, 0.415), (0.375, 0.3),
                (0.335, 0.2), (0.25, 0.16), (0.14, 0.14), fade=0.3,
            ),
            blob(
                coat.light, (0.4, 0.42), (0.455, 0.33), (0.47, 0.22), (0.435, 0.235), (0.41, 0.215), (0.375, 0.24),
                (0.375, 0.33), fade=0.1,
            ),
        ]
    if coat.tail == "pom":
        return [oval(mix(fur, coat.light, 0.5), (0.24, 0.1), (0.07, 0.065))]
    if coat.tail == "curl":
        return [
            line(fur, (0.07, 0.075, 0.06, 0.015), (0.16, 0.08), (0.29, 0.12), (0.34, 0.26), (0.27, 0.34), (0.23, 0.28)),
        ]
    end = (0.3, 0.42) if coat.tail == "tuft" else (0.33, 0.4)
    parts = [line(fur, (0.05, 0.05, 0.045, 0.035), (0.15, 0.06), (0.3, 0.05), (0.37, 0.16), (0.31, 0.28), end)]
    if coat.tail == "tuft":
        parts.append(blob(coat.mane or dark, (0.3, 0.38), (0.345, 0.44), (0.3, 0.53), (0.255, 0.44)))
    elif coat.striped:
        parts.append(oval(dark, (0.328, 0.39), (0.03, 0.034)))
    return parts


def _head(coat: Coat, fur: Colour, dark: Colour) -> list[Part]:
    """Draw ears, face, muzzle and eyes."""
    wide = coat.cheeks
    parts: list[Part] = []
    if coat.mane is not None:
        parts += _mane(coat.mane)
    if coat.ears != "floppy":
        parts += _ears(coat, fur, dark)
    parts.append(
        blob(
            fur, (0.0, 0.865), (0.115, 0.85), (0.18, 0.76), (wide, 0.645), (0.135, 0.575), (0.06, 0.54), (0.0, 0.532),
            (-0.06, 0.54), (-0.135, 0.575), (-wide, 0.645), (-0.18, 0.76), (-0.115, 0.85), fade=0.14,
        ),
    )
    if coat.ears == "floppy":
        parts += _ears(coat, fur, dark)
    parts += _markings(coat, dark)
    parts += _eyes(coat)
    nose = ink("2a1f24") if coat.ears != "long" else ink("c9798a")
    parts.append(blob(nose, (0.0, 0.598), (0.026, 0.622), (0.02, 0.637), (0.0, 0.64), (-0.02, 0.637), (-0.026, 0.622)))
    parts.append(oval(ink("8a7a80"), (-0.008, 0.631), (0.008, 0.004), fade=0))
    parts += both(line(mix(nose, coat.light, 0.25), 0.006, (0.0, 0.602), (0.01, 0.583), (0.034, 0.58)))
    return parts


def _mane(colour: Colour) -> list[Part]:
    """Draw a mane of pointed locks around the head."""
    locks: list[Part] = []
    for ring, (reach, light) in enumerate(((0.315, 0.82), (0.27, 1.0), (0.225, 1.14))):
        count = 19
        for n in range(count):
            turn = (n + ring * 0.5) / count
            shape = blob(
                shade(colour, light), (0.02, 0.06), (reach * 0.8, 0.055), (reach, 0.0), (reach * 0.8, -0.055),
                (0.02, -0.06), fade=0.12,
            )
            locks += placed([shape], by=(0.0, 0.68), turn=turn)
    return locks


def _ears(coat: Coat, fur: Colour, dark: Colour) -> list[Part]:
    """Draw two ears."""
    inner = mix(coat.light, ink("e7a3a0"), 0.45)
    if coat.ears == "round":
        tone = dark if coat.face == "panda" else fur
        return both(
            oval(tone, (0.145, 0.845), (0.068, 0.066)),
            oval(mix(tone, inner, 0.55), (0.142, 0.84), (0.038, 0.038)),
        )
    if coat.ears == "dish":
        return both(oval(fur, (0.17, 0.87), (0.105, 0.1)), oval(inner, (0.168, 0.865), (0.072, 0.07)))
    if coat.ears == "long":
        return both(
            blob(fur, (0.03, 0.82), (0.04, 1.0), (0.085, 1.13), (0.13, 1.08), (0.135, 0.95), (0.11, 0.82)),
            blob(inner, (0.065, 0.86), (0.07, 1.0), (0.09, 1.07), (0.11, 1.0), (0.1, 0.87)),
        )
    if coat.ears == "floppy":
        return both(
            blob(
                dark, (0.095, 0.86), (0.17, 0.85), (0.225, 0.73), (0.23, 0.61), (0.185, 0.585), (0.155, 0.68),
                (0.125, 0.79),
            ),
        )
    return both(
        blob(fur, (0.035, 0.8), (0.075, 0.93), (0.135, 1.02), (0.165, 1.0), (0.19, 0.86), (0.185, 0.72), fade=0.1),
        blob(dark, (0.1, 0.965), (0.135, 1.02), (0.165, 1.0), (0.178, 0.93), (0.14, 0.95), fade=0.0),
        blob(inner, (0.085, 0.82), (0.11, 0.91), (0.14, 0.955), (0.158, 0.9), (0.158, 0.78), fade=0.3),
    )


def _markings(coat: Coat, dark: Colour) -> list[Part]:
    """Draw the light and dark parts of the face."""
    wide = coat.cheeks
    if coat.face == "mask":
        cheek = blob(
            coat.light, (0.0, 0.535), (0.02, 0.6), (0.05, 0.655), (0.125, 0.69), (0.17, 0.68), (wide * 0.97, 0.645),
            (0.135, 0.58), (0.06, 0.543), fade=0.12,
        )
        return [*both(cheek), oval(coat.light, (0.0, 0.585), (0.04, 0.05), fade=0.1)]
    parts: list[Part] = []
    if coat.striped:
        parts += both(*(line(dark, (0.0, 0.018, 0.0), (wide * 0.95, y), (0.13, y + 0.008)) for y in (0.64, 0.675)))
        parts += [line(dark, (0.012, 0.02, 0.0), (x, 0.85), (x * 0.8, 0.79)) for x in (-0.05, 0.0, 0.05)]
    if coat.face == "panda":
        parts += both(oval(dark, (0.088, 0.705), (0.046, 0.06), turn=0.1, fade=0.0))
    parts.append(
        blob(
            coat.light, (0.0, 0.68), (0.05, 0.655), (0.095, 0.6), (0.06, 0.552), (0.0, 0.54), (-0.06, 0.552),
            (-0.095, 0.6), (-0.05, 0.655), fade=0.1,
        ),
    )
    return parts


def _eyes(coat: Coat) -> list[Part]:
    """Draw two eyes with a highlight each."""
    big = 1.25 if coat.ears in {"long", "dish"} else 1.0
    white = ink("ffffff")
    parts = both(
        oval(NIGHT, (0.087, 0.707), (0.03 * big, 0.034 * big), fade=0.0),
        oval(coat.eyes, (0.087, 0.704), (0.024 * big, 0.028 * big), fade=-0.3),
        oval(ink("120c10"), (0.087, 0.706), (0.0125 * big, 0.02 * big), fade=0.0),
    )
    return [*parts, *(oval(white, (x - 0.009, 0.719), (0.0085, 0.0095), fade=0.0) for x in (-0.087, 0.087))]


def standing(spot: Spot, plan: Plan) -> list[Part]:
    """Draw a deer, horse or elephant from the side, looking to the right."""
    if spot.wish.name == "elephant":
        return _elephant(spot)
    horse = spot.wish.name == "horse"
    coat = ink("8a5a3a") if horse else ink("a8703f")
    if spot.wish.colour is not None:
        coat = mix(coat, spot.wish.colour, 0.8)
    if spot.wish.word == "unicorn" and spot.wish.colour is None:
        coat = ink("f5f1f6")
    far, dark = shade(coat, 0.62), shade(coat, 0.4)
    parts = [*_leg(far, dark, -0.2, back=True), *_leg(far, dark, 0.13, back=False)]
    if horse:
        mane = shade(coat, 0.5) if spot.wish.word != "unicorn" else ink("e49ac8")
        parts.append(line(mane, (0.05, 0.08, 0.06, 0.01), (-0.27, 0.56), (-0.36, 0.5), (-0.37, 0.32), (-0.33, 0.2)))
    else:
        mane = CREAM
        parts.append(blob(CREAM, (-0.26, 0.56), (-0.32, 0.58), (-0.31, 0.48), (-0.26, 0.5)))
    parts.append(
        blob(
            coat, (-0.28, 0.53), (-0.22, 0.6), (-0.05, 0.585), (0.1, 0.6), (0.18, 0.66), (0.24, 0.54), (0.19, 0.41),
            (0.05, 0.385), (-0.1, 0.4), (-0.22, 0.36), (-0.29, 0.43), fade=0.34,
        ),
    )
    parts.append(
        blob(
            coat, (0.08, 0.56), (0.14, 0.7), (0.2, 0.83), (0.27, 0.85), (0.3, 0.78), (0.265, 0.66), (0.24, 0.52),
            (0.16, 0.46),
        ),
    )
    parts += [*_leg(shade(coat, 0.92), dark, -0.25, back=True), *_leg(shade(coat, 0.92), dark, 0.18, back=False)]
    return parts + _long_face(
        coat, mane, dark, horse=horse, horn=spot.wish.word == "unicorn", turn=plan.pick(-1, 1, "x"),
    )


def _leg(coat: Colour, hoof: Colour, x: float, *, back: bool) -> list[Part]:
    """Draw one leg with its hoof."""
    bend = -0.035 if back else 0.012
    return [
        blob(
            coat, (x - 0.055, 0.46), (x + bend - 0.028, 0.26), (x - 0.022, 0.14), (x - 0.024, 0.02), (x + 0.024, 0.02),
            (x + 0.022, 0.14), (x + bend + 0.034, 0.27), (x + 0.06, 0.46),
        ),
        poly(hoof, (x - 0.03, 0.0), (x - 0.022, 0.045), (x + 0.024, 0.045), (x + 0.038, 0.0)),
    ]


def _long_face(coat: Colour, mane: Colour, dark: Colour, *, horse: bool, horn: bool, turn: float) -> list[Part]:
    """Draw the head of a deer or horse with mane, antlers or horn."""
    parts: list[Part] = []
    if horse:
        parts.append(
            blob(
                mane, (0.23, 0.9), (0.16, 0.84), (0.1, 0.72), (0.04, 0.6), (0.1, 0.58), (0.16, 0.68), (0.21, 0.78),
                (0.26, 0.86),
            ),
        )
    else:
        parts += _antlers()
    parts += [
        blob(shade(coat, 0.8), (0.2, 0.86), (0.19, 0.93), (0.22, 0.955), (0.25, 0.88)),
        blob(
            coat, (0.2, 0.84), (0.25, 0.89), (0.31, 0.87), (0.38, 0.8), (0.435, 0.745), (0.42, 0.7), (0.36, 0.7),
            (0.28, 0.73), (0.215, 0.77), fade=0.25,
        ),
        blob(
            mix(coat, CREAM if not horse else dark, 0.5), (0.385, 0.79), (0.437, 0.745), (0.42, 0.698), (0.375, 0.7),
            (0.375, 0.75),
        ),
        blob(coat, (0.235, 0.87), (0.235, 0.95), (0.265, 0.97), (0.28, 0.88)),
        oval(NIGHT, (0.3, 0.822), (0.015, 0.017), fade=0),
        oval(ink("ffffff"), (0.304, 0.828), (0.0045, 0.005), fade=0),
        oval(NIGHT, (0.418, 0.735), (0.009, 0.007), fade=0),
    ]
    if horse:
        parts.append(blob(mane, (0.24, 0.92), (0.3, 0.88), (0.315, 0.81 + 0.01 * turn), (0.285, 0.84), (0.25, 0.86)))
    else:
        parts += [
            oval(CREAM, (x, y), (0.014, 0.011), opacity=0.8, fade=0)
            for x, y in ((-0.2, 0.54), (-0.13, 0.52), (-0.05, 0.54))
        ]
    if horn:
        parts.append(poly(ink("ffe9b0"), (0.3, 0.875), (0.38, 1.06), (0.322, 0.862), fade=0.1))
    return parts


def _antlers() -> list[Part]:
    """Return the antlers of a deer."""
    parts: list[Part] = []
    antler = ink("d9c3a0")
    for side in (-0.028, 0.02):
        x = 0.265 + side
        parts += [
            line(antler, (0.018, 0.013, 0.004), (x, 0.88), (x + side * 2.6, 0.98), (x + side * 1.6 + 0.005, 1.1)),
            line(antler, (0.013, 0.003), (x + side * 2.2, 0.95), (x + side * 4.2 + 0.012, 1.02)),
            line(antler, (0.012, 0.003), (x + side * 2.5, 1.0), (x + side * 4.0, 1.09)),
        ]
    return parts


def _elephant(spot: Spot) -> list[Part]:
    """Draw an elephant from the side."""
    coat = ink("8f919c") if spot.wish.colour is None else mix(ink("8f919c"), spot.wish.colour, 0.75)
    far, near = shade(coat, 0.66), shade(coat, 1.08)
    legs = [
        blob(tone, (x - 0.08, 0.45), (x - 0.07, 0.0), (x + 0.07, 0.0), (x + 0.08, 0.45))
        for tone, x in ((far, -0.2), (far, 0.14), (coat, -0.28), (coat, 0.2))
    ]
    body = blob(
        coat, (-0.4, 0.5), (-0.36, 0.72), (-0.15, 0.84), (0.1, 0.8), (0.27, 0.72), (0.3, 0.45), (0.15, 0.34),
        (-0.15, 0.3), (-0.36, 0.34), fade=0.34,
    )
    return [
        line(far, (0.02, 0.012), (-0.38, 0.6), (-0.44, 0.48), (-0.43, 0.36)),
        *legs[:2],
        body,
        *legs[2:],
        line(coat, (0.15, 0.11, 0.08, 0.05), (0.4, 0.72), (0.5, 0.52), (0.49, 0.28), (0.55, 0.14)),
        blob(coat, (0.18, 0.7), (0.24, 0.88), (0.38, 0.92), (0.49, 0.8), (0.46, 0.6), (0.34, 0.5), (0.22, 0.55)),
        line(CREAM, (0.035, 0.025, 0.006), (0.43, 0.54), (0.49, 0.44), (0.57, 0.46)),
        blob(near, (0.24, 0.84), (0.12, 0.86), (0.05, 0.7), (0.1, 0.52), (0.22, 0.48), (0.29, 0.62)),
        oval(NIGHT, (0.41, 0.74), (0.013, 0.016), fade=0),
        oval(ink("ffffff"), (0.414, 0.746), (0.004, 0.005), fade=0),
    ]
