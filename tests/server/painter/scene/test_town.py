from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings.server.painter.scene.sheet import Sheet
from drawthings.server.painter.scene.town import paint_signs, paint_skyline, paint_street

if TYPE_CHECKING:
    from collections.abc import Callable


def test_houses_rise_from_the_horizon(plan_of: Callable[..., Any]):
    plan = plan_of("city at noon")
    sheet = Sheet(128, 192)
    sheet.rgb[:] = (1.0, 0.0, 1.0)
    paint_skyline(sheet, plan)
    houses = (np.abs(sheet.rgb - (1.0, 0.0, 1.0)).max(-1) > 0.05).mean(1)
    assert houses[int(plan.horizon * 128) - 2] > 0.9
    assert houses[5] < 0.1
    assert (np.diff(houses[: int(plan.horizon * 128) - 2]) > -0.2).all()


@pytest.mark.parametrize(("prompt", "warm"), [("city at night", 1), ("city at night, neon", 0)])
def test_windows_shine_at_night(prompt: str, warm: int, plan_of: Callable[..., Any]):
    plan = plan_of(prompt)
    sheet = Sheet(256, 384)
    paint_skyline(sheet, plan)
    lit = sheet.rgb[sheet.rgb.max(-1) > 0.75]
    assert len(lit) > 50
    assert (lit[:, 1].mean() > lit[:, 2].mean()) == bool(warm)


@pytest.mark.parametrize("prompt", ["city at noon", "city at noon in the rain", "city in winter", "city, all in red"])
def test_the_street_covers_the_ground(prompt: str, plan_of: Callable[..., Any]):
    plan = plan_of(prompt)
    sheet = Sheet(64, 96)
    sheet.rgb[:] = (1.0, 0.0, 1.0)
    paint_skyline(sheet, plan)
    paint_street(sheet, plan)
    assert (np.abs(sheet.rgb[-3:] - (1.0, 0.0, 1.0)).max(-1) > 0.05).all()


def test_signs_hang_above_the_street(plan_of: Callable[..., Any]):
    plan = plan_of("neon city at night")
    sheet = Sheet(128, 192)
    paint_signs(sheet, plan, 40)
    assert sheet.rgb[: int(plan.horizon * 128)].max() > 0.8
    assert sheet.rgb[-5:].max() == 0
    paint_signs(Sheet(4, 4), plan, 400)


def test_tiny_houses_have_no_windows(plan_of: Callable[..., Any]):
    sheet = Sheet(10, 6)
    paint_skyline(sheet, plan_of("city at night"))
    assert np.isfinite(sheet.rgb).all()
