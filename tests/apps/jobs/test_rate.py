"""The bucket of tokens, under a clock of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.apps.jobs.rate import Rate


class Clock:
    """Tells the time that it was set to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_who_was_silent_may_ask_as_often_as_in_a_minute_and_is_told_when_to_come_again() -> None:
    clock = Clock()
    rate = Rate(3, clock=clock)
    assert [rate.take("me") for _ in range(5)] == [0, 0, 0, pytest.approx(20), pytest.approx(20)]
    assert rate.take("you") == 0
    clock.now += 19
    assert rate.take("me") == pytest.approx(1)
    clock.now += 1
    assert [rate.take("me"), rate.take("me")] == [0, pytest.approx(20)]


def test_what_was_given_back_can_be_taken_again_and_no_more() -> None:
    clock = Clock()
    rate = Rate(2, burst=1, clock=clock)
    assert rate.take("me") == 0
    rate.give_back("me")
    rate.give_back("nobody")
    assert rate.take("me") == 0
    assert rate.take("me") == pytest.approx(30)


def test_full_buckets_are_forgotten_and_of_the_others_only_so_many_are_kept() -> None:
    clock = Clock()
    rate = Rate(10, clock=clock, most=50)
    for number in range(200):
        assert rate.take(f"10.0.0.{number}") == 0
    assert len(rate) == 50
    clock.now += 6.1
    rate.take("me")
    assert len(rate) == 1


@given(
    per_minute=st.integers(1, 40),
    burst=st.integers(1, 12),
    pauses=st.lists(st.one_of(st.just(0.0), st.floats(0, 40), st.sampled_from([1.5, 6.0, 60.0])), max_size=150),
)
def test_nobody_has_more_than_the_rate_and_the_burst_in_any_minute(
    per_minute: int, burst: int, pauses: list[float]
) -> None:
    clock = Clock()
    rate = Rate(per_minute, burst=burst, clock=clock)
    taken: list[float] = []
    for pause in pauses:
        clock.now += pause
        if rate.take("me") == 0:
            taken.append(clock.now)
    for first, start in enumerate(taken):
        assert sum(moment <= start + 60 for moment in taken[first:]) <= per_minute + burst


@given(per_minute=st.integers(1, 1000), burst=st.integers(1, 300), early=st.floats(0, 0.99))
def test_who_comes_when_told_to_is_let_in_and_who_comes_earlier_is_not(
    per_minute: int, burst: int, early: float
) -> None:
    clock = Clock()
    rate = Rate(per_minute, burst=burst, clock=clock)
    assert not any(rate.take("me") for _ in range(burst))
    wait_s = rate.take("me")
    assert 0 < wait_s <= 60.0001
    clock.now += wait_s * early
    assert rate.take("me") > 0
    clock.now += wait_s * (1 - early)
    assert rate.take("me") == 0
