"""The tools over streamable HTTP, to be mounted in the gateway or served alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from drawthings.apps.http.auth import owner_of, refusal
from drawthings.apps.http.settings import GatewaySettings
from drawthings.apps.mcp.server import make_server

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from starlette.types import ASGIApp, Receive, Scope, Send

    from drawthings.apps.http.keys import Keys
    from drawthings.apps.mcp.studio import Studio

PATH = "/mcp"
MOST_BODY_BYTES = 32 << 20
"""Pictures come as base64 in arguments; the library's own limit of 4 MiB refuses a photo of 3."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
MOST_SESSIONS = 1000


@dataclass(frozen=True, slots=True)
class Mounted:
    """The tools as a part of a web application.

    Attributes:
        app: What answers at ``/mcp``; a route takes it as its endpoint.
        manager: Its sessions; ``running`` has to be around the application's life.
    """

    app: ASGIApp
    manager: StreamableHTTPSessionManager

    def running(self) -> AbstractAsyncContextManager[None]:
        """Return what has to be entered before the first request and left after the last; once only."""
        return self.manager.run()


def mounted(studio: Studio, *, guarded: bool = False) -> Mounted:
    """Return the tools as a part of a web application.

    Args:
        studio: What there is to work with.
        guarded: Whether the application around it looks at the Host and Origin headers by itself. If not, only names of
            the loopback and its pages are served: a page in a browser may have let its own name point to this machine.
    """
    pages = [f"{scheme}://{name}" for name in LOOPBACK for scheme in ("http", "https")]
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=not guarded,
        allowed_hosts=[form for name in LOOPBACK for form in (name, f"{name}:*")],
        allowed_origins=[form for page in pages for form in (page, f"{page}:*")],
    )
    manager = StreamableHTTPSessionManager(
        make_server(studio),
        security_settings=security,
        max_request_body_size=MOST_BODY_BYTES,
        max_sessions=MOST_SESSIONS,
    )
    return Mounted(StreamableHTTPASGIApp(manager), manager)


class Locked:
    """A web application that wants a key from everybody, and notes whose it is.

    Args:
        app: The application.
        keys: The keys.
    """

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app = app
        self._settings = GatewaySettings(keys=keys)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        client = scope.get("client")
        owner = owner_of(Headers(scope=scope), client[0] if client else "", self._settings)
        if owner is None:
            error = refusal()
            body = {"error": error.message, "hint": error.hint}
            refused = JSONResponse(body, status_code=401, headers={"WWW-Authenticate": "Bearer"})
            await refused(scope, receive, send)
            return
        scope.setdefault("state", {})["owner"] = owner
        await self._app(scope, receive, send)
