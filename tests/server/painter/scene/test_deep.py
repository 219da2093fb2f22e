from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drawthings.server.painter.scene.deep import paint_moonscape, paint_space, paint_underwater
from drawthings.server.painter.scene.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable


def test_nebulae_take_the_tint(plan_of: Callable[..., Any]):
    means = []
    for prompt in ("space, all in red", "space, all in green"):
        sheet = Sheet(96, 144)
        paint_space(sheet, plan_of(prompt))
        means.append(sheet.rgb.mean((0, 1)))
    assert means[0][0] - means[0][1] > means[1][0] - means[1][1]


@pytest.mark.parametrize("prompt", ["space", "space, all in red"])
def test_the_ground_of_a_moon_lies_below(prompt: str, grey_sheet: Sheet, plan_of: Callable[..., Any]):
    paint_moonscape(grey_sheet, plan_of(prompt))
    assert (grey_sheet.rgb[:35] == 0.5).all()
    assert not (grey_sheet.rgb[-2:] == 0.5).any()


@pytest.mark.parametrize("prompt", ["coral reef", "coral reef, all in red"])
def test_light_comes_from_above_and_corals_grow_below(prompt: str, plan_of: Callable[..., Any]):
    sheet = Sheet(96, 144)
    sheet.rgb[:] = (0.05, 0.3, 0.5)
    paint_underwater(sheet, plan_of(prompt))
    assert sheet.rgb[:15].mean() > sheet.rgb[45:55].mean()
    assert sheet.rgb[85:].std() > 0.05
