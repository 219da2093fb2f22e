"""One generation of a job on its way through the line and the servers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drawthings.batch.errand import work_of
from drawthings.stream.events import (
    DownloadExpected,
    ImageArrived,
    ImageDecoded,
    Preview,
    Sampling,
    SecondPassSampling,
)

if TYPE_CHECKING:
    import asyncio

    from drawthings.apps.jobs.job import Job
    from drawthings.batch.errand import Errand
    from drawthings.client.answers import StreamEvent
    from drawthings.request.plan import Plan


@dataclass(eq=False, slots=True)
class Turn:
    """One generation of a job.

    Attributes:
        job: The job.
        index: Its place among the job's generations.
        errand: The call to the pool.
        plan: What was decided for it.
        progress: How far it is, 0 to 1.
        began: When a server was asked, by the clock that never jumps; None before.
        task: The task that does it.
        first: The place of its first picture among the job's results.
    """

    job: Job
    index: int
    errand: Errand
    plan: Plan
    first: int = 0
    progress: float = 0.0
    began: float | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def work(self) -> float:
        """How much there is to do."""
        return work_of(self.plan)

    def heard(self, event: StreamEvent) -> None:
        """Take over into the job what an event says."""
        job = self.job
        self.progress = max(self.progress, event.progress)
        if self.errand.member is not None:
            job.server = self.errand.member.name
        if isinstance(event, Sampling | SecondPassSampling):
            job.state = "running"
            job.step, job.steps = event.step, event.steps or self.plan.configuration.steps
        elif isinstance(event, Preview):
            job.state = "running"
            job.step, job.steps = event.step, job.steps or self.plan.configuration.steps
            if job.draft.previews:
                job.preview, job.preview_index = event, self.index
        elif isinstance(event, ImageDecoded | DownloadExpected | ImageArrived) and len(job.plans) == 1:
            job.state = "decoding"


def pictures_of(plan: Plan) -> int:
    """Return how many results a generation brings: a clip is one."""
    settings = plan.configuration
    return settings.batch_count * (1 if plan.model.video else settings.batch_size)


def pixels_of(plan: Plan) -> int:
    """Return the pixels of all results of a generation; of a clip, those of one frame."""
    return math.prod((plan.configuration.width, plan.configuration.height, pictures_of(plan)))
