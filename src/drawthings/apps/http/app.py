"""The gateway as one web application: all dialects over one core."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from drawthings.apps.automatic import routes as automatic
from drawthings.apps.http import health, metrics, openapi
from drawthings.apps.http.dialect import failed
from drawthings.apps.http.door import Door
from drawthings.apps.http.failure import CODES, Failure, failure_of
from drawthings.apps.http.journal import Journal
from drawthings.apps.http.settings import GatewaySettings
from drawthings.apps.native import routes as native
from drawthings.apps.openai import routes as openai
from drawthings.apps.playground import routes as playground
from drawthings.errors import DrawThingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from drawthings.apps.jobs.core import Jobs

__all__ = ["GatewaySettings", "make_app"]


def make_app(jobs: Jobs, settings: GatewaySettings | None = None) -> Starlette:
    """Return the gateway.

    Its lifespan starts and ends the core; the pool and the store are closed by who made them.

    Args:
        jobs: The core.
        settings: How it shows itself to the network.
    """
    chosen = settings or GatewaySettings()
    tools = _tools(jobs, chosen)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        del app
        async with AsyncExitStack() as stack:
            if tools is not None:
                await stack.enter_async_context(tools.running())
            await jobs.start()
            try:
                yield
            finally:
                await jobs.close(chosen.drain_s)

    routes: list[BaseRoute] = [
        *(playground.routes() if chosen.page else ()),
        *native.routes(),
        *openai.routes(),
        *automatic.routes(),
        *health.routes(),
        *metrics.routes(),
        *openapi.routes(),
        *([] if tools is None else [Route("/mcp", tools.app)]),
    ]
    app = Starlette(
        routes=routes,
        lifespan=life,
        middleware=[Middleware(Door, settings=chosen)],
        exception_handlers={DrawThingsError: _told, HTTPException: _refused},
    )
    app.router.redirect_slashes = False
    Journal(jobs, log_prompts=chosen.log_prompts)
    app.state.jobs, app.state.settings, app.state.metrics = jobs, chosen, metrics.Metrics(jobs)
    app.state.tools = tools is not None
    return app


def _tools(jobs: Jobs, settings: GatewaySettings) -> Any:  # noqa: ANN401 - its library may be missing
    """Return the tools for agents, or None where their library is missing or they are not wanted."""
    if not settings.tools or find_spec("mcp") is None:
        return None
    from drawthings.apps.mcp.mounted import mounted
    from drawthings.apps.mcp.roots import Roots
    from drawthings.apps.mcp.studio import Studio

    return mounted(Studio(jobs, Roots(), model=settings.model), guarded=True)


async def _told(request: Request, error: Exception) -> Response:
    return failed(request.url.path, failure_of(error), request.state.request_id)


async def _refused(request: Request, error: Exception) -> Response:
    """Answer what no route is there for, in the words of the dialect whose path it is."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = {404: "There is nothing at this address.", 405: "This address does not take that method."}
    failure = Failure(
        status,
        CODES.get(status, "bad_request"),
        "invalid_request",
        words.get(status, "The request cannot be read."),
        "/openapi.json lists what there is.",
    )
    answer = failed(request.url.path, failure, request.state.request_id)
    if isinstance(error, HTTPException) and error.headers:
        answer.headers.update(error.headers)
    return answer
