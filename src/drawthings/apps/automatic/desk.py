"""What the dialect remembers between calls: each owner's options, what clients call their jobs, and who ended them."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from drawthings.apps.automatic.options import Options
from drawthings.apps.automatic.parse import DIALECT

if TYPE_CHECKING:
    from drawthings.apps.jobs.core import Jobs
    from drawthings.apps.jobs.job import Job
    from drawthings.apps.jobs.owner import Owner

INTERRUPT, SKIP = "interrupt", "skip"
MOST_JOBS = 1000
STILL_LEAVING_S = 2.0
"""So long after a client left, its ``interrupt`` is about the job that it left: SillyTavern does both."""


class Desk:
    """The memory of the dialect.

    Attributes:
        options: The options of each owner.
    """

    def __init__(self) -> None:
        self.options = Options()
        self._tasks: OrderedDict[str, str] = OrderedDict()
        self._stopped: OrderedDict[str, str] = OrderedDict()

    def name(self, job: Job, task: str) -> None:
        """Remember what a client calls a job."""
        if task:
            _remember(self._tasks, job.id, task)

    def task(self, job: Job) -> str:
        """Return what a client calls a job, or an empty text."""
        return self._tasks.get(job.id, "")

    def stopped(self, job: Job) -> str:
        """Return how a client ended a job, ``interrupt`` or ``skip``, or an empty text."""
        return self._stopped.get(job.id, "")

    def current(self, jobs: Jobs, owner: Owner, task: str = "") -> Job | None:
        """Return the job of an owner that is under way: one that runs before one that waits, and older before newer.

        Args:
            jobs: The core.
            owner: Whose it is.
            task: What the client calls it; empty for whichever it is.
        """
        open_ = [job for job in reversed(self._of(jobs, owner)) if not job.over]
        named = [job for job in open_ if task in {job.id, self.task(job)}] if task else open_
        return next((job for job in named if job.state != "queued"), named[0] if named else None)

    async def stop(self, jobs: Jobs, owner: Owner, how: str, task: str = "") -> None:
        """End the job that is under way, unless its client has only just left.

        Args:
            jobs: The core.
            owner: Whose it is.
            how: ``interrupt`` or ``skip``.
            task: What the client calls it; empty for whichever it is.
        """
        now = time.time()
        cancelled = [job for job in self._of(jobs, owner) if job.state == "cancelled" and not self.stopped(job)]
        if any(now - job.ended_at < STILL_LEAVING_S for job in cancelled):
            return
        job = self.current(jobs, owner, task)
        if job is None:
            return
        _remember(self._stopped, job.id, how)
        if how == SKIP:
            await jobs.skip(job)
        else:
            await jobs.cancel(job, "its client interrupted it")

    def _of(self, jobs: Jobs, owner: Owner) -> list[Job]:
        return [job for job in jobs.of(owner) if job.draft.dialect == DIALECT]


def _remember(notes: OrderedDict[str, str], key: str, text: str) -> None:
    notes[key] = text
    while len(notes) > MOST_JOBS:
        notes.popitem(last=False)
