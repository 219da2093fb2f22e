"""The jobs of the gateway: taken, looked for, brought forward, and ended with the gateway itself."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from drawthings.apps.jobs.floor import SHUT_DOWN, Floor, closing
from drawthings.apps.jobs.job import Job, Made
from drawthings.apps.jobs.planning import lightened, planned, without_pictures
from drawthings.apps.jobs.rate import Rate
from drawthings.apps.jobs.turn import Turn, pictures_of
from drawthings.errors import DrawThingsError, GatewayError, NoSuchJob, QueueFull, RateExceeded
from drawthings.wire.aside import computed_async

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.apps.jobs.draft import Draft
    from drawthings.apps.jobs.limits import Limits
    from drawthings.apps.jobs.owner import Owner
    from drawthings.apps.jobs.store import Store
    from drawthings.batch._async_pool import AsyncPool
    from drawthings.batch.errand import Errand
    from drawthings.batch.standing import ServerStatus
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.request.plan import Plan

ResultT = TypeVar("ResultT")

LOOK_S = 0.5
"""How often it is looked whether a server came up, or somebody has waited for too long."""
SWEEP_S = 60.0
AT_ONCE = 4
"""So many requests are read or planned at once; decoding their pictures takes memory."""
RETRY_S = (2.0, 120.0)
"""Clients of OpenAI's library wait for up to two minutes when they are told to, and give up when it is longer."""


