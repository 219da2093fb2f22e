from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings.server.painter.scene.render import render

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_layers_lead_to_the_picture(plan_of: Callable[..., Any]):
    sheet = render(plan_of("a fox in a field at sunset"), 64, 96)
    assert sheet.rgb.shape == (64, 96, 3)
    assert 0 <= sheet.rgb.min() < sheet.rgb.max() <= 1
    assert len(sheet.layers) == 2
    sky, place = (picture for picture, _ in sheet.layers)
    assert np.array_equal(sky[:8], place[:8])
    assert not np.array_equal(sky[50:], place[50:])
    assert 0.03 < sheet.cover.mean() < 0.6, "the fox and its shadow"


def test_snow_can_be_left_to_a_film(plan_of: Callable[..., Any]):
    plan = plan_of("a field in the falling snow")
    assert not np.array_equal(render(plan, 64, 96).rgb, render(plan, 64, 96, falling=False).rgb)


@pytest.mark.parametrize(
    "prompt",
    [
        "a boat on a lake",
        "a house in the fog",
        "a cat, bokeh",
        "an astronaut in space",
        "a balloon in a thunderstorm",
        "a cup",
    ],
)
def test_all_bands_are_painted(prompt: str, plan_of: Callable[..., Any]):
    plan = plan_of(prompt)
    assert plan.spots
    with_figure = render(plan, 64, 96).rgb
    assert np.array_equal(with_figure, render(plan, 64, 96).rgb)
    assert with_figure.std() > 0.05


def test_boats_are_mirrored_in_the_water(plan_of: Callable[..., Any]):
    plan = plan_of("a white sailboat on the sea at noon")
    spot = plan.spots[0]
    sheet = render(plan, 200, 300)
    foot, x = int(spot.foot * 200), int(spot.x * 300)
    beside = sheet.rgb[foot + 25, [5, 295]].mean()
    assert sheet.rgb[foot + 25, x - 8 : x + 8].mean() != pytest.approx(beside, abs=0.01)
