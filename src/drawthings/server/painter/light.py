"""The light of an hour and a weather: sky, sun, haze, and what they do to the colour of things."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from drawthings.server.painter.colour import Colour, ink, mix, turn

if TYPE_CHECKING:
    from drawthings.server.painter.words import Brief


LAMPS_ON = 0.2
"""From this darkness on lamps are lit."""

CLOUDY = 0.6
"""So much of the sky is covered when there is any weather."""


@dataclass(frozen=True, slots=True)
class Light:
    """Everything that the hour and the weather decide.

    Args:
        sky: Five colours from the zenith to the horizon.
        sun: Colour of the sun or moon and its glow.
        ambient: What the colour of a thing is multiplied with.
        haze: Colour that far things fade to.
        lit: Clouds on the side of the sun.
        shaded: Clouds on the other side.
        altitude: Height of the sun, 0 at the horizon, 1 at the top.
        glow: Strength of the light around the sun, 0..1.
        stars: How many stars, 0..1.
        cover: How cloudy, 0..1.
        thickness: How fast things fade into the haze, 0..1.
        moon: Whether the sun is a moon.
    """

    sky: tuple[Colour, Colour, Colour, Colour, Colour]
    sun: Colour
    ambient: Colour
    haze: Colour
    lit: Colour
    shaded: Colour
    altitude: float
    glow: float
    stars: float = 0.0
    cover: float = 0.4
    thickness: float = 0.6
    moon: bool = False

    @property
    def dark(self) -> float:
        """How much lamps and windows shine: 0 by day, 1 by night."""
        brightness = sum(self.ambient) / 3
        return min(1.0, max(0.0, (0.95 - brightness) * 2.2))

    @property
    def lamps(self) -> bool:
        """Whether lamps are lit."""
        return self.dark > LAMPS_ON


def _light(sky: str, rest: str, **numbers: float) -> Light:
    """Build a light from colours written as ``rrggbb`` in one line each."""
    stops = [ink(text) for text in sky.split()]
    sun, haze, lit, shaded = (ink(text) for text in rest.split())
    ambient = (numbers.pop("r"), numbers.pop("g"), numbers.pop("b"))
    moon = bool(numbers.pop("moon", 0))
    zenith, high, middle, low, horizon = stops
    return Light((zenith, high, middle, low, horizon), sun, ambient, haze, lit, shaded, moon=moon, **numbers)


HOURS: dict[str, Light] = {
    "day": _light(
        "2a6fc4 5a9fe2 8fc6ee c3e4f4 eaf4ef", "fff6da d3e6ee ffffff a9bfd8",
        r=1.0, g=1.0, b=1.0, altitude=0.74, glow=0.35, cover=0.45, thickness=0.55,
    ),
    "golden": _light(
        "4c83bd 8fb4cd dccfae f8d694 ffe7ab", "fff2c4 f6d79c fff3d2 c9a48c",
        r=1.06, g=0.93, b=0.74, altitude=0.46, glow=0.6, cover=0.4, thickness=0.65,
    ),
    "sunset": _light(
        "2b2760 6a3a7c bd5276 f5805c ffcb74", "fff0bd f59a6c ffb583 743f78",
        r=0.98, g=0.74, b=0.72, altitude=0.34, glow=0.85, stars=0.12, cover=0.5, thickness=0.7,
    ),
    "dawn": _light(
        "3f5d99 8391c4 d6aec6 f9cdb8 ffecc9", "fff4d6 f3cfc4 ffe6d6 9696be",
        r=0.92, g=0.86, b=0.88, altitude=0.3, glow=0.6, cover=0.4, thickness=0.8,
    ),
    "dusk": _light(
        "12163c 272f63 514a86 95648f e79a86", "ffdcae 8a6791 c98d9c 3a3566",
        r=0.56, g=0.52, b=0.72, altitude=0.2, glow=0.45, stars=0.5, cover=0.35, thickness=0.65,
    ),
    "night": _light(
        "060a22 0c183c 163058 265078 4a7796", "f6f1da 2d5274 5a7ea6 142444",
        r=0.42, g=0.5, b=0.76, altitude=0.72, glow=0.3, stars=1.0, cover=0.25, thickness=0.6, moon=1,
    ),
    "storm": _light(
        "1d232d 323c48 4b5663 6b757d 98a09d", "dfe4dc 6f7b82 828c94 2c343e",
        r=0.62, g=0.67, b=0.74, altitude=0.5, glow=0.12, cover=1.0, thickness=0.7,
    ),
    "overcast": _light(
        "8a9cae a3b3c2 bcc9d3 d2dbe0 e6eaea", "ffffff d2dadf eef1f3 a9b4c0",
        r=0.88, g=0.92, b=0.97, altitude=0.6, glow=0.22, cover=0.85, thickness=0.8,
    ),
    "space": _light(
        "04040f 0a0820 120e33 1a1240 22184c", "fff3d6 3a2a6a b08bd8 241a4a",
        r=0.78, g=0.76, b=0.92, altitude=0.7, glow=0.3, stars=1.0, cover=0.0, thickness=0.3,
    ),
    "deep": _light(
        "9fe8e4 4fc3d0 1f8fb4 0f5f92 083a6b", "e9fff4 1d79a6 dffcf6 10608c",
        r=0.72, g=0.95, b=1.02, altitude=1.0, glow=0.5, cover=0.0, thickness=0.9,
    ),
}  # fmt: skip

WEATHER_HOURS = {"rain": "overcast", "snow": "overcast", "fog": "overcast", "storm": "storm"}
"""The hour that a weather implies when the prompt names none."""


def light_for(brief: Brief, nudge: float) -> Light:
    """Choose the light for a brief.

    Args:
        brief: What the prompt asks for.
        nudge: A small turn of all hues, from the seed and the words nobody knows.
    """
    light = HOURS[brief.hour]
    if "fog" in brief.weather:
        light = replace(light, thickness=1.0, haze=mix(light.haze, light.sky[3], 0.5), glow=light.glow * 0.8)
    if "storm" in brief.weather and brief.hour != "storm":
        gloom = HOURS["storm"]
        sky = [mix(mine, theirs, 0.6) for mine, theirs in zip(light.sky, gloom.sky, strict=True)]
        light = replace(light, sky=(sky[0], sky[1], sky[2], sky[3], light.sky[4]), cover=1.0, shaded=gloom.shaded)
    if brief.weather and light.cover < CLOUDY and "clear" not in brief.weather:
        light = replace(light, cover=CLOUDY)
    if "clear" in brief.weather:
        light = replace(light, cover=0.05)
    return _nudged(light, nudge)


def _nudged(light: Light, nudge: float) -> Light:
    """Turn every hue of a light a little."""
    sky = tuple(turn(colour, nudge) for colour in light.sky)
    return replace(
        light,
        sky=(sky[0], sky[1], sky[2], sky[3], sky[4]),
        haze=turn(light.haze, nudge),
        lit=turn(light.lit, nudge),
        shaded=turn(light.shaded, nudge),
    )
