"""Previews for those who cannot keep up with them: they get the latest, and the stream goes on.

A stream is read at the speed at which its events are taken. Whoever shows previews slowly (a window, a terminal, a
browser) shows them elsewhere: in a thread by ``PreviewViewer``, or in ``asyncio`` by taking the events from ``latest``.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from drawthings.stream.events import ImageArrived, Preview

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from types import TracebackType

    from drawthings.client.answers import StreamEvent

_log = logging.getLogger("drawthings.client")

MOST_RESULTS = 4
"""Pictures or frames that wait for a slow consumer of ``latest`` before the stream waits for it, too."""


class PreviewViewer:
    """Shows previews in a thread of its own, always the latest one.

    It fits everywhere where events are wanted: as ``on_event``, or called with each event of a stream. Calling it takes
    no time. A preview that comes while one is being shown takes the place of the one that waits.

    Args:
        show: Called with each preview to be shown, in the viewer's thread. An error in it is logged, once, and ends
            nothing.

    Example::

        def show(preview):
            pixels = preview.pixels()
            if pixels is not None:
                window.draw(pixels)

        with PreviewViewer(show) as viewer:
            result = server.generate("a red fox", on_event=viewer)
    """

    def __init__(self, show: Callable[[Preview], object]) -> None:
        self._show = show
        self._waiting: Preview | None = None
        self._closed = False
        self._broken = False
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None

    def __call__(self, event: StreamEvent) -> None:
        """Take an event of the stream; all but previews are passed over."""
        if not isinstance(event, Preview):
            return
        with self._change:
            if self._closed:
                return
            self._waiting = event
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="drawthings-previews", daemon=True)
                self._thread.start()
            self._change.notify()

    def close(self) -> None:
        """End the thread when it has shown what it is showing; one that waits is not shown any more."""
        with self._change:
            self._closed = True
            self._waiting = None
            self._change.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        while (preview := self._next()) is not None:
            try:
                self._show(preview)
            except Exception:  # noqa: BLE001 - the generation matters more than whatever is wrong with a preview
                if not self._broken:
                    _log.exception("a preview cannot be shown")
                self._broken = True

    def _next(self) -> Preview | None:
        with self._change:
            self._change.wait_for(lambda: self._closed or self._waiting is not None)
            preview, self._waiting = self._waiting, None
            return preview


async def latest(events: AsyncIterator[StreamEvent]) -> AsyncGenerator[StreamEvent]:
    """Yield the events of a stream without ever holding it up by previews.

    The stream is read by a task of its own. All events come, in their order, except previews that a newer one has
    overtaken before they were taken. Of results only a few wait for a slow consumer; then the stream waits as well.

    Args:
        events: What ``AsyncDrawThings.stream`` returns. Closing this iterator closes it, which cancels the generation.

    Raises:
        DrawThingsError: As the stream does, after all events before it have been taken.

    Example::

        async for event in latest(server.stream("a red fox")):
            if isinstance(event, Preview):
                await browser.send(event.pixels())
    """
    line = _Line()
    reader = asyncio.ensure_future(line.fill(events))
    try:
        while (event := await line.take()) is not None:
            yield event
        await reader
    finally:
        reader.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await reader
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


class _Line:
    """The events that have come and are not taken yet."""

    def __init__(self) -> None:
        self._events: deque[StreamEvent] = deque()
        self._over = False
        self._come = asyncio.Event()
        self._taken = asyncio.Event()

    async def fill(self, events: AsyncIterator[StreamEvent]) -> None:
        """Read a stream to its end."""
        try:
            async for event in events:
                await self._put(event)
        finally:
            self._over = True
            self._come.set()

    async def take(self) -> StreamEvent | None:
        """Return the next event, or None when there is none and none will come."""
        while not self._events and not self._over:
            self._come.clear()
            await self._come.wait()
        self._taken.set()
        return self._events.popleft() if self._events else None

    async def _put(self, event: StreamEvent) -> None:
        while isinstance(event, ImageArrived) and self._results >= MOST_RESULTS:
            self._taken.clear()
            await self._taken.wait()
        if isinstance(event, Preview):
            self._events = deque(each for each in self._events if not isinstance(each, Preview))
        self._events.append(event)
        self._come.set()

    @property
    def _results(self) -> int:
        return sum(isinstance(event, ImageArrived) for event in self._events)
