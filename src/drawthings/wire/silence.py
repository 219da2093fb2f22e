"""Ends a call when the server says nothing for too long, and only then: time that the reader takes does not count."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Silence:
    """A watch over one stream, in a thread that wakes up only to look at the clock.

    A reader that blocks cannot look at the clock itself, so somebody else has to. Waiting for each message is put
    between ``listen`` and ``rest``.

    Args:
        limit_s: Seconds of silence that are too long.
        cancel: Called once when they are over, from the thread of the watch.

    Attributes:
        expired: Whether the silence was too long.
    """

    def __init__(self, limit_s: float, cancel: Callable[[], object]) -> None:
        self.expired = False
        self._limit_s = limit_s
        self._cancel = cancel
        self._due_s: float | None = None
        self._closed = False
        self._asleep = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def listen(self) -> None:
        """Start the clock."""
        with self._changed:
            self._due_s = time.monotonic() + self._limit_s
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="drawthings-silence", daemon=True)
                self._thread.start()
            elif self._asleep:
                # Otherwise it wakes up by itself, too early, and looks again; that spares a switch for each message.
                self._changed.notify()

    def rest(self) -> None:
        """Stop the clock; something arrived, and the server owes nothing until ``listen``."""
        with self._changed:
            self._due_s = None

    def close(self) -> None:
        """End the watch."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._closed and not self.expired:
                if self._due_s is None:
                    self._asleep = True
                    self._changed.wait()
                    self._asleep = False
                    continue
                left_s = self._due_s - time.monotonic()
                self.expired = left_s <= 0
                if not self.expired:
                    self._changed.wait(left_s)
        if self.expired:
            self._cancel()
