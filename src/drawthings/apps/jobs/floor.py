"""The servers' side of the core: which generation is next, how far each is, and how a job ends."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, defaultdict
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

from drawthings.apps.jobs.finishing import Finisher
from drawthings.apps.jobs.limits import Limits
from drawthings.apps.jobs.line import Line
from drawthings.apps.jobs.pace import Pace
from drawthings.client.answers import picture_at
from drawthings.client.film import Film, is_film
from drawthings.client.result import Finished, Picture
from drawthings.errors import Cancelled, DrawThingsError, GatewayClosing, GatewayError, StreamError, TimedOut
from drawthings.stream.events import ImageArrived

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from drawthings.apps.jobs.job import Job, State
    from drawthings.apps.jobs.store import Store
    from drawthings.apps.jobs.turn import Turn
    from drawthings.batch._async_pool import AsyncPool
    from drawthings.client.result import Result

logger = logging.getLogger("drawthings.gateway")

SHUT_DOWN = "the gateway was shut down"
"""Why a job was cancelled that its client may ask for again."""
DESERTED = "nobody waited for it"
"""Why a job was cancelled whose clients have left."""
HEAVY = ("images", "audio", "data")
"""What errors hold so that it is not lost; here it is in the store."""


class Floor:
    """The jobs that wait and those that run, and the way of each through the servers.

    No more generations are handed to the pool than it has servers; the others wait in a fair line.

    Args:
        pool: The servers.
        limits: How long a job may take.
        store: Where results go.
        strip_metadata: Whether files that are handed out say nothing about how they were made.
    """

    def __init__(
        self, pool: AsyncPool, *, limits: Limits | None = None, store: Store, strip_metadata: bool = False
    ) -> None:
        self.pool, self.limits, self.store = pool, limits or Limits(), store
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._turns: dict[str, list[Turn]] = {}
        self._line: Line[Turn] = Line()
        self._handed: set[Turn] = set()
        self.strip_metadata = strip_metadata
        self._finisher = Finisher(store, strip=strip_metadata)
        self._pace = Pace()
        self._ears: list[Callable[[Job], None]] = []
        self._works: set[asyncio.Task[Any]] = set()
        self._closing = False

    def listen(self, ear: Callable[[Job], None]) -> Callable[[], None]:
        """Have something called after every change of any job.

        Returns:
            What ends that.
        """
        self._ears.append(ear)
        return lambda: self._ears.remove(ear)

    def _aside(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._works.add(task)
        task.add_done_callback(self._works.discard)
        return task

    # -------------------------------------------------------------------------------------------------------- the line

    def _give_out(self) -> None:
        """Hand to the pool whatever can begin, and tell all others how long it takes."""
        room = max(1, sum(status.usable for status in self.pool.status()))
        while len(self._handed) < room and (turn := self._line.take(self._fits, self._suits)) is not None:
            self._handed.add(turn)
            turn.job.position = turn.job.wait_s = None
            if turn.job.state == "queued":
                turn.job.state, turn.job.started = "starting", time.time()
            turn.began = time.monotonic()
            turn.task = self._aside(self._do(turn))
            self._tell(turn.job)
        self._foretell()
        self._number()

    def _foretell(self) -> None:
        """Tell the pool what waits here; else it would find that a slow server is not worth asking."""
        work: dict[str, float] = defaultdict(float)
        for turn in self._line:
            work[turn.plan.model.file] += turn.work
        self.pool.expect(work)

    def _suits(self, turn: Turn) -> bool:
        """Return whether a free server has the model of a generation loaded, so that nothing need be loaded for it."""
        model = turn.plan.model.file
        warm = sum(status.state == "idle" and status.model == model for status in self.pool.status())
        return warm > sum(other.errand.member is None and other.plan.model.file == model for other in self._handed)

    def _fits(self, turn: Turn) -> bool:
        """Return whether a server that has what a generation needs is free, so that none waits inside the pool."""
        able = self.pool.able(turn.errand)
        taken = sum(self.pool.able(other.errand) <= able for other in self._handed)
        return not able or taken < len(able)

    def _number(self) -> None:
        """Give each job that waits its place, and tell those for which it is another one."""
        place = 0
        for job in dict.fromkeys(turn.job for turn in self._line):
            if job.state != "queued":
                continue
            place += 1
            # Who is next is told anew how long that takes: nothing else changes for them.
            if job.position != place or place == 1:
                job.position, job.wait_s = place, self._until(job)
                self._tell(job)

    def _until(self, job: Job) -> float | None:
        """Return in how many seconds a job probably begins."""
        ahead = [turn for turn in self._handed if turn.job is not job]
        for turn in self._line:
            if turn.job is job:
                break
            ahead.append(turn)
        return self._seconds(ahead)

    def _until_free(self) -> float | None:
        """Return in how many seconds there is probably room in the line."""
        return self._seconds(list(self._handed))

    def _seconds(self, turns: list[Turn]) -> float | None:
        took = [self._pace.seconds(turn.plan.model.file, turn.work * (1 - turn.progress)) for turn in turns]
        known = [each for each in took if each is not None]
        servers = max(1, sum(status.usable for status in self.pool.status()))
        return sum(known) / servers if len(known) == len(took) else None

    # --------------------------------------------------------------------------------------------------------- the work

    async def _do(self, turn: Turn) -> None:
        job, arrived = turn.job, dict[int, Picture]()
        try:
            left_s = self.limits.deadline_s - (time.time() - job.created)
            async with asyncio.timeout(left_s):
                result = await self._generated(turn, arrived)
        except TimeoutError:
            await self._kept(turn, list(arrived.values()))
            self._failed(turn, self._too_late())
        except asyncio.CancelledError:
            self._free(turn)
            await self._kept(turn, list(arrived.values()))
            raise
        except DrawThingsError as error:
            self._free(turn)
            await self._kept(turn, error.images if isinstance(error, StreamError) else list(arrived.values()))
            self._failed(turn, error)
        except Exception as error:  # noqa: BLE001 - it is logged and told
            self._failed(turn, _broken(job, error))
        else:
            self._pace.note(job.model, turn.work, time.monotonic() - (turn.began or 0.0))
            self._free(turn)
            await self._kept(turn, [Film.of(result)] if is_film(result.plan) else result.pictures)
        finally:
            self._free(turn)
            turn.progress = 1.0
            self._settle(job)

    def _free(self, turn: Turn) -> None:
        """Let the next one have the server; what is left to do takes none."""
        if turn in self._handed:
            self._handed.discard(turn)
            self._give_out()

    async def _generated(self, turn: Turn, arrived: dict[int, Picture]) -> Result:
        """Return what a generation brings; ``arrived`` takes the pictures of it that are there before its end."""
        result, rounds = None, turn.plan.rounds()
        async with aclosing(self.pool.follow(turn.errand)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    result = event.result
                else:
                    turn.heard(event)
                if isinstance(event, ImageArrived) and not is_film(turn.plan):
                    arrived[event.index] = picture_at(event.index, event.blob, rounds)
                self._tell(turn.job)
        if result is None:
            raise Cancelled("The generation ended without an answer.")
        return result

    async def _kept(self, turn: Turn, pieces: Sequence[Picture | Film]) -> None:
        """Put what came into the store; what cannot be kept does not take the rest with it."""
        job = turn.job
        if pieces and len(job.plans) == 1 and not job.over:
            job.state = "decoding"
            self._tell(job)
        for piece in pieces:
            try:
                made = await self._finisher.stored(turn, piece)
            except DrawThingsError as failure:
                self._failed(turn, failure)
            except Exception as error:  # noqa: BLE001 - as above
                self._failed(turn, _broken(job, error))
            else:
                job.made = sorted((*job.made, made), key=lambda each: each.index)

    def _failed(self, turn: Turn, error: DrawThingsError) -> None:
        job = turn.job
        job.error = job.error or error
        if not job.draft.cells:
            for other in self._turns[job.id]:
                self._line.leave(other)

    def _settle(self, job: Job) -> None:
        """End a job of which nothing is left to do."""
        turns = self._turns.get(job.id, [])
        left = [turn for turn in turns if turn in self._line or (turn.task and turn.progress < 1)]
        if job.over:
            return
        if left:
            job.progress = max(job.progress, self._progress(turns))
            self._tell(job)
        elif job.reason == SHUT_DOWN:
            self._ended(job, "cancelled", closing())
        elif job.reason:
            self._ended(job, "cancelled", Cancelled(f"The job was cancelled: {job.reason}."))
        else:
            self._ended(job, "done" if job.error is None else "failed", job.error)

    def _ended(self, job: Job, state: State, error: DrawThingsError | None) -> None:
        job.state, job.error = state, None if error is None else _light(error)
        job.position = job.wait_s = None
        job.forget_previews()
        job.progress = 1.0 if state == "done" else job.progress
        job.ended_at = time.time()
        self._turns.pop(job.id, None)
        self._tell(job)
        self._number()

    def _progress(self, turns: list[Turn]) -> float:
        return sum(turn.progress for turn in turns) / max(1, len(turns))

    def _tell(self, job: Job) -> None:
        if job.id in self._turns:
            job.progress = max(job.progress, min(0.999, self._progress(self._turns[job.id])))
        job.changed()
        for ear in list(self._ears):
            ear(job)

    # --------------------------------------------------------------------------------------------------------- the end

    async def cancel(self, job: Job, reason: str) -> None:
        """End a job. What it brought so far stays in it.

        Args:
            job: The job; nothing happens when it has ended already.
            reason: Why, in a few words.
        """
        if job.over:
            return
        job.reason = job.reason or reason
        turns = self._turns.get(job.id, [])
        for turn in turns:
            self._line.leave(turn)
        # What a server has finished is only to be stored, and stays.
        for turn in turns:
            if turn.task is not None and turn in self._handed:
                turn.task.cancel()
        tasks = [turn.task for turn in turns if turn.task is not None and not turn.task.done()]
        if tasks:
            await asyncio.wait(tasks)
        for turn in turns:  # a task that had not begun yet cleared nothing away
            turn.progress = 1.0
            self._free(turn)
        self._settle(job)

    async def skip(self, job: Job) -> None:
        """Leave out the generation of a job that runs, the first of several; the others are made.

        Args:
            job: The job; nothing happens when none of it runs.
        """
        tasks = [turn.task for turn in self._turns.get(job.id, []) if turn in self._handed and turn.task is not None]
        for task in tasks[:1]:
            task.cancel()
            await asyncio.wait([task])

    def _deserted(self, job: Job) -> None:
        """Nobody waits for a job any more: end it, at once while it waits, and after a moment when it runs."""
        if job.draft.outlives or self._closing:
            return
        with suppress(RuntimeError):  # the loop is gone, and all jobs with it
            loop = asyncio.get_running_loop()
            if job.state == "queued":
                self._aside(self.cancel(job, DESERTED))
            else:
                loop.call_later(self.limits.grace_s, self._check_deserted, job)

    def _check_deserted(self, job: Job) -> None:
        if not (job.over or job.watched or self._closing):
            self._aside(self.cancel(job, DESERTED))

    def _too_late(self) -> TimedOut:
        return TimedOut(
            f"The job was not done after {self.limits.deadline_s:.0f} s.",
            hint="Ask for less, or when fewer wait.",
        )


def _broken(job: Job, error: Exception) -> GatewayError:
    logger.error("job %s broke", job.id, exc_info=error)
    return GatewayError(f"The gateway broke: {type(error).__name__}.", status=500)


def _light(error: DrawThingsError) -> DrawThingsError:
    """Return an error without what it would keep in memory: jobs are remembered for long."""
    each: BaseException | None = error
    while each is not None:
        each.__traceback__ = None
        if isinstance(each, DrawThingsError):
            each.details = {name: value for name, value in each.details.items() if name not in HEAVY}
        each = each.__cause__ or each.__context__
    return error


def closing() -> GatewayClosing:
    """Return the error for what the gateway does not do any more."""
    return GatewayClosing("The gateway is shutting down.", hint="Ask again when it is back.")
