"""What a thread of its own keeps on the terminal: how that begins, makes room, and ends."""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TextIO

from drawthings.cli.screen.pen import write
from drawthings.cli.screen.region import SHOW, Region
from drawthings.cli.screen.terminal import measure
from drawthings.cli.screen.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.cli.screen.terminal import Size, Terminal

PATIENCE_S = 0.5
"""Seconds that a signal handler waits for a write that goes on; a stopped terminal must not stop Ctrl-C."""

RESET = "\x1b[0m"


class Drawn(ABC):
    """A region of the terminal that a thread draws again and again, so that a slow terminal holds nobody up.

    Args:
        stream: The terminal.
        terminal: What it can do.
        name: The name of the thread.
        every_s: Seconds between two looks at what there is to show.
        size: Tells how large the terminal is.
    """

    def __init__(
        self,
        stream: TextIO,
        terminal: Terminal,
        *,
        name: str,
        every_s: float,
        size: Callable[[], Size] | None = None,
    ) -> None:
        self._stream = stream
        self._terminal = terminal
        self._size = size or (lambda: measure(stream))
        self._region = Region()
        # Pictures are known to the terminal by numbers, which no other program should have.
        self._number = os.getpid() << 8
        self._screen = threading.Lock()
        self._resting = self._cancelling = False
        self._every_s = every_s
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def tick(self) -> None:
        """Bring the screen up to date."""

    def start(self) -> None:
        """Begin to draw."""
        self._thread.start()

    def close(self) -> None:
        """Take everything off the screen and give it back."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_S)
        self.rest()

    def tell(self, text: str) -> None:
        """Write a line above."""
        self._above(text)

    def cancelling(self) -> None:
        """Show that Ctrl-C was pressed; a signal handler may take no lock, and this needs none."""
        self._cancelling = True

    def rest(self) -> None:
        """Take everything off the screen until ``resume``."""
        if self._resting:
            return
        held = self._screen.acquire(timeout=PATIENCE_S)
        try:
            self._resting = True
            self._write(self._region.erase(self._size().columns) + SHOW)
        finally:
            if held:
                self._screen.release()

    def resume(self) -> None:
        """Draw again."""
        self._resting = self._end.is_set()

    def _run(self) -> None:
        while not self._end.wait(self._every_s):
            self.tick()

    def _above(self, text: str, style: str = "") -> None:
        """Write a text above everything else."""
        lines = [printable(line) for line in text.splitlines()]
        written = "".join(f"{style}{line}{RESET if style else ''}\r\n" for line in lines)
        with self._screen:
            self._write(self._region.above(written, self._size().columns))

    def _write(self, text: str) -> None:
        """Write to the terminal; when it has gone, the job goes on without it."""
        if not write(self._stream, text):
            self._end.set()
