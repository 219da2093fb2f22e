"""Servers that exist in arithmetic only: a schedule run against a clock that jumps from event to event."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drawthings.batch.schedule import Fate, Job, Outcome, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass
class Fleet:
    """What happened.

    ``speeds`` says how many seconds a unit of work takes on each server, ``switch_s`` what loading a model costs, and
    ``fate`` decides what becomes of the n-th call (from 1) of a job on a server.
    """

    speeds: dict[str, float]
    schedule: Schedule = field(default_factory=Schedule)
    switch_s: float = 0.0
    fate: Callable[[int, Job, str], Outcome] = lambda number, job, server: Outcome.DONE  # noqa: ARG005
    now: float = 0.0
    done: list[tuple[object, str, float]] = field(default_factory=list)
    fates: Counter[Fate] = field(default_factory=Counter)
    switches: Counter[str] = field(default_factory=Counter)
    idle_s: Counter[str] = field(default_factory=Counter)
    started: list[tuple[object, str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ends: list[tuple[float, int, str, float, int]] = []
        self._numbers = itertools.count(1)
        self._loaded: dict[str, str] = {}
        self._free_since: dict[str, float] = {}
        for name in self.speeds:
            self.schedule.add_server(name, self.now)
            self._free_since[name] = self.now

    @property
    def shares(self) -> Counter[str]:
        return Counter(server for _, server, _ in self.done)

    def run(self, jobs: Iterable[Job], *, window: int = 256) -> float:
        """Do all jobs and return the time at the end."""
        coming = iter(jobs)
        while True:
            for job in itertools.islice(coming, max(0, window - self.schedule.waiting)):
                self.schedule.submit(job)
            self.start()
            if not self.step():
                return self.now

    def start(self) -> None:
        for job, server in self.schedule.decide(self.now):
            assert all(name != server.name for _, _, name, _, _ in self._ends), "two at once"
            cold = self._loaded.get(server.name) != job.needs.model
            self.switches[server.name] += cold
            self._loaded[server.name] = job.needs.model
            self.idle_s[server.name] += self.now - self._free_since[server.name]
            lead_s = self.switch_s if cold else 0.0
            number = next(self._numbers)
            end = self.now + lead_s + self.speeds[server.name] * job.work
            self.started.append((job.key, server.name, self.now))
            heapq.heappush(self._ends, (end, number, server.name, lead_s, number))

    def step(self) -> bool:
        """Go on to the next event; False when there is none."""
        wake = self.schedule.wake_at(self.now)
        if not self._ends or (wake is not None and wake < self._ends[0][0]):
            if wake is None:
                return False
            self.now = wake
            return True
        self.now, _, name, lead_s, number = heapq.heappop(self._ends)
        job = self.schedule.servers[name].job
        assert job is not None
        outcome = self.fate(number, job, name)
        self._free_since[name] = self.now
        if outcome is Outcome.DONE:
            self.done.append((job.key, name, self.now))
        self.fates[self.schedule.ended(name, outcome, self.now, lead_s=lead_s)] += 1
        if outcome in {Outcome.LOST, Outcome.UNREACHED}:
            self._loaded.pop(name, None)
        return True
