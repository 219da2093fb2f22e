"""Mountains, hills, dunes and the ground, each fading into the haze with its distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import Colour, ink, mix, shade, times
from drawthings.server.painter.noise import fractal, profile
from drawthings.server.painter.raster import pull, smooth

if TYPE_CHECKING:
    from drawthings.server.painter.raster import Line, Plane
    from drawthings.server.painter.scene.plan import Plan
    from drawthings.server.painter.scene.sheet import Sheet

GROUNDS: dict[str, tuple[Colour, Colour]] = {
    "grass": (ink("8fb85a"), ink("4e8a3c")),
    "autumn": (ink("c98f3f"), ink("8f5a2c")),
    "snow": (ink("f2f6fb"), ink("c9d9ee")),
    "sand": (ink("f0d6a0"), ink("d9ad6b")),
}
"""The far and the near colour of each ground."""

LEAVES: dict[str, Colour] = {
    "grass": ink("35663f"),
    "autumn": ink("b0562a"),
    "snow": ink("4b6a70"),
    "sand": ink("7d8a4a"),
}
"""The colour of woods on each ground."""

ROCK = ink("6d7086")

ROCKY = 0.3
"""Outlines smoother than this have no fine detail."""


def aired(plan: Plan, colour: Colour, distance: float) -> Colour:
    """Return a colour in the light of the scene, faded by its distance (0 near, 1 at the horizon)."""
    lit = times(colour, plan.light.ambient)
    return mix(lit, plan.light.haze, min(0.94, distance * (0.5 + 0.5 * plan.light.thickness)))


def ground_colours(plan: Plan) -> tuple[Colour, Colour]:
    """Return the far and near colour of the ground, leaning to the tint of the prompt."""
    far, near = GROUNDS[plan.ground]
    tint = plan.tint
    if tint is not None and plan.ground != "snow":
        far, near = mix(far, tint, 0.4), mix(near, shade(tint, 0.8), 0.4)
    return far, near


def crest(sheet: Sheet, plan: Plan, name: str, *, base: float, height: float, cells: float, sharp: float) -> Line:
    """Return the outline of a range in pixel rows.

    Args:
        sheet: The surface.
        plan: The layout.
        name: Names the range.
        base: Row of its foot, as a part of the height.
        height: Height of the highest peaks, as a part of the height.
        cells: How many peaks across the shorter side.
        sharp: 0 rolling hills, 1 alpine peaks.
    """
    octaves = 2 if sharp < ROCKY else min(7, plan.octaves + 2)
    raw = profile(
        sheet.width,
        plan.key(name),
        cells=cells * max(0.6, sheet.width / sheet.unit),
        octaves=octaves,
        gain=0.28 + 0.2 * sharp,
    )
    peaks = np.clip(1 - np.abs(raw), 0, 1) ** 1.25
    rolling = 0.5 + 0.5 * raw
    form = np.clip(peaks * sharp + rolling * (1 - sharp), 0.02, 1.1)
    outline: Line = ((base - height * form) * sheet.height).astype(np.float32)
    return outline


def paint_mountains(sheet: Sheet, plan: Plan, name: str, *, base: float, height: float, distance: float) -> Line:
    """Paint a range of rocky mountains with lit and shaded faces and, when high or cold, snow.

    Args:
        sheet: The surface.
        plan: The layout.
        name: Names the range.
        base: Foot of the range, as a part of the height.
        height: Height of its peaks, as a part of the height.
        distance: 0 near, 1 far.

    Returns:
        The outline in pixel rows.
    """
    line = crest(sheet, plan, name, base=base, height=height, cells=1.7 + 1.3 * distance, sharp=1.0)
    mask, top = sheet.below(line, base)
    deep = (np.arange(top, top + len(mask), dtype=np.float32)[:, None] - line[None, :]) / (height * sheet.height)
    rough = fractal(mask.shape, plan.key(name, "rock"), cells=5, octaves=plan.octaves)
    lit = _faces(plan, line, rough, deep)
    rock = mix(ROCK, plan.tint, 0.3) if plan.tint else ROCK
    dark, bright = aired(plan, shade(rock, 0.62), distance), aired(plan, shade(rock, 1.2), distance)
    sunny = mix(bright, plan.light.sun, 0.22 * plan.light.glow)
    colours = between(dark, sunny, lit)
    snowline = 0.85 if plan.ground == "snow" else 0.36
    snow = smooth(-0.05, 0.06, np.float32(snowline) - deep + rough * np.float32(0.16) - (1 - lit) * np.float32(0.14))
    white_dark, white_bright = aired(plan, ink("a9bddd"), distance * 0.8), aired(plan, ink("ffffff"), distance * 0.8)
    white = between(white_dark, mix(white_bright, plan.light.sun, 0.3 * plan.light.glow), lit)
    pull(colours, white, snow)
    mist = smooth(0.25, 1.15, deep) * np.float32(0.35 + 0.45 * plan.light.thickness)
    pull(colours, plan.light.haze, mist)
    sheet.lay(mask, colours, 0, top)
    return line


def between(dark: Colour, bright: Colour, share: Plane) -> Plane:
    """Return the colours between two, one for every value of a plane."""
    low, high = np.asarray(dark, np.float32), np.asarray(bright, np.float32)
    out: Plane = np.empty((*share.shape, 3), np.float32)
    for channel in range(3):
        np.multiply(share, high[channel] - low[channel], out=out[..., channel])
        out[..., channel] += low[channel]
    return out


def _faces(plan: Plan, line: Line, rough: Plane, deep: Plane) -> Plane:
    """Return how much light falls on each point of a range: faces follow the slope of the crest above them."""
    width = len(line)
    span = max(3, width // 64) | 1
    soft = np.convolve(np.pad(line, span // 2, "edge"), np.full(span, 1 / span, np.float32), "valid")[:width]
    slope = np.gradient(soft).astype(np.float32)
    # Ridges run down from the peaks and wander sideways the farther they come.
    wander = fractal(deep.shape, plan.key("ridges", width), cells=5, octaves=3, stretch=0.6)
    lean = wander * np.clip(deep * np.float32(2.2), 0, 1) * np.float32(width * 0.03)
    column = np.clip(np.arange(width, dtype=np.float32)[None, :] + lean, 0, width - 1).astype(np.intp)
    lit: Plane = np.float32(0.5) + np.float32(0.6 * plan.sunward) * slope[column] + rough * np.float32(0.2)
    out: Plane = np.clip(lit, 0, 1)
    return out


def paint_hill(sheet: Sheet, plan: Plan, line: Line, colour: Colour, *, distance: float, until: float = 1.0) -> None:
    """Paint a smooth hill: lit at its crest, hazy at its foot.

    Args:
        sheet: The surface.
        plan: The layout.
        line: Its outline in pixel rows.
        colour: Its colour near and in white light.
        distance: 0 near, 1 far.
        until: Where something else covers the rest, as a part of the height.
    """
    mask, top = sheet.below(line, until)
    rows = np.arange(top, top + len(mask), dtype=np.float32)[:, None]
    deep = (rows - line[None, :]) / np.float32(min(0.3, max(0.06, until - top / sheet.height)) * sheet.height)
    deep = np.clip(deep, 0, 1)
    rough = fractal(mask.shape, plan.key("hill", round(distance, 3)), cells=7, octaves=plan.octaves, stretch=2.5)
    crown = mix(aired(plan, shade(colour, 1.12), distance), plan.light.sun, 0.2 * plan.light.glow)
    foot = mix(aired(plan, shade(colour, 0.86), distance), plan.light.haze, 0.34 * plan.light.thickness * distance)
    colours = between(crown, foot, np.clip(deep + rough * np.float32(0.16), 0, 1))
    sheet.lay(mask, colours, 0, top)


def paint_ground(sheet: Sheet, plan: Plan, start: float, *, swell: float = 0.012) -> Line:
    """Paint the ground from ``start`` down to the lower edge, rougher towards the viewer.

    Args:
        sheet: The surface.
        plan: The layout.
        start: Where it begins, as a part of the height.
        swell: Height of its waves at the far edge, as a part of the height.

    Returns:
        The far edge in pixel rows.
    """
    far, near = ground_colours(plan)
    line = (start - swell * profile(sheet.width, plan.key("ground"), cells=2, octaves=3)) * sheet.height
    line = line.astype(np.float32)
    mask, top = sheet.below(line)
    depth = np.linspace(0, 1, len(mask), dtype=np.float32)[:, None]
    rough = perspective_noise(plan, mask.shape, "ground")
    lit = np.clip(depth + rough * (0.12 + 0.3 * depth), 0, 1)
    bright = mix(aired(plan, far, 0.35), plan.light.sun, 0.22 * plan.light.glow)
    colours = between(bright, aired(plan, shade(near, 0.86), 0.0), lit)
    sheet.lay(mask, colours, 0, top)
    across = (np.arange(sheet.width, dtype=np.float32) / sheet.width - np.float32(plan.sun[0]))[None, :]
    pool = np.exp(-across * across * 9) * np.exp(-depth * 2.6) * np.float32(0.5 * plan.light.glow)
    sheet.shine((pool * mask).astype(np.float32), plan.light.sun, 0, top)
    return line


def perspective_noise(plan: Plan, shape: tuple[int, int], name: str, *, cells: float = 5.0) -> Plane:
    """Return noise that lies on the ground: squeezed at the far edge, wide at the near one."""
    flat = fractal(shape, plan.key(name, "flat"), cells=cells, octaves=min(5, plan.octaves), stretch=3.2)
    depth = np.linspace(0, 1, shape[0], dtype=np.float32)
    rows = np.log1p(depth * np.float32(7)) * np.float32((shape[0] - 1) / np.log(8))
    out: Plane = flat[rows.astype(np.intp)]
    return out


def paint_dune(sheet: Sheet, plan: Plan, name: str, *, base: float, height: float, distance: float) -> None:
    """Paint a dune: a bright face, a sharp crest that wanders down, a shaded face."""
    line = crest(sheet, plan, name, base=base, height=height, cells=1.1 + distance, sharp=0.25)
    far, near = ground_colours(plan)
    colour = mix(near, far, distance)
    mask, top = sheet.below(line, base + 0.14)
    slope = np.gradient(line).astype(np.float32)
    rows = np.arange(top, top + len(mask), dtype=np.float32)[:, None] - line[None, :]
    deep = np.clip(rows / np.float32(0.34 * sheet.height), 0, 1)
    wave = perspective_noise(plan, mask.shape, name)
    side = np.float32(plan.sunward)
    lean = np.clip(np.arange(sheet.width)[None, :] + deep * side * sheet.width * 0.12, 0, sheet.width - 1)
    lit = smooth(-0.22, 0.22, side * slope[lean.astype(np.intp)] + wave * np.float32(0.07))
    ripple = np.sin(rows * np.float32(260 / sheet.height) * (1.2 - deep) + wave * 9) * np.float32(0.035)
    bright = mix(aired(plan, shade(colour, 1.12), distance), plan.light.sun, 0.2 * plan.light.glow)
    dark = aired(plan, shade(colour, 0.62), distance)
    sheet.lay(mask, between(dark, bright, np.clip(lit + ripple - deep * 0.12, 0, 1)), 0, top)
