from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings.server.painter.scene.accents import MOST_ORNAMENTS, paint_before, paint_behind

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.server.painter.scene.sheet import Sheet


@pytest.mark.parametrize("word", ["northern lights", "rainbow", "sky lanterns"])
def test_what_belongs_to_the_sky_is_painted_behind(word: str, grey_sheet: Sheet, plan_of: Callable[..., Any]):
    plan = plan_of(f"a field, {word}")
    grey_sheet.rgb[:] = 0.1
    paint_before(grey_sheet, plan)
    assert np.ptp(grey_sheet.rgb) < 1e-6
    paint_behind(grey_sheet, plan)
    assert (np.abs(grey_sheet.rgb - 0.1).max(-1) > 0.05).mean() > 0.01


@pytest.mark.parametrize(
    "word", ["sunbeam", "petals", "falling leaves", "fireflies", "soap bubbles", "zorblax", "coral reef"]
)
def test_what_floats_is_painted_before(word: str, grey_sheet: Sheet, plan_of: Callable[..., Any]):
    plan = plan_of(f"a field, {word}")
    paint_behind(grey_sheet, plan)
    assert (grey_sheet.rgb == 0.5).all()
    paint_before(grey_sheet, plan)
    assert (np.abs(grey_sheet.rgb - 0.5).max(-1) > 0.02).mean() > 0.001


def test_lights_take_the_tint(plan_of: Callable[..., Any], grey_sheet: Sheet):
    grey_sheet.rgb[:] = 0
    paint_before(grey_sheet, plan_of("fireflies, everything in blue"))
    assert grey_sheet.rgb[..., 2].mean() > 0.6 * grey_sheet.rgb[..., 0].mean()


def test_each_unknown_word_has_its_own_ornament(grey_sheet: Sheet, plan_of: Callable[..., Any]):
    def painted(words: str) -> np.ndarray:
        grey_sheet.rgb[:] = 0.5
        paint_before(grey_sheet, plan_of(f"a field {words}"))
        return grey_sheet.rgb.copy()

    many = " ".join(f"word{chr(97 + n)}x" for n in range(MOST_ORNAMENTS + 3))
    looks = [painted(words) for words in ("zorblax", "flumox", "zorblax flumox")]
    assert all(not np.array_equal(a, b) for a, b in itertools.pairwise(looks))
    assert not np.array_equal(painted(many), looks[0])
