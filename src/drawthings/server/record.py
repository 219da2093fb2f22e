"""What the server was asked, kept for whoever tests a client."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.protobuf.message import Message

MOST_BYTES = 256 * 1024 * 1024
"""How many bytes of requests are kept together, pictures included; the oldest go first."""


@dataclass
class Received:
    """One call.

    Attributes:
        method: The method's name, such as ``GenerateImage``.
        message: The request as it came; of an upload the first message.
        facts: What the server made of it, for example ``{"path": "text", "width": 512, …}`` for a generation, and
            ``{"refused": "…"}`` for what it refused.
    """

    method: str
    message: Message = field(repr=False)
    facts: dict[str, Any] = field(default_factory=dict)


class Record:
    """The latest requests.

    Args:
        most: How many are kept; 0 keeps none.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: deque[tuple[Received, int]] = deque()
        self._bytes = 0

    def note(self, method: str, message: Message) -> Received:
        """Keep a request and return its entry, to which facts can be added while it is worked on."""
        entry = Received(method, message)
        if self._most:
            size = message.ByteSize()
            with self._lock:
                self._kept.append((entry, size))
                self._bytes += size
                while len(self._kept) > self._most or (self._bytes > MOST_BYTES and len(self._kept) > 1):
                    self._bytes -= self._kept.popleft()[1]
        return entry

    def entries(self) -> tuple[Received, ...]:
        """Return what is kept, oldest first."""
        with self._lock:
            return tuple(entry for entry, _ in self._kept)
