"""Which parts make which place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.server.painter.colour import ink, mix, shade
from drawthings.server.painter.scene import deep, land, studio, town, water, woods

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.server.painter.scene.plan import Plan
    from drawthings.server.painter.scene.sheet import Sheet


def paint_place(sheet: Sheet, plan: Plan) -> None:
    """Paint everything between the sky and the figures."""
    _PLACES[plan.brief.place](sheet, plan)


def _mountains(sheet: Sheet, plan: Plan) -> None:
    """Paint two alpine ranges, a wooded slope and a meadow."""
    h = plan.horizon
    land.paint_mountains(sheet, plan, "far", base=h, height=0.34, distance=0.8)
    land.paint_mountains(sheet, plan, "near", base=h + 0.03, height=0.3, distance=0.5)
    slope = land.crest(sheet, plan, "slope", base=h + 0.03, height=0.07, cells=1.6, sharp=0.0)
    land.paint_hill(
        sheet,
        plan,
        slope,
        mix(land.LEAVES[plan.ground], land.GROUNDS[plan.ground][0], 0.4),
        distance=0.5,
        until=h + 0.1,
    )
    woods.paint_firs(sheet, plan, "slope", slope, tall=0.085, distance=0.5, dense=1.7)
    _meadow(sheet, plan, h + 0.05, firs=True)


def _meadow(sheet: Sheet, plan: Plan, start: float, *, firs: bool = False) -> None:
    """Paint the ground in front with what grows on it."""
    line = land.paint_ground(sheet, plan, start)
    if firs:
        woods.paint_firs(sheet, plan, "edge", line + 0.03 * sheet.height, tall=0.2, distance=0.22, dense=0.4)
    if plan.ground in {"grass", "autumn"}:
        woods.paint_grass(sheet, plan, start=start, colour=land.ground_colours(plan)[1])
        if "flowers" in plan.brief.accents or plan.brief.season == "spring":
            woods.paint_flowers(sheet, plan, start=start, count=190)


def _sea(sheet: Sheet, plan: Plan) -> None:
    """Paint the open sea, sometimes with a far coast."""
    if plan.coin("coast") and "lighthouse" not in {wish.name for wish in plan.brief.wishes}:
        line = land.crest(sheet, plan, "coast", base=plan.horizon, height=0.07, cells=1.4, sharp=0.4)
        land.paint_hill(sheet, plan, line, ink("5f7f78"), distance=0.82, until=plan.horizon)
    rough = "storm" in plan.brief.weather or "waves" in plan.brief.accents
    water.paint_water(sheet, plan, plan.horizon, calm=0.15 if rough else 0.45)
    if any(spot.band in {"front", "near"} for spot in plan.spots):
        _meadow(sheet, plan, 0.83)


def _beach(sheet: Sheet, plan: Plan) -> None:
    """Paint the sea, surf and a beach with a palm's shade of sand."""
    line = land.crest(sheet, plan, "cape", base=plan.horizon, height=0.09, cells=1.2, sharp=0.1)
    land.paint_hill(sheet, plan, line, ink("4f8f5f"), distance=0.7, until=plan.horizon)
    water.paint_water(sheet, plan, plan.horizon, calm=0.6)
    start = plan.horizon + (1 - plan.horizon) * 0.36
    land.paint_ground(sheet, plan, start, swell=0.025)
    water.paint_surf(sheet, plan, start)


def _lake(sheet: Sheet, plan: Plan) -> None:
    """Paint mountains and woods mirrored in a lake, and the near shore."""
    h = plan.horizon
    land.paint_mountains(sheet, plan, "far", base=h, height=0.3, distance=0.78)
    land.paint_mountains(sheet, plan, "near", base=h, height=0.19, distance=0.55)
    shore = land.crest(sheet, plan, "shore", base=h, height=0.025, cells=2, sharp=0.0)
    land.paint_hill(sheet, plan, shore, land.LEAVES[plan.ground], distance=0.5, until=h + 0.01)
    woods.paint_firs(sheet, plan, "shore", shore, tall=0.1, distance=0.45, dense=1.9)
    water.paint_water(sheet, plan, h + 0.004, calm=0.88)
    if any(spot.band in {"front", "near"} for spot in plan.spots):
        _meadow(sheet, plan, 0.83)


def _forest(sheet: Sheet, plan: Plan) -> None:
    """Paint rows of firs, paler with distance, around a clearing."""
    h = plan.horizon
    land.paint_mountains(sheet, plan, "far", base=h, height=0.2, distance=0.85)
    tone = land.GROUNDS[plan.ground][0]
    for row, (distance, tall, rise) in enumerate(((0.74, 0.2, 0.04), (0.48, 0.34, 0.02), (0.2, 0.54, 0.0))):
        line = land.crest(sheet, plan, f"row{row}", base=h + 0.03 * row, height=rise + 0.05, cells=1.5, sharp=0.0)
        woods.paint_firs(sheet, plan, f"row{row}", line, tall=tall, distance=distance, dense=1.5 - 0.4 * row)
        land.paint_hill(sheet, plan, line + 0.012 * sheet.height, tone, distance=distance, until=h + 0.14)
    _meadow(sheet, plan, h + 0.08)


