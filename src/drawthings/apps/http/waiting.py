"""Answers that wait for a job: they notice when the client leaves, and give signs of life before it gives up."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.responses import Response

from drawthings.apps.http.failure import BAD, BROKEN, LEFT, Failure, failure_of
from drawthings.errors import Cancelled

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from drawthings.apps.jobs.job import Job

logger = logging.getLogger("drawthings.gateway")

Rendered: TypeAlias = tuple[int, Mapping[str, str], dict[str, Any]]
RenderFailure: TypeAlias = Callable[[Failure, str], Rendered]
JSON = "application/json"


async def gone(receive: Receive) -> None:
    """Return when the client has left; the body was read before."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def answered(
    request: Request,
    job: Job,
    render: Callable[[Job], Awaitable[bytes]],
    *,
    render_failure: RenderFailure,
    headers: Mapping[str, str] | None = None,
    partly: bool = False,
) -> Response:
    """Wait for a job and answer with what it brought.

    A client that leaves lets the job be given up, as far as nobody else waits for it. For a long job the status 200 is
    sent after some minutes, and a space now and then, which JSON allows before its text: clients that count silence
    would give up otherwise. A failure after that stands in the body alone.

    Args:
        request: The request.
        job: The job.
        render: Makes the body of what the job brought; JSON.
        render_failure: Puts a failure into the dialect's shape.
        headers: More headers for a good answer.
        partly: Whether a job that was cancelled is answered with what it had brought.
    """
    settings = request.app.state.settings
    wait = Wait(job, render, render_failure, request.state.request_id, partly=partly)
    work = asyncio.ensure_future(wait.result())
    left = asyncio.ensure_future(gone(request.receive))
    handed_on = False
    try:
        await asyncio.wait({work, left}, timeout=settings.heartbeat_after_s, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            status, more, body = work.result()
            good = headers if status < BAD and headers else {}
            return Response(body, status, {**more, **good}, media_type=JSON)
        if left.done():
            return Response(status_code=LEFT)
        handed_on = True
        return Beating(work, left, settings.heartbeat_s, headers or {})
    finally:
        if not handed_on:
            await stopped(work, left)


class Wait:
    """Waits for a job, and makes its answer."""

    def __init__(
        self,
        job: Job,
        render: Callable[[Job], Awaitable[bytes]],
        render_failure: RenderFailure,
        request_id: str,
        *,
        partly: bool,
    ) -> None:
        self._job, self._render, self._render_failure = job, render, render_failure
        self._request_id, self._partly = request_id, partly

    async def result(self) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body."""
        job = self._job
        await job.ended()
        try:
            if job.error is None or (self._partly and job.state == "cancelled" and isinstance(job.error, Cancelled)):
                return 200, {}, await self._render(job)
            failure = failure_of(job.error)
        except Exception as error:
            failure = failure_of(error)
            if failure.status >= BROKEN:
                logger.exception("the answer for job %s could not be made", job.id)
        status, headers, told = self._render_failure(failure, self._request_id)
        return status, headers, json.dumps(told).encode()


class Beating(Response):
    """An answer that begins before it is known, and waits with spaces."""

    def __init__(
        self,
        work: asyncio.Future[tuple[int, Mapping[str, str], bytes]],
        left: asyncio.Future[None],
        every_s: float,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(headers={**headers, "x-accel-buffering": "no"}, media_type=JSON)
        del self.headers["content-length"]
        self._work, self._left, self._every_s = work, left, every_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send spaces until the answer is there, then the answer."""
        del scope, receive
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while not self._work.done():
                await send({"type": "http.response.body", "body": b" ", "more_body": True})
                waiting: set[asyncio.Future[Any]] = {self._work, self._left}
                await asyncio.wait(waiting, timeout=self._every_s, return_when=asyncio.FIRST_COMPLETED)
                if self._left.done():
                    return
            await send({"type": "http.response.body", "body": self._work.result()[2]})
        finally:
            await stopped(self._work, self._left)


async def stopped(*futures: asyncio.Future[Any]) -> None:
    """Cancel what is still going on and wait until it has ended."""
    for future in futures:
        future.cancel()
    for future in futures:
        with suppress(asyncio.CancelledError, Exception):
            await future
