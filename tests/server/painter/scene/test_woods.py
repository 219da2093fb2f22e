from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings.server.painter.scene.woods import circles, paint_firs, paint_flowers, paint_grass, paint_grove

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.server.painter.scene.sheet import Sheet

LEVEL = np.full(96, 50, np.float32)


@pytest.mark.parametrize("prompt", ["forest at noon", "forest in winter", "forest, all in red"])
@pytest.mark.parametrize("distance", [0.1, 0.8])
def test_firs_stand_on_their_line(prompt: str, distance: float, grey_sheet: Sheet, plan_of: Callable[..., Any]):
    paint_firs(grey_sheet, plan_of(prompt), "x", LEVEL, tall=0.5, distance=distance, dense=1.0)
    changed = (np.abs(grey_sheet.rgb - 0.5).max(-1) > 0.02).any(1)
    assert changed[30:48].all()
    assert not changed[56:].any()


def test_snow_makes_firs_brighter(grey_sheet: Sheet, plan_of: Callable[..., Any]):
    means = []
    for prompt in ("forest at noon", "forest at noon in winter"):
        grey_sheet.rgb[:] = 0.5
        paint_firs(grey_sheet, plan_of(prompt), "x", LEVEL, tall=0.5, distance=0.1, dense=1.5)
        means.append(grey_sheet.rgb.mean())
    assert means[1] > means[0] + 0.02


@pytest.mark.parametrize("paint", [paint_firs, paint_grove])
def test_trees_above_the_picture_are_left_out(paint: Any, grey_sheet: Sheet, plan_of: Callable[..., Any]):
    paint(grey_sheet, plan_of("forest"), "x", LEVEL - 500, tall=0.2, distance=0.1, dense=1.0)
    assert (grey_sheet.rgb == 0.5).all()


@pytest.mark.parametrize("prompt", ["garden", "garden in winter", "garden, all in red"])
def test_groves_stand_on_their_line(prompt: str, grey_sheet: Sheet, plan_of: Callable[..., Any]):
    paint_grove(grey_sheet, plan_of(prompt), "x", LEVEL, tall=0.4, distance=0.3, dense=2.0)
    changed = (np.abs(grey_sheet.rgb - 0.5).max(-1) > 0.02).any(1)
    assert changed[35:50].all()
    assert not changed[58:].any()


def test_grass_and_flowers_grow_below_their_line(grey_sheet: Sheet, plan_of: Callable[..., Any]):
    plan = plan_of("garden")
    paint_grass(grey_sheet, plan, start=0.5, colour=(0.2, 0.5, 0.2))
    assert (grey_sheet.rgb[:28] == 0.5).all()
    assert (grey_sheet.rgb[50:, :, 1] > grey_sheet.rgb[50:, :, 0]).mean() > 0.1
    paint_flowers(grey_sheet, plan, start=0.6, count=60)
    assert (grey_sheet.rgb[:28] == 0.5).all()


def test_a_few_flowers_need_not_have_every_colour(grey_sheet: Sheet, plan_of: Callable[..., Any]):
    paint_flowers(grey_sheet, plan_of("garden, all in red"), start=0.6, count=1)
    assert (grey_sheet.rgb != 0.5).any()


def test_circles_have_their_radius():
    dots = circles(np.array([5.0], np.float32), np.array([7.0], np.float32), np.array([2.0], np.float32))
    assert dots.shape == (1, 12, 2)
    assert np.hypot(*(dots[0] - (5, 7)).T).max() == pytest.approx(2, rel=0.1)
