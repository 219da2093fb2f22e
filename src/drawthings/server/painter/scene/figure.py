"""Shapes become a figure: parts are filled, rounded by light, and set into the scene with a shadow.

A figure is drawn in its own coordinates: x to the right with 0 in the middle, y upwards with 0 at the foot and 1 at
the top. Its parts are painted in order, later ones over earlier ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import Colour, mix, shade
from drawthings.server.painter.noise import fractal
from drawthings.server.painter.raster import (
    HALF,
    Box,
    Plane,
    Points,
    Rgb,
    blur,
    bounds,
    curve,
    polygons,
    pull,
    ribbon,
    shifted,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings.server.painter.scene.plan import Plan
    from drawthings.server.painter.scene.sheet import Sheet

Dot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Part:
    """One filled shape of a figure.

    Args:
        outlines: Polygons in figure coordinates, filled together.
        colour: Its colour in white light.
        fade: How much darker it gets from top to bottom; negative the other way round.
        opacity: 0..1.
        glow: Whether it shines by itself (windows, lamps, eyes of robots).
        soft: Blur of the edge in figure units.
    """

    outlines: tuple[Points, ...]
    colour: Colour
    fade: float = 0.2
    opacity: float = 1.0
    glow: bool = False
    soft: float = 0.0


def blob(colour: Colour, *dots: Dot, fade: float = 0.2, opacity: float = 1.0, soft: float = 0.0) -> Part:
    """Return a smooth closed shape through the dots."""
    return Part((curve(dots),), colour, fade, opacity, soft=soft)


def poly(colour: Colour, *dots: Dot, fade: float = 0.2, opacity: float = 1.0, glow: bool = False) -> Part:
    """Return a closed shape with straight edges."""
    return Part((np.array(dots, np.float32),), colour, fade, opacity, glow)


def box(colour: Colour, low: Dot, high: Dot, *, fade: float = 0.2, glow: bool = False) -> Part:
    """Return an upright rectangle from its lower left to its upper right corner."""
    return poly(colour, low, (high[0], low[1]), high, (low[0], high[1]), fade=fade, glow=glow)


def oval(
    colour: Colour,
    centre: Dot,
    radius: Dot,
    *,
    turn: float = 0.0,
    fade: float = 0.2,
    opacity: float = 1.0,
    glow: bool = False,
    soft: float = 0.0,
) -> Part:
    """Return an ellipse, turned by a part of a full turn."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False, dtype=np.float32)
    across, up = radius[0] * np.cos(angle), radius[1] * np.sin(angle)
    c, s = np.cos(2 * np.pi * turn), np.sin(2 * np.pi * turn)
    outline = np.stack([centre[0] + across * c - up * s, centre[1] + across * s + up * c], 1).astype(np.float32)
    return Part((outline,), colour, fade, opacity, glow, soft)


def line(colour: Colour, widths: float | Sequence[float], *dots: Dot, fade: float = 0.2, glow: bool = False) -> Part:
    """Return a smooth stroke through the dots; several widths are spread along it."""
    given = (widths, widths) if isinstance(widths, int | float) else tuple(widths)
    path = curve(dots, closed=False, density=7)
    return Part((ribbon(path, given),), colour, fade, glow=glow)


def shining(part: Part) -> Part:
    """Return a part that shines by itself and is as bright at its foot as at its top."""
    return replace(part, fade=0.0, glow=True)


def veil(part: Part, opacity: float, soft: float) -> Part:
    """Return a part as a thin veil with blurred edges."""
    return replace(part, fade=0.0, opacity=opacity, soft=soft)


def union(colour: Colour, outlines: Sequence[Sequence[Dot]], *, fade: float = 0.0) -> Part:
    """Return many polygons that are filled together, which is quicker than one part each."""
    return Part(tuple(np.array(outline, np.float32) for outline in outlines), colour, fade)


def mirrored(parts: Sequence[Part]) -> list[Part]:
    """Return the parts seen in a mirror (x becomes -x)."""
    flip = np.array((-1, 1), np.float32)
    return [replace(part, outlines=tuple(outline * flip for outline in part.outlines)) for part in parts]


