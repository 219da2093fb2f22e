"""What the two pools wait for and start in different ways, written twice by hand; all else is generated."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

ItemT = TypeVar("ItemT")

Signal: TypeAlias = threading.Event | asyncio.Event
"""What one waits for, in a thread or in an event loop."""

Work: TypeAlias = threading.Thread
AsyncWork: TypeAlias = "asyncio.Task[None]"
"""What goes on beside everything else."""


def waited_sync(event: Signal, limit_s: float | None = None) -> bool:
    """Wait for an event; return whether it has happened within the limit."""
    return cast("threading.Event", event).wait(limit_s)


async def waited_async(event: Signal, limit_s: float | None = None) -> bool:
    """Wait for an event; return whether it has happened within the limit."""
    try:
        async with asyncio.timeout(limit_s):
            await cast("asyncio.Event", event).wait()
    except TimeoutError:
        return False
    return True


def started_sync(work: Callable[..., None], *arguments: Any) -> Work:  # noqa: ANN401 - whatever the work takes
    """Start work beside everything else; it does not keep the program from ending."""
    thread = threading.Thread(target=work, args=arguments, name="drawthings-pool", daemon=True)
    thread.start()
    return thread


def started_async(work: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> AsyncWork:  # noqa: ANN401 - whatever the work takes
    """Start work beside everything else."""
    return asyncio.get_running_loop().create_task(work(*arguments), name="drawthings-pool")


def stopped_sync(works: Sequence[Work], limit_s: float) -> None:
    """Wait until work that was told to end has ended; what hangs longer is left behind."""
    for work in works:
        if work is not threading.current_thread():
            work.join(limit_s)


async def stopped_async(works: Sequence[AsyncWork], limit_s: float) -> None:
    """End work."""
    del limit_s
    for work in works:
        work.cancel()
    await asyncio.gather(*works, return_exceptions=True)


def all_done_sync(work: Callable[[ItemT], None], items: Sequence[ItemT], most: int) -> None:
    """Do work for each item, so many at a time; the first error ends it."""
    with ThreadPoolExecutor(max(1, most), thread_name_prefix="drawthings-pool") as threads:
        futures = [threads.submit(work, item) for item in items]
        try:
            for future in futures:
                future.result()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


async def all_done_async(work: Callable[[ItemT], Coroutine[Any, Any, None]], items: Sequence[ItemT], most: int) -> None:
    """Do work for each item, so many at a time; the first error ends it."""
    turns = asyncio.Semaphore(max(1, most))

    async def one(item: ItemT) -> None:
        async with turns:
            await work(item)

    tasks = [asyncio.ensure_future(one(item)) for item in items]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
