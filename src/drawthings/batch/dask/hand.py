"""What a Dask worker does for a server: ask it something, or let it make pictures.

All of this runs in the worker. Nothing but our own types goes back: an answer, a ``Parcel``, or a ``Fault``.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from drawthings.batch.dask.parcel import Fault, Parcel, packed
from drawthings.client.answers import result_of
from drawthings.stream.events import Sampling

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.batch.safe import Form
    from drawthings.client._async import AsyncDrawThings
    from drawthings.client._sync import DrawThings
    from drawthings.request.plan import Plan
    from drawthings.settings import Connection

TELL_S = 0.25
"""Steps are told so often at most."""

HANDS = "drawthings"
"""Under which name a worker keeps its connections."""


class Hands:
    """The connections of one worker: one for questions, in its event loop, and one for work, in its thread.

    They are kept from job to job, for whatever runner.
    """

    def __init__(self) -> None:
        self._asking: dict[str, tuple[Connection, AsyncDrawThings]] = {}
        self._working: dict[str, tuple[Connection, DrawThings]] = {}

    async def asking(self, connection: Connection) -> AsyncDrawThings:
        """Return the client for questions."""
        from drawthings.client._async import AsyncDrawThings

        known = self._asking.get(connection.server)
        if known is not None and known[0] == connection:
            return known[1]
        self._asking[connection.server] = connection, AsyncDrawThings(connection=connection)
        if known is not None:
            await known[1].aclose()
        return self._asking[connection.server][1]

    def working(self, connection: Connection) -> DrawThings:
        """Return the client for work."""
        from drawthings.client._sync import DrawThings

        known = self._working.get(connection.server)
        if known is not None and known[0] == connection:
            return known[1]
        self._working[connection.server] = connection, DrawThings(connection=connection)
        if known is not None:
            known[1].close()
        return self._working[connection.server][1]

    def stop(self, server: str) -> DrawThings | None:
        """Forget the client for work, and return it to be closed."""
        known = self._working.pop(server, None)
        return known[1] if known is not None else None

    async def aclose(self, server: str) -> None:
        """Close the connections to a server."""
        known = self._asking.pop(server, None)
        if known is not None:
            await known[1].aclose()
        working = self.stop(server)
        if working is not None:
            await asyncio.to_thread(working.close)


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
    client = hands_of(dask_worker).stop(server)
    if client is not None:
        await asyncio.to_thread(client.close)


async def leave(server: str, *, dask_worker: Any) -> None:  # noqa: ANN401 - Dask has no types
    """Close the connections to a server."""
    await hands_of(dask_worker).aclose(server)


async def work(connection: Connection, plan: Plan, form: Form, topic: str, *, dask_worker: Any) -> Parcel | Fault:  # noqa: ANN401 - Dask has no types
    """Let a server make pictures, in the worker's one thread.

    Args:
        connection: The server.
        plan: What to make.
        form: The kind of file that pictures become.
        topic: Where sampling steps are told.
        dask_worker: The worker; Dask fills it in.

    Returns:
        The files, or what went wrong.
    """

    def tell(event: Sampling) -> None:
        dask_worker.log_event(topic, [event.step, event.steps, event.progress])

    making = partial(_made, hands_of(dask_worker), connection, plan, form, tell)
    return await asyncio.get_running_loop().run_in_executor(dask_worker.executors["default"], making)


def _made(
    hands: Hands, connection: Connection, plan: Plan, form: Form, tell: Callable[[Sampling], None]
) -> Parcel | Fault:
    told = time.monotonic()
    try:
        for event in hands.working(connection).stream(plan):
            if isinstance(event, Sampling) and time.monotonic() - told > TELL_S:
                told = time.monotonic()
                tell(event)
        return packed(result_of(event), form)
    except Exception as error:  # noqa: BLE001 - errors of other libraries do not cross
        return Fault.of(error, connection.server)
