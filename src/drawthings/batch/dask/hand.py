"""What a Dask worker does for a server: ask it something, or let it make pictures.

All of this runs in the worker. Nothing but our own types goes back: an answer, a ``Parcel``, or a ``Fault``.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import OrderedDict
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drawthings.batch.backlog import size_of
from drawthings.batch.dask.parcel import Fault, Parcel, packed
from drawthings.client.answers import result_of
from drawthings.stream.events import Sampling

if TYPE_CHECKING:
    from drawthings.batch.safe import Form
    from drawthings.client._async import AsyncDrawThings
    from drawthings.client.result import Result
    from drawthings.request.plan import Plan
    from drawthings.settings import Connection

TELL_S = 0.25
"""Steps are told so often at most."""

KEPT_S = 600.0
"""Seconds that a result waits in a worker to be fetched; for those of a runner that has gone, nobody comes."""

HANDS = "drawthings"
"""Under which name a worker keeps its connections."""


class Hands:
    """The connections of one worker: one for questions, and one for work, which can be broken off alone.

    They are kept from job to job, for whatever runner; and results until they are fetched.
    """

    def __init__(self) -> None:
        self._asking: dict[str, tuple[Connection, AsyncDrawThings]] = {}
        self._working: dict[str, tuple[Connection, AsyncDrawThings]] = {}
        self._results: OrderedDict[str, tuple[float, Result]] = OrderedDict()

    async def asking(self, connection: Connection) -> AsyncDrawThings:
        """Return the client for questions."""
        return await _client(self._asking, connection)

    async def working(self, connection: Connection) -> AsyncDrawThings:
        """Return the client for work."""
        return await _client(self._working, connection)

    async def stop(self, server: str) -> None:
        """Break off the work for a server, and close the connection for it."""
        await _close(self._working, server)

    def keep(self, result: Result) -> str:
        """Keep a result until it is fetched; return the name under which it is."""
        name, now = uuid.uuid4().hex, time.monotonic()
        self._results[name] = now, result
        while next(iter(self._results.values()))[0] < now - KEPT_S:
            self._results.popitem(last=False)
        return name

    def take(self, name: str) -> Result:
        """Return a result that was kept, and keep it no longer.

        Raises:
            KeyError: It is not there any more.
        """
        return self._results.pop(name)[1]

    async def aclose(self, server: str) -> None:
        """Close the connections to a server."""
        await _close(self._asking, server)
        await _close(self._working, server)


async def _client(known: dict[str, tuple[Connection, AsyncDrawThings]], connection: Connection) -> AsyncDrawThings:
    """Return the client of a server, a new one where the way to it is another one now."""
    from drawthings.client._async import AsyncDrawThings

    former = known.get(connection.server)
    if former is not None and former[0] == connection:
        return former[1]
    known[connection.server] = connection, AsyncDrawThings(connection=connection)
    if former is not None:
        await former[1].aclose()
    return known[connection.server][1]


async def _close(known: dict[str, tuple[Connection, AsyncDrawThings]], server: str) -> None:
    former = known.pop(server, None)
    if former is not None:
        await former[1].aclose()


@dataclass(frozen=True, slots=True)
class Kept:
    """A result that waits in its worker.

    Attributes:
        name: What to ask for.
        size: Bytes of its tensors.
    """

    name: str
    size: int


def hands_of(worker: Any) -> Hands:  # noqa: ANN401 - Dask has no types
    """Return the connections of a worker."""
    hands: Hands = worker.extensions.setdefault(HANDS, Hands())
    return hands


async def ask(connection: Connection, question: str, *arguments: Any, dask_worker: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever is asked
    """Ask a server something, while it may work.

    Args:
        connection: The server.
        question: A method of the client.
        arguments: What that takes.
        dask_worker: The worker; Dask fills it in.
        options: Keywords of the method.

    Returns:
        The answer, or a ``Fault``.
    """
    try:
        client = await hands_of(dask_worker).asking(connection)
        return await getattr(client, question)(*arguments, **options)
    except Exception as error:  # noqa: BLE001 - errors of other libraries do not cross
        return Fault.of(error, connection.server)


async def stop(server: str, *, dask_worker: Any) -> None:  # noqa: ANN401 - Dask has no types
    """Break off what a server works on for this worker."""
    await hands_of(dask_worker).stop(server)


async def leave(server: str, *, dask_worker: Any) -> None:  # noqa: ANN401 - Dask has no types
    """Close the connections to a server."""
    await hands_of(dask_worker).aclose(server)


async def work(connection: Connection, plan: Plan, topic: str, *, dask_worker: Any) -> Kept | Fault:  # noqa: ANN401 - Dask has no types
    """Let a server make pictures.

    It runs in the worker's event loop, for it waits and computes next to nothing: a thread would cost more than it.

    Args:
        connection: The server.
        plan: What to make.
        topic: Where sampling steps are told.
        dask_worker: The worker; Dask fills it in.

    Returns:
        What to ask for with ``fetch``, or what went wrong.
    """
    hands, told = hands_of(dask_worker), time.monotonic()
    try:
        client = await hands.working(connection)
        async with aclosing(client.stream(plan)) as events:
            async for event in events:
                if isinstance(event, Sampling) and time.monotonic() - told > TELL_S:
                    told = time.monotonic()
                    dask_worker.log_event(topic, [event.step, event.steps, event.progress])
        result = result_of(event)
        return Kept(hands.keep(result), size_of(result))
    except Exception as error:  # noqa: BLE001 - errors of other libraries do not cross
        return Fault.of(error, connection.server)


async def fetch(server: str, name: str, form: Form, *, dask_worker: Any) -> Parcel | Fault:  # noqa: ANN401 - Dask has no types
    """Decode and encode a result in a thread, while the server may be at its next job.

    Args:
        server: Where it was made.
        name: What ``work`` returned.
        form: The kind of file that pictures become.
        dask_worker: The worker; Dask fills it in.

    Returns:
        The files, or what went wrong.
    """
    try:
        return await asyncio.to_thread(packed, hands_of(dask_worker).take(name), form)
    except Exception as error:  # noqa: BLE001 - errors of other libraries do not cross
        return Fault.of(error, server)
