"""Waiting for a job as long as the caller wants, and telling how far it is meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeAlias

import anyio

if TYPE_CHECKING:
    from drawthings.apps.jobs.job import Job

Report: TypeAlias = Callable[[float, float, str], Awaitable[None]]
"""Takes how much is done, out of how much, and a few words."""

WHOLE = 100.0
LEAST = 0.01
"""Each notice has to say more than the one before, even when only the place in the line has changed."""
BEAT_S = 10.0
"""Hosts that count silence give up on a call; none of them does so within ten seconds."""


class Teller:
    """Tells the caller how far a job is, never less than before."""

    def __init__(self, job: Job, report: Report) -> None:
        self.job = job
        self._report = report
        self._told = 0.0

    async def tell(self) -> None:
        """Tell how far it is now."""
        self._told = min(max(self.job.progress * WHOLE, self._told + LEAST), WHOLE)
        await self._report(self._told, WHOLE, words(self.job))

    async def beat(self) -> None:
        """Tell it again and again, so that nobody takes a long step for an end."""
        while True:
            await anyio.sleep(BEAT_S)
            await self.tell()


async def follow(job: Job, wait_s: float, report: Report) -> None:
    """Wait until a job has ended or the time is up; it goes on either way.

    Args:
        job: The job.
        wait_s: Seconds to wait at most.
        report: Called with each change.
    """
    teller = Teller(job, report)
    async with anyio.create_task_group() as group:
        group.start_soon(teller.beat)
        with anyio.move_on_after(wait_s):
            async with aclosing(job.watch()) as states:
                async for _ in states:
                    await teller.tell()
        group.cancel_scope.cancel()


def words(job: Job) -> str:
    """Say in a few words how far a job is."""
    if job.state == "queued":
        place = f"waiting, place {job.position} in the line" if job.position else "waiting"
        return f"{place}, about {job.wait_s:.0f} s" if job.wait_s else place
    if job.state == "starting":
        return "the server is loading the model or reading the prompt"
    if job.state == "running":
        return f"step {job.step} of {job.steps}" if job.steps else "sampling"
    return "decoding the picture" if job.state == "decoding" else job.state
