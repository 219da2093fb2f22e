"""What both pools share: the servers, the calls that wait, and what becomes of them. Nothing here waits."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from drawthings.batch.job import Fate, Outcome
from drawthings.batch.refusal import all_gone, nobody_has, poisoned
from drawthings.batch.schedule import Schedule
from drawthings.batch.verdict import SHUT_OUT
from drawthings.errors import BadValue, BatchError, ModelNotFound
from drawthings.stream.events import Preview

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from drawthings.batch.errand import Errand
    from drawthings.batch.rules import Rules
    from drawthings.batch.state import Server
    from drawthings.batch.waiting import Signal
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.client.answers import FilePresence, ServerInfo, StreamEvent
    from drawthings.errors import DrawThingsError
    from drawthings.settings import Connection

_log = logging.getLogger("drawthings.batch")

PRESENT_S = 60.0
"""How long it counts that a server has a file."""


@dataclass(eq=False)
class Member:
    """One server of a pool.

    Attributes:
        name: Its address.
        connection: The way to it.
        client: The connection in use; a new one after it was given up.
        server: What the schedule knows of it.
        nudge: Set when it should be asked how it is at once.
        catalogue: What it has; None before its first answer.
        files: What its greeting listed.
        listed: When it was last asked what it has.
        asked: Whether it was ever asked, with whatever answer.
        trouble: Why it cannot be used now.
        errand: What it works on.
        event: The latest sign of what it works on.
        preview: The latest preview of that.
        heard: When it last gave a sign of life.
        done: How many jobs it did.
        failed: How many it failed.
        busy_s: How long it worked altogether.
        given_up: Whether the call under way was given up because the server does not move any more.
    """

    name: str
    connection: Connection
    client: Any
    server: Server
    nudge: Signal
    catalogue: Catalogue | None = None
    files: tuple[str, ...] = ()
    listed: float = 0.0
    asked: bool = False
    trouble: DrawThingsError | None = None
    errand: Errand | None = None
    event: StreamEvent | None = None
    preview: Preview | None = None
    heard: float = 0.0
    done: int = 0
    failed: int = 0
    busy_s: float = 0.0
    given_up: bool = False
    _present: dict[str, tuple[bool, float]] = field(default_factory=dict)

    def unknown(self, files: Iterable[str], now: float) -> list[str]:
        """Return the files of which it has to be asked whether they are there."""
        return [file for file in files if file not in self._present or self._present[file][1] < now]

    def note(self, found: Iterable[FilePresence], now: float) -> None:
        """Remember which files are there; that one is missing counts until the next time only."""
        for each in found:
            self._present[each.file] = each.exists, now + (PRESENT_S if each.exists else 0.0)

    def present(self, files: Iterable[str]) -> dict[str, bool]:
        """Return which files are there, as far as it was asked."""
        return {file: self._present[file][0] for file in files if file in self._present}

    def forget(self) -> None:
        """Forget what belongs to a former start of the server."""
        self._present.clear()


class Desk:
    """The servers and the calls.

    All of it may be used from several threads.

    Args:
        rules: How patient to be.
        someone: Set when a server has answered, or all have failed to.
        everyone: Set when every server was asked once.
    """

    def __init__(self, rules: Rules, *, someone: Signal, everyone: Signal) -> None:
        self.rules = rules
        self.lock = threading.RLock()
        self.schedule = Schedule(patience_s=rules.patience_s, most_tries=rules.tries)
        self.members: dict[str, Member] = {}
        self.someone, self.everyone = someone, everyone
        self._errands: dict[Hashable, Errand] = {}
        self._gone_since: float | None = None
        self._doubt = False
        self._closed = False

    # -------------------------------------------------------------------------------------------------- the servers

    def add(self, connection: Connection, client: Any, nudge: Signal, now: float) -> Member:  # noqa: ANN401 - either client
        """Take a server in; nothing is known of it before it has answered."""
        with self.lock:
            server = self.schedule.add_server(connection.server, now, up=False)
            member = Member(connection.server, connection, client, server, nudge, heard=now)
            self.members[member.name] = member
            self.everyone.clear()
            return member

    def drain(self, name: str) -> None:
        """Give a server no further calls.

        Raises:
            BadValue: There is no such server.
        """
        with self.lock:
            if name not in self.members:
                raise BadValue(
                    f"The pool has no server {name!r}.",
                    hint=f"It has {', '.join(self.members)}.",
                    field="server",
                    value=name,
                    suggestions=tuple(self.members),
                )
            self.schedule.drain(name)

    def heard(self, member: Member, info: ServerInfo, catalogue: Catalogue | None, now: float) -> None:
        """Note that a server has answered.

        Args:
            member: The server.
            info: Its greeting.
            catalogue: What it has, where it was asked for that.
            now: The time.
        """
        with self.lock:
            known, before = member.server.identifier, member.catalogue
            anew = known is not None and known != info.identifier
            if anew:
                member.forget()
            files = member.server.files
            if catalogue is not None:
                member.catalogue, member.files, member.listed = self._same(catalogue), info.files, now
                files, self._doubt = files_of(catalogue), True
            if member.trouble is not None or anew:
                other = ", with other files than before" if before not in {None, member.catalogue} else ""
                _log.warning("%s %s%s", member.name, "was started anew" if anew else "is back", other)
            member.trouble, member.asked, member.heard = None, True, now
            self._gone_since = None
            self.schedule.seen(member.name, now, info.identifier, files)
            self._settled(now)

    def missed(self, member: Member, error: DrawThingsError, now: float) -> None:
        """Note that a server has not answered, or lets nobody in."""
        with self.lock:
            member.asked = True
            self._troubled(member, error)
            self.schedule.missed(member.name)
            self._settled(now)

    def _troubled(self, member: Member, error: DrawThingsError | None) -> None:
        """Note why a server cannot be used, and tell it when that is new."""
        if member.trouble is None and not self._closed:
            _log.warning("%s cannot be used: %s", member.name, error)
        member.trouble = error

    def _same(self, catalogue: Catalogue) -> Catalogue:
        """Return the object that stands for this list already: plans made for one server count for all alike."""
        known = (each.catalogue for each in self.members.values())
        return next((each for each in known if each is not None and each == catalogue), catalogue)

    def _settled(self, now: float) -> None:
        asked = [member.asked for member in self.members.values()]
        if all(asked):
            self.everyone.set()
        if all(asked) or any(member.server.up for member in self.members.values()):
            self.someone.set()
        self.turn(now)

    def candidates(self) -> list[Member]:
        """Return servers with different lists to make a plan with, those that can be used first."""
        with self.lock:
            known = [member for member in self.members.values() if member.catalogue is not None]
            known.sort(key=lambda member: (not member.server.up, member.server.draining))
            firsts: dict[object, Member] = {}
            for member in known:
                # Those that list nothing are alike in that only.
                told = member.catalogue is not None and member.catalogue.browsable
                firsts.setdefault(id(member.catalogue) if told else member.name, member)
            return list(firsts.values())

    def refusal(self) -> DrawThingsError:
        """Return the error for calls when no server answers."""
        return all_gone(self.members.values())

    def nobody_has(self, error: ModelNotFound) -> ModelNotFound:
        """Return the error for a call that no server has the files for."""
        return nobody_has(error, self.members.values())

    # ---------------------------------------------------------------------------------------------------- the calls

    def enter(self, errand: Errand, now: float) -> None:
        """Let a call wait for a server."""
        if errand.job is None:
            raise AssertionError("A call waits for a server before it was planned.")
        with self.lock:
            self._errands[errand.number] = errand
            self.schedule.submit(errand.job)
            self._doubt |= not any(server.can(errand.job) for server in self.schedule.servers.values())
            self.turn(now)

    def begin(self, member: Member, now: float) -> None:
        """Note that a server is asked for the call that it got."""
        with self.lock:
            member.event, member.preview, member.heard, member.given_up = None, None, now, False

    def sign(self, member: Member, event: StreamEvent, now: float) -> None:
        """Note a sign of life of a generation."""
        member.event, member.heard = event, now
        if isinstance(event, Preview):
            member.preview = event

    def leave(self, errand: Errand, outcome: Outcome, now: float) -> Fate:
        """Note what became of a call on its server.

        Returns:
            What happens to it. With ``AGAIN`` it waits already; else ``errand.error`` tells why it did not succeed.
        """
        member = errand.member
        if member is None:
            raise AssertionError("A call ends that no server has.")
        with self.lock:
            errand.member, member.errand, member.event, member.preview = None, None, None, None
            errand.turn.clear()
            member.busy_s += now - member.server.since
            member.done += outcome is Outcome.DONE
            member.failed += outcome in {Outcome.FAILED, Outcome.LOST}
            lead_s = errand.lead_s if errand.lead_s is not None else 0.0
            fate = self.schedule.ended(member.name, outcome, now, lead_s=lead_s)
            errand.lead_s = None
            if outcome in {Outcome.LOST, Outcome.UNREACHED}:
                self._troubled(member, errand.error)
                member.nudge.set()
            elif outcome is Outcome.FAILED and member.server.aside_until > now:
                pause_s = member.server.aside_until - now
                _log.warning("%s is left alone for %.0f s, as jobs fail there: %s", member.name, pause_s, errand.error)
            if outcome is Outcome.MISSING:
                self._doubt = True
                member.nudge.set()
            if fate is Fate.POISON and errand.job is not None:
                errand.error = poisoned(errand.job.crashed, errand.error)
            if fate is not Fate.AGAIN:
                self._errands.pop(errand.number, None)
            self.turn(now)
            return fate

    def withdraw(self, errand: Errand, now: float) -> None:
        """Take a call back that nobody waits for any more, wherever it is."""
        with self.lock:
            if errand.member is not None:
                self.leave(errand, Outcome.CANCELLED, now)
            else:
                self.schedule.withdraw(errand.number)
                self._errands.pop(errand.number, None)

    def close(self) -> None:
        """End everything that waits for a server."""
        with self.lock:
            self._closed = True
            self._end_all(BatchError("The pool was closed.", hint="Make a new one."))

    def turn(self, now: float) -> float | None:
        """Give calls to free servers, and tell those that nobody can do.

        Returns:
            When to do this again if nothing happens until then.
        """
        with self.lock:
            for job, server in self.schedule.decide(now):
                errand = self._errands[job.key]
                errand.member = self.members[server.name]
                errand.member.errand = errand
                errand.turn.set()
            if self._errands:
                self._give_up(now)
            return self.schedule.wake_at(now)

    def _give_up(self, now: float) -> None:
        """End the calls that no server has the files for, and all that wait when the servers are gone for too long."""
        if not all(member.asked for member in self.members.values()):
            return
        hopeless, self._doubt = self.schedule.hopeless() if self._doubt else [], False
        for job in hopeless:
            errand = self._errands.pop(job.key)
            errand.failure = self.nobody_has(_missing(errand))
            errand.turn.set()
        left = [each for each in self.members.values() if not each.server.draining]
        if any(member.trouble is None for member in left):
            self._gone_since = None
            return
        self._gone_since = now if self._gone_since is None else self._gone_since
        for_good = all(isinstance(member.trouble, SHUT_OUT) for member in left)
        if for_good or now - self._gone_since >= self.rules.wait_s:
            self._end_all(self.refusal())

    def _end_all(self, failure: DrawThingsError) -> None:
        for errand in [each for each in self._errands.values() if each.member is None]:
            self.schedule.withdraw(errand.number)
            del self._errands[errand.number]
            errand.failure = failure
            errand.turn.set()


def _missing(errand: Errand) -> ModelNotFound:
    if isinstance(errand.error, ModelNotFound):
        return errand.error
    files = sorted(errand.job.needs.files) if errand.job is not None else []
    return ModelNotFound(f"No server has all of {', '.join(files)}.", name=files[0] if files else None)


def files_of(catalogue: Catalogue) -> frozenset[str] | None:
    """Return the files a server has, or None when it does not tell."""
    if not catalogue.browsable:
        return None
    lists = (catalogue.models, catalogue.loras, catalogue.controls, catalogue.upscalers, catalogue.embeddings)
    return catalogue.files | {entry.file for entries in lists for entry in entries}
