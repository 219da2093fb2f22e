from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings.server.painter.scene.land import (
    aired,
    between,
    crest,
    ground_colours,
    paint_dune,
    paint_ground,
    paint_hill,
    paint_mountains,
    perspective_noise,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.server.painter.scene.sheet import Sheet


def test_far_things_fade_into_the_haze(plan_of: Callable[..., Any]):
    plan = plan_of("field at noon")
    haze = np.array(plan.light.haze)
    far = [np.abs(np.array(aired(plan, (0.1, 0.2, 0.1), distance)) - haze).sum() for distance in (0.0, 0.5, 1.0)]
    assert far == sorted(far, reverse=True)


def test_the_ground_leans_to_the_tint_but_snow_stays_white(plan_of: Callable[..., Any]):
    assert ground_colours(plan_of("field all in red")) != ground_colours(plan_of("field"))
    assert ground_colours(plan_of("snow field all in red")) == ground_colours(plan_of("snow field"))


@pytest.mark.parametrize("sharp", [0.0, 0.5, 1.0])
def test_a_crest_stays_between_foot_and_peak(sharp: float, grey_sheet: Sheet, plan_of: Callable[..., Any]):
    line = crest(grey_sheet, plan_of("hills"), "x", base=0.7, height=0.3, cells=2, sharp=sharp)
    assert line.shape == (96,)
    assert line.max() <= 0.7 * 64
    assert line.min() >= (0.7 - 0.34) * 64
    assert np.ptp(line) > 1


@pytest.mark.parametrize("prompt", ["mountains", "mountains in winter", "mountains, red", "mountains at night"])
def test_mountains_cover_their_range_only(prompt: str, grey_sheet: Sheet, plan_of: Callable[..., Any]):
    line = paint_mountains(grey_sheet, plan_of(prompt), "x", base=0.7, height=0.4, distance=0.5)
    assert (grey_sheet.rgb[: int(line.min()) - 2] == 0.5).all()
    assert (grey_sheet.rgb[int(0.7 * 64) + 2 :] == 0.5).all()
    assert grey_sheet.rgb[int(0.68 * 64)].std() > 0.001


def test_hills_and_dunes_end_where_they_may(grey_sheet: Sheet, plan_of: Callable[..., Any]):
    plan = plan_of("desert at noon")
    line = crest(grey_sheet, plan, "x", base=0.5, height=0.1, cells=2, sharp=0.0)
    paint_hill(grey_sheet, plan, line, (0.4, 0.6, 0.3), distance=0.5, until=0.6)
    assert (grey_sheet.rgb[int(0.6 * 64) + 2 :] == 0.5).all()
    assert not (grey_sheet.rgb[int(0.55 * 64)] == 0.5).any()
    paint_dune(grey_sheet, plan, "y", base=0.8, height=0.1, distance=0.3)
    assert not (grey_sheet.rgb[int(0.85 * 64)] == 0.5).any()


def test_the_ground_reaches_the_lower_edge(grey_sheet: Sheet, plan_of: Callable[..., Any]):
    line = paint_ground(grey_sheet, plan_of("field"), 0.6)
    assert abs(line.mean() / 64 - 0.6) < 0.05
    assert not (grey_sheet.rgb[-1] == 0.5).any()


def test_noise_on_the_ground_is_squeezed_far_away(plan_of: Callable[..., Any]):
    plane = perspective_noise(plan_of("field"), (200, 100), "x")
    change = np.abs(np.diff(plane, axis=0)).mean(1)
    assert change[:40].mean() > 2 * change[-40:].mean()


def test_between_two_colours():
    assert between((0.0, 0.0, 0.0), (1.0, 0.5, 0.0), np.array([[0.5]], np.float32))[0, 0].tolist() == [0.5, 0.25, 0]
