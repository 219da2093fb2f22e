from __future__ import annotations

import asyncio
import threading

import pytest

from drawthings.wire.aside import aside_async, aside_sync, computed_async, computed_sync


async def test_the_work_is_done_elsewhere():
    def where() -> threading.Thread:
        return threading.current_thread()

    for thread in (aside_sync(where, 5), await aside_async(where, 5)):
        assert thread is not threading.current_thread()
        assert thread.daemon


async def test_errors_come_back():
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        aside_sync(fail, 5)
    with pytest.raises(KeyError):
        await aside_async(fail, 5)


async def test_what_hangs_is_left_behind():
    over = threading.Event()
    with pytest.raises(TimeoutError):
        aside_sync(lambda: over.wait(10), 0.01)
    with pytest.raises(TimeoutError):
        await aside_async(lambda: over.wait(10), 0.01)
    over.set()


def test_work_that_ends_after_its_event_loop_disturbs_nobody(capfd: pytest.CaptureFixture[str]):
    over = threading.Event()

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            await aside_async(lambda: over.wait(10), 0.01)

    asyncio.run(leave())
    left = [thread for thread in threading.enumerate() if thread.name == "drawthings-aside"]
    over.set()
    for thread in left:
        thread.join(5)
    assert capfd.readouterr().err == ""


async def test_what_computes_leaves_the_loop_alone_and_needs_no_thread_without_one():
    assert computed_sync(threading.current_thread) is threading.current_thread()
    assert await computed_async(threading.current_thread) is not threading.current_thread()
    with pytest.raises(KeyError):
        computed_sync(lambda: {}["x"])
    with pytest.raises(KeyError):
        await computed_async(lambda: {}["x"])


async def test_whoever_is_cancelled_does_not_wait_for_what_computes():
    reached, over = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> bool:
        loop.call_soon_threadsafe(reached.set)
        return over.wait(10)

    task = asyncio.ensure_future(computed_async(work))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not over.is_set()
    over.set()
