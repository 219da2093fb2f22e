"""All of a scene, back to front."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.scene import accents, figure, sky, studio, weather
from drawthings.server.painter.scene.places import paint_place
from drawthings.server.painter.scene.sheet import Sheet
from drawthings.server.painter.scene.subjects import drawing

if TYPE_CHECKING:
    from drawthings.server.painter.scene.plan import Plan, Spot

FEET = 0.22
"""Up to this height a figure's shapes touch the ground and cast its shadow."""

_HOVERING = {
    "bird",
    "owl",
    "butterfly",
    "gulls",
    "balloon",
    "plane",
    "rocket",
    "dragon",
    "fish",
    "whale",
    "turtle",
    "portrait",
}
"""Figures that cast no shadow on the ground."""


def render(plan: Plan, height: int, width: int, *, falling: bool = True) -> Sheet:
    """Paint a scene.

    Args:
        plan: The layout.
        height: Rows.
        width: Columns.
        falling: Whether to paint rain and snow; a film adds its own.

    Returns:
        The sheet. Its layers are the sky and the place; the figures in front and the extras come after them. The
        finished picture is ``rgb``.
    """
    sheet = Sheet(height, width)
    if plan.brief.place != "studio":
        sky.paint_sky(sheet, plan)
        accents.paint_behind(sheet, plan)
        if "storm" in plan.brief.weather:
            weather.paint_lightning(sheet, plan)
    sheet.lift()
    paint_place(sheet, plan)
    for spot in plan.spots:
        if spot.band in {"air", "far", "float"}:
            _figure(sheet, plan, spot)
    if "fog" in plan.brief.weather:
        weather.paint_fog(sheet, plan)
    sheet.lift()
    for spot in plan.spots:
        if spot.band not in {"air", "far", "float"}:
            _figure(sheet, plan, spot)
    if "bokeh" in plan.brief.accents and plan.brief.place != "studio":
        studio.paint_bokeh(sheet, plan, 16, plan.light.sky[4])
    accents.paint_before(sheet, plan)
    if falling:
        weather.paint_falling(sheet, plan)
    np.clip(sheet.rgb, 0, 1, out=sheet.rgb)
    return sheet


def _figure(sheet: Sheet, plan: Plan, spot: Spot) -> None:
    """Paint one figure with its shadow or its mirror image."""
    parts = drawing(spot, plan)
    pose = figure.Pose(spot.x * sheet.width, spot.foot * sheet.height, spot.tall * sheet.unit, spot.flip)
    distance = {"far": 0.32, "float": 0.2, "air": 0.22, "near": 0.1}.get(spot.band, 0.0)
    if spot.band == "float":
        flip = np.array((1, -1), np.float32)
        mirror = [replace(part, outlines=tuple(outline * flip for outline in part.outlines)) for part in parts]
        figure.draw(sheet, plan, mirror, pose, distance=distance, power=0.34)
    elif spot.wish.name not in _HOVERING and plan.brief.place != "space":
        low = [outline for part in parts for outline in part.outlines]
        dots = np.concatenate(low)
        feet = np.abs(dots[dots[:, 1] < FEET, 0])
        figure.shadow(sheet, plan, pose, min(0.9, float(feet.max()) if len(feet) else 0.2))
    figure.draw(sheet, plan, parts, pose, distance=distance)
