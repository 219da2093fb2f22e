"""How long jobs take is learnt."""

from __future__ import annotations

import pytest

from drawthings.apps.jobs.pace import Pace


def test_nothing_is_told_before_anything_was_done() -> None:
    assert Pace().seconds("a", 10) is None


def test_what_was_seen_is_told_again() -> None:
    pace = Pace()
    pace.note("a", 10, 5)
    assert pace.seconds("a", 20) == pytest.approx(10)


def test_another_model_is_taken_for_the_average() -> None:
    pace = Pace()
    pace.note("a", 1, 1)
    pace.note("b", 1, 3)
    assert pace.seconds("c", 1) == pytest.approx(1 + 0.3 * 2)


def test_it_follows_a_change() -> None:
    pace = Pace()
    for _ in range(20):
        pace.note("a", 1, 1)
    for _ in range(20):
        pace.note("a", 1, 9)
    assert pace.seconds("a", 1) == pytest.approx(9, rel=0.01)
