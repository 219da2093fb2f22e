from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings.server.painter.scene.weather import falling, paint_falling, paint_fog, paint_lightning

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.server.painter.scene.sheet import Sheet


@pytest.mark.parametrize("weather", ["snow", "rain", "storm"])
@pytest.mark.parametrize("shape", [(64, 96), (720, 1280)])
def test_it_falls_and_goes_on_falling(weather: str, shape: tuple[int, int], plan_of: Callable[..., Any]):
    plan = plan_of(f"a field, {weather}")
    now, again, later = (falling(shape, plan, time) for time in (0.0, 0.0, 0.3))
    assert now is not None
    assert later is not None
    assert now.shape == shape
    assert 0.002 < now.mean() < 0.2
    assert np.array_equal(now, again)
    assert not np.array_equal(now, later)


def test_nothing_falls_by_dry_weather(grey_sheet: Sheet, plan_of: Callable[..., Any]):
    assert falling((8, 8), plan_of("a field"), 0.0) is None
    paint_falling(grey_sheet, plan_of("a field"))
    assert (grey_sheet.rgb == 0.5).all()


@pytest.mark.parametrize("weather", ["snow", "rain"])
def test_what_falls_is_bright(weather: str, grey_sheet: Sheet, plan_of: Callable[..., Any]):
    paint_falling(grey_sheet, plan_of(f"a field, {weather}"))
    assert grey_sheet.rgb.mean() > 0.5
    assert grey_sheet.rgb.min() >= 0.5


def test_fog_is_thickest_at_the_horizon(grey_sheet: Sheet, plan_of: Callable[..., Any]):
    plan = plan_of("a field in the fog")
    grey_sheet.rgb[:] = 0
    paint_fog(grey_sheet, plan)
    row = int(plan.horizon * 64)
    assert grey_sheet.rgb[row].mean() > 2 * grey_sheet.rgb[0].mean()


def test_lightning_is_a_thin_bright_line(grey_sheet: Sheet, plan_of: Callable[..., Any]):
    grey_sheet.rgb[:] = 0
    paint_lightning(grey_sheet, plan_of("a storm over a field"))
    assert grey_sheet.rgb.max() > 0.9
    assert 0.002 < (grey_sheet.rgb.min(-1) > 0.9).mean() < 0.05
