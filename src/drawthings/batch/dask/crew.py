"""The Dask cluster of a run: reached by its address, or started for the run, and which worker is whose."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any, Final, Self

from drawthings.errors import BadValue, Unreachable
from drawthings.wire.address import endpoint_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

_log = logging.getLogger("drawthings.batch")

INPROC: Final = "inproc"
LOCAL: Final = "local"

LOOK_S: Final = 0.5
LOST_S: Final = 15.0
"""A worker that has not reported to its scheduler for so long is gone; usually it does so twice a second."""

CONNECT_S: Final = 30.0
OWN: Final = {
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.system-monitor.gil.enabled": False,
}
"""How a cluster of the run's own is: a worker never holds more than it works on, and nobody looks at its statistics,
which take more time than the jobs otherwise."""


class Crew:
    """The workers, one for each server, found by their names.

    Args:
        scheduler: ``inproc`` (threads of this process), ``local`` (a process for each server), or the address of a
            scheduler whose workers are named after their servers.
        servers: The servers.

    Attributes:
        client: The connection to the scheduler, once it is open.

    Raises:
        BadValue: Dask is not installed, or that is no address of a scheduler.
    """

    def __init__(self, scheduler: str, servers: Sequence[str]) -> None:
        if scheduler not in {INPROC, LOCAL} and "://" not in scheduler:
            raise BadValue(
                f"The scheduler {scheduler!r} is none.",
                hint="Write inproc, local, or an address such as tls://main:8786 or tcp://main:8786.",
                field="scheduler",
                value=scheduler,
            )
        self.client: Any = None
        self._scheduler = scheduler
        self._servers = {endpoint_of(server): server for server in servers}
        self._workers: dict[str, str] = {}
        self._beats: dict[str, tuple[float, float]] = {}
        self._stack = contextlib.AsyncExitStack()

    # ------------------------------------------------------------------------------------------------------ the cluster

    async def __aenter__(self) -> Self:
        """Reach the scheduler, or start one with its workers.

        Raises:
            BadValue: Dask is not installed.
            Unreachable: No scheduler answers there.
        """
        try:
            import distributed as found
        except ImportError as error:
            raise BadValue(
                "Dask is not installed.", hint='pip install "drawthings[batch]"', field="scheduler"
            ) from error
        distributed: Any = found  # which has types for a part of what it offers
        async with contextlib.AsyncExitStack() as stack:
            at = self._scheduler
            if at in {INPROC, LOCAL}:
                at = await self._started(stack)
            try:
                self.client = await stack.enter_async_context(
                    distributed.Client(at, asynchronous=True, set_as_default=False, timeout=CONNECT_S)
                )
            except (OSError, ValueError) as error:
                raise Unreachable(
                    f"No Dask scheduler answers at {self._scheduler}: {error}.",
                    hint="Start one with `dask scheduler`, and a worker for each server.",
                    address=self._scheduler,
                ) from error
            await self._look()
            watching = asyncio.ensure_future(self._watch())
            stack.callback(watching.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _started(self, stack: contextlib.AsyncExitStack) -> Any:  # noqa: ANN401 - Dask has no types
        """Start a cluster of this run's own, with a worker of one thread for each server."""
        import dask
        import distributed as found

        distributed: Any = found
        inproc = self._scheduler == INPROC
        at = {"protocol": "inproc://"} if inproc else {"host": "127.0.0.1", "protocol": "tcp://"}
        options = {**at, "nthreads": 1, "memory_limit": 0, "dashboard": False, "silence_logs": logging.ERROR}
        kind = distributed.Worker if inproc else distributed.Nanny
        workers = {server: {"cls": kind, "options": options} for server in self._servers.values()}
        cluster = distributed.SpecCluster(
            workers=workers,
            scheduler={"cls": distributed.Scheduler, "options": {**at, "dashboard": False, "port": 0}},
            asynchronous=True,
            silence_logs=logging.ERROR,
        )
        with dask.config.set(OWN):
            return await stack.enter_async_context(cluster)

    # ------------------------------------------------------------------------------------------------------ the workers

    def worker(self, server: str) -> str | None:
        """Return the address of a server's worker, or None when it has none that reports to the scheduler."""
        return self._workers.get(endpoint_of(server))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self._look()
            except (TimeoutError, OSError) as error:
                if self._workers:
                    _log.warning("the Dask scheduler %s does not answer: %s", self._scheduler, error)
                self._workers = {}

    async def _look(self) -> None:
        async with asyncio.timeout(LOST_S):
            told = await self.client.scheduler.identity(n_workers=-1)
        now, found = time.monotonic(), {}
        for address, worker in told["workers"].items():
            server = endpoint_of(str(worker["name"]))
            if server in self._servers and self._beats_still(address, worker["last_seen"], now):
                found[server] = address
        for server in self._workers.keys() - found.keys():
            _log.warning("the Dask worker of %s is gone", server)
        self._workers = found

    def _beats_still(self, address: str, beat: float, now: float) -> bool:
        """Return whether a worker reports; what the scheduler's clock says does not matter, only that it goes on."""
        known = self._beats.get(address)
        if known is None or known[0] != beat:
            self._beats[address] = known = beat, now
        return now - known[1] < LOST_S
