"""Server-sent events: frames, comments as signs of life, and the end when the client leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from drawthings.apps.http.waiting import gone, stopped

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

HEARTBEAT_S = 10.0
PING = b": ping\n\n"
"""A comment: parsers drop it, where an event of that name would reach the user's program."""
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


def frame(event: str | None, data: Mapping[str, Any], number: int | None = None) -> bytes:
    """Return an event as it goes over the wire."""
    head = f"event: {event}\n" if event else ""
    mark = f"id: {number}\n" if number is not None else ""
    return f"{mark}{head}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode("utf-8", "replace")


class EventStream(Response):
    """An answer that is a stream of events.

    Args:
        events: Pairs of an event's name (or None) and its data. It is closed when the client leaves.
        heartbeat_s: After so many seconds of silence a comment is sent.
        numbered: Whether events get numbers, which a browser tells when it comes back.
        headers: More headers.
        first: The number of the first event.
    """

    def __init__(
        self,
        events: AsyncIterator[tuple[str | None, Mapping[str, Any]]],
        *,
        heartbeat_s: float = HEARTBEAT_S,
        numbered: bool = False,
        headers: Mapping[str, str] | None = None,
        first: int = 1,
    ) -> None:
        super().__init__(headers={**HEADERS, **(headers or {})}, media_type="text/event-stream")
        del self.headers["content-length"]
        self._events, self._heartbeat_s, self._number = events, heartbeat_s, first if numbered else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until there are no more, or the client leaves."""
        del scope
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        sending = asyncio.ensure_future(self._send_all(send))
        left = asyncio.ensure_future(gone(receive))
        try:
            await asyncio.wait({sending, left}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            await stopped(sending, left)
            if isinstance(self._events, AsyncGenerator):
                with suppress(RuntimeError):  # it is running: its own end is under way
                    await self._events.aclose()

    async def _send_all(self, send: Send) -> None:
        following: asyncio.Future[tuple[str | None, Mapping[str, Any]]] | None = None
        try:
            while True:
                following = following or asyncio.ensure_future(anext(self._events))
                done, _ = await asyncio.wait({following}, timeout=self._heartbeat_s)
                if not done:
                    await _body(send, PING)
                    continue
                event, data = following.result()
                following = None
                await _body(send, frame(event, data, self._number))
                self._number = None if self._number is None else self._number + 1
        except StopAsyncIteration:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if following is not None:
                await stopped(following)


async def _body(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})
