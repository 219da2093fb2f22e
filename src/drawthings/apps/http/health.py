"""Whether the gateway is there, and whether it can do anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request


def routes() -> list[Route]:
    """Return the routes for whoever watches over the process."""
    return [Route("/healthz", _alive, methods=["GET"]), Route("/readyz", _ready, methods=["GET"])]


async def _alive(request: Request) -> JSONResponse:
    del request
    return JSONResponse({"status": "alive"})


async def _ready(request: Request) -> JSONResponse:
    """Answer 200 while at least one server can be used and new jobs are taken."""
    jobs = request.app.state.jobs
    count = sum(status.usable for status in jobs.servers())
    ready = count > 0 and not jobs.closing
    return JSONResponse({"status": "ready" if ready else "not ready", "servers": count}, 200 if ready else 503)
