"""Running a batch: jobs from the manifest to the servers, and what comes of them to the disk."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from drawthings.batch.backlog import Backlog, size_of
from drawthings.batch.dask.parcel import Parcel, Waiting
from drawthings.batch.safe import Form, keep
from drawthings.batch.task import opened
from drawthings.batch.window import Window
from drawthings.client.answers import result_of
from drawthings.client.result import Finished
from drawthings.errors import (
    BatchError,
    DrawThingsError,
    EmptyResult,
    Incomplete,
    OutputError,
    Poisoned,
    SecretRequired,
    TensorError,
    TlsMismatch,
    Unreachable,
)
from drawthings.media.belt import processors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from drawthings.batch._async_pool import AsyncPool
    from drawthings.batch.errand import Errand
    from drawthings.batch.manifest import Made, Manifest, Row
    from drawthings.batch.rules import Rules
    from drawthings.batch.standing import ServerStatus
    from drawthings.batch.task import Task
    from drawthings.client.result import Result
    from drawthings.request.wishes import Wanted
    from drawthings.settings import Connection

_log = logging.getLogger("drawthings.batch")

ROUNDS: Final = 3
"""How often a job is begun anew whose error may pass; in each round the pool tries several servers."""

FIRST_PAUSE_S: Final = 2.0
PAUSE_FACTOR: Final = 4.0
LOOK_S: Final = 0.5

PICTURE: Final = '"sha256": '
"""What a request with pictures has in it."""

STOPPING = (Unreachable, SecretRequired, TlsMismatch, OutputError)
"""What ends a run: no server is left, or nothing can be written. The jobs wait for the next one."""


BACKLOG_BYTES: Final = 32 << 20
"""So much may wait to be written."""

PLAN_PAUSE_S: Final = 0.005

NEXT_FIRST_S: Final = 0.002
"""Seconds that a picture waits before it is written, and in which the next one is asked for."""


class Withdrawn(Exception):
    """Somebody cancelled a job in the manifest before a server got it."""


@dataclass(slots=True)
class Tally:
    """How far a run is.

    Attributes:
        total: How many jobs the batch has.
        before: How many were done before this run.
        aside: How many had ended otherwise before it: failed, put aside, or cancelled.
        done: How many this run did.
        failed: How many failed for good in this run.
        repeated: How often a job was begun anew.
        started: When the run began, on the clock of ``time.monotonic``.
        stopped: Why the run ended early, or None.
        expected_s: Seconds until the end, from how long steps took on the servers that are left; None while that is
            not known of every model.
        servers: How the servers were at the end.
    """

    total: int = 0
    before: int = 0
    aside: int = 0
    done: int = 0
    failed: int = 0
    repeated: int = 0
    started: float = field(default_factory=time.monotonic)
    stopped: DrawThingsError | None = None
    expected_s: float | None = None
    servers: tuple[ServerStatus, ...] = ()

    @property
    def rate(self) -> float:
        """Jobs a second in this run."""
        return self.done / max(1e-9, time.monotonic() - self.started)

    @property
    def left_s(self) -> float | None:
        """Seconds until the end, from step times or else at this rate; None before the first job is done."""
        if self.expected_s is not None:
            return self.expected_s
        left = self.total - self.before - self.aside - self.done - self.failed
        return left / self.rate if self.done else None


class Runner:
    """Does the jobs of a manifest on a pool.

    Args:
        manifest: The manifest, claimed by this process.
        pool: The servers.
        form: The kind of file that pictures become.
        on_job: Called with a job's number and its state when it has ended.

    Attributes:
        tally: How far it is.
    """

    def __init__(
        self,
        manifest: Manifest,
        pool: AsyncPool,
        *,
        form: Form = "png",
        on_job: Callable[[int, str], None] | None = None,
    ) -> None:
        counts = manifest.counts()
        aside = sum(counts.values()) - counts["waiting"] - counts["done"]
        self.tally = Tally(total=manifest.total, before=counts["done"], aside=aside)
        self._manifest = manifest
        self._pool = pool
        self._form: Form = form
        self._on_job = on_job
        self._window = Window(manifest)
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(processors(), thread_name_prefix="drawthings-batch")
        # A server is not given its next job while too much waits to be written.
        self._backlog = Backlog(2 * processors(), BACKLOG_BYTES)
        self._lane = asyncio.Semaphore(1)
        self._avoid: dict[int, frozenset[str]] = {}
        self._files: dict[str, str] = {}
        self._work: dict[str, float] = {}
        self._heavy = False

    async def run(self) -> Tally:
        """Do all jobs that wait; what is in the middle when this is cancelled waits again.

        Returns:
            How far it came; ``tally.stopped`` says why not to the end.
        """
        try:
            while self.tally.stopped is None and (pause_s := self._fill()) is not None:
                if self._tasks:
                    await asyncio.wait(self._tasks, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.sleep(pause_s)
        finally:
            # What has arrived is written to the end.
            for task in self._tasks - self._writing:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._threads.shutdown(wait=True)
        return self.tally

    def _fill(self) -> float | None:
        """Take in jobs, and return when to look again; None when there are none and none will be."""
        now = time.time()
        for row in self._window.fill(now, 2 * len(self._pool.status()) + 2 if self._heavy else None):
            self._heavy |= PICTURE in row.request
            task = asyncio.get_running_loop().create_task(self._guarded(row))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        left = self._window.left
        self._pool.expect({file: left.get(model, 0) * self._work[model] for model, file in self._files.items()})
        self.tally.expected_s = self._expected_s()
        if self._tasks:
            return LOOK_S
        later = self._manifest.next_after(now)
        return None if later is None else min(LOOK_S, max(0.0, later - now))

    def _expected_s(self) -> float | None:
        ahead = self._window.ahead()
        if any(model not in self._files for model in ahead):
            return None
        return self._pool.expected_s([(self._files[model], count, self._work[model]) for model, count in ahead.items()])

    async def _guarded(self, row: Row) -> None:
        """Do a job, and write down what became of it, whatever that is."""
        try:
            state = await self._one(row)
        except Withdrawn:
            state = "cancelled"
        except DrawThingsError as error:
            state = self._failed(row, error)
        except sqlite3.Error as error:
            # The manifest cannot be written, so nothing more is begun; what is left waits for the next run.
            self.tally.stopped = self.tally.stopped or OutputError(
                f"The manifest of the batch cannot be written: {error}.", hint="Make room, then resume the batch."
            )
            with suppress(sqlite3.Error):
                self._manifest.release(row.number)
            state = "stopped"
        except Exception as error:  # noqa: BLE001 - one job must not take the others with it
            _log.exception("job %d failed in an unforeseen way", row.number)
            self._manifest.failed(row.number, error)
            state = "failed"
        except BaseException:
            with suppress(sqlite3.Error):
                self._manifest.release(row.number)
            raise
        finally:
            self._window.drop(row)
        self.tally.done += state == "done"
        self.tally.failed += state in {"failed", "poison", "cancelled"}
        self.tally.repeated += state == "waiting"
        if self._on_job is not None:
            self._on_job(row.number, state)

    async def _planned(self, row: Row) -> Errand:
        """Return a job as a call to the pool that is planned and has not begun."""
        heavy, loop = PICTURE in row.request, asyncio.get_running_loop()
        async with self._lane:
            prompt, wanted = (
                await loop.run_in_executor(self._threads, opened, row.request) if heavy else opened(row.request)
            )
            # Keywords out of a file; what they are worth is for the plan to say.
            errand = self._pool.errand(prompt, None, cast("Wanted", wanted))
            errand.priority, errand.label = row.priority, f"{row.number} {prompt}".strip()
            errand.deadline = time.monotonic() + row.deadline - time.time()
            await self._pool.plan(errand)
            # What the servers have to say goes before the next plan, and is said in several turns of the loop; while
            # enough calls wait, nobody waits for a plan.
            enough = self._pool.waiting > len(self._pool.status())
            await asyncio.sleep(PLAN_PAUSE_S if enough else 0)
        if errand.job is not None and errand.plan is not None:
            errand.job.failed = self._avoid.get(row.number, frozenset())
            self._files[row.model], self._work[row.model] = errand.plan.model.file, errand.job.work
        return errand

    async def _one(self, row: Row) -> str:
        errand = await self._planned(row)
        server = ""

        def begun(name: str) -> None:
            nonlocal server
            server = name
            if not self._manifest.begin(row.number, name):
                raise Withdrawn

        errand.on_server = begun
        async with aclosing(self._pool.follow(errand)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    await self._backlog.enter(size_of(event.result))
        result, task = result_of(event), cast("asyncio.Task[None]", asyncio.current_task())
        size = size_of(result)
        self._writing.add(task)
        try:
            # The server's next call goes out first; a thread that begins to write takes the interpreter from it.
            await asyncio.sleep(NEXT_FIRST_S)
            whole, made = await self._written(result, row)
        except TensorError:
            self._avoid[row.number] = self._avoid.get(row.number, frozenset()) | {server}
            raise
        finally:
            self._backlog.leave(size)
            self._writing.discard(task)
        self._finish(row, whole, made, server, errand)
        return "done"

    async def _written(self, result: Result | Waiting, row: Row) -> tuple[Result | Parcel, list[Made]]:
        """Write what came; return it as well, for of what a worker still has only that tells how it was made."""
        whole = await result.fetch() if isinstance(result, Waiting) else result
        return whole, await asyncio.get_running_loop().run_in_executor(self._threads, self._keep, whole, row)

    def _keep(self, result: Result | Parcel, row: Row) -> list[Made]:
        if isinstance(result, Parcel):
            return result.keep(self._manifest.folder, row.number, row.name)
        return keep(result, self._manifest.folder, row.number, row.name, self._form)

    def _finish(self, row: Row, result: Result | Parcel, made: list[Made], server: str, errand: Errand) -> None:
        self._avoid.pop(row.number, None)
        self._manifest.done(
            row.number,
            made,
            seconds=result.elapsed_s,
            server=server,
            used=result.model,
            settings=result.configuration.to_json(),
            tries=errand.job.tries + len(errand.job.crashed) if errand.job is not None else 0,
        )

    def _failed(self, row: Row, error: DrawThingsError) -> str:
        """Write down an error: the job waits for a better time, is put aside, or waits for another run."""
        if isinstance(error, STOPPING) or (isinstance(error, BatchError) and not isinstance(error, Poisoned)):
            self.tally.stopped = self.tally.stopped or error
            self._manifest.release(row.number)
            return "stopped"
        if isinstance(error, Poisoned):
            self._manifest.failed(row.number, error, poison=True)
            return "poison"
        may_pass = error.retryable or isinstance(error, TensorError | EmptyResult | Incomplete)
        if may_pass and row.tries + 1 < ROUNDS:
            self._manifest.again(row.number, error, time.time() + FIRST_PAUSE_S * PAUSE_FACTOR**row.tries)
            return "waiting"
        self._manifest.failed(row.number, error)
        return "failed"


async def run_batch(
    folder: str | Path,
    servers: Sequence[str | Connection],
    tasks: Iterable[Task] = (),
    *,
    form: Form = "png",
    rules: Rules | None = None,
    scheduler: str | None = None,
    on_look: Callable[[Tally, tuple[ServerStatus, ...]], None] | None = None,
    on_job: Callable[[int, str], None] | None = None,
) -> Tally:
    """Do the jobs of a batch, whatever of it was done before.

    Args:
        folder: The folder of the batch; made where it is not there.
        servers: Addresses or connections.
        tasks: Jobs to be added; those that the batch knows already are not done again.
        form: The kind of file that pictures become.
        rules: How patient to be with servers; by default the jobs wait five minutes when none is left.
        scheduler: Let Dask workers ask the servers, decode and encode: ``inproc`` (threads of this process), ``local``
            (a process for each server), or the address of a scheduler whose workers are named after their servers.
        on_look: Called twice a second with how far it is and how the servers are.
        on_job: Called with a job's number and its state when it has ended.

    Returns:
        How far it came.

    Raises:
        ManifestMismatch: The folder cannot be used, or somebody else runs the batch.
        DrawThingsError: A job of the list makes no sense; none of the list was added.
    """
    from drawthings.batch._async_pool import AsyncPool
    from drawthings.batch.manifest import Manifest
    from drawthings.batch.rules import BATCH

    with Manifest(folder, create=True) as manifest:
        manifest.claim()
        manifest.add(tasks)
        rules = rules or BATCH
        made = AsyncPool(servers, rules=rules) if scheduler is None else _over_dask(servers, scheduler, form, rules)
        async with made as pool:
            runner = Runner(manifest, pool, form=form, on_job=on_job)
            looking = asyncio.ensure_future(_look(runner, pool, on_look)) if on_look is not None else None
            try:
                tally = await runner.run()
                tally.servers = pool.status()
                return tally
            finally:
                if looking is not None:
                    looking.cancel()


def _over_dask(servers: Sequence[str | Connection], scheduler: str, form: Form, rules: Rules) -> AsyncPool:
    from drawthings.batch.dask.remote import DaskPool

    return DaskPool(servers, scheduler, form=form, rules=rules)


async def _look(runner: Runner, pool: AsyncPool, on_look: Callable[[Tally, tuple[ServerStatus, ...]], None]) -> None:
    while True:
        on_look(runner.tally, pool.status())
        await asyncio.sleep(LOOK_S)
