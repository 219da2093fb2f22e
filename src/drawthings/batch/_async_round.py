"""The work of the asynchronous pool behind its methods: looking after servers, planning, and trying until it is done.

The synchronous form is generated from this by ``scripts/unasync.py``.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from drawthings.batch.errand import Basis, Errand
from drawthings.batch.job import Fate, Outcome
from drawthings.batch.verdict import outcome_of
from drawthings.batch.waiting import AsyncWork, all_done_async, started_async, stopped_async, waited_async
from drawthings.client import setup
from drawthings.errors import BatchError, Cancelled, DrawThingsError, ModelNotFound, TimedOut
from drawthings.settings import Retry
from drawthings.wire.aside import computed_async

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from drawthings.batch.desk import Desk, Member
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.client._async import AsyncDrawThings
    from drawthings.client.answers import ServerInfo, StreamEvent
    from drawthings.request.plan import Plan
    from drawthings.settings import Connection

logger = logging.getLogger("drawthings.batch")

ANSWER_S: Final = 5.0
"""How long a server may take to answer a question before it counts as gone."""

CATALOGUE_S: Final = 60.0
"""How old the list of what a server has may be."""

FIRST_LOOK_S: Final = 0.5
END_S: Final = 2.0
SPREAD: Final = 0.2
"""By how much of their length the pauses between two looks differ, so that many servers are not asked at once."""


class AsyncRound:
    """The servers of a pool, each looked after by work of its own, and the way of a call through them.

    Args:
        desk: The servers and the calls.
        client: Makes the client of a server.
    """

    def __init__(self, desk: Desk, client: Callable[[Connection], AsyncDrawThings]) -> None:
        self.desk = desk
        self._client = client
        self._health_s = desk.rules.health_s
        self._frozen_s = desk.rules.frozen_s
        self._ending = asyncio.Event()
        self._open = False
        self._works: dict[str, AsyncWork] = {}

    def add(self, connection: Connection) -> Member:
        """Take a server in."""
        member = self.desk.members.get(connection.server)
        if member is not None:
            self.desk.schedule.add_server(member.name, time.monotonic(), member.server.files, up=member.server.up)
            return member
        quick = hastened(connection)
        member = self.desk.add(quick, self._client(quick), asyncio.Event(), time.monotonic())
        if self._open:
            self._watch(member)
        return member

    async def opened(self) -> None:
        """Begin to look after the servers, and wait until one is there or none can be.

        Raises:
            BatchError: The pool was closed.
        """
        if self._ending.is_set():
            raise BatchError("The pool was closed.", hint="Make a new one.")
        if not self._open:
            self._open = True
            for member in list(self.desk.members.values()):
                self._watch(member)
            self._works[""] = started_async(self._turns)
        await waited_async(self.desk.someone)

    def _watch(self, member: Member) -> None:
        self._works[member.name] = started_async(self._look_after, member)

    async def close(self) -> None:
        """End everything; calls under way are cancelled."""
        self._ending.set()
        self.desk.close()
        members = list(self.desk.members.values())
        for member in members:
            member.nudge.set()
        for member in members:
            await member.client.aclose()
        await stopped_async(list(self._works.values()), END_S)

    # ------------------------------------------------------------------------------------------- looking after servers

    async def _turns(self) -> None:
        """Decide again when time alone changes something: a pause ends, or patience does."""
        while not self._ending.is_set():
            now = time.monotonic()
            wake = self.desk.turn(now)
            pause_s = FIRST_LOOK_S if wake is None else min(FIRST_LOOK_S, max(0.0, wake - now))
            await waited_async(self._ending, pause_s)

    async def _look_after(self, member: Member) -> None:
        pause_s = FIRST_LOOK_S
        while not self._ending.is_set():
            pause_s = self._health_s if await self._ask(member) else min(pause_s * 2, self._health_s)
            member.nudge.clear()
            spread = 1 + SPREAD * (random.random() - 0.5)  # noqa: S311 - no secret
            if await waited_async(member.nudge, pause_s * spread):
                pause_s = min(FIRST_LOOK_S, self._health_s)
                # It has just failed; a moment later it may be back.
                await waited_async(self._ending, pause_s * spread)

    async def ask_all(self) -> None:
        """Ask every server at once what it has."""
        for member in self.desk.members.values():
            member.listed = -math.inf
        await all_done_async(self._greet, list(self.desk.members.values()), len(self.desk.members))

    async def _ask(self, member: Member) -> bool:
        """Ask a server how it is, unless it shows that it is well by working; return whether it answers."""
        if member.errand is not None and time.monotonic() - member.heard < self._health_s:
            return True
        await self._greet(member)
        return member.server.up

    async def _greet(self, member: Member) -> None:
        try:
            info = await member.client.echo()
            catalogue: Catalogue | None = None
            if outdated(member, info, time.monotonic()):
                catalogue = await member.client.models(refresh=True)
        except DrawThingsError as error:
            if not self._ending.is_set():
                await self._missed(member, error)
            return
        self.desk.heard(member, info, catalogue, time.monotonic())

    async def _missed(self, member: Member, error: DrawThingsError) -> None:
        now = time.monotonic()
        working = member.errand is not None
        if working and isinstance(error, TimedOut) and now - member.heard < self._frozen_s:
            # A server may have been told to answer in turn, after the job that it works on.
            return
        self.desk.missed(member, error, now)
        if working and now - member.heard >= self._frozen_s:
            await self._give_up(member)

    async def _give_up(self, member: Member) -> None:
        """Break off what a server works on that does not move any more."""
        client, member.given_up = member.client, True
        member.client = self._client(member.connection)
        await client.aclose()

    # ------------------------------------------------------------------------------------------------------ planning

    async def plan(self, errand: Errand) -> Plan:
        """Decide everything about a call, for the first server that has what it needs.

        Raises:
            DrawThingsError: It cannot be asked for, or no server answers.
        """
        await self.opened()
        error: DrawThingsError | None = None
        tried: set[str] = set()
        while True:
            member = next((each for each in self.desk.candidates() if each.name not in tried), None)
            if member is None and not self.desk.everyone.is_set():
                await waited_async(self.desk.everyone)
            elif member is None:
                break
            else:
                tried.add(member.name)
                try:
                    return await self._planned(errand, member)
                except ModelNotFound as failure:
                    error = failure
                except DrawThingsError as failure:
                    outcome = outcome_of(failure, sent=False)
                    if outcome is Outcome.REFUSED:
                        raise
                    if outcome is Outcome.UNREACHED and not self._ending.is_set():
                        self.desk.missed(member, failure, time.monotonic())
                        member.nudge.set()
                    error = error or failure
        if isinstance(error, ModelNotFound):
            raise self.desk.nobody_has(error) from error
        if error is None or all(member.trouble is not None for member in self.desk.members.values()):
            raise self.desk.refusal() from error
        raise error

    async def _planned(self, errand: Errand, member: Member) -> Plan:
        """Decide everything about a call for one server, unless what was decided is good for it as well."""
        if errand.wishes is None or member.catalogue is None:
            return await self._checked(errand, member)
        if errand.plan is not None and errand.basis is not None and errand.basis.catalogue is member.catalogue:
            files = await self._present(member, tuple(errand.basis.files))
            if files == errand.basis.files:
                return errand.plan
        catalogue = member.catalogue
        decide = partial(setup.plan, catalogue, errand.wishes, member.connection.model)
        # Without pictures it takes less time than to start a thread for it.
        plan: Plan = await computed_async(decide) if errand.heavy else decide()
        files = await self._present(member, setup.files_in_question(plan, catalogue))
        guarded = partial(setup.guarded, plan, catalogue, files, check=errand.check)
        plan = await computed_async(guarded) if errand.heavy else guarded()
        errand.decided(plan, Basis(catalogue, files), time.monotonic())
        return plan

    async def _checked(self, errand: Errand, member: Member) -> Plan:
        """Return a plan that was made elsewhere, if this server has its files."""
        plan = errand.plan
        if plan is None:
            raise AssertionError("There is neither a wish nor a plan.")
        files = await self._present(member, plan.files)
        missing = [file for file in plan.files if not files[file]]
        if missing and member.catalogue is not None:
            raise setup.missing_file(missing, member.catalogue)
        return plan

    async def _present(self, member: Member, files: tuple[str, ...]) -> dict[str, bool]:
        unknown = member.unknown(files, time.monotonic())
        if unknown:
            member.note(await member.client.files_exist(unknown), time.monotonic())
        return member.present(files)

    # --------------------------------------------------------------------------------------------------------- working

    async def events(self, errand: Errand, *, keep: bool) -> AsyncGenerator[StreamEvent]:
        """Do a planned call on whichever server suits it best, again elsewhere where that may help.

        Raises:
            DrawThingsError: It cannot be done.
        """
        await self.opened()
        self.desk.enter(errand, time.monotonic())
        try:
            fate = Fate.AGAIN
            while fate is Fate.AGAIN:
                await waited_async(errand.turn)
                if errand.failure is not None:
                    raise errand.failure
                member = errand.member
                if member is None:
                    raise AssertionError("A call was woken for nothing.")
                outcome = Outcome.DONE
                try:
                    async with aclosing(self._attempt(errand, member, keep=keep)) as events:
                        async for event in events:
                            yield event
                except DrawThingsError as error:
                    outcome = self._outcome(errand, member, error)
                fate = self.desk.leave(errand, outcome, time.monotonic())
            if errand.error is not None and outcome is not Outcome.DONE:
                raise errand.error
        finally:
            # Whoever waited may have been cancelled.
            self.desk.withdraw(errand, time.monotonic())

    async def _attempt(self, errand: Errand, member: Member, *, keep: bool) -> AsyncGenerator[StreamEvent]:
        self.desk.begin(member, time.monotonic())
        errand.sent = False
        if errand.on_server is not None:
            errand.on_server(member.name)
        plan = await self._planned(errand, member)
        errand.sent, started = True, time.monotonic()
        async with aclosing(member.client.stream(plan, keep=keep)) as events:
            async for event in events:
                now = time.monotonic()
                self.desk.sign(member, event, now)
                placed = errand.placed(event, now - started)
                if placed is not None:
                    yield placed

    def _outcome(self, errand: Errand, member: Member, error: DrawThingsError) -> Outcome:
        """Return what an error makes of a call; who is cancelled because the pool closes is not tried again."""
        errand.error = error
        if isinstance(error, Cancelled) and not member.given_up:
            return Outcome.CANCELLED
        outcome = outcome_of(error, sent=errand.sent)
        logger.debug("%s on %s: %s", outcome.name, member.name, error)
        return outcome


def outdated(member: Member, info: ServerInfo, now: float) -> bool:
    """Return whether it has to be asked again what a server has: it was restarted, has other files, or time passed."""
    changed = member.server.identifier != info.identifier or member.files != info.files
    return changed or info.secret_missing or member.catalogue is None or now - member.listed > CATALOGUE_S


def hastened(connection: Connection) -> Connection:
    """Return a connection that gives up early: where one server fails, the pool knows others to ask."""
    timeouts = connection.timeouts
    short = replace(timeouts, connect_s=min(ANSWER_S, timeouts.connect_s), unary_s=min(ANSWER_S, timeouts.unary_s))
    return replace(connection, timeouts=short, retry=Retry(tries=1))
