"""Where things are: horizon, sun, figures. The seed decides, the words nudge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawthings.server.painter.light import Light, light_for
from drawthings.server.painter.noise import between, coin, key_of

if TYPE_CHECKING:
    from drawthings.server.painter.colour import Colour
    from drawthings.server.painter.words import Brief, Wish


@dataclass(frozen=True, slots=True)
class Spot:
    """A figure and its place.

    Args:
        wish: What to draw.
        x: Middle of the figure, as a part of the width.
        foot: Where it stands, as a part of the height.
        tall: Its height in units of the sheet.
        flip: Whether it looks the other way.
        band: "air", "far", "near" or "front": what it is painted before and after.
    """

    wish: Wish
    x: float
    foot: float
    tall: float
    flip: bool
    band: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The layout of one picture.

    Args:
        brief: What the prompt asks for.
        light: The light of the scene.
        aspect: Width through height.
        seed: Names the composition: equal seeds put things at about the same place whatever the words.
        grain: Names the fine forms: hills, clouds, leaves; another word is another grain.
        horizon: Height of the horizon, as a part of the height.
        sun: Place of the sun or moon as parts of width and height.
        octaves: How fine the noise is; few steps give few.
        spots: The figures.
    """

    brief: Brief
    light: Light
    aspect: float
    seed: int
    grain: int
    horizon: float
    sun: tuple[float, float]
    octaves: int
    spots: tuple[Spot, ...]

    def pick(self, low: float, high: float, *name: object) -> float:
        """Return a number that the seed chooses."""
        return between(low, high, self.seed, *name)

    def coin(self, *name: object) -> bool:
        """Toss a coin that the seed decides."""
        return coin(self.seed, *name)

    @property
    def sunward(self) -> int:
        """The direction of the sun: -1 for the left half, 1 for the right half of the picture."""
        return -1 if self.sun[0] * 2 < 1 else 1

    def key(self, *name: object) -> int:
        """Return a noise key of this picture."""
        return key_of(self.grain, *name)

    @property
    def ground(self) -> str:
        """What the ground is made of: snow, autumn, sand or grass."""
        if "snow" in self.brief.weather or self.brief.season == "winter":
            return "snow"
        if self.brief.place in {"desert", "beach"}:
            return "sand"
        return "autumn" if self.brief.season == "autumn" else "grass"

    @property
    def tint(self) -> Colour | None:
        """The first colour that belongs to the whole picture."""
        return self.brief.tints[0] if self.brief.tints else None


_HORIZONS = {
    "mountains": 0.66, "sea": 0.56, "beach": 0.5, "lake": 0.56, "forest": 0.66, "desert": 0.6, "city": 0.74,
    "garden": 0.58, "field": 0.6, "hills": 0.62, "space": 0.8, "underwater": 0.82, "studio": 0.7,
}  # fmt: skip

_HABITS: dict[str, tuple[str, float]] = {
    "owl": ("front", 0.42), "bird": ("front", 0.3), "gulls": ("air", 0.2), "butterfly": ("air", 0.22),
    "balloon": ("air", 0.42), "plane": ("air", 0.2), "rocket": ("air", 0.5), "dragon": ("air", 0.42),
    "fish": ("swim", 0.26), "turtle": ("swim", 0.28), "whale": ("swim", 0.32), "boat": ("float", 0.4),
    "house": ("far", 0.34), "castle": ("far", 0.5), "lighthouse": ("far", 0.5), "windmill": ("far", 0.42),
    "temple": ("far", 0.46), "tower": ("far", 0.6), "bridge": ("far", 0.26), "tent": ("near", 0.26),
    "tree": ("near", 0.62), "pine": ("near", 0.62), "cherry": ("near", 0.74), "palm": ("near", 0.62),
    "cactus": ("near", 0.46), "train": ("near", 0.24), "car": ("front", 0.24), "bicycle": ("front", 0.34),
    "person": ("front", 0.52), "portrait": ("bust", 0.9), "robot": ("front", 0.66), "horse": ("front", 0.56),
    "deer": ("front", 0.56), "elephant": ("front", 0.54), "mouse": ("front", 0.34), "rabbit": ("front", 0.44),
    "penguin": ("front", 0.46), "flower": ("front", 0.56), "sunflower": ("front", 0.62), "mushroom": ("front", 0.36),
    "apple": ("front", 0.4), "citrus": ("front", 0.34), "cup": ("front", 0.4), "cake": ("front", 0.44),
    "book": ("front", 0.3), "lamp": ("front", 0.5), "snowman": ("front", 0.52), "pumpkin": ("front", 0.36),
    "crystal": ("front", 0.5), "clock": ("front", 0.44), "vase": ("front", 0.5), "chair": ("front", 0.5),
    "sphere": ("front", 0.42), "cube": ("front", 0.4),
}  # fmt: skip
"""Where each subject belongs and how tall it is; the others stand in front, half the sheet tall."""


