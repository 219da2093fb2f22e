from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.catalogue.schedule import auto_shift, executed_steps


@pytest.mark.parametrize(
    ("side", "shift"), [(512, 1.88), (768, 2.33), (1024, 3.16), (1280, 4.66), (1536, 7.51), (2048, 25.3)]
)
def test_auto_shift(side: int, shift: float):
    assert auto_shift(side, side) == pytest.approx(shift, rel=0.003)


@pytest.mark.parametrize(
    ("steps", "strength", "shift", "left"),
    [(30, 0.7, 3.158, 13), (4, 0.7, 3, 2), (10, 0.5, 1, 5), (20, 0.5, 3, 5), (30, 1, 3, 30), (30, 0, 3, 0)],
)
def test_executed_steps_of_flow_models(steps: int, strength: float, shift: float, left: int):
    assert executed_steps(steps, strength, shift, flow=True) == left


def test_executed_steps_of_the_others_ignore_the_shift():
    assert executed_steps(20, 0.7, 5, flow=False) == 14


@given(st.integers(1, 150), st.floats(0, 1), st.floats(0.1, 8), st.booleans())
def test_never_more_than_all_nor_less_than_none(steps: int, strength: float, shift: float, flow: bool):
    assert 0 <= executed_steps(steps, strength, shift, flow=flow) <= steps