def _desert(sheet: Sheet, plan: Plan) -> None:
    """Paint dunes behind dunes."""
    h = plan.horizon
    land.paint_mountains(sheet, plan, "mesa", base=h, height=0.13, distance=0.88)
    for row, (distance, height) in enumerate(((0.7, 0.1), (0.42, 0.13), (0.15, 0.14))):
        land.paint_dune(sheet, plan, f"dune{row}", base=h + 0.02 + 0.09 * row, height=height, distance=distance)
    land.paint_ground(sheet, plan, h + 0.24, swell=0.03)


def _city(sheet: Sheet, plan: Plan) -> None:
    """Paint a skyline over a street."""
    town.paint_skyline(sheet, plan)
    if "neon" in plan.brief.styles or "lights" in plan.brief.accents:
        town.paint_signs(sheet, plan, 16)
    town.paint_street(sheet, plan)


def _garden(sheet: Sheet, plan: Plan) -> None:
    """Paint groves, hedges and beds full of flowers."""
    h = plan.horizon
    back = land.crest(sheet, plan, "back", base=h, height=0.06, cells=1.5, sharp=0.0)
    land.paint_hill(sheet, plan, back, land.LEAVES[plan.ground], distance=0.7, until=h + 0.1)
    for row, (distance, tall) in enumerate(((0.62, 0.22), (0.36, 0.2))):
        line = land.crest(sheet, plan, f"grove{row}", base=h + 0.03 + 0.02 * row, height=0.03, cells=2, sharp=0.0)
        woods.paint_grove(sheet, plan, f"grove{row}", line, tall=tall, distance=distance, dense=1.5 - 0.5 * row)
    line = land.paint_ground(sheet, plan, h + 0.05)
    if plan.ground in {"grass", "autumn"}:
        woods.paint_grass(sheet, plan, start=h + 0.05, colour=land.ground_colours(plan)[1])
        woods.paint_flowers(sheet, plan, start=h + 0.06, count=320)
    else:
        woods.paint_firs(sheet, plan, "hedge", line + 0.02 * sheet.height, tall=0.1, distance=0.3, dense=0.8)


def _field(sheet: Sheet, plan: Plan) -> None:
    """Paint wide fields, a line of trees, and high grass in front."""
    h = plan.horizon
    for row, (distance, height) in enumerate(((0.86, 0.1), (0.68, 0.06))):
        line = land.crest(sheet, plan, f"ridge{row}", base=h + 0.01 * row, height=height, cells=1.3, sharp=0.0)
        land.paint_hill(
            sheet,
            plan,
            line,
            mix(land.LEAVES[plan.ground], land.GROUNDS[plan.ground][0], 0.5),
            distance=distance,
            until=h + 0.08,
        )
    line = land.crest(sheet, plan, "treeline", base=h + 0.03, height=0.015, cells=2, sharp=0.0)
    woods.paint_grove(sheet, plan, "treeline", line, tall=0.08, distance=0.58, dense=1.6)
    _meadow(sheet, plan, h + 0.03)


def _hills(sheet: Sheet, plan: Plan) -> None:
    """Paint rolling hills, one behind the other, with groves."""
    h = plan.horizon
    land.paint_mountains(sheet, plan, "far", base=h - 0.02, height=0.16, distance=0.9)
    far, near = land.ground_colours(plan)
    for row, distance in enumerate((0.74, 0.54, 0.36)):
        base = h - 0.02 + 0.06 * row
        line = land.crest(
            sheet, plan, f"hill{row}", base=base, height=0.12 - 0.02 * row, cells=1.2 + 0.2 * row, sharp=0.0
        )
        woods.paint_grove(sheet, plan, f"hill{row}", line, tall=0.05 + 0.03 * row, distance=distance, dense=0.5)
        land.paint_hill(
            sheet, plan, line, shade(mix(near, far, distance), 0.95 + 0.05 * row), distance=distance, until=h + 0.18
        )
    _meadow(sheet, plan, h + 0.13)


def _space(sheet: Sheet, plan: Plan) -> None:
    """Paint nebulae and planets over the ground of a moon."""
    deep.paint_space(sheet, plan)
    if any(spot.band in {"front", "near", "far"} for spot in plan.spots):
        deep.paint_moonscape(sheet, plan)


def _underwater(sheet: Sheet, plan: Plan) -> None:
    """Paint a reef in the light from above."""
    deep.paint_underwater(sheet, plan)


def _studio(sheet: Sheet, plan: Plan) -> None:
    """Paint a room, with a table unless somebody sits for a portrait."""
    studio.paint_studio(sheet, plan, table=all(spot.band != "bust" for spot in plan.spots))


_PLACES: dict[str, Callable[[Sheet, Plan], None]] = {
    "mountains": _mountains, "sea": _sea, "beach": _beach, "lake": _lake, "forest": _forest, "desert": _desert,
    "city": _city, "garden": _garden, "field": _field, "hills": _hills, "space": _space, "underwater": _underwater,
    "studio": _studio,
}  # fmt: skip