def make_plan(brief: Brief, *, aspect: float, seed: int, octaves: int) -> Plan:
    """Lay out a picture.

    Args:
        brief: What to show.
        aspect: Width through height.
        seed: The seed of this picture.
        octaves: How fine the noise may be.
    """
    layout = key_of("layout", seed)
    odd = key_of("odd", *brief.strange)
    nudge = between(-0.018, 0.018, layout, "hue") + (between(-0.04, 0.04, odd) if brief.strange else 0.0)
    light = light_for(brief, nudge)
    horizon = _HORIZONS[brief.place] + between(-0.04, 0.04, layout, "horizon") + between(-0.02, 0.02, odd, "horizon")
    if aspect < 1:
        # Upright pictures show more ground.
        horizon += 0.02
    side = between(0.16, 0.36, layout, "sun") if coin(layout, "side") else between(0.64, 0.84, layout, "sun")
    sun = (side, horizon * (1 - light.altitude) if light.altitude < 1 else 0.05)
    grain = key_of("grain", seed, brief.key)
    return Plan(
        brief, light, aspect, layout, grain, horizon, sun, octaves, _spots(brief, layout, sun[0], horizon, aspect)
    )


def _spots(brief: Brief, layout: int, sun_x: float, horizon: float, aspect: float) -> tuple[Spot, ...]:
    """Place the figures of a brief, the first where the eye falls, the others beside it."""
    far_side = sun_x * 2 < 1
    spots: list[Spot] = []
    total = sum(min(5, wish.count) for wish in brief.wishes[:5])
    for order, wish in enumerate(brief.wishes[:5]):
        band, tall = _HABITS.get(wish.name, ("front", 0.5))
        for copy in range(min(5, wish.count)):
            key = key_of(layout, wish.name, order, copy)
            shrink = _SIZES[min(total, 3) - 1] * (1 - 0.12 * min(order, 2))
            x = _across(len(spots), total, far_side=far_side) + between(-0.05, 0.05, key, "x")
            size = tall * shrink * between(0.92, 1.08, key, "tall") * (1.0 if band == "bust" else _framing(brief))
            foot = _foot(band, key, horizon, brief.place)
            if band == "air":
                foot = max(foot, size * min(1.0, 1.2 * aspect) + 0.04)
            spots.append(Spot(wish, x, foot, size, coin(key, "flip"), band))
    return tuple(sorted(spots, key=lambda spot: (_BANDS.index(spot.band), spot.foot)))


_SIZES = (1.0, 0.86, 0.7)
"""How large each figure is when there are one, two, or more of them."""

_BANDS = ("air", "far", "float", "swim", "near", "front", "bust")


def _framing(brief: Brief) -> float:
    """Return how much larger or smaller the figures are drawn."""
    return 1.25 if "close" in brief.moods else 0.62 if "wide" in brief.moods else 1.0


def _across(index: int, total: int, *, far_side: bool) -> float:
    """Return where figure ``index`` of ``total`` stands, as a part of the width."""
    if total == 1:
        return 0.58 if far_side else 0.42
    places = [(n + 0.5) / total for n in range(total)]
    order = sorted(range(total), key=lambda n: abs(places[n] - (0.6 if far_side else 0.4)))
    return 0.08 + 0.84 * places[order[index]]


def _foot(band: str, key: int, horizon: float, place: str) -> float:
    """Return the height at which a figure of this band stands."""
    if band == "air":
        return between(0.3, 0.52, key, "foot") if place != "space" else between(0.6, 0.78, key, "foot")
    if band == "far":
        return horizon + between(0.01, 0.05, key, "foot")
    if band == "float":
        return horizon + (1 - horizon) * between(0.22, 0.42, key, "foot")
    if band == "swim":
        return between(0.46, 0.72, key, "foot")
    if band == "near":
        return horizon + (1 - horizon) * between(0.32, 0.5, key, "foot")
    return 1.02 if band == "bust" else between(0.89, 0.94, key, "foot")
