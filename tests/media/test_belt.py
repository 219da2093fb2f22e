"""Work in threads whose results come in order."""

from __future__ import annotations

import collections
import os
import threading

import pytest

from drawthings.media.belt import MOST_THREADS, SPARE, Belt, processors


def belt_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("drawthings-belt")]


def test_results_come_in_order_whichever_is_done_first() -> None:
    """Each even piece waits until the next one is in work, so that it ends after its successor has begun."""
    begun = [threading.Event() for _ in range(20)]
    taken: list[int] = []

    def work(number: int) -> int:
        begun[number].set()
        if number % 2 == 0:
            assert begun[number + 1].wait(10)
        return number

    belt = Belt(work, taken.append, threads=2)
    for number in range(20):
        belt.put(number)
    belt.finish()
    assert taken == list(range(20))
    belt.close()
    assert not belt_threads()


def test_no_more_than_its_room_is_ever_on_it() -> None:
    taken: list[int] = []
    most = 0
    belt = Belt(int, taken.append, threads=2)
    for number in range(50):
        belt.put(number)
        assert len(belt) == number + 1 - len(taken)
        most = max(most, len(belt))
    belt.finish()
    belt.close()
    assert taken == list(range(50))
    assert most == belt.room == 2 + SPARE


@pytest.mark.parametrize("where", ["work", "take"])
def test_an_error_comes_in_its_turn_and_ends_the_row(where: str) -> None:
    taken: list[int] = []

    def work(number: int) -> int:
        if number == 3 and where == "work":
            raise ValueError("three")
        return number

    def take(number: int) -> None:
        if number == 3 and where == "take":
            raise ValueError("three")
        taken.append(number)

    belt = Belt(work, take, threads=2)
    with pytest.raises(ValueError, match="three"):
        collections.deque(map(belt.put, range(10)), maxlen=0)
    assert taken == [0, 1, 2]
    belt.finish()
    assert taken == [0, 1, 2]
    belt.put(7)
    belt.finish()
    assert taken == [0, 1, 2, 7]
    belt.close()


def test_an_interrupted_wait_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    belt = Belt(int, taken.append, threads=1)
    for number in range(3):
        belt.put(number)
    with monkeypatch.context() as patch:
        patch.setattr("drawthings.media.belt.wait", interrupt)
        with pytest.raises(KeyboardInterrupt):
            belt.finish()
    belt.finish()
    belt.close()
    assert taken == [0, 1, 2]


def interrupt(_pieces: object) -> None:
    raise KeyboardInterrupt


def test_closing_waits_for_what_is_in_work_and_begins_no_more() -> None:
    begun, may_end = threading.Event(), threading.Event()
    done: list[int] = []

    def work(number: int) -> None:
        begun.set()
        assert may_end.wait(10)
        done.append(number)

    belt = Belt(work, done.append, threads=1)
    for number in range(3):
        belt.put(number)
    assert begun.wait(10)
    closing = threading.Thread(target=belt.close)
    closing.start()
    may_end.set()
    closing.join(10)
    assert done == [0]
    assert not belt_threads()


def test_without_pieces_there_are_no_threads() -> None:
    belt = Belt(int, print)
    assert not belt_threads()
    belt.close()


def test_there_are_as_many_threads_as_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 <= processors() <= (os.cpu_count() or 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(64), raising=False)
    assert processors() == 64
    assert Belt(int, print).room == MOST_THREADS + SPARE
    monkeypatch.delattr(os, "sched_getaffinity")
    assert processors() == (os.cpu_count() or 1)
