"""How long it still takes."""

from __future__ import annotations

import pytest

from drawthings.client.pace import Pace, Speed, duration, elapsed


def paced(*times_s: float) -> Pace:
    pace = Pace()
    for step, now_s in enumerate(times_s):
        pace.mark(step, now_s)
    return pace


def test_nothing_is_told_before_two_steps_were_measured() -> None:
    assert Pace().left_s(20, 0) is None
    assert paced(0).left_s(20, 0) is None
    # The first one loaded the model.
    assert paced(0, 60).left_s(20, 60) is None
    assert paced(0, 60, 62).left_s(20, 62) is None
    assert paced(0, 60, 62, 64).left_s(20, 64) == 17 * 2


def test_one_slow_step_does_not_count() -> None:
    assert paced(0, 60, 62, 64, 94, 96).left_s(20, 96) == 15 * 2


def test_the_time_runs_on_between_steps_and_stops_at_the_next() -> None:
    pace = paced(0, 1, 3, 5)
    assert pace.left_s(10, 6) == 7 * 2 - 1
    assert pace.left_s(10, 7.5) == 6 * 2


def test_a_step_that_hangs_takes_the_number_away() -> None:
    pace = paced(0, 1, 3, 5)
    assert pace.left_s(10, 5 + 7.1) is None
    assert paced(0, 1, 3, 5).left_s(3, 100) == 0


def test_only_the_latest_steps_count() -> None:
    times = [0.0, 1.0]
    times += [times[-1] + 10 * number for number in range(1, 6)]
    times += [times[-1] + number for number in range(1, 9)]
    assert paced(*times).step_s == 1


def test_steps_may_be_skipped() -> None:
    pace = Pace()
    for step, now_s in ((0, 0), (1, 5), (3, 9), (5, 13)):
        pace.mark(step, now_s)
    assert pace.step_s == 2


def test_a_repeated_step_changes_nothing() -> None:
    pace = paced(0, 1, 3, 5)
    pace.mark(3, 6)
    assert pace.left_s(10, 6) == 7 * 2 - 1


def test_another_pass_is_measured_anew_and_another_request_is_not() -> None:
    pace = paced(0, 1, 3, 5)
    pace.restart()
    pace.mark(0, 20)
    assert pace.left_s(10, 20) == 20
    pace = paced(0, 1, 3, 5)
    pace.mark(0, 20)
    assert pace.left_s(10, 20) is None


def test_more_steps_than_announced_tell_nothing() -> None:
    assert paced(0, 1, 3, 5).left_s(2, 5) is None


def test_speed_is_the_mean() -> None:
    speed = Speed()
    assert speed.left_s(100, 0) is None
    speed.mark(0, 10)
    speed.mark(20, 10.5)
    assert speed.left_s(100, 10.5) is None
    speed.mark(40, 14)
    assert speed.left_s(100, 14) == 6


def test_speed_without_progress_is_none() -> None:
    speed = Speed()
    speed.mark(5, 0)
    assert speed.left_s(100, 60) is None


def test_another_file_begins_another_measurement() -> None:
    speed = Speed()
    speed.mark(0, 0)
    speed.mark(90, 9)
    speed.mark(0, 100)
    speed.mark(10, 110)
    assert speed.left_s(100, 110) == 90


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "1 s"),
        (1.4, "1 s"),
        (19.4, "19 s"),
        (33, "35 s"),
        (119, "120 s"),
        (121, "2 min"),
        (3500, "58 min"),
        (3599, "1 h 00 min"),
        (7800, "2 h 10 min"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(-1, "0:00"), (7.9, "0:07"), (61, "1:01"), (3661, "1:01:01")])
def test_a_clock(seconds: float, words: str) -> None:
    assert elapsed(seconds) == words
