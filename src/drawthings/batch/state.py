"""What the schedule knows of a server."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drawthings.batch.job import Job

WARM_S = 1800.0
"""After so long without work a server is no longer taken to have its model loaded."""


@dataclass(slots=True, eq=False)
class Server:
    """What the schedule knows of a server.

    Attributes:
        name: Its address.
        files: What it has; None when it does not tell, and then it is taken to have everything.
        up: Whether it answered when last asked.
        draining: Whether it is to get no further jobs.
        job: What it works on.
        since: Since when it works on that, or has been idle.
        warm: The model it has loaded, as far as is known.
        failures: How often it failed in a row.
        aside_until: Until when it is left alone.
        identifier: The number of this start of the server; another one means that it has nothing loaded any more.
    """

    name: str
    files: frozenset[str] | None = None
    up: bool = True
    draining: bool = False
    job: Job | None = None
    since: float = 0.0
    warm: str | None = None
    failures: int = 0
    aside_until: float = -math.inf
    identifier: int | None = None

    def can(self, job: Job) -> bool:
        """Whether it has what a job needs, as far as is known."""
        return self.name not in job.barred and (self.files is None or job.needs.files <= self.files)

    def usable(self, now: float) -> bool:
        """Whether it may be given jobs."""
        return self.up and not self.draining and self.aside_until <= now

    def model(self, now: float) -> str | None:
        """The model that it has loaded, or is loading."""
        if self.job is not None:
            return self.job.needs.model
        return self.warm if now - self.since < WARM_S else None
