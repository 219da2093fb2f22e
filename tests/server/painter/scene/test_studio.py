from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from drawthings.server.painter.scene.sheet import Sheet
from drawthings.server.painter.scene.studio import paint_bokeh, paint_studio, wall_colour

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_wall_takes_the_tint_or_follows_the_seed(plan_of: Callable[..., Any]):
    assert len({wall_colour(plan_of("a cup", seed=seed)) for seed in range(12)}) > 3
    blue = wall_colour(plan_of("a cup, all in blue"))
    assert blue[2] > blue[0]


def test_a_table_stands_below_the_horizon(plan_of: Callable[..., Any]):
    plan = plan_of("a cup")
    sheets = {}
    for table in (True, False):
        sheets[table] = Sheet(96, 96)
        paint_studio(sheets[table], plan, table=table)
    row = int(plan.horizon * 96)
    assert np.abs(sheets[True].rgb[row + 5 :] - sheets[False].rgb[row + 5 :]).mean() > 0.02


def test_bokeh_floats_in_some_rooms_and_whenever_it_is_named(plan_of: Callable[..., Any]):
    def has(prompt: str, seed: int) -> bool:
        plan = plan_of(prompt, seed=seed)
        sheet, plain = Sheet(64, 64), Sheet(64, 64)
        paint_studio(sheet, plan, table=False)
        paint_studio(plain, plan, table=True)
        return bool(np.abs(sheet.rgb[:30] - plain.rgb[:30]).max() > 1e-3)

    assert {has("a portrait", seed) for seed in range(8)} == {True, False}


def test_discs_of_light_brighten(plan_of: Callable[..., Any]):
    for size in ((64, 64), (16, 300), (300, 16)):
        sheet = Sheet(*size)
        paint_bokeh(sheet, plan_of("a cup, bokeh"), 60, (0.5, 0.5, 0.5))
        assert 0 <= sheet.rgb.min() < sheet.rgb.max() <= 1
