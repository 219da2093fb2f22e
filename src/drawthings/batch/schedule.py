"""Which server gets which job. No waiting, no clock, no I/O: every method is told what time it is.

The rules, in this order:

1. A server works on one job at a time, and only on jobs whose files it has.
2. A higher priority goes first; among equals the nearer deadline, then the older job.
3. A server that has a model loaded gets the jobs of that model, as loading another one costs seconds to minutes. A job
   that has waited longer than the patience is not passed over any more.
4. A server without a fitting model takes over jobs only when they end sooner that way than where they would go
   otherwise. So it never idles while it could help, and never loads a model for nothing.
5. A server that fails three times in a row is left alone for a while, and then tried again with one job; a job that
   took servers down twice is not tried on a third.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from drawthings.batch.choice import Choice
from drawthings.batch.estimate import Estimates
from drawthings.batch.job import Fate, Job, Needs, Outcome
from drawthings.batch.queue import Queue
from drawthings.batch.state import Server

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

__all__ = ["Fate", "Job", "Needs", "Outcome", "Schedule", "Server"]

FAILURES = 3
ASIDE_S = 15.0
LONGEST_ASIDE_S = 300.0
CRASHES = 2
MOST_TRIES = 3

HARMLESS = frozenset({Outcome.DONE, Outcome.REFUSED, Outcome.MISSING, Outcome.CANCELLED})
"""What says nothing against the server."""

FINAL = frozenset({Outcome.DONE, Outcome.REFUSED, Outcome.CANCELLED})
"""After what a job is not tried again."""


class Schedule:
    """The state of all servers and waiting jobs, and the decisions.

    Args:
        patience_s: How long a job may be passed over for others whose model is loaded; infinite for a batch, where
            only the end counts.
        most_tries: How often a job may fail.

    Attributes:
        estimates: What was learned about times.
        servers: The servers by name.
        queue: The jobs that wait.
    """

    def __init__(self, *, patience_s: float = math.inf, most_tries: int = MOST_TRIES) -> None:
        self.estimates = Estimates()
        self.servers: dict[str, Server] = {}
        self.queue = Queue(patience_s)
        self.most_tries = most_tries

    # -------------------------------------------------------------------------------------------------- what happens

    def add_server(self, name: str, now: float, files: frozenset[str] | None = None, *, up: bool = True) -> Server:
        """Take a server in, or back in after a drain.

        Args:
            name: Its address.
            now: The time.
            files: What it has, or None when that is not known.
            up: Whether it is known to answer.
        """
        server = self.servers.setdefault(name, Server(name, since=now))
        server.files, server.draining, server.up = files, False, up
        return server

    def drain(self, name: str) -> None:
        """Give a server no further jobs."""
        self.servers[name].draining = True

    def remove_server(self, name: str) -> None:
        """Forget a server; a job on it must have been reported before."""
        del self.servers[name]
        self.estimates.forget(name)

    def seen(self, name: str, now: float, identifier: int, files: frozenset[str] | None) -> None:
        """Note that a server has answered.

        Args:
            name: The server.
            now: The time.
            identifier: Its number; a server that was restarted has nothing loaded.
            files: What it has, or None when it does not tell.
        """
        server = self.servers[name]
        if server.identifier not in {None, identifier}:
            server.warm = None
        if not server.up and server.failures < FAILURES:
            server.aside_until = now
        server.identifier, server.files, server.up = identifier, files, True

    def missed(self, name: str) -> None:
        """Note that a server has not answered."""
        self.servers[name].up = False

    def submit(self, job: Job) -> None:
        """Let a job wait for a server."""
        self.queue.add(job)

    def withdraw(self, key: Hashable) -> bool:
        """Take a waiting job back; False when it does not wait."""
        return self.queue.remove(key)

    def ended(self, name: str, outcome: Outcome, now: float, *, lead_s: float | None = None) -> Fate:
        """Note what became of the job on a server.

        Args:
            name: The server.
            outcome: What became of it.
            now: The time.
            lead_s: Seconds until its first sampling step, if there was one.

        Returns:
            What happens to the job. With ``AGAIN`` it waits already.
        """
        server = self.servers[name]
        job = server.job
        if job is None:
            raise AssertionError(f"{name} had no job.")
        cold = server.warm != job.needs.model
        if outcome is Outcome.DONE and lead_s is not None:
            took = now - server.since
            self.estimates.learn(name, job.needs.model, job.work, lead_s=lead_s, total_s=took, cold=cold)
        self._settle(server, job, outcome, now)
        return self._fate(server, job, outcome)

    def _settle(self, server: Server, job: Job, outcome: Outcome, now: float) -> None:
        server.job, server.since = None, now
        if outcome is Outcome.DONE:
            server.warm = job.needs.model
        if outcome in {Outcome.LOST, Outcome.UNREACHED}:
            server.up, server.warm = False, None
        if outcome in HARMLESS:
            server.failures = 0
            return
        server.failures += 1
        if server.failures >= FAILURES or not server.up:
            rounds = max(0, server.failures - FAILURES)
            server.aside_until = now + min(ASIDE_S * 2**rounds, LONGEST_ASIDE_S)

    def _fate(self, server: Server, job: Job, outcome: Outcome) -> Fate:
        if outcome in FINAL:
            return Fate.ENDED
        if outcome is Outcome.LOST:
            job.crashed.append(server.name)
            if len(job.crashed) >= CRASHES:
                return Fate.POISON
        if outcome is Outcome.MISSING:
            job.barred |= {server.name}
        if outcome is Outcome.FAILED:
            job.tries += 1
            job.failed |= {server.name}
            if job.tries >= self.most_tries:
                return Fate.GIVEN_UP
        self.submit(job)
        return Fate.AGAIN

    # ------------------------------------------------------------------------------------------------- what is decided

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self.queue)

    def decide(self, now: float) -> list[tuple[Job, Server]]:
        """Give jobs to servers that are free.

        Returns:
            Each job with its server; the schedule takes them to run from now on.
        """
        given: list[tuple[Job, Server]] = []
        if not self.queue:
            return given
        choice = Choice(self.queue, self.servers.values(), self.estimates, now)
        while pair := choice.next():
            job, server = pair
            self.queue.remove(job.key)
            server.job, server.since = job, now
            given.append(pair)
        return given

    def expected_s(self, ahead: Iterable[tuple[str, int, float]]) -> float | None:
        """Return how long work will take on the servers that answer; None where nothing is known of a model's times.

        Args:
            ahead: Model file, number of jobs, and size of each.
        """
        there = [server for server in self.servers.values() if server.up and not server.draining]
        total_s = 0.0
        for model, count, work in ahead:
            able = [server for server in there if server.files is None or model in server.files]
            times = [self.estimates.run_s(server.name, model, work) for server in able]
            speed = sum(1 / max(time_s, 1e-9) for time_s in times if time_s is not None)
            if not speed:
                return None
            total_s += count / speed
        return total_s

    def hopeless(self) -> list[Job]:
        """Take out and return the jobs that no server can do, because none has the files."""
        servers = self.servers.values()
        lost = [job for job in self.queue if servers and not any(server.can(job) for server in servers)]
        for job in lost:
            self.queue.remove(job.key)
        return lost

    def wake_at(self, now: float) -> float | None:
        """Return when to decide again if nothing happens until then; None when only an event can change anything."""
        if not self.queue:
            return None
        times = [server.aside_until for server in self.servers.values()]
        oldest = self.queue.oldest()
        if oldest is not None:
            times.append(oldest + self.queue.patience_s)
        later = [time for time in times if now < time < math.inf]
        return min(later, default=None)
