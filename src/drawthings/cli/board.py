"""How far a batch is: a line for each server on a terminal, a plain line now and then in a pipe."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from drawthings.cli.screen.foreground import tell
from drawthings.cli.screen.terminal import moves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Group
    from rich.live import Live

    from drawthings.batch.run import Tally
    from drawthings.batch.standing import ServerStatus

EVERY_S = 10.0
"""A plain line is written so often at most."""

WIDTH = 20
MINUTE, HOUR = 60, 3600


class Board(Protocol):
    """Somewhere to show how far a batch is."""

    def look(self, tally: Tally, servers: tuple[ServerStatus, ...]) -> None:
        """Show it."""


class Blank:
    """Shows nothing."""

    def look(self, tally: Tally, servers: tuple[ServerStatus, ...]) -> None:
        """Ignore it."""


class Lines:
    """Writes a line now and then."""

    def __init__(self) -> None:
        self._next = 0.0
        self._down: set[str] = set()

    def look(self, tally: Tally, servers: tuple[ServerStatus, ...]) -> None:
        """Write how far it is, and each server that goes or comes."""
        down = {each.server for each in servers if each.state in {"down", "aside"}}
        for each in servers:
            if each.server in down - self._down:
                tell(f"{each.server} is {each.state}: {each.trouble or 'it failed several times in a row'}")
            elif each.server in self._down - down:
                tell(f"{each.server} is back")
        self._down = down
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY_S
            tell(summary(tally))


class Table:
    """Draws a line for each server."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def look(self, tally: Tally, servers: tuple[ServerStatus, ...]) -> None:
        """Draw how far it is."""
        self._live.update(_drawn(tally, servers), refresh=True)


def _drawn(tally: Tally, servers: tuple[ServerStatus, ...]) -> Group:
    from rich.console import Group
    from rich.table import Table as Rows
    from rich.text import Text

    rows = Rows.grid(padding=(0, 2))
    for each in servers:
        state = each.trouble if each.state == "down" else each.state
        filled = round(each.progress * WIDTH)
        bar = f"{'━' * filled}{'─' * (WIDTH - filled)}" if each.state == "working" else state[:40]
        step = f"{each.step}/{each.steps}" if each.step is not None and each.steps else ""
        rows.add_row(*map(Text, (each.server.rpartition("://")[2], bar, step, f"{each.done} done", each.job[:40])))
    return Group(rows, Text(summary(tally)))


def summary(tally: Tally) -> str:
    """Return how far a batch is, in one line."""
    parts = [f"{tally.before + tally.done} of {tally.total} done"]
    if tally.failed:
        parts.append(f"{tally.failed} failed")
    if tally.repeated:
        parts.append(f"{tally.repeated} begun anew")
    if tally.done:
        parts.append(f"{tally.rate * MINUTE:.1f} a minute")
    if tally.left_s is not None:
        parts.append(f"{duration(tally.left_s)} left")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Return a duration in the unit that suits it."""
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < HOUR else f"{seconds / HOUR:.1f} h"


@contextmanager
def board(*, quiet: bool) -> Iterator[Board]:
    """Yield what fits standard error.

    Args:
        quiet: Whether to show nothing.
    """
    if quiet:
        yield Blank()
    elif not (sys.stderr.isatty() and moves(os.environ)):
        yield Lines()
    else:
        from rich.console import Console
        from rich.live import Live

        with Live(console=Console(stderr=True), auto_refresh=False, transient=True) as live:
            yield Table(live)
