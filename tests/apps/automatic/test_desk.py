from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from drawthings.apps.automatic import desk as module
from drawthings.apps.automatic.desk import Desk
from drawthings.apps.jobs.job import ENDED
from drawthings.apps.jobs.owner import Owner

ME, YOU = Owner("me"), Owner("you")


class Jobs:
    """The core as far as the dialect looks at it; the newest job comes first."""

    def __init__(self, *jobs: Any) -> None:
        self.jobs = jobs
        self.cancelled: list[tuple[str, str]] = []

    def of(self, owner: Owner) -> list[Any]:
        return [job for job in self.jobs if job.owner == owner]

    async def cancel(self, job: Any, reason: str) -> None:
        assert reason
        self.cancelled.append((job.id, "interrupt"))

    async def skip(self, job: Any) -> None:
        self.cancelled.append((job.id, "skip"))


def job(name: str, state: str, *, owner: Owner = ME, dialect: str = "automatic", ended_at: float = 0.0) -> Any:
    draft, over = SimpleNamespace(dialect=dialect), state in ENDED
    return SimpleNamespace(id=name, state=state, over=over, owner=owner, draft=draft, ended_at=ended_at)


@pytest.mark.parametrize(
    ("jobs", "current"),
    [
        ([], None),
        ([job("a", "done")], None),
        ([job("b", "queued"), job("a", "queued")], "a"),
        ([job("c", "running"), job("b", "queued")], "c"),
        ([job("c", "running"), job("b", "decoding"), job("a", "failed")], "b"),
        ([job("a", "running", owner=YOU)], None),
        ([job("a", "running", dialect="native")], None),
    ],
)
def test_the_current_job_is_one_s_own_and_the_oldest_that_runs(jobs: list[Any], current: str | None):
    found = Desk().current(Jobs(*jobs), ME)
    assert (found and found.id) == current


def test_a_job_may_be_asked_for_by_the_client_s_own_name():
    desk, one, other = Desk(), job("b", "running"), job("a", "running")
    desk.name(one, "mine")
    jobs = Jobs(one, other)
    assert desk.current(jobs, ME, "mine") is one
    assert desk.current(jobs, ME, "b") is one
    assert desk.current(jobs, ME, "nonesuch") is None
    assert (desk.task(one), desk.task(other)) == ("mine", "")


async def test_only_one_s_own_job_is_ended():
    desk, jobs = Desk(), Jobs(job("b", "running", owner=YOU), job("a", "running"))
    await desk.stop(jobs, ME, "interrupt")
    await desk.stop(jobs, Owner("nobody"), "interrupt")
    assert jobs.cancelled == [("a", "interrupt")]
    assert desk.stopped(jobs.jobs[1]) == "interrupt"


@pytest.mark.parametrize(("ago_s", "cancelled"), [(0.5, []), (10, [("a", "interrupt")])])
async def test_the_interrupt_of_who_has_just_left_does_not_hit_the_next_job(ago_s: float, cancelled: list[Any]):
    left = job("b", "cancelled", ended_at=time.time() - ago_s)
    jobs = Jobs(left, job("a", "running"))
    await Desk().stop(jobs, ME, "interrupt")
    assert jobs.cancelled == cancelled


async def test_skipping_is_no_end():
    jobs = Jobs(job("a", "running"))
    await Desk().stop(jobs, ME, "skip")
    assert jobs.cancelled == [("a", "skip")]


async def test_who_interrupts_twice_is_heard_twice():
    desk, first, second = Desk(), job("a", "running"), job("b", "running")
    jobs = Jobs(second, first)
    await desk.stop(jobs, ME, "interrupt")
    first.state, first.over, first.ended_at = "cancelled", True, time.time()
    await desk.stop(jobs, ME, "interrupt")
    assert jobs.cancelled == [("a", "interrupt"), ("b", "interrupt")]


def test_names_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_JOBS", 2)
    desk = Desk()
    jobs = [job(name, "done") for name in "abc"]
    for each in jobs:
        desk.name(each, "mine")
    assert [desk.task(each) for each in jobs] == ["", "mine", "mine"]
