from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.apps.mcp import following
from drawthings.apps.mcp.following import follow, words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def job(**facts: Any) -> Any:
    usual = {"state": "running", "position": None, "wait_s": None, "step": 0, "steps": 0, "progress": 0.0}
    return SimpleNamespace(**{**usual, **facts})


class Playing(SimpleNamespace):
    """A job that goes through given states and then stays."""

    async def watch(self) -> AsyncIterator[Any]:
        for state in self.course:
            self.__dict__.update(state)
            yield self
        if self.stays:
            await asyncio.Event().wait()


def playing(*course: dict[str, Any], stays: bool = False) -> Playing:
    return Playing(**vars(job(state="queued")), course=course, stays=stays)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"state": "queued", "position": 2, "wait_s": 31.4}, "waiting, place 2 in the line, about 31 s"),
        ({"state": "queued", "position": 1}, "waiting, place 1 in the line"),
        ({"state": "queued"}, "waiting"),
        ({"state": "starting"}, "the server is loading the model or reading the prompt"),
        ({"step": 3, "steps": 8}, "step 3 of 8"),
        ({}, "sampling"),
        ({"state": "decoding"}, "decoding the picture"),
        ({"state": "done"}, "done"),
    ],
)
def test_how_far_a_job_is_in_words(facts: dict[str, Any], said: str) -> None:
    assert words(job(**facts)) == said


async def test_each_notice_says_more_than_the_one_before() -> None:
    told: list[tuple[float, float]] = []

    async def report(progress: float, total: float, _: str) -> None:
        told.append((progress, total))

    queue = ({"position": 2}, {"position": 1}, {"state": "running", "progress": 0.5}, {"progress": 0.5})
    await follow(playing(*queue, {"progress": 1.0, "state": "done"}), 10, report)
    assert [total for _, total in told] == [100] * 5
    progress = [each for each, _ in told]
    assert progress == sorted(set(progress))
    assert progress[-1] == 100


async def test_waiting_ends_when_the_time_is_up() -> None:
    told: list[str] = []

    async def report(_: float, __: float, said: str) -> None:
        told.append(said)

    await asyncio.wait_for(follow(playing({"state": "running"}, stays=True), 0.01, report), 5)
    assert told == ["sampling"]


async def test_a_silent_job_is_told_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BEAT_S", 0.001)
    enough, told = asyncio.Event(), []

    async def report(progress: float, _: float, __: str) -> None:
        told.append(progress)
        if len(told) == 4:
            enough.set()

    waiting = asyncio.create_task(follow(playing({"state": "starting"}, stays=True), 60, report))
    await asyncio.wait_for(enough.wait(), 5)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert told[:4] == sorted(set(told[:4]))
