"""Progress on standard error: a live line and pictures on a terminal, plain lines into a pipe, nothing when quiet."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from drawthings.cli.screen import foreground
from drawthings.cli.screen.foreground import tell
from drawthings.cli.screen.terminal import describe, moves, shows, wanted_kind
from drawthings.cli.screen.text import printable
from drawthings.client.account import Account

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from drawthings.cli.screen.terminal import Terminal
    from drawthings.client.answers import StreamEvent
    from drawthings.client.result import Picture
    from drawthings.request.note import Note
    from drawthings.request.plan import Plan
    from drawthings.wire.parcel import UploadStep

__all__ = ["Lines", "Quiet", "Sink", "sink", "tell", "watching"]

TENTH = 0.1
SIGHT = "━╸─⠋▀…"
"""What a terminal must be able to show for more than ASCII."""


class Sink(Protocol):
    """Somewhere to show what happens."""

    def expect(self, plan: Plan) -> None:
        """Note what is going to be made; the request goes out now."""

    def show(self, event: StreamEvent) -> None:
        """Show one event."""

    def upload(self, step: UploadStep) -> None:
        """Show how far an upload is."""

    def doing(self, words: str) -> None:
        """Show what happens now, where no event tells it."""

    def note(self, note: Note) -> None:
        """Show a note."""

    def finish(self, pictures: Sequence[Picture] = ()) -> None:
        """End well, with the pictures that were made; without any, a clip shows its first frame."""


class Quiet:
    """Shows nothing."""

    def expect(self, plan: Plan) -> None:
        """Ignore what is going to be made."""

    def show(self, event: StreamEvent) -> None:
        """Ignore an event."""

    def upload(self, step: UploadStep) -> None:
        """Ignore how far an upload is."""

    def doing(self, words: str) -> None:
        """Ignore what happens now."""

    def note(self, note: Note) -> None:
        """Ignore a note."""

    def finish(self, pictures: Sequence[Picture] = ()) -> None:
        """Ignore the end."""


class Lines:
    """Writes a plain line now and then, for pipes, logs and terminals that cannot draw."""

    def __init__(self) -> None:
        self._account = Account(time.monotonic())
        self._words = ""
        self._shown = -1.0
        self._stage = ""

    def expect(self, plan: Plan) -> None:
        """Note what is going to be made."""
        self._account.expect(plan, time.monotonic())
        self._words = self._account.status(time.monotonic()).words

    def show(self, event: StreamEvent) -> None:
        """Write what happens, at most once for every tenth of the way."""
        self._account.take(event, time.monotonic())
        words = self._account.status(time.monotonic()).words
        if words == self._words or event.progress - self._shown < TENTH:
            return
        self._words, self._shown = words, event.progress
        tell(printable(f"{event.progress:4.0%} {words}"))

    def upload(self, step: UploadStep) -> None:
        """Write each stage, and each tenth of the way."""
        if step.stage == self._stage and step.progress - self._shown < TENTH:
            return
        self._stage, self._shown = step.stage, step.progress
        self._account.take_upload(step, time.monotonic())
        tell(printable(f"{step.progress:4.0%} {self._account.status(time.monotonic()).words}"))

    def doing(self, words: str) -> None:
        """Say nothing: the next line does."""

    def note(self, note: Note) -> None:
        """Write a note."""
        tell(f"{'Warning: ' if note.severity == 'warn' else ''}{note.text}")

    def finish(self, pictures: Sequence[Picture] = ()) -> None:
        """Say nothing: the paths do."""


@contextmanager
def sink(*, quiet: bool, server: str = "", preview: str | None = None) -> Iterator[Sink]:
    """Yield what fits standard error.

    Args:
        quiet: Whether to show nothing.
        server: The address of the server, to be shown.
        preview: How pictures are drawn: ``auto``, ``kitty``, ``iterm``, ``sixel``, ``blocks`` or ``off``; None for
            what ``DRAWTHINGS_PREVIEW`` says.

    Raises:
        BadValue: There is no such way to draw pictures.
    """
    wanted = wanted_kind(os.environ, preview)
    if quiet:
        yield Quiet()
    elif not (sys.stderr.isatty() and moves(os.environ)):
        yield Lines()
    else:
        from drawthings.cli.screen.live import Live

        live = Live(sys.stderr, _terminal(wanted), server.rpartition("://")[2])
        with foreground.shown(live):
            try:
                live.start()
                yield live
            finally:
                live.close()


def watching(given: Mapping[str, Any], server: str) -> AbstractContextManager[Sink]:
    """Return the sink that a command's options ask for: ``--quiet``, ``--no-preview``.

    Args:
        given: All options.
        server: The address of the server.
    """
    return sink(quiet=given["quiet"], server=server, preview="off" if given.get("no_preview") else None)


def _terminal(wanted: str) -> Terminal:
    """Return what the terminal can do; where results go into a pipe, only what was asked for by name is drawn."""
    if wanted == "auto" and not sys.stdout.isatty():
        wanted = "off"
    return describe(os.environ, wanted=wanted, unicode=shows(sys.stderr, SIGHT))
