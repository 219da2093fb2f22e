"""A server as the runner's pool sees it, when a Dask worker stands between them."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self, cast

from drawthings.batch._async_pool import AsyncPool
from drawthings.batch.dask import hand
from drawthings.batch.dask.crew import Crew
from drawthings.batch.dask.parcel import Fault, Parcel, Waiting
from drawthings.client.result import Finished
from drawthings.errors import ServerCrashed, TimedOut, Unreachable
from drawthings.stream.events import Sampling

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from types import TracebackType

    from drawthings.batch.rules import Rules
    from drawthings.batch.safe import Form
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.client._async import AsyncDrawThings
    from drawthings.client.answers import FilePresence, ServerInfo, StreamEvent
    from drawthings.client.result import Result
    from drawthings.request.plan import Plan
    from drawthings.settings import Connection

LOOK_S: Final = 0.5
GRACE_S: Final = 2.0
"""How much longer an answer may take because it comes through the scheduler."""


class Remote:
    """The methods of ``AsyncDrawThings`` that a pool needs, done by the server's worker.

    Args:
        connection: The server, as its worker reaches it.
        crew: The workers.
        form: The kind of file that pictures become.
    """

    def __init__(self, connection: Connection, crew: Crew, form: Form) -> None:
        self._connection = connection
        self._server = connection.server
        self._crew = crew
        self._form: Form = form
        self._topic = f"drawthings-{uuid.uuid4().hex}"
        self._closing = asyncio.Event()
        self._heard: list[Sampling] = []
        self._listens = False

    # ------------------------------------------------------------------------------------------------------- questions

    async def echo(self) -> ServerInfo:
        """Ask for the greeting; see ``AsyncDrawThings.echo``."""
        return cast("ServerInfo", await self._ask("echo"))

    async def models(self, *, refresh: bool = False) -> Catalogue:
        """Ask what the server has; see ``AsyncDrawThings.models``."""
        return cast("Catalogue", await self._ask("models", refresh=refresh))

    async def files_exist(self, files: Sequence[str], *, hashes: bool = False) -> tuple[FilePresence, ...]:
        """Ask which files the server has; see ``AsyncDrawThings.files_exist``."""
        return cast("tuple[FilePresence, ...]", await self._ask("files_exist", list(files), hashes=hashes))

    async def aclose(self) -> None:
        """End what is under way, and let the worker close its connections."""
        self._closing.set()
        await self._tell(hand.leave)

    def _worker(self) -> str:
        """Return the address of the worker.

        Raises:
            Unreachable: There is none.
        """
        worker = self._crew.worker(self._server)
        if worker is None:
            raise Unreachable(
                f"No Dask worker is there for {self._server}.",
                hint=f"Start one: dask worker SCHEDULER --nthreads 1 --name {self._server}",
                address=self._server,
            )
        return worker

    async def _ask(self, question: str, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever is asked
        worker = self._worker()
        limit_s = self._connection.timeouts.unary_s + GRACE_S
        try:
            async with asyncio.timeout(limit_s):
                asked = (hand.ask, self._connection, question, *arguments)
                answers = await self._crew.client.run(*asked, workers=[worker], **options)
        except TimeoutError as error:
            raise TimedOut(
                f"The Dask worker of {self._server} has not answered for {limit_s:g} s.",
                hint="Look at the machine it runs on.",
                address=self._server,
            ) from error
        except Exception as error:
            # Dask fails in many ways when a connection breaks.
            raise Unreachable(
                f"The Dask worker of {self._server} cannot be asked: {error}.",
                hint="Look at its log; it needs the same release of drawthings.",
                address=self._server,
            ) from error
        if isinstance(answers[worker], Fault):
            answers[worker].thrown()
        return answers[worker]

    async def _tell(self, what: Any) -> None:  # noqa: ANN401 - a function of the hand
        """Tell the worker something that it need not answer."""
        worker = self._crew.worker(self._server)
        if worker is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(GRACE_S):
                    await self._crew.client.run(what, self._server, workers=[worker])

    # ------------------------------------------------------------------------------------------------------------ work

    async def stream(self, plan: Plan, *, keep: bool = True) -> AsyncGenerator[StreamEvent]:
        """Let the worker do a job; previews do not cross, and the result is a ``Waiting``.

        Raises:
            ServerCrashed: The worker went away.
            DrawThingsError: As ``AsyncDrawThings.stream``.
        """
        del keep
        worker, client = self._worker(), self._crew.client
        self._listen()
        # Asked of the worker directly: a task of Dask costs several times as much, and the pool has chosen already.
        asked = (hand.work, self._connection, plan, self._topic)
        waiting = asyncio.ensure_future(client.run(*asked, workers=[worker]))
        ending = asyncio.ensure_future(self._closing.wait())
        try:
            while not waiting.done():
                await asyncio.wait({waiting, ending}, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
                for sign in self._signs():
                    yield sign
                if not waiting.done() and (ending.done() or self._crew.worker(self._server) != worker):
                    raise self._gone()
            kept = self._answer(waiting, worker)
            yield Finished(cast("Result", Waiting(kept.size, partial(self._fetched, worker, kept.name))))
        finally:
            ending.cancel()
            if not waiting.done():
                waiting.cancel()
                await self._tell(hand.stop)

    async def _fetched(self, worker: str, name: str) -> Parcel:
        """Let the worker decode and encode a result, and bring the files.

        Raises:
            ServerCrashed: The worker went away with it.
            TensorError: A picture cannot be read.
        """
        asked = (hand.fetch, self._server, name, self._form)
        waiting = asyncio.ensure_future(self._crew.client.run(*asked, workers=[worker]))
        while not waiting.done():
            await asyncio.wait({waiting}, timeout=LOOK_S)
            if not waiting.done() and self._crew.worker(self._server) != worker:
                waiting.cancel()
                raise self._gone()
        return cast("Parcel", self._answer(waiting, worker))

    def _answer(self, waiting: asyncio.Future[Any], worker: str) -> Any:  # noqa: ANN401 - what the hand returns
        error = None if waiting.cancelled() else waiting.exception()
        if waiting.cancelled() or error is not None:
            raise self._gone() from error
        answer = waiting.result()[worker]
        if isinstance(answer, Fault):
            answer.thrown()
        return answer

    def _gone(self) -> ServerCrashed:
        return ServerCrashed(
            f"The Dask worker of {self._server} went away in the middle.",
            hint="The job is done on another server.",
            address=self._server,
            code="UNAVAILABLE",
        )

    def _listen(self) -> None:
        """Hear of sampling steps from now on."""
        if not self._listens:
            self._listens = True
            self._crew.client.subscribe_topic(self._topic, self._note)
        self._heard.clear()

    def _note(self, event: tuple[float, Sequence[Any]]) -> None:
        step, steps, progress = event[1]
        self._heard.append(Sampling(progress=progress, step=step, steps=steps))

    def _signs(self) -> list[Sampling]:
        heard, self._heard = self._heard, []
        return heard


class DaskPool(AsyncPool):
    """A pool whose servers are asked by Dask workers.

    Args:
        servers: The servers, as their workers reach them.
        scheduler: ``inproc``, ``local``, or the address of a scheduler; see ``Crew``.
        form: The kind of file that pictures become.
        rules: How patient it is.

    Raises:
        BadValue: There are no servers, one is given twice, or that is no scheduler.
    """

    def __init__(
        self,
        servers: Sequence[str | Connection],
        scheduler: str,
        *,
        form: Form = "png",
        rules: Rules | None = None,
    ) -> None:
        self._form: Form = form
        self._crew = Crew(scheduler, [server if isinstance(server, str) else server.server for server in servers])
        super().__init__(servers, rules=rules)

    def _client(self, connection: Connection) -> AsyncDrawThings:
        # It has what a pool asks of a client.
        return cast("AsyncDrawThings", Remote(connection, self._crew, self._form))

    async def __aenter__(self) -> Self:
        await self._crew.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await super().__aexit__(kind, error, trace)
        finally:
            await self._crew.__aexit__(kind, error, trace)
