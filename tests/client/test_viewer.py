"""Previews for those who are slower than the server."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from drawthings.client.viewer import MOST_RESULTS, PreviewViewer, latest
from drawthings.errors import Incomplete
from drawthings.stream.events import ImageArrived, Preview, Sampling

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from drawthings.client.answers import StreamEvent


def preview(step: int) -> Preview:
    return Preview(step, b"", progress=0.1)


def preview_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "drawthings-previews"]


class Screen:
    """Shows nothing before it is told to, and notes what it was given."""

    def __init__(self) -> None:
        self.shown: list[int] = []
        self.begun = threading.Semaphore(0)
        self.may_go_on = threading.Semaphore(0)

    def show(self, preview: Preview) -> None:
        self.begun.release()
        assert self.may_go_on.acquire(timeout=10)
        self.shown.append(preview.step)


def test_a_slow_viewer_gets_the_latest_and_holds_nothing_up() -> None:
    screen = Screen()
    with PreviewViewer(screen.show) as viewer:
        viewer(preview(0))
        assert screen.begun.acquire(timeout=10)
        for step in range(1, 50):
            viewer(preview(step))
            viewer(Sampling(step, progress=0.2))
        screen.may_go_on.release(2)
        assert screen.begun.acquire(timeout=10)
    assert screen.shown == [0, 49]
    assert not preview_threads()


def test_a_viewer_that_is_closed_shows_no_more() -> None:
    screen = Screen()
    viewer = PreviewViewer(screen.show)
    viewer(preview(0))
    assert screen.begun.acquire(timeout=10)
    viewer(preview(1))
    closing = threading.Thread(target=viewer.close)
    closing.start()
    # The one in work is shown to its end; whether the next one was forgotten already cannot be seen from here.
    screen.may_go_on.release(2)
    closing.join(10)
    assert screen.shown[0] == 0
    shown = list(screen.shown)
    viewer(preview(2))
    assert screen.shown == shown
    assert not preview_threads()


def test_without_previews_there_is_no_thread() -> None:
    with PreviewViewer(print) as viewer:
        viewer(Sampling(1, progress=0.2))
        assert not preview_threads()


def test_an_error_of_the_viewer_is_told_once_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    called = threading.Semaphore(0)

    def broken(_preview: Preview) -> None:
        called.release()
        raise ZeroDivisionError

    with PreviewViewer(broken) as viewer:
        for step in range(3):
            viewer(preview(step))
            assert called.acquire(timeout=10)
    assert len(caplog.records) == 1
    assert "cannot be shown" in caplog.text


def test_a_viewer_may_close_itself() -> None:
    closed = threading.Event()

    def once(_preview: Preview) -> None:
        viewer.close()
        closed.set()

    viewer = PreviewViewer(once)
    viewer(preview(0))
    assert closed.wait(10)
    for thread in preview_threads():
        thread.join(10)


async def stream_of(events: list[StreamEvent], read: list[StreamEvent]) -> AsyncGenerator[StreamEvent]:
    for event in events:
        read.append(event)
        yield event


async def settle() -> None:
    """Let all other tasks go on until they wait."""
    for _ in range(100):
        await asyncio.sleep(0)


async def slowly(events: AsyncIterator[StreamEvent]) -> list[StreamEvent]:
    """Take events so slowly that the stream has all the time it wants in between."""
    taken = []
    async for event in events:
        taken.append(event)
        await settle()
    return taken


def test_a_slow_task_gets_the_latest_preview_and_everything_else() -> None:
    first, second, step, third, fourth = preview(0), preview(1), Sampling(1, progress=0.1), preview(2), preview(3)
    image = ImageArrived(0, b"0", progress=0.9)
    read: list[StreamEvent] = []
    events = [first, second, step, third, fourth, image]
    taken = asyncio.run(slowly(latest(stream_of(events, read))))
    assert [event for event in taken if event is not first] == [step, fourth, image]
    assert read == events


def test_a_quick_task_gets_every_event() -> None:
    events: list[StreamEvent] = [preview(step) for step in range(20)]

    async def run() -> list[StreamEvent]:
        taken: list[StreamEvent] = []
        one_more = asyncio.Event()

        async def stream() -> AsyncGenerator[StreamEvent]:
            for event in events:
                one_more.clear()
                yield event
                await one_more.wait()

        async for event in latest(stream()):
            taken.append(event)
            one_more.set()
        return taken

    assert asyncio.run(run()) == events


def test_results_wait_for_a_slow_task_and_none_is_lost() -> None:
    events: list[StreamEvent] = [ImageArrived(index, b"", progress=0.9) for index in range(30)]
    read: list[StreamEvent] = []
    most = 0

    async def run() -> None:
        nonlocal most
        taken = 0
        async for event in latest(stream_of(events, read)):
            assert event is events[taken]
            taken += 1
            await settle()
            most = max(most, len(read) - taken)

    asyncio.run(run())
    assert read == events
    # As many as may wait, and the one that is held by the reader.
    assert most == MOST_RESULTS + 1


def test_an_error_comes_after_what_was_before_it() -> None:
    async def stream() -> AsyncGenerator[StreamEvent]:
        yield Sampling(1, progress=0.1)
        raise Incomplete("it broke off")

    taken: list[StreamEvent] = []

    async def run() -> None:
        async for event in latest(stream()):
            taken.append(event)
            await settle()

    with pytest.raises(Incomplete):
        asyncio.run(run())
    assert taken == [Sampling(1, progress=0.1)]


@pytest.mark.parametrize("by", ["close", "cancel"])
def test_leaving_early_closes_the_stream(by: str) -> None:
    closed = []

    async def stream() -> AsyncGenerator[StreamEvent]:
        try:
            yield Sampling(1, progress=0.1)
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    async def run() -> None:
        events = latest(stream())
        assert await anext(events) == Sampling(1, progress=0.1)
        if by == "close":
            await events.aclose()
            return
        task = asyncio.ensure_future(anext(events))
        await settle()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert closed == [True]
