"""A generation to be done, and what can become of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable


class Outcome(Enum):
    """What became of a job on a server."""

    DONE = "done"
    REFUSED = "refused"
    """The job itself is wrong; no server will do it."""
    FAILED = "failed"
    """It failed on this server, and may go well elsewhere or later."""
    MISSING = "missing"
    """The server has not all the files it needs."""
    LOST = "lost"
    """The server went away in its middle."""
    UNREACHED = "unreached"
    """The server was not there, or let nobody in; the job never reached it."""
    CANCELLED = "cancelled"


class Fate(Enum):
    """What happens to a job after an outcome."""

    ENDED = "ended"
    AGAIN = "again"
    POISON = "poison"
    """It took two servers down."""
    GIVEN_UP = "given up"
    """It failed too often."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a job needs of a server.

    Attributes:
        model: The model's file; what the server has to have loaded.
        files: All files that must be there, the model's included.
    """

    model: str
    files: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class Job:
    """One generation to be done.

    Attributes:
        key: What tells it from all others.
        needs: What it needs of a server.
        work: Its size: sampling steps times megapixels times frames.
        priority: Higher goes first.
        deadline: When it should be done, on the clock of ``now``; the nearest goes first among equals.
        arrived: When it came.
        tries: How often it failed.
        crashed: The servers that went away in its middle, each as often as that happened.
        failed: The servers on which it failed.
        barred: The servers that turned out not to have what it needs.
    """

    key: Hashable
    needs: Needs
    work: float = 1.0
    priority: int = 0
    deadline: float = math.inf
    arrived: float = 0.0
    tries: int = 0
    crashed: list[str] = field(default_factory=list)
    failed: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()

    @property
    def rank(self) -> tuple[float, float, float]:
        """What orders jobs among each other."""
        return -self.priority, self.deadline, self.arrived
