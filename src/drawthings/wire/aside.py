"""Work that blocks, kept out of the caller's way: in a thread of its own, with a limit, and left behind when it hangs.

A name look-up cannot be interrupted and knows no deadline. In a daemon thread it delays neither Ctrl-C nor the end of
the program; the pool of ``asyncio.to_thread`` would be waited for. Work that only computes (``computed_…``) goes there
for the sake of the event loop, and nowhere where there is none.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

ResultT = TypeVar("ResultT")


def aside_sync(work: Callable[[], ResultT], limit_s: float | None) -> ResultT:
    """Do the work and wait for it.

    Args:
        work: Something that blocks.
        limit_s: Seconds to wait at most, None for ever.

    Raises:
        TimeoutError: It took longer; it goes on, but nobody listens any more.
    """
    return _start(work).result(limit_s)


async def aside_async(work: Callable[[], ResultT], limit_s: float | None) -> ResultT:
    """Do the work and wait for it, while the event loop goes on; see ``aside_sync``."""
    return await asyncio.wait_for(asyncio.wrap_future(_start(work)), limit_s)


def computed_sync(work: Callable[[], ResultT]) -> ResultT:
    """Do work that keeps the processor busy: here and now, since nobody else waits."""
    return work()


async def computed_async(work: Callable[[], ResultT]) -> ResultT:
    """Do work that keeps the processor busy in a thread, while the event loop goes on.

    A large photo takes seconds to decode and to bring to size, and whatever else the loop serves would stand still for
    so long. Whoever is cancelled meanwhile does not wait for the end of it.
    """
    return await aside_async(work, None)


def _start(work: Callable[[], ResultT]) -> Future[ResultT]:
    future: Future[ResultT] = Future()
    # Running from the start: nobody can cancel it under the thread's feet.
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - it is raised again where somebody waits
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, name="drawthings-aside", daemon=True).start()
    return future
