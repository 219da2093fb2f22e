"""The fair line: owners take turns, and nobody starves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.apps.jobs.line import Line

if TYPE_CHECKING:
    from collections.abc import Iterable


def line_of(*entries: tuple[str, str]) -> Line[str]:
    line: Line[str] = Line()
    for owner, item in entries:
        line.join(owner, item)
    return line


def emptied(line: Line[str]) -> list[str]:
    taken: list[str] = []
    while (item := line.take()) is not None:
        taken.append(item)
    return taken


def test_owners_take_turns_and_keep_their_own_order() -> None:
    line = line_of(("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1"), ("b", "b2"))
    assert list(line) == ["a1", "b1", "c1", "a2", "b2", "a3"]
    assert emptied(line) == ["a1", "b1", "c1", "a2", "b2", "a3"]
    assert len(line) == 0


def test_who_comes_late_is_served_before_the_second_of_who_has_many() -> None:
    line = line_of(*(("a", f"a{number}") for number in range(100)))
    assert line.take() == "a0"
    line.join("b", "b1")
    assert [line.take(), line.take(), line.take()] == ["a1", "b1", "a2"]


def test_the_place_told_is_the_place_in_which_it_is_taken() -> None:
    line = line_of(("a", "a1"), ("b", "b1"), ("a", "a2"))
    line.take()
    before = list(line)
    assert emptied(line) == before


def test_what_does_not_fit_keeps_its_place() -> None:
    line = line_of(("a", "a1"), ("b", "b1"), ("a", "a2"))
    assert line.take(lambda item: item != "a1") == "b1"
    assert list(line) == ["a1", "a2"]


def test_what_suits_goes_first_but_passes_nobody_more_than_twice() -> None:
    line = line_of(*((name[0], name) for name in ("a-hot", "b-cold", "a-cold", "c-hot", "d-hot", "e-hot", "f-hot")))

    def taken() -> str | None:
        return line.take(suits=lambda item: item.endswith("hot"))

    assert [taken(), taken(), taken()] == ["a-hot", "c-hot", "d-hot"]
    assert taken() == "b-cold"
    assert [taken(), taken(), taken(), taken()] == ["e-hot", "f-hot", "a-cold", None]


def test_what_suits_best_when_nothing_does_is_the_first() -> None:
    line = line_of(("a", "a1"), ("b", "b1"))
    assert line.take(suits=lambda _: False) == "a1"


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_nobody_is_passed_over_more_than_twice(hot: list[bool]) -> None:
    line = line_of(*((f"owner {number}", str(number)) for number in range(len(hot))))
    order = [int(line.take(suits=lambda item: hot[int(item)]) or "") for _ in hot]
    for place, item in enumerate(order):
        assert sum(other > item for other in order[:place]) <= 2


def test_first_goes_before_its_owners_others_only() -> None:
    line = line_of(("a", "a1"), ("a", "a2"), ("b", "b1"))
    line.first("a2")
    assert list(line) == ["a2", "b1", "a1"]


def test_back_has_the_next_turn() -> None:
    line = line_of(("a", "a1"), ("b", "b1"))
    line.back("c", "c1")
    assert line.take() == "c1"


def test_leaving_tells_whether_it_was_there() -> None:
    line = line_of(("a", "a1"))
    assert "a1" in line
    assert line.leave("a1")
    assert not line.leave("a1")
    assert "a1" not in line
    assert list(line) == []


def test_first_of_what_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        line_of(("a", "a1")).first("b1")


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=60))
def test_nothing_is_lost_and_no_owner_waits_for_more_than_one_of_each_other(owners: Iterable[str]) -> None:
    entries = [(owner, f"{owner}{number}") for number, owner in enumerate(owners)]
    taken = emptied(line_of(*entries))
    assert sorted(taken) == sorted(item for _, item in entries)
    first = [next(place for place, item in enumerate(taken) if item[0] == owner) for owner in {o for o, _ in entries}]
    assert sorted(first) == list(range(len(first)))
    for owner in {owner for owner, _ in entries}:
        assert [item for item in taken if item[0] == owner] == [item for whose, item in entries if whose == owner]
