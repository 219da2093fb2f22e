"""Work that is done in threads and taken off in the order in which it was put on."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

P = ParamSpec("P")
T = TypeVar("T")

MOST_THREADS = 8
"""With more, what is in work at the same time would take too much memory."""

CLIP_THREADS = 2
"""How many threads decode frames of a clip, and how many pack them. With ``CLIP_ROOM`` frames on the first belt,
``CLIP_THREADS`` on the second and the copies that packing makes, less than ten decoded frames are in memory."""

CLIP_ROOM = 3
"""How many frames may be decoded and not yet handed on."""

SPARE = 2
"""Pieces that may lie finished or wait while all threads are busy, so that none of them has to stop."""


def clip_threads() -> int:
    """Return how many threads work on the frames of a clip."""
    return min(processors(), CLIP_THREADS)


def processors() -> int:
    """Return how many processors this program may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows let a program use all of them
        return os.cpu_count() or 1


class Belt(Generic[P, T]):
    """A conveyor belt: pieces go on, threads work on them, and they come off in their order.

    One thread puts on and takes off. The belt's own threads start with the first piece.

    Args:
        work: What is done with each piece, in one of the belt's threads.
        take: What is done with each result, in their order, in the thread that calls the belt's methods.
        threads: How many there are; by default one for each processor, and at most eight.
        room: How many pieces may be on the belt at once; by default two more than there are threads.

    Attributes:
        room: How many pieces are on the belt at most, whether they wait, are in work or are done.
    """

    def __init__(
        self, work: Callable[P, T], take: Callable[[T], object], *, threads: int | None = None, room: int | None = None
    ) -> None:
        count = threads or min(processors(), MOST_THREADS)
        self.room = room or count + SPARE
        self._work = work
        self._take = take
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="drawthings-belt")
        self._pieces: deque[Future[T]] = deque()

    def put(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Put a piece on; where there is no room, the oldest one is waited for and taken off before.

        Raises:
            Exception: As ``step``.
        """
        while len(self) >= self.room:
            self.step()
        self._pieces.append(self._pool.submit(self._work, *args, **kwargs))

    def step(self) -> None:
        """Wait for the oldest piece and take it off.

        Raises:
            Exception: What its work, or taking it, raised. All that lay behind it is off the belt then, too.
        """
        # Only looked at as long as it is waited for, so that an interrupted wait loses nothing.
        wait([self._pieces[0]])
        try:
            self._take(self._pieces.popleft().result())
        except Exception:
            self.clear()
            raise

    def finish(self) -> None:
        """Take off all that is left, in order.

        Raises:
            Exception: As ``step``.
        """
        while self._pieces:
            self.step()

    def clear(self) -> None:
        """Throw away what is on it; what is in work comes to nothing."""
        for piece in self._pieces:
            piece.cancel()
        self._pieces.clear()

    def close(self) -> None:
        """Throw away what is on it and end the threads; what is in work is waited for."""
        self.clear()
        self._pool.shutdown()

    def __len__(self) -> int:
        return len(self._pieces)
