"""The threads that calls are answered on."""

from __future__ import annotations

import threading
from collections import deque
from concurrent import futures
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

IDLE_S = 10.0
"""How long a thread without work waits for some before it ends."""


class DaemonPool(futures.Executor):
    """A pool whose threads never keep the program from ending.

    The pool of the standard library waits for its threads when the interpreter exits, so one call that nobody reads any
    more would hold a program that uses the embedded server.

    Args:
        most: How many threads there may be; they are started when there is work, and end when there is none.
        idle_s: How long a thread without work waits for some.
    """

    def __init__(self, most: int, *, idle_s: float = IDLE_S) -> None:
        self._most = most
        self._idle_s = idle_s
        self._ready = threading.Condition()
        self._work: deque[Callable[[], None]] = deque()
        self._threads = 0
        self._idle = 0

    @property
    def threads(self) -> int:
        """How many threads there are now."""
        return self._threads

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> futures.Future[T]:
        """Run a function on one of the threads."""
        future: futures.Future[T] = futures.Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever holds the future
                future.set_exception(error)

        with self._ready:
            self._work.append(run)
            if self._idle < len(self._work) and self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._serve, name="drawthings-call", daemon=True).start()
            self._ready.notify()
        return future

    def _serve(self) -> None:
        while (work := self._next()) is not None:
            work()
            del work  # what it holds must not live on while this thread waits

    def _next(self) -> Callable[[], None] | None:
        with self._ready:
            self._idle += 1
            there = self._ready.wait_for(lambda: bool(self._work), self._idle_s)
            self._idle -= 1
            if there:
                return self._work.popleft()
            self._threads -= 1
            return None

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - the signature of the base class
        """Do nothing: idle threads end by themselves."""


def as_thread_pool(pool: DaemonPool) -> Any:  # noqa: ANN401 - grpc names ThreadPoolExecutor in its hints but uses only submit()
    """Return the pool as what grpc's type hints want."""
    return pool
