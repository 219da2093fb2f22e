from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings.server.painter.scene.places import paint_place
from drawthings.server.painter.scene.sheet import Sheet
from drawthings.server.painter.vocabulary import PLACES

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("place", sorted(PLACES))
@pytest.mark.parametrize("season", ["summer", "winter", "autumn", "spring"])
def test_every_place_covers_the_ground_in_every_season(place: str, season: str, plan_of: Callable[..., Any]):
    plan = plan_of(f"a fox, {PLACES[place].split('|')[0]}, {season}")
    sheet = Sheet(64, 96)
    sheet.rgb[:] = (1.0, 0.0, 1.0)
    paint_place(sheet, plan)
    left_over = (np.abs(sheet.rgb[-8:] - np.array((1.0, 0.0, 1.0))).max(-1) < 0.02).mean()
    assert left_over == 0
    assert np.isfinite(sheet.rgb).all()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sea", "sea with waves"), ("sea", "a fox by the sea"), ("lake", "a fox at a lake"), ("city", "city lights"),
        ("city at noon", "city at noon in the snow"), ("studio", "portrait"), ("space", "a robot in space"),
        ("sea", "a lighthouse by the sea"), ("field", "field of flowers"), ("mountains", "mountains in a desert"),
    ],
)  # fmt: skip
def test_a_word_more_changes_the_place(one: str, other: str, plan_of: Callable[..., Any]):
    sheets = []
    for prompt in (one, other):
        sheet = Sheet(48, 64)
        paint_place(sheet, plan_of(prompt))
        sheets.append(sheet.rgb)
    assert not np.array_equal(*sheets)
