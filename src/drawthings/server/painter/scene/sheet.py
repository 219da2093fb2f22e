"""The surface that a scene is painted on, back to front."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.noise import enlarge
from drawthings.server.painter.raster import blur, bounds, polygons, pull, rows_and_columns

if TYPE_CHECKING:
    from drawthings.server.painter.colour import Colour
    from drawthings.server.painter.raster import Line, Plane, Points, Rgb


@dataclass(slots=True)
class Sheet:
    """A picture in the making.

    Args:
        height: Rows.
        width: Columns.

    Shapes:
        rgb (h, w, 3) float32 0..1. ``layers`` are pairs of the picture and of the cover (h, w) painted over what was
        there before, one for each call of ``lift``; they let a film move the near against the far.
    """

    height: int
    width: int
    rgb: Rgb = field(init=False)
    cover: Plane = field(init=False)
    layers: list[tuple[Rgb, Plane]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rgb = np.zeros((self.height, self.width, 3), np.float32)
        self.cover = np.zeros((self.height, self.width), np.float32)

    @property
    def unit(self) -> float:
        """The length in pixels that sizes are measured in: about the shorter side."""
        return float(min(self.height, self.width * 1.2))

    def lay(self, mask: Plane, colour: Colour | Rgb, left: int = 0, top: int = 0) -> None:
        """Paint a colour through a mask.

        Args:
            mask: (h, w) opacity.
            colour: One colour, or a picture (h, w, 3), or one that broadcasts to it.
            left: Column of the mask's left edge, inside the sheet.
            top: Row of the mask's top edge, inside the sheet.
        """
        rows, columns = mask.shape
        tone = np.asarray(colour, np.float32)
        part = self.rgb[top : top + rows, left : left + columns]
        cover = self.cover[top : top + rows, left : left + columns]
        first, solid = _edges(mask)
        # Most masks end in rows that are opaque from side to side: those are copied, which is much quicker.
        soft = slice(first, solid)
        pull(part[soft], tone[soft] if tone.ndim > 1 and len(tone) == rows else tone, mask[soft])
        cover[soft] += (1 - cover[soft]) * mask[soft]
        part[solid:] = tone[solid:] if tone.ndim > 1 and len(tone) == rows else tone
        cover[solid:] = 1

    def stamp(self, outline: Points, colour: Colour, power: float, *, soft: float = 0.0) -> None:
        """Fill one polygon.

        Args:
            outline: Its corners in pixels; it may lie outside the sheet.
            colour: Its colour.
            power: Opacity.
            soft: Sigma in pixels of a blurred edge.
        """
        frame = bounds(outline, self.width, self.height, pad=int(soft * 3) + 2)
        if frame is not None:
            mask = blur(polygons([outline], frame), soft)
            self.lay(mask * np.float32(power), colour, frame[0], frame[1])

    def shine(self, mask: Plane, colour: Colour, left: int = 0, top: int = 0) -> None:
        """Add light through a mask, as a screen: it never overflows and never hides."""
        rows, columns = mask.shape
        part = self.rgb[top : top + rows, left : left + columns]
        for channel in range(3):
            plane = part[..., channel]
            plane += mask * (1 - plane) * np.float32(colour[channel])

    def halo(self, x: float, y: float, colour: Colour, *rings: tuple[float, float]) -> None:
        """Add a round glow.

        Args:
            x: Centre column in pixels.
            y: Centre row in pixels.
            colour: Its colour.
            rings: Pairs of a half-width in pixels and the light it brings to the centre, 0..1; they add up.
        """
        reach = max(radius for radius, _ in rings) * 4.5
        left, right = max(0, int(x - reach)), min(self.width, int(x + reach) + 1)
        top, bottom = max(0, int(y - reach)), min(self.height, int(y + reach) + 1)
        if left >= right or top >= bottom:
            return
        # A glow is smooth: a large one is computed on a coarse grid and enlarged.
        coarse = max(1, int(reach / 120))
        shape = ((bottom - top + coarse - 1) // coarse, (right - left + coarse - 1) // coarse)
        across = (np.linspace(left, right, shape[1], dtype=np.float32) - np.float32(x)) ** 2
        down = (np.linspace(top, bottom, shape[0], dtype=np.float32) - np.float32(y)) ** 2
        far = across[None, :] + down[:, None]
        light = np.zeros(shape, np.float32)
        for radius, strength in rings:
            near = far / np.float32(radius * radius)
            edge = np.clip(1 - near / np.float32(20.0), 0, 1)
            light += np.float32(strength) * edge * edge / (1 + near)
        mask = enlarge(np.minimum(light, 1), (bottom - top, right - left))
        self.shine(np.clip(mask, 0, 1), colour, left, top)

    def below(self, outline: Line, until: float = 1.0) -> tuple[Plane, int]:
        """Return the soft mask of everything below a line, and the row where it begins.

        Args:
            outline: Height of the line in each column, in pixels from the top.
            until: Where the mask may end because something else covers the rest, as a part of the height.
        """
        start = min(max(int(np.floor(outline.min())) - 1, 0), self.height - 1)
        end = max(start + 1, min(self.height, int(until * self.height) + 1))
        rows = np.arange(start, end, dtype=np.float32)[:, None] + np.float32(0.5)
        return np.clip(rows - outline[None, :] + np.float32(0.5), 0, 1), start

    def lift(self) -> None:
        """Close a layer: what is painted from now on may move against it."""
        self.layers.append((self.rgb.copy(), self.cover))
        self.cover = np.zeros((self.height, self.width), np.float32)

    def coordinates(self) -> tuple[Plane, Plane]:
        """Return y and x of the pixel centres, 0..1."""
        return rows_and_columns(self.height, self.width)


def _edges(mask: Plane) -> tuple[int, int]:
    """Return the first row of a mask that is not empty, and the row from which on all are opaque."""
    some = np.flatnonzero(mask.max(1) > 0)
    open_rows = np.flatnonzero(mask.min(1) < 1)
    first = int(some[0]) if len(some) else len(mask)
    return first, max(first, int(open_rows[-1]) + 1 if len(open_rows) else 0)
