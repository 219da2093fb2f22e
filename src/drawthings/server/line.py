"""The line in front of the painter: generations run strictly one after another."""

from __future__ import annotations

import logging
import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger("drawthings.server")


class Line:
    """Runs pieces of work one after another, in the order in which they came, on a thread of its own."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="drawthings-painter", daemon=True)
        self._thread.start()

    def put(self, work: Callable[[], None]) -> None:
        """Append a piece of work; it must handle its own errors."""
        self._waiting.put(work)

    def wait_for_all(self, timeout_s: float | None = None) -> bool:
        """Wait until everything that is in the line now is done; return whether it is."""
        done = threading.Event()
        self.put(done.set)
        return done.wait(timeout_s)

    def close(self) -> None:
        """Let the thread end after what is in the line now; does not wait for it."""
        self._waiting.put(None)

    def _work(self) -> None:
        while (work := self._waiting.get()) is not None:
            try:
                work()
            except Exception:  # noqa: BLE001 - one broken generation must not stop all that come after it
                _log.exception("a piece of work broke")
