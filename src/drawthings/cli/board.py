"""How far a batch is: a row for each server on a terminal, with its preview; a plain line now and then in a pipe."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

from drawthings.cli.screen import foreground
from drawthings.cli.screen.drawn import Drawn
from drawthings.cli.screen.foreground import tell
from drawthings.cli.screen.panel import Row, panel, strip
from drawthings.cli.screen.terminal import describe, moves, shows, wanted_kind
from drawthings.cli.screen.text import cells, shortened
from drawthings.client.pace import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drawthings.batch.run import Tally
    from drawthings.batch.standing import ServerStatus
    from drawthings.cli.screen.drawing import Drawing
    from drawthings.cli.screen.terminal import Size, Terminal
    from drawthings.stream.events import Preview

EVERY_S = 10.0
"""A plain line is written so often at most."""

LOOK_S = 0.5
"""Seconds between two looks at the rows."""

SIGHT = "━─…"
MINUTE = 60


class Board(Protocol):
    """Somewhere to show how far a batch is."""

    def look(self, tally: Tally, servers: tuple[ServerStatus, ...]) -> None:
        """Show it."""


class Blank:
    """Shows nothing."""

    def look(self, tally: Tally, servers: tuple[ServerStatus, ...]) -> None:
        """Ignore it."""


class Lines:
    """Writes a line now and then; what becomes of a server, the library's own warnings tell."""

    def __init__(self) -> None:
        self._next = 0.0

    def look(self, tally: Tally, servers: tuple[ServerStatus, ...]) -> None:
        """Write how far it is."""
        del servers
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY_S
            tell(summary(tally))


class Table(Drawn):
    """Draws a row for each server on a terminal, and their previews above, as they were last looked at.

    Args:
        stream: The terminal.
        terminal: What it can do.
        size: Tells how large it is.
    """

    def __init__(self, stream: TextIO, terminal: Terminal, *, size: Callable[[], Size] | None = None) -> None:
        super().__init__(stream, terminal, name="drawthings-board", every_s=LOOK_S, size=size)
        self._latest: tuple[Tally, tuple[ServerStatus, ...]] | None = None
        self._shown = ""
        self._seen: tuple[Preview, ...] = ()
        self._strip: Drawing | None = None

    def look(self, tally: Tally, servers: tuple[ServerStatus, ...]) -> None:
        """Note how far it is; it is on the screen soon."""
        self._latest = tally, servers

    def tick(self) -> None:
        """Bring the screen up to date."""
        latest, size = self._latest, self._size()
        if latest is None:
            return
        tally, servers = latest
        sight = self._sight(servers, size)
        above = panel(sight, [row(each) for each in servers], size, unicode=self._terminal.unicode)
        words = "cancelling; Ctrl-C again stops at once" if self._cancelling else summary(tally)
        line = shortened(words, max(1, size.columns - 1), ellipsis="…" if self._terminal.unicode else "...")
        with self._screen:
            if self._resting:
                return
            text = self._region.show(line, cells(line), size.columns)
            if above.text != self._shown:
                text += self._region.place(above)
                self._shown = above.text
            self._write(text)

    def resume(self) -> None:
        """Draw again, and all of it."""
        self._shown = ""
        super().resume()

    def _sight(self, servers: tuple[ServerStatus, ...], size: Size) -> Drawing | None:
        """Return the previews as they were last seen; what did not change is not drawn again."""
        previews = tuple(each.preview for each in servers if each.preview is not None)
        if self._terminal.pictures == "off" or not previews:
            self._seen, self._strip = (), None
        elif list(map(id, previews)) != list(map(id, self._seen)):
            self._number += 1
            self._seen = previews
            self._strip = strip(previews, self._terminal, size, rows_below=len(servers) + 1, number=self._number)
        return self._strip


def row(status: ServerStatus) -> Row:
    """Return what is shown of a server."""
    name = status.server.rpartition("://")[2]
    done = f"{status.done} done" + (f", {status.failed} failed" if status.failed else "")
    if status.state == "working":
        step = f"{status.step}/{status.steps}" if status.step is not None and status.steps else ""
        return Row(name, status.progress, step, done, status.job)
    return Row(name, None, status.state, done, status.trouble)


def summary(tally: Tally) -> str:
    """Return how far a batch is, in one line."""
    parts = [f"{tally.before + tally.done} of {tally.total} done"]
    if tally.failed:
        parts.append(f"{tally.failed} failed")
    if tally.repeated:
        parts.append(f"{tally.repeated} begun anew")
    if tally.done:
        parts.append(f"{tally.rate * MINUTE:.1f} a minute")
    if tally.left_s:
        parts.append(f"{duration(tally.left_s)} left")
    return ", ".join(parts)


@contextmanager
def board(*, quiet: bool, preview: str | None = None) -> Iterator[Board]:
    """Yield what fits standard error.

    Args:
        quiet: Whether to show nothing.
        preview: How previews are drawn; None for what ``DRAWTHINGS_PREVIEW`` says.

    Raises:
        BadValue: There is no such way to draw previews.
    """
    wanted = wanted_kind(os.environ, preview)
    if quiet:
        yield Blank()
    elif not (sys.stderr.isatty() and moves(os.environ)):
        yield Lines()
    else:
        table = Table(sys.stderr, describe(os.environ, wanted=wanted, unicode=shows(sys.stderr, SIGHT)))
        with foreground.shown(table):
            try:
                table.start()
                yield table
            finally:
                table.close()