class Jobs(Floor):
    """All jobs of a gateway, over a pool of servers.

    The servers queue without a word and do not forget what was cancelled, so whatever cannot begin at once waits here:
    no more generations are handed to the pool than it has servers. Used from one event loop.

    Args:
        pool: The servers. Closing it is up to who made it.
        limits: How much to take on.
        store: Where results go. Closing it is up to who made it.
        strip_metadata: Whether files that are handed out say nothing about how they were made; what is in the store
            does.

    Attributes:
        attached: How many requests that were sent again got a job that was known.
    """

    def __init__(
        self, pool: AsyncPool, *, limits: Limits | None = None, store: Store, strip_metadata: bool = False
    ) -> None:
        super().__init__(pool, limits=limits, store=store, strip_metadata=strip_metadata)
        self.attached = 0
        self._coming: dict[tuple[str, str], asyncio.Future[Job]] = {}
        self._planning: Counter[str] = Counter()
        self._at_once, self._files = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AT_ONCE)
        self._rate = None if self.limits.rate is None else Rate(self.limits.rate)

    # --------------------------------------------------------------------------------------------------- beginning, end

    async def start(self) -> None:
        """Begin to look after the servers; jobs may be submitted before as well."""
        self._aside(self._look())

    async def close(self, drain_s: float = 0.0) -> None:
        """Take no more jobs, end those that wait, and let those that run finish.

        Args:
            drain_s: Seconds to wait for them; what still runs then is cancelled.
        """
        self._closing = True
        for job in [job for job in self._jobs.values() if job.state == "queued"]:
            for turn in self._turns[job.id]:
                self._line.leave(turn)
            self._ended(job, "failed", closing())
        running = [job for job in self._jobs.values() if not job.over]
        if running and drain_s > 0:
            await asyncio.wait([asyncio.ensure_future(job.ended()) for job in running], timeout=drain_s)
        for job in [job for job in self._jobs.values() if not job.over]:
            await self.cancel(job, SHUT_DOWN)
        for work in list(self._works):
            work.cancel()
        await asyncio.gather(*self._works, return_exceptions=True)

    @property
    def closing(self) -> bool:
        """Whether it is shutting down."""
        return self._closing

    async def _look(self) -> None:
        with suppress(DrawThingsError):
            await self.pool.models()
        swept = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_S)
            self._give_out()
            self._forget()
            if time.monotonic() - swept > SWEEP_S:
                swept = time.monotonic()
                await asyncio.to_thread(self.store.sweep)

    # ----------------------------------------------------------------------------------------------------------- asking

    async def reading(self, work: Callable[[], ResultT]) -> ResultT:
        """Read a request in a thread; few at once, because pictures take memory when they are unpacked."""
        async with self._at_once:
            return await computed_async(work)

    async def plan(self, draft: Draft) -> list[tuple[Errand, Plan]]:
        """Decide everything about a draft; few at once, as with ``reading``.

        Raises:
            ConfigError, InputError, ModelNotFound: Something of it cannot be asked for.
            ServerError: No server answers.
        """
        async with self._at_once:
            return await planned(self.pool, draft, self.limits)

    async def submit(self, draft: Draft, owner: Owner) -> Job:
        """Take a job, once it is sure that it can be asked for.

        Args:
            draft: What is asked for. With ``attach`` the job of an equal draft is returned, if there is one that runs
                or was finished a short while ago.
            owner: Who asks.

        Raises:
            QueueFull: Too many wait already; ``retry_s`` tells when to ask again.
            RateExceeded: They ask more often than is allowed; ``retry_s`` likewise.
            GatewayClosing: The gateway is shutting down.
            ConfigError, InputError, ModelNotFound: Something of it cannot be asked for.
            ServerError: No server answers.
        """
        key = owner.scope, draft.fingerprint
        if draft.attach and draft.fingerprint:
            known = await self._known(key)
            if known is not None:
                known.attached += 1
                self.attached += 1
                return known
        self._check_room(owner)
        self._check_rate(owner)
        coming: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        coming.add_done_callback(lambda done: done.cancelled() or done.exception())
        if draft.fingerprint:
            self._coming[key] = coming
        self._planning[owner.name] += 1
        try:
            decided = await self.plan(draft)
            job = self._enter(draft, owner, decided)
        except BaseException as error:
            if self._rate is not None:
                self._rate.give_back(owner.scope)
            coming.set_exception(error if isinstance(error, DrawThingsError) else GatewayError("It was given up."))
            raise
        else:
            coming.set_result(job)
            return job
        finally:
            self._planning[owner.name] -= 1
            self._planning += Counter()  # without those at 0
            if self._coming.get(key) is coming:
                del self._coming[key]

    async def _known(self, key: tuple[str, str]) -> Job | None:
        """Return the job of a draft that was sent before, also when it is being looked at only."""
        coming = self._coming.get(key)
        if coming is not None:
            return await asyncio.shield(coming)
        now = time.time()
        for job in reversed(self._jobs.values()):
            lately = not job.over or (job.state == "done" and now - job.ended_at < self.limits.attach_s)
            if (job.owner.scope, job.draft.fingerprint) == key and lately and not job.reason:
                return job
        return None

    def _check_room(self, owner: Owner) -> None:
        if self._closing:
            raise closing()
        waiting = [job for job in self._jobs.values() if job.state == "queued"]
        own = sum(job.owner.name == owner.name for job in waiting) + self._planning[owner.name]
        whose, count, most = "you", own, self.limits.owner_queued
        if len(waiting) + self._planning.total() >= self.limits.queued:
            whose, count, most = "everybody", len(waiting) + self._planning.total(), self.limits.queued
        if count < most:
            return
        raise QueueFull(
            f"{count} jobs of {whose} wait already; {most} may.",
            hint="Ask again later, or cancel some.",
            retry_s=min(max(self._until_free() or RETRY_S[0], RETRY_S[0]), RETRY_S[1]),
        )

    def _check_rate(self, owner: Owner) -> None:
        wait_s = 0.0 if self._rate is None else self._rate.take(owner.scope)
        if wait_s:
            retry_s = math.ceil(wait_s)
            raise RateExceeded(
                f"You ask for pictures too often: the limit is {self.limits.rate} a minute.",
                hint=f"Ask again in {retry_s} s.",
                retry_s=float(retry_s),
            )

    def _enter(self, draft: Draft, owner: Owner, decided: list[tuple[Errand, Plan]]) -> Job:
        if self._closing:
            raise closing()
        job = Job(without_pictures(draft), owner, tuple(lightened(plan) for _, plan in decided))
        job.deserted = self._deserted
        turns: list[Turn] = []
        first = 0
        for index, (errand, plan) in enumerate(decided):
            turns.append(Turn(job, index, errand, lightened(plan), first=first))
            first += pictures_of(plan)
        self._jobs[job.id], self._turns[job.id] = job, turns
        for turn in turns:
            self._line.join(owner.name, turn)
        if not draft.outlives:
            # Whoever asked may have left while it was looked at.
            asyncio.get_running_loop().call_later(self.limits.grace_s, self._check_deserted, job)
        self._give_out()
        self._tell(job)
        return job

    # ---------------------------------------------------------------------------------------------------------- looking

    def find(self, id: str, owner: Owner) -> Job:  # noqa: A002 - what everybody calls it
        """Return a job of somebody.

        Raises:
            NoSuchJob: There is none of that id, or it belongs to somebody else.
        """
        job = self._jobs.get(id)
        if job is None or job.owner.scope != owner.scope:
            raise NoSuchJob("There is no such job.", hint="Ended jobs are forgotten after an hour.")
        return job

    def of(self, owner: Owner) -> list[Job]:
        """Return all jobs of somebody that are remembered, newest first."""
        return [job for job in reversed(self._jobs.values()) if job.owner.scope == owner.scope]

    async def models(self, *, refresh: bool = False) -> Catalogue:
        """Return what the servers have between them.

        Args:
            refresh: Ask all of them again.

        Raises:
            ServerError: None of them can be used.
        """
        return await self.pool.models(refresh=refresh)

    def servers(self) -> tuple[ServerStatus, ...]:
        """Return how each server is."""
        return self.pool.status()

    def queue_length(self) -> int:
        """Return how many jobs wait."""
        return sum(job.state == "queued" for job in self._jobs.values())

    async def encoded(
        self, made: Made | str, form: str = "png", quality: int | None = None, max_side: int | None = None
    ) -> bytes:
        """Return a result as the bytes of a file.

        Args:
            made: The result, or its id.
            form: ``png`` (as written, with the settings inside unless they are stripped), ``jpeg``, ``webp``, and for
                clips ``gif`` or ``mp4``.
            quality: 1 to 100, for JPEG and WebP.
            max_side: The longest side in pixels, or None for all of it.

        Raises:
            NoSuchJob: It is not there any more.
            BadValue: There is no such kind of file, or it is none for this result.
        """
        name = made if isinstance(made, str) else made.id
        async with self._files:
            return await self._finisher.encoded(name, form=form, quality=quality, max_side=max_side)

    def first(self, job: Job) -> None:
        """Bring a job that waits to the head of its owner's own line."""
        for turn in reversed(self._turns.get(job.id, [])):
            if turn in self._line:
                self._line.first(turn)
        self._number()

    def _forget(self) -> None:
        """Forget jobs that ended long ago, and end those that have waited for too long."""
        now = time.time()
        for job in [job for job in self._jobs.values() if job.state == "queued"]:
            if now - job.created > self.limits.deadline_s:
                for turn in self._turns.get(job.id, []):
                    self._line.leave(turn)
                self._ended(job, "failed", self._too_late())
        over = [job for job in self._jobs.values() if job.over]
        for number, job in enumerate(over):
            if now - job.ended_at > self.limits.kept_s or len(over) - number > self.limits.kept_jobs:
                del self._jobs[job.id]
