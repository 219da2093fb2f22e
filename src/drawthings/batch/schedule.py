"""Which server gets which job. No waiting, no clock, no I/O: every method is told what time it is.

The rules, in this order:

1. A server works on one job at a time, and only on jobs whose files it has.
2. A higher priority goes first; among equals the nearer deadline, then the older job.
3. A server that has a model loaded gets the jobs of that model, as loading another one costs seconds to minutes. A job
   that has waited longer than the patience is not passed over any more.
4. A server without a fitting model takes over jobs only when they end sooner that way than where they would go
   otherwise. So it never idles while it could help, and never loads a model for nothing.
5. A server that fails three times in a row is left alone for a while, and then tried again with one job; a job that
   took two servers down is not tried on a third.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from drawthings.batch.estimate import Estimates

if TYPE_CHECKING:
    from collections.abc import Hashable

WORTH_IT = 0.8
"""A model is loaded once more only when the job then ends within this share of the time it would take otherwise."""

FAILURES = 3
ASIDE_S = 15.0
LONGEST_ASIDE_S = 300.0
WARM_S = 1800.0
"""After so long without work a server is no longer taken to have its model loaded."""

CRASHES = 2
MOST_TRIES = 3


class Outcome(Enum):
    """What became of a job on a server."""

    DONE = "done"
    REFUSED = "refused"
    """The job itself is wrong; no server will do it."""
    FAILED = "failed"
    """It failed on this server, and may go well elsewhere or later."""
    LOST = "lost"
    """The server went away in its middle."""
    UNREACHED = "unreached"
    """The server was not there; the job never reached it."""
    CANCELLED = "cancelled"


class Fate(Enum):
    """What happens to a job after an outcome."""

    ENDED = "ended"
    AGAIN = "again"
    POISON = "poison"
    """It took two servers down."""
    GIVEN_UP = "given up"
    """It failed too often."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a job needs of a server.

    Attributes:
        model: The model's file; what the server has to have loaded.
        files: All files that must be there, the model's included.
    """

    model: str
    files: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class Job:
    """One generation to be done.

    Attributes:
        key: What tells it from all others.
        needs: What it needs of a server.
        work: Its size: sampling steps times megapixels times frames.
        priority: Higher goes first.
        deadline: When it should be done, on the clock of ``now``; the nearest goes first among equals.
        arrived: When it came.
        tries: How often it failed.
        crashed: The servers that went away in its middle.
        failed: The servers on which it failed, least lately first.
    """

    key: Hashable
    needs: Needs
    work: float = 1.0
    priority: int = 0
    deadline: float = math.inf
    arrived: float = 0.0
    tries: int = 0
    crashed: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)

    @property
    def rank(self) -> tuple[float, float, float]:
        """What orders jobs among each other."""
        return -self.priority, self.deadline, self.arrived


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

    def has(self, needs: Needs) -> bool:
        """Whether it has all files that a job needs."""
        return self.files is None or needs.files <= self.files


class Schedule:
    """The state of all servers and waiting jobs, and the decisions.

    Args:
        patience_s: How long a job may be passed over for others whose model is loaded; infinite for a batch, where
            only the end counts.
    """

    def __init__(self, *, patience_s: float = math.inf) -> None:
        self.patience_s = patience_s
        self.estimates = Estimates()
        self.servers: dict[str, Server] = {}
        self._waiting: dict[Hashable, Job] = {}

    # -------------------------------------------------------------------------------------------------- what happens

    def add_server(self, name: str, now: float, files: frozenset[str] | None = None) -> Server:
        """Take a server in, or back in after a drain."""
        server = self.servers.setdefault(name, Server(name, since=now))
        server.files, server.draining, server.up = files, False, True
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
        if not server.up:
            server.aside_until = now
        server.identifier, server.files, server.up = identifier, files, True

    def missed(self, name: str) -> None:
        """Note that a server has not answered."""
        self.servers[name].up = False

    def submit(self, job: Job) -> None:
        """Let a job wait for a server."""
        self._waiting[job.key] = job

    def withdraw(self, key: Hashable) -> bool:
        """Take a waiting job back; False when it does not wait."""
        return self._waiting.pop(key, None) is not None

    def ended(
        self, name: str, outcome: Outcome, now: float, *, lead_s: float | None = None, most_tries: int = MOST_TRIES
    ) -> Fate:
        """Note what became of the job on a server.

        Args:
            name: The server.
            outcome: What became of it.
            now: The time.
            lead_s: Seconds until its first sampling step, if there was one.
            most_tries: How often a job may fail.

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
        return self._fate(server, job, outcome, most_tries)

    def _settle(self, server: Server, job: Job, outcome: Outcome, now: float) -> None:
        server.job, server.since = None, now
        if outcome is Outcome.DONE:
            server.warm = job.needs.model
        if outcome in {Outcome.LOST, Outcome.UNREACHED}:
            server.up, server.warm = False, None
        if outcome in {Outcome.DONE, Outcome.REFUSED, Outcome.CANCELLED}:
            server.failures = 0
            return
        server.failures += 1
        if server.failures >= FAILURES or not server.up:
            rounds = max(0, server.failures - FAILURES)
            server.aside_until = now + min(ASIDE_S * 2**rounds, LONGEST_ASIDE_S)

    def _fate(self, server: Server, job: Job, outcome: Outcome, most_tries: int) -> Fate:
        if outcome in {Outcome.DONE, Outcome.REFUSED, Outcome.CANCELLED}:
            return Fate.ENDED
        if outcome is Outcome.LOST:
            job.crashed.add(server.name)
            if len(job.crashed) >= CRASHES:
                return Fate.POISON
        if outcome is Outcome.FAILED:
            job.tries += 1
            job.failed = [*(name for name in job.failed if name != server.name), server.name]
            if job.tries >= most_tries:
                return Fate.GIVEN_UP
        self.submit(job)
        return Fate.AGAIN

    # ------------------------------------------------------------------------------------------------- what is decided

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self._waiting)

    def decide(self, now: float) -> list[tuple[Job, Server]]:
        """Give jobs to servers that are free.

        Returns:
            Each job with its server; the schedule takes them to run from now on.
        """
        given: list[tuple[Job, Server]] = []
        while pair := self._next(now):
            job, server = pair
            del self._waiting[job.key]
            server.job, server.since = job, now
            given.append(pair)
        return given

    def hopeless(self) -> list[Job]:
        """Take out and return the jobs that no server can do, because none has the files."""
        servers = self.servers.values()
        lost = [
            job for job in self._waiting.values() if servers and not any(server.has(job.needs) for server in servers)
        ]
        for job in lost:
            del self._waiting[job.key]
        return lost

    def wake_at(self, now: float) -> float | None:
        """Return when to decide again if nothing happens until then; None when only an event can change anything."""
        if not self._waiting:
            return None
        times = [server.aside_until for server in self.servers.values()]
        times += [job.arrived + self.patience_s for job in self._waiting.values()]
        later = [time for time in times if now < time < math.inf]
        return min(later, default=None)

    def _free(self, now: float) -> list[Server]:
        return [each for each in self.servers.values() if self._usable(each, now) and each.job is None]

    def _usable(self, server: Server, now: float) -> bool:
        return server.up and not server.draining and server.aside_until <= now

    def _next(self, now: float) -> tuple[Job, Server] | None:
        """Return the best pair of a waiting job and a free server, or None when it is better to wait."""
        free = self._free(now)
        if not free:
            return None
        for heads in self._ranked(now):
            pairs = [(self._cost(job, server, now), job, server) for job in heads for server in free]
            fitting = [pair for pair in pairs if pair[0] is not None]
            for _, job, server in sorted(fitting, key=lambda pair: pair[0] or (0,)):
                if self._worth_it(job, server, now):
                    return job, server
        return None

    def _ranked(self, now: float) -> list[list[Job]]:
        """Return the first waiting job of each model, in levels: what is overdue or urgent comes before the rest."""
        levels: dict[tuple[int, bool], dict[tuple[str, frozenset[str]], Job]] = {}
        for job in self._waiting.values():
            level = levels.setdefault((-job.priority, now - job.arrived < self.patience_s), {})
            group = job.needs.model, job.needs.files
            if group not in level or job.rank < level[group].rank:
                level[group] = job
        return [list(levels[key].values()) for key in sorted(levels)]

    def _cost(self, job: Job, server: Server, now: float) -> tuple[float, ...] | None:
        """Return what makes a pair better than another, smaller being better; None when the pair cannot be."""
        if not server.has(job.needs) or (server.name in job.failed and self._others(job, server, now)):
            return None
        cold = not self._is_warm(server, job.needs.model, now)
        claimed = cold and any(
            self._is_warm(other, job.needs.model, now) for other in self.servers.values() if other is not server
        )
        run_s = self.estimates.run_s(server.name, job.needs.model, job.work)
        switch_s = self.estimates.switch_s(server.name, job.needs.model) if cold else 0.0
        return (cold, claimed, -self._pressure(job, now) if cold else 0.0, switch_s + (run_s or 0.0), *job.rank)

    def _others(self, job: Job, server: Server, now: float) -> bool:
        """Return whether another server could try a job that failed here."""
        others = (other for other in self.servers.values() if other is not server and other.name not in job.failed)
        return any(self._usable(other, now) and other.has(job.needs) for other in others)

    def _pressure(self, job: Job, now: float) -> float:
        """Return how much work waits for a model, for each server that has it loaded."""
        warm = sum(self._is_warm(server, job.needs.model, now) for server in self.servers.values())
        waiting = sum(each.work for each in self._waiting.values() if each.needs.model == job.needs.model)
        return waiting / (warm + 1)

    def _is_warm(self, server: Server, model: str, now: float) -> bool:
        if server.job is not None:
            return server.job.needs.model == model
        return server.warm == model and now - server.since < WARM_S

    def _worth_it(self, job: Job, server: Server, now: float) -> bool:
        """Return whether a job ends sooner on this server than if it waited for those that work on its model now."""
        model = job.needs.model
        run_s = self.estimates.run_s(server.name, model, job.work)
        cold = not self._is_warm(server, model, now)
        helpers = [
            each
            for each in self.servers.values()
            if each is not server and each.job is not None and self._is_warm(each, model, now) and each.has(job.needs)
        ]
        if run_s is None or not helpers:
            return True
        here_s = run_s + (self.estimates.switch_s(server.name, model) if cold else 0.0)
        there_s = self._elsewhere_s(job, helpers, now)
        return there_s is None or here_s <= there_s * (WORTH_IT if cold else 1.0)

    def _elsewhere_s(self, job: Job, helpers: list[Server], now: float) -> float | None:
        """Return when the last waiting job of this model would end if only the servers that work on it now did them."""
        model = job.needs.model
        free_at: list[float] = []
        paces: list[float] = []
        for each in helpers:
            running = each.job
            pace = self.estimates.run_s(each.name, model, 1.0)
            rest = self.estimates.run_s(each.name, running.needs.model, running.work) if running is not None else None
            if pace is None or rest is None:
                return None
            free_at.append(max(0.0, each.since + rest - now))
            paces.append(pace)
        waiting = sum(each.work for each in self._waiting.values() if each.needs.model == model)
        return min(free_at) + waiting / sum(1 / max(pace, 1e-9) for pace in paces)
