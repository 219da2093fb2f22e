"""The jobs that wait, in lines of jobs that are alike: looking at the head of each line is enough to decide."""

from __future__ import annotations

import heapq
import itertools
import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from drawthings.batch.job import Job, Needs

Entry: TypeAlias = "tuple[tuple[float, float, float], int, Job]"
Key: TypeAlias = "tuple[int, bool, Needs, frozenset[str], frozenset[str]]"


@dataclass(slots=True)
class Line:
    """Jobs of one priority that need the same and failed on the same servers; the first one goes first."""

    entries: list[Entry] = field(default_factory=list)


class Queue:
    """Jobs that wait for a server.

    Args:
        patience_s: After how long a job goes before all others of its priority.

    Attributes:
        patience_s: The same.
        beyond: Work that is known of but does not wait here yet, by model.
    """

    def __init__(self, patience_s: float = math.inf) -> None:
        self.patience_s = patience_s
        self.beyond: dict[str, float] = {}
        self._lines: dict[Key, Line] = {}
        self._places: dict[Hashable, tuple[Key, Entry]] = {}
        self._work: dict[str, list[float]] = defaultdict(lambda: [0.0, 0])
        self._by_arrival: list[tuple[float, int, Job]] = []
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Job]:
        return (entry[2] for _, entry in list(self._places.values()))

    def add(self, job: Job) -> None:
        """Let a job wait."""
        number = next(self._numbers)
        self._place(job, number, patient=True)
        if self.patience_s < math.inf:
            heapq.heappush(self._by_arrival, (job.arrived, number, job))
        total = self._work[job.needs.model]
        total[0] += job.work
        total[1] += 1

    def remove(self, key: Hashable) -> bool:
        """Take a job out; False when it does not wait."""
        place = self._places.pop(key, None)
        if place is None:
            return False
        job = place[1][2]
        total = self._work[job.needs.model]
        total[0] -= job.work
        total[1] -= 1
        if not total[1]:
            # An exact nothing again, whatever rounding left.
            del self._work[job.needs.model]
        if not self._places:
            # What was taken out is dropped when its turn comes; with nothing left, that is now.
            self._lines.clear()
            self._by_arrival.clear()
        return True

    def work(self, model: str) -> float:
        """Return how much work waits for a model, here and beyond."""
        here = self._work.get(model)
        return (here[0] if here else 0.0) + self.beyond.get(model, 0.0)

    def levels(self, now: float) -> list[list[Job]]:
        """Return the first job of each line: by priority, and in each what has waited too long before the rest."""
        self._age(now)
        levels: dict[tuple[int, bool], list[Job]] = defaultdict(list)
        for key in list(self._lines):
            head = self._head(key)
            if head is None:
                del self._lines[key]
            else:
                levels[key[:2]].append(head)
        return [levels[level] for level in sorted(levels)]

    def oldest(self) -> float | None:
        """Return the arrival of the oldest job that has not waited too long yet; None where patience has no end."""
        while self._by_arrival:
            arrived, number, job = self._by_arrival[0]
            place = self._places.get(job.key)
            if place is not None and place[1][1] == number:
                return arrived
            heapq.heappop(self._by_arrival)
        return None

    def _place(self, job: Job, number: int, *, patient: bool) -> None:
        key = (-job.priority, patient, job.needs, job.failed, job.barred)
        entry = (job.rank, number, job)
        heapq.heappush(self._lines.setdefault(key, Line()).entries, entry)
        self._places[job.key] = key, entry

    def _head(self, key: Key) -> Job | None:
        entries = self._lines[key].entries
        while entries:
            place = self._places.get(entries[0][2].key)
            if place is not None and place[1] is entries[0]:
                return entries[0][2]
            # It was taken out, or stands in another line by now.
            heapq.heappop(entries)
        return None

    def _age(self, now: float) -> None:
        """Put what has waited too long into lines of its own."""
        while (arrived := self.oldest()) is not None and now - arrived >= self.patience_s:
            _, number, job = heapq.heappop(self._by_arrival)
            self._place(job, number, patient=False)
