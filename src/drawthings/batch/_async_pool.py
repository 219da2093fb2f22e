"""The asynchronous pool. The synchronous one is generated from this file by ``scripts/unasync.py``."""

from __future__ import annotations

import asyncio
import copy
import math
import time
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from drawthings.batch._async_round import AsyncRound
from drawthings.batch.desk import Desk
from drawthings.batch.errand import Errand
from drawthings.batch.rules import Rules
from drawthings.batch.standing import ServerStatus, status_of, together
from drawthings.batch.waiting import all_done_async, waited_async
from drawthings.client import answers, setup
from drawthings.client._async import AsyncDrawThings
from drawthings.client._async_verbs import AsyncVerbs
from drawthings.client.answers import FilePresence
from drawthings.client.grid import FATAL, draft
from drawthings.errors import BadValue, ServerError, StreamError
from drawthings.settings import Connection
from drawthings.wire.address import endpoint_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Unpack

    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.client.answers import StreamEvent
    from drawthings.client.grid import AxisLike, Cell, Grid
    from drawthings.client.result import Result
    from drawthings.request.configuration import Configuration
    from drawthings.request.plan import Plan
    from drawthings.request.wishes import Wanted


class AsyncPool(AsyncVerbs):
    """Several Draw Things servers as one, for ``asyncio``.

    It has the methods of ``AsyncDrawThings``, and may be asked for as many pictures at once as one likes: each server
    works on one at a time, and the others wait here. A call goes to the server where it ends soonest, which is one that
    has its model loaded already if that is any sooner, and only to servers that have its files. What fails on one
    server is tried on another with the same seed.

    Args:
        servers: Addresses, or whole connections where servers differ in secret or trust.
        secret: The shared secret of all servers that are given by address.
        model: The model to use when a call names none.
        profile: A named section of the configuration file.
        rules: How patient it is; by default a call is tried three times, and waits a minute when no server is left.

    Raises:
        BadValue: There are no servers, or one is given twice.
        ConfigError: An address, the profile or an environment variable makes no sense.

    Example:
        >>> import asyncio, drawthings.batch.pool
        >>> async def main():
        ...     async with drawthings.batch.pool.AsyncPool(["embedded"]) as pool:
        ...         result = await pool.generate("a red fox", width=256, height=256, steps=4, seed=1)
        ...         return result.picture.size
        >>> asyncio.run(main())
        (256, 256)
    """

    def __init__(
        self,
        servers: Sequence[str | Connection],
        *,
        secret: str | None = None,
        model: str | None = None,
        profile: str | None = None,
        rules: Rules | None = None,
    ) -> None:
        connect = partial(setup.connection_for, secret=secret, model=model, profile=profile)
        self._connect: Callable[[str], Connection] = connect
        self._desk = Desk(rules or Rules(), someone=asyncio.Event(), everyone=asyncio.Event())
        self._round = AsyncRound(self._desk, self._client)
        self._rank = 0, math.inf
        listed = [servers] if isinstance(servers, str | Connection) else list(servers)
        if not listed:
            raise BadValue("A pool needs at least one server.", hint="Give addresses.", field="servers")
        for server in listed:
            connection = self._connected(server)
            if endpoint_of(connection.server) in map(endpoint_of, self._desk.members):
                raise BadValue(
                    f"The server {connection.server} is given twice.",
                    hint="One server works on one job at a time, however often it is named.",
                    field="servers",
                    value=connection.server,
                )
            self._round.add(connection)

    def _client(self, connection: Connection) -> AsyncDrawThings:
        return AsyncDrawThings(connection=connection)

    def _connected(self, server: str | Connection) -> Connection:
        return server if isinstance(server, Connection) else self._connect(server)

    # ----------------------------------------------------------------------------------------------------- the servers

    def status(self) -> tuple[ServerStatus, ...]:
        """Return how each server is, what it works on and how far that is."""
        now = time.monotonic()
        with self._desk.lock:
            return tuple(status_of(member, now) for member in self._desk.members.values())

    @property
    def waiting(self) -> int:
        """How many planned calls wait for a server."""
        with self._desk.lock:
            return self._desk.schedule.waiting

    def able(self, errand: Errand) -> frozenset[str]:
        """Return the servers that are up and have what a planned call needs, as far as is known."""
        job = errand.job
        if job is None:
            return frozenset()
        with self._desk.lock:
            servers = [member.server for member in self._desk.members.values()]
            return frozenset(each.name for each in servers if each.up and not each.draining and each.can(job))

    async def add(self, server: str | Connection) -> None:
        """Take another server in, or one that was drained back in.

        Args:
            server: Its address, or a whole connection.

        Raises:
            ConfigError: The address makes no sense.
        """
        self._round.add(self._connected(server))

    async def drain(self, server: str) -> None:
        """Give a server no further jobs; it ends the one that it works on.

        Args:
            server: Its address, as it was given.

        Raises:
            BadValue: The pool has no such server.
        """
        self._desk.drain(server)

    def ranked(self, *, priority: int = 0, deadline_s: float = math.inf) -> Self:
        """Return this pool for calls that are more or less urgent than others; servers and lines are the same.

        Args:
            priority: Calls with a higher one go first; by default it is 0.
            deadline_s: In how many seconds its calls should be done; among equals the nearest goes first. None is
                given up when that time is over.
        """
        ranked = copy.copy(self)
        ranked._rank = priority, deadline_s  # noqa: SLF001 - a copy of ourselves
        return ranked

    async def models(self, *, refresh: bool = False) -> Catalogue:
        """Return what the servers have between them.

        Args:
            refresh: Ask all again even when their lists are already known.

        Raises:
            ServerError: None of them can be used.
        """
        await self._round.opened()
        await waited_async(self._desk.everyone)
        if refresh:
            await self._round.ask_all()
        members = [member for member in self._desk.members.values() if member.server.up]
        known = [member.catalogue for member in members if member.catalogue is not None]
        if not known:
            raise self._desk.refusal()
        return together(known)

    async def files_exist(self, files: Iterable[str], *, hashes: bool = False) -> tuple[FilePresence, ...]:
        """Ask which files at least one server has.

        Args:
            files: File names without folders.
            hashes: Ask for the SHA-256 of each file too; the first server that has it tells.

        Returns:
            One entry per file, in the order asked.

        Raises:
            ServerError: None of them can be used.
        """
        names = setup.names_of(files)
        await self._round.opened()
        await waited_async(self._desk.everyone)
        found = {name: FilePresence(name, exists=False) for name in names}
        members = [member for member in self._desk.members.values() if member.server.up]
        if not members:
            raise self._desk.refusal()
        for member in members:
            for each in await member.client.files_exist(names, hashes=hashes):
                if each.exists and not found[each.file].exists:
                    found[each.file] = each
        return tuple(found[name] for name in names)

    async def aclose(self) -> None:
        """Close all connections. Calls that are under way are cancelled."""
        await self._round.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    # ---------------------------------------------------------------------------------------------------- the pictures

    async def prepare(
        self,
        prompt: str,
        configuration: Configuration | None = None,
        **wanted: Unpack[Wanted],
    ) -> Plan:
        """Decide everything about a generation without starting it; see ``DrawThings.prepare``.

        It is made for the first server that has all it needs, and holds for every other with the same files.
        """
        return await self._round.plan(self.errand(prompt, configuration, wanted))

    async def stream(
        self,
        prompt: str | Plan,
        configuration: Configuration | None = None,
        *,
        keep: bool = True,
        **wanted: Unpack[Wanted],
    ) -> AsyncGenerator[StreamEvent]:
        """Generate pictures and yield what happens meanwhile; see ``DrawThings.stream``.

        When a server fails in the middle, another one starts over: ``Sampling`` begins again, ``progress`` does not
        fall, and a picture that was there already is not yielded twice.
        """
        errand = self.errand(prompt, configuration, wanted)
        async with aclosing(self.follow(errand, keep=keep)) as events:
            async for event in events:
                yield event

    async def follow(self, errand: Errand, *, keep: bool = True) -> AsyncGenerator[StreamEvent]:
        """Do what ``stream`` does for a call that was made by ``errand``, which can be looked at meanwhile."""
        if errand.plan is None:
            await self._round.plan(errand)
        async with aclosing(self._round.events(errand, keep=keep)) as events:
            async for event in events:
                yield event

    async def plan(self, errand: Errand) -> Plan:
        """Decide everything about a call that was made by ``errand``; see ``prepare``."""
        return await self._round.plan(errand)

    def expect(self, work: Mapping[str, float]) -> None:
        """Tell how much work will come later, by model file, so that no model is taken for finished too early."""
        with self._desk.lock:
            self._desk.schedule.queue.beyond = dict(work)

    def expected_s(self, ahead: Iterable[tuple[str, int, float]]) -> float | None:
        """Return how long work will take, as (model file, number of jobs, size of each); None while that is unknown."""
        with self._desk.lock:
            return self._desk.schedule.expected_s(ahead)

    def errand(self, prompt: str | Plan, configuration: Configuration | None, wanted: Wanted) -> Errand:
        """Return a call that has not begun yet, for ``follow``."""
        rank: dict[str, Any] = {"priority": self._rank[0], "deadline": time.monotonic() + self._rank[1]}
        if isinstance(prompt, str):
            wishes = setup.wishes(prompt, configuration, wanted)
            return Errand(asyncio.Event(), wishes, check=wanted.get("check", True), label=prompt, **rank)
        plan = setup.only_plan(prompt, configuration, wanted)
        errand = Errand(asyncio.Event(), None, label=plan.order.prompt, **rank)
        errand.decided(plan, None, time.monotonic())
        return errand

    async def generate(
        self,
        prompt: str | Plan,
        configuration: Configuration | None = None,
        *,
        on_event: Callable[[StreamEvent], None] | None = None,
        **wanted: Unpack[Wanted],
    ) -> Result:
        """Generate pictures and wait for them; see ``DrawThings.generate``.

        Raises:
            Unreachable: No server could be used for ``rules.wait_s`` seconds; the message says what is wrong with each.
            ModelNotFound: No server has the model, or not all the other files too; the hint says what each has.
            Poisoned: Servers went away twice in the middle of this.
            DrawThingsError: As ``DrawThings.generate``, when it failed ``rules.tries`` times.
        """
        async with aclosing(self.stream(prompt, configuration, **wanted)) as events:
            async for event in events:
                if on_event is not None:
                    on_event(event)
        return answers.result_of(event)

    async def grid(
        self,
        prompt: str,
        *,
        x: AxisLike,
        y: AxisLike | None = None,
        z: AxisLike | None = None,
        configuration: Configuration | None = None,
        on_cell: Callable[[Cell], None] | None = None,
        on_event: Callable[[Cell, StreamEvent], None] | None = None,
        **wanted: Unpack[Wanted],
    ) -> Grid:
        """Make the pictures of all combinations of up to three settings, on all servers; see ``DrawThings.grid``.

        ``on_cell`` and ``on_event`` are called for places in whatever order they are made.
        """
        empty, order = draft(prompt, (x, y, z), configuration, wanted)
        for cell in order:
            await self.prepare(cell.prompt, configuration, **cell.wanted)
        made: list[Cell] = []

        async def make(cell: Cell) -> None:
            heard: Any = None if on_event is None else partial(on_event, cell)
            if any(isinstance(other.error, FATAL) for other in made):
                return
            try:
                result = await self.generate(cell.prompt, configuration, on_event=heard, **cell.wanted)
                finished = replace(cell, result=result)
            except (ServerError, StreamError) as error:
                finished = replace(cell, error=error)
            made.append(finished)
            if on_cell is not None:
                on_cell(finished)

        await all_done_async(make, order, 2 * len(self._desk.members))
        return empty.finished(made).checked()