def both(*parts: Part) -> list[Part]:
    """Return parts together with their mirror images."""
    return [*parts, *mirrored(parts)]


def placed(parts: Sequence[Part], *, by: Dot = (0.0, 0.0), size: float = 1.0, turn: float = 0.0) -> list[Part]:
    """Return parts scaled, turned around their origin by a part of a full turn, then moved."""
    c, s = np.cos(2 * np.pi * turn), np.sin(2 * np.pi * turn)
    matrix = np.array([[c, s], [-s, c]], np.float32) * np.float32(size)
    away = np.array(by, np.float32)
    return [
        replace(part, outlines=tuple(outline @ matrix + away for outline in part.outlines), soft=part.soft * size)
        for part in parts
    ]


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a figure goes on the sheet, in pixels.

    Args:
        x: Middle.
        foot: Ground line.
        tall: Length of one figure unit.
        flip: Whether it looks the other way.
    """

    x: float
    foot: float
    tall: float
    flip: bool = False

    def pixels(self, outline: Points) -> Points:
        """Return figure coordinates as pixels."""
        side = -self.tall if self.flip else self.tall
        return outline * np.array((side, -self.tall), np.float32) + np.array((self.x, self.foot), np.float32)


def draw(
    sheet: Sheet, plan: Plan, parts: Sequence[Part], pose: Pose, *, distance: float = 0.0, power: float = 1.0
) -> None:
    """Paint a figure into the scene.

    Args:
        sheet: The surface.
        plan: The layout, whose light falls on the figure.
        parts: The figure.
        pose: Where it goes.
        distance: 0 near, 1 far; far figures fade into the haze.
        power: Opacity of the whole figure.
    """
    everything = pose.pixels(np.concatenate([outline for part in parts for outline in part.outlines]))
    softest = max(part.soft for part in parts) * pose.tall
    frame = bounds(everything, sheet.width, sheet.height, pad=3 + int(softest * 3))
    if frame is None:
        return
    rgb, alpha, glow = fill(parts, pose, frame)
    model(rgb, alpha, plan, pose)
    ambient = np.asarray(plan.light.ambient, np.float32)
    rgb *= ambient + (1 - ambient) * glow[..., None]
    if distance > 0:
        haze = np.float32(min(0.8, distance * (0.4 + 0.5 * plan.light.thickness)))
        pull(rgb, plan.light.haze, haze * (1 - glow * np.float32(0.7)))
    sheet.lay(alpha * np.float32(power), np.clip(rgb, 0, 1), frame[0], frame[1])
    shine = plan.light.dark
    if shine > 0 and float(glow.max()) > 0:
        around = blur(glow * alpha, max(1.0, pose.tall * 0.05))
        sheet.shine(around * np.float32(0.5 * shine * power), (1.0, 0.8, 0.5), frame[0], frame[1])


def fill(parts: Sequence[Part], pose: Pose, frame: Box) -> tuple[Rgb, Plane, Plane]:
    """Fill the parts of a figure inside a frame of pixels.

    Returns:
        Colours (h, w, 3), opacity (h, w) and how much each pixel shines by itself (h, w).
    """
    left, top, right, bottom = frame
    corner = np.array((left, top), np.float32)
    rgb = np.zeros((bottom - top, right - left, 3), np.float32)
    alpha = np.zeros(rgb.shape[:2], np.float32)
    glow = np.zeros(rgb.shape[:2], np.float32)
    # Small figures need finer edges.
    fine = int(np.clip(5 - pose.tall / 80, 2, 4))
    for part in parts:
        dots = [pose.pixels(outline) - corner for outline in part.outlines]
        every = dots[0] if len(dots) == 1 else np.concatenate(dots)
        soft = part.soft * pose.tall
        where = bounds(every, right - left, bottom - top, pad=1 + int(soft * 2.5))
        if where is None:
            continue
        mask = polygons(dots, where, fine=fine)
        if soft > HALF:
            mask = blur(mask, soft)
        inside = np.s_[where[1] : where[3], where[0] : where[2]]
        mask = mask * np.float32(part.opacity)
        part_rgb, part_alpha = rgb[inside], alpha[inside]
        part_alpha += (1 - part_alpha) * mask
        # Colours are kept straight, not multiplied with the opacity: otherwise every soft edge would darken.
        share = np.divide(mask, np.maximum(part_alpha, np.float32(1e-4)), dtype=np.float32)
        pull(part_rgb, _tones(part, where, every[:, 1]), share)
        glow[inside] += (np.float32(part.glow) - glow[inside]) * mask
    return rgb, alpha, glow


def _tones(part: Part, where: Box, rows: Points) -> Rgb:
    """Return the colour of a part row by row: lighter above, darker below."""
    high, low = float(rows.min()), float(rows.max())
    t = (np.arange(where[1], where[3], dtype=np.float32) + np.float32(0.5) - np.float32(high)) / max(1.0, low - high)
    top = np.asarray(shade(part.colour, 1 + part.fade * 0.45 if part.fade >= 0 else 1 + part.fade), np.float32)
    foot = np.asarray(shade(part.colour, 1 - part.fade if part.fade >= 0 else 1 - part.fade * 0.45), np.float32)
    out: Rgb = top + (foot - top) * np.clip(t, 0, 1)[:, None, None]
    return out


def model(rgb: Rgb, alpha: Plane, plan: Plan, pose: Pose) -> None:
    """Round a flat figure in place: a bright rim towards the sun, shade on the other side, a little texture."""
    radius = max(1.0, pose.tall * 0.035)
    wide = blur(alpha, radius)
    step = max(1, int(radius * 0.8))
    towards = -step * plan.sunward
    # The blurred outline, moved away from the sun, is thin where light comes in and thick on the far side.
    edge = np.clip(alpha - shifted(wide, step, towards), 0, 1)
    hollow = np.clip(alpha - shifted(wide, -step, -towards), 0, 1)
    sun = mix(plan.light.sun, (1.0, 1.0, 1.0), 0.2)
    rough = fractal(alpha.shape, plan.key("coat", round(pose.x)), cells=14, octaves=3)
    rgb *= (1 - np.float32(0.28) * hollow + np.float32(0.035) * rough)[..., None]
    rim = edge * np.float32(0.3 + 0.4 * plan.light.glow)
    pull(rgb, sun, rim)
    np.clip(rgb, 0, 1, out=rgb)


def shadow(sheet: Sheet, plan: Plan, pose: Pose, wide: float, *, strength: float = 0.4) -> None:
    """Lay the shadow of a figure on the ground, longer when the sun is low.

    Args:
        sheet: The surface.
        plan: The layout.
        pose: The figure's place.
        wide: Half the width of the figure at its foot, in figure units.
        strength: Darkness of the shadow.
    """
    reach = pose.tall * wide
    away = -plan.sunward * reach * (1.1 - plan.light.altitude) * 0.9
    for offset, width, height, power in ((0.0, 1.05, 0.2, 1.0), (away, 1.7, 0.26, 0.55)):
        radius, flat = reach * width, max(2.0, reach * height)
        middle = (pose.x + float(offset), pose.foot)
        corners = np.array(
            [(middle[0] - 2 * radius, middle[1] - 2 * flat), (middle[0] + 2 * radius, middle[1] + 2 * flat)]
        )
        frame = bounds(corners.astype(np.float32), sheet.width, sheet.height)
        if frame is None:
            continue
        across = (np.arange(frame[0], frame[2], dtype=np.float32) - np.float32(middle[0])) / np.float32(radius)
        down = (np.arange(frame[1], frame[3], dtype=np.float32) - np.float32(middle[1])) / np.float32(flat)
        dark = np.exp(-1.6 * (across[None, :] ** 2 + down[:, None] ** 2)) * np.float32(strength * power)
        sheet.lay(
            dark.astype(np.float32), shade(mix(plan.light.shaded, plan.light.haze, 0.2), 0.35), frame[0], frame[1]
        )
