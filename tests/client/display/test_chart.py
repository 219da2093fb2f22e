"""How long steps took, in numbers and as a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from drawthings import StepTimes
from drawthings.errors import BadValue
from drawthings.stream.events import ImageDecoded, Sampling, SecondPassSampling

if TYPE_CHECKING:
    from drawthings.stream.events import Event

SVG = "{http://www.w3.org/2000/svg}"


def told(*events: tuple[float, Event]) -> StepTimes:
    """Return what was measured of events that came at certain seconds."""
    times = iter([at_s for at_s, event in events if not isinstance(event, ImageDecoded)])
    made = StepTimes(clock=lambda: next(times))
    for _, event in events:
        made(event)
    return made


def step(number: int) -> Sampling:
    return Sampling(number, 8, progress=0.5)


def second(number: int) -> SecondPassSampling:
    return SecondPassSampling(number, 8, progress=0.5)


def test_each_step_counts_from_the_one_before() -> None:
    times = told((0, step(0)), (2, step(1)), (2.5, step(2)), (2.6, ImageDecoded(progress=0.9)), (3, step(3)))
    assert times.seconds == (2, 0.5, 0.5)
    assert [each.number for each in times.steps] == [1, 2, 3]
    assert repr(times) == "StepTimes(3 steps, usually 500 ms)"


def test_steps_told_together_share_their_time() -> None:
    assert told((0, step(0)), (3, step(3)), (3.5, step(3)), (4, step(4))).seconds == (1, 1, 1, 0.5)


def test_another_request_and_another_pass_begin_anew() -> None:
    times = told((0, step(0)), (1, step(1)), (9, step(0)), (11, step(1)), (20, second(0)), (23, second(1)))
    assert times.seconds == (1, 2, 3)
    assert [each.second_pass for each in times.steps] == [False, False, True]


def test_places_of_a_grid_are_told_with_the_event() -> None:
    times = iter([0.0, 1.0])
    made = StepTimes(clock=lambda: next(times))
    for number in (0, 1):
        made(object(), step(number))
    assert made.seconds == (1,)


def test_the_chart_has_a_bar_for_each_step_as_high_as_its_time() -> None:
    times = told((0, step(0)), (2, step(1)), (3, step(2)), (5, second(0)), (6, second(1)))
    chart = ET.fromstring(times.svg())  # noqa: S314 - our own
    bars = [bar for bar in chart.iter(f"{SVG}rect") if bar.find(f"{SVG}title") is not None]
    heights = [float(bar.get("height", 0)) for bar in bars]
    assert heights == [pytest.approx(2 * heights[1], abs=0.2), heights[1], heights[1]]
    titles = [bar.findtext(f"{SVG}title") for bar in bars]
    assert titles == ["step 1: 2 s", "step 2: 1 s", "second pass, step 1: 1 s"]
    assert len({bar.get("fill") for bar in bars}) == 2
    assert "usually 1 s, 4 s in all" in times.svg()
    assert times._repr_svg_() == times.svg()


def test_many_steps_do_not_crowd_their_names() -> None:
    times = told(*[(number / 10, step(number)) for number in range(101)])
    chart = ET.fromstring(times.svg())  # noqa: S314 - our own
    names = [text for text in chart.iter(f"{SVG}text") if (text.text or "").isdigit()]
    assert 6 <= len(names) <= 12
    assert all(0 <= float(bar.get("y", 0)) <= 240 for bar in chart.iter(f"{SVG}rect"))


def test_steps_that_took_no_time_are_drawn() -> None:
    assert "<svg" in told((0, step(0)), (0, step(1))).svg()


def test_nothing_measured_is_told() -> None:
    times = StepTimes()
    assert repr(times) == "StepTimes(no steps yet)"
    assert times._repr_svg_() is None
    with pytest.raises(BadValue, match="no step was measured") as caught:
        times.svg()
    assert "on_event=times" in caught.value.hint
