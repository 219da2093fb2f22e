"""One round of decisions: which waiting job goes to which free server, at one moment."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drawthings.batch.estimate import Estimates
    from drawthings.batch.job import Job
    from drawthings.batch.queue import Queue
    from drawthings.batch.state import Server

WORTH_IT = 0.8
"""A model is loaded once more only when the job then ends within this share of the time it would take otherwise."""


class Choice:
    """What holds at one moment, so that many pairs of a job and a server can be compared quickly.

    Args:
        queue: The jobs that wait.
        servers: All servers.
        estimates: What is known about times.
        now: The moment.
    """

    def __init__(self, queue: Queue, servers: Iterable[Server], estimates: Estimates, now: float) -> None:
        self._queue = queue
        self._servers = list(servers)
        self._estimates = estimates
        self._now = now
        self._usable = [each for each in self._servers if each.usable(now)]
        self._free = [each for each in self._usable if each.job is None]
        self._warm = Counter(model for each in self._servers if (model := each.model(now)) is not None)

    def next(self) -> tuple[Job, Server] | None:
        """Return the best pair, which is taken to be agreed on, or None when it is better to wait."""
        if not self._free:
            return None
        for heads in self._queue.levels(self._now):
            pairs = [
                (cost, job, server)
                for job in heads
                for server in self._free
                if (cost := self._cost(job, server)) is not None
            ]
            for _, job, server in sorted(pairs, key=lambda pair: pair[0]):
                if self._worth_it(job, server):
                    self._agree(job, server)
                    return job, server
        return None

    def _agree(self, job: Job, server: Server) -> None:
        self._free.remove(server)
        before = server.model(self._now)
        if before is not None:
            self._warm[before] -= 1
        self._warm[job.needs.model] += 1

    def _cost(self, job: Job, server: Server) -> tuple[float, ...] | None:
        """Return what makes a pair better than another, smaller being better; None when the pair cannot be."""
        if not server.can(job) or (server.name in job.failed and self._others(job)):
            return None
        model = job.needs.model
        cold = server.model(self._now) != model
        run_s = self._estimates.run_s(server.name, model, job.work)
        switch_s = self._estimates.switch_s(server.name, model) if cold else 0.0
        claimed = cold and self._warm[model] > 0
        pressure = self._queue.work(model) / (self._warm[model] + 1) if cold else 0.0
        return (cold, claimed, -pressure, switch_s + (run_s or 0.0), *job.rank)

    def _others(self, job: Job) -> bool:
        """Return whether a server that a job has not failed on yet could try it."""
        return any(other.name not in job.failed and other.can(job) for other in self._usable)

    def _worth_it(self, job: Job, server: Server) -> bool:
        """Return whether a job ends sooner on this server than if it waited for those that work on its model now."""
        model = job.needs.model
        run_s = self._estimates.run_s(server.name, model, job.work)
        cold = server.model(self._now) != model
        if run_s is None:
            return True
        here_s = run_s + (self._estimates.switch_s(server.name, model) if cold else 0.0)
        there_s = self._elsewhere_s(job, server)
        return there_s is None or here_s <= there_s * (WORTH_IT if cold else 1.0)

    def _elsewhere_s(self, job: Job, server: Server) -> float | None:
        """Return when the last waiting job of this model would end if only the servers that work on it now did them.

        None where there are none, or where nothing is known of their speed.
        """
        model = job.needs.model
        soonest, speed = None, 0.0
        for each in self._usable:
            running = each.job
            if running is None or each is server or running.needs.model != model or not each.can(job):
                continue
            pace = self._estimates.run_s(each.name, model, 1.0)
            rest = self._estimates.run_s(each.name, model, running.work)
            if pace is None or rest is None:
                return None
            free_s = max(0.0, each.since + rest - self._now)
            soonest = free_s if soonest is None else min(soonest, free_s)
            speed += 1 / max(pace, 1e-9)
        return None if soonest is None else soonest + self._queue.work(model) / speed
