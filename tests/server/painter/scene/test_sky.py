from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings.server.painter.scene.sheet import Sheet
from drawthings.server.painter.scene.sky import cloud_planes, paint_clouds, paint_sky, paint_stars

if TYPE_CHECKING:
    from collections.abc import Callable


def painted(plan: Any, size: tuple[int, int] = (80, 120)) -> np.ndarray:
    sheet = Sheet(*size)
    paint_sky(sheet, plan)
    return sheet.rgb


def test_a_sunset_is_red_at_the_horizon_and_a_noon_blue_above(plan_of: Callable[..., Any]):
    sunset, noon = painted(plan_of("field at sunset")), painted(plan_of("field at noon"))
    assert sunset[40, :, 0].mean() > sunset[40, :, 2].mean()
    assert noon[2, :, 2].mean() > noon[2, :, 0].mean()


def test_the_sun_shines_where_the_plan_has_it(plan_of: Callable[..., Any]):
    plan = plan_of("field at sunset, clear sky")
    sky = painted(plan)
    assert sky[int(plan.sun[1] * 80), int(plan.sun[0] * 120)].mean() > 0.8


def test_the_moon_has_spots_and_the_deep_no_disc(plan_of: Callable[..., Any]):
    plan = plan_of("field at night, clear sky, full moon")
    sky = painted(plan, (240, 360))
    x, y, reach = int(plan.sun[0] * 360), int(plan.sun[1] * 240), 15
    assert sky[y - reach : y + reach, x - reach : x + reach].std() > 0.005
    assert painted(plan_of("coral reef")).max() <= 1


def test_a_sun_outside_a_narrow_sheet_is_left_out(plan_of: Callable[..., Any]):
    assert np.isfinite(painted(plan_of("field at night"), (4, 400))).all()


@pytest.mark.parametrize("amount", [0.1, 1.0])
def test_stars_are_few_and_bright(amount: float, plan_of: Callable[..., Any]):
    sheet = Sheet(200, 300)
    paint_stars(sheet, plan_of("space"), amount)
    assert 0.0001 < (sheet.rgb.max(-1) > 0.02).mean() < 0.1
    assert sheet.rgb[150:].max() > 0.1 * amount


def test_more_cover_is_more_cloud(plan_of: Callable[..., Any]):
    plan = plan_of("field at noon")
    amounts = [float(cloud_planes((60, 90), plan, cover)[0].mean()) for cover in (0.1, 0.5, 1.0)]
    assert amounts == sorted(amounts)
    assert amounts[2] > amounts[0] + 0.2


def test_the_word_clouds_brings_more(plan_of: Callable[..., Any]):
    sheets = []
    for prompt in ("field at noon", "field at noon, clouds"):
        sheet = Sheet(60, 90)
        paint_clouds(sheet, plan_of(prompt))
        sheets.append(float(sheet.cover.mean()))
    assert sheets[1] != sheets[0]
