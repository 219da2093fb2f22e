from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings.server.painter.scene.sheet import Sheet
from drawthings.server.painter.scene.water import paint_surf, paint_water

if TYPE_CHECKING:
    from collections.abc import Callable


def test_calm_water_mirrors_and_rough_water_does_not(plan_of: Callable[..., Any]):
    contrast = []
    for calm in (0.95, 0.1):
        sheet = Sheet(128, 96)
        sheet.rgb[:64, :48] = 1.0
        paint_water(sheet, plan_of("lake, overcast"), 0.5, calm=calm)
        contrast.append(float(sheet.rgb[70:110, :40].mean() - sheet.rgb[70:110, 56:].mean()))
    assert contrast[0] > 2 * contrast[1] > 0


def test_the_path_of_light_lies_below_the_sun(plan_of: Callable[..., Any]):
    plan = plan_of("lake at sunset")
    sheet = Sheet(128, 200)
    paint_water(sheet, plan, 0.5, calm=0.5)
    below, beside = int(plan.sun[0] * 200), int((1 - plan.sun[0]) * 200)
    assert sheet.rgb[80:120, below - 8 : below + 8].mean() > sheet.rgb[80:120, beside - 8 : beside + 8].mean() + 0.02


@pytest.mark.parametrize("prompt", ["lake", "a lake, all in red"])
def test_water_covers_everything_below_its_shore(prompt: str, grey_sheet: Sheet, plan_of: Callable[..., Any]):
    paint_water(grey_sheet, plan_of(prompt), 0.5, calm=0.5)
    assert (grey_sheet.rgb[:31] == 0.5).all()
    assert not (grey_sheet.rgb[34:] == 0.5).all(-1).any()
    tiny = Sheet(2, 3)
    paint_water(tiny, plan_of(prompt), 0.99, calm=0.5)
    assert np.isfinite(tiny.rgb).all()


def test_surf_is_a_bright_line(grey_sheet: Sheet, plan_of: Callable[..., Any]):
    paint_surf(grey_sheet, plan_of("beach at noon"), 0.6)
    bright = grey_sheet.rgb.mean((1, 2))
    assert 0.5 < bright.argmax() / 64 < 0.66
    assert bright[0] == pytest.approx(0.5, abs=1e-3)
