"""What a server counts, so that whoever tests a client or a pool of servers can check it."""

from __future__ import annotations

import threading


class Counts:
    """Counters of one server; they go on when it crashes and comes back.

    Attributes:
        begun: Generations that were asked for, refused ones included.
        done: Generations that ran to their end, with or without a picture.
        most_at_once: The most generations that were here at the same time, waiting in line or running. A client that
            gives a server one after another leaves it at 1.
        model_switches: How often a generation needed another model than the one before it; the first one counts.
        crashes: How often the server has crashed on purpose.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.begun = 0
        self.done = 0
        self.most_at_once = 0
        self.model_switches = 0
        self.crashes = 0

    def begin(self) -> int:
        """Count a generation that is asked for; return its number, from 1."""
        with self._lock:
            self.begun += 1
            return self.begun

    def finish(self) -> None:
        """Count a generation that ran to its end."""
        with self._lock:
            self.done += 1

    def see(self, here: int) -> None:
        """Note how many generations are here now."""
        with self._lock:
            self.most_at_once = max(self.most_at_once, here)

    def switch(self) -> None:
        """Count a change of the model."""
        with self._lock:
            self.model_switches += 1

    def crash(self) -> None:
        """Count a crash."""
        with self._lock:
            self.crashes += 1
