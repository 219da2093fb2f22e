"""Colour arithmetic on small triples and on whole pictures.

Units: sRGB values in [0, 1] as floats; hues in turns (0 red, 1/3 green, 2/3 blue).
"""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from drawthings.server.painter.raster import Plane, Rgb

Colour = tuple[float, float, float]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)


def ink(text: str) -> Colour:
    """Read ``rrggbb``."""
    return (int(text[:2], 16) / 255, int(text[2:4], 16) / 255, int(text[4:6], 16) / 255)


def inks(texts: str) -> tuple[Colour, ...]:
    """Read several colours, separated by spaces."""
    return tuple(ink(text) for text in texts.split())


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return the colour ``share`` of the way from one to the other."""
    return (
        one[0] + (other[0] - one[0]) * share,
        one[1] + (other[1] - one[1]) * share,
        one[2] + (other[2] - one[2]) * share,
    )


def times(one: Colour, other: Colour) -> Colour:
    """Return one colour lit by another."""
    return (min(1.0, one[0] * other[0]), min(1.0, one[1] * other[1]), min(1.0, one[2] * other[2]))


def shade(colour: Colour, light: float) -> Colour:
    """Lighten (above 1) towards white or darken (below 1) towards a cool black."""
    if light >= 1:
        return mix(colour, WHITE, min(1.0, light - 1))
    return mix((0.05, 0.04, 0.09), colour, max(0.0, light))


def turn(colour: Colour, hue: float = 0.0, saturation: float = 1.0) -> Colour:
    """Shift the hue by a part of a turn and scale the saturation."""
    h, lightness, s = colorsys.rgb_to_hls(*colour)
    return colorsys.hls_to_rgb((h + hue) % 1.0, lightness, min(1.0, s * saturation))


def luma(rgb: Rgb) -> Plane:
    """Return the brightness of every pixel of a picture (h, w, 3)."""
    plane: Plane = rgb @ LUMA
    return plane


def saturate(rgb: Rgb, factor: float) -> Rgb:
    """Scale the distance of every pixel from its own grey."""
    grey = luma(rgb)[..., None]
    out: Rgb = grey + (rgb - grey) * np.float32(factor)
    return out


def contrast(rgb: Rgb, factor: float, pivot: float = 0.5) -> Rgb:
    """Scale the distance of every value from the pivot."""
    return (rgb - np.float32(pivot)) * np.float32(factor) + np.float32(pivot)


def recolour(rgb: Rgb, colour: Colour, share: float) -> Rgb:
    """Pull every pixel towards one hue while its brightness stays.

    Args:
        rgb: The picture.
        colour: The hue to go to.
        share: 0 leaves the picture, 1 makes it a monochrome of that hue.
    """
    grey = luma(rgb)[..., None]
    own = float(np.dot(colour, LUMA))
    chroma = np.array(colour, np.float32) - np.float32(own)
    room = 4 * grey * (1 - grey)
    toned = grey + chroma * room * np.float32(1.1) + (np.float32(own) - np.float32(0.5)) * room * np.float32(0.12)
    out: Rgb = rgb + (toned - rgb) * np.float32(share)
    return out


def gradient(stops: tuple[tuple[float, Colour], ...], places: Plane) -> Rgb:
    """Colour a plane by a gradient.

    Args:
        stops: Pairs of place and colour, ascending.
        places: Values to look up; any shape.

    Returns:
        The colours, one more axis than ``places``.
    """
    at = np.array([stop for stop, _ in stops], np.float32)
    out = np.empty((*places.shape, 3), np.float32)
    for channel in range(3):
        values = np.array([colour[channel] for _, colour in stops], np.float32)
        out[..., channel] = np.interp(places, at, values)
    return out
