"""The one way in: every request is looked at here before any route sees it, and every answer is completed here."""

from __future__ import annotations

import logging
import secrets
import time
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from drawthings.apps.http import auth, origin
from drawthings.apps.http.body import Bounded, too_large, type_of
from drawthings.apps.http.dialect import failed
from drawthings.apps.http.failure import Failure, failure_of
from drawthings.errors import BadBody, DrawThingsError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from drawthings.apps.http.settings import GatewaySettings

logger = logging.getLogger("drawthings.gateway.access")

MOST_ID = 80
MOST_HEADERS = 64 << 10
STRANGERS_BYTES = 16 << 10
"""Who has no key can send one to log in, and nothing larger."""
HEADERS_TOO_LARGE = 431
ALLOWED_METHODS = "GET, HEAD, POST, PATCH, DELETE, OPTIONS"
SAFE_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""What every answer says unless it says something else itself."""


class Door:
    """Looks at requests: their host, the page they come from, who asks, and how much they carry.

    Args:
        app: What is behind it.
        settings: Who and what may pass.
    """

    def __init__(self, app: ASGIApp, settings: GatewaySettings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await Visit(self._app, self._settings, scope, send).go(receive)


class Visit:
    """One request on its way in and out."""

    def __init__(self, app: ASGIApp, settings: GatewaySettings, scope: Scope, send: Send) -> None:
        self._app, self._settings, self._scope, self._out = app, settings, scope, send
        self._headers = Headers(scope=scope)
        self._began, self._status = time.monotonic(), 0
        self._id = _clean(self._headers.get("x-request-id", "")) or secrets.token_hex(8)
        state = scope.setdefault("state", {})
        state["request_id"], state["owner"] = self._id, None

    async def go(self, receive: Receive) -> None:
        """Answer the request, whatever happens."""
        scope = self._scope
        try:
            if scope["method"] == "OPTIONS":
                await Response(status_code=204)(scope, receive, self._send)
                return
            limit = self._look()
            await self._app(scope, Bounded(receive, limit, self._settings), self._send)
        except DrawThingsError as error:
            await self._fail(receive, failure_of(error))
        except Exception as error:
            logger.exception("%s broke", self._id)
            await self._fail(receive, failure_of(error))
        finally:
            self._log()

    async def _fail(self, receive: Receive, failure: Failure) -> None:
        if not self._status:
            await failed(self._scope["path"], failure, self._id)(self._scope, receive, self._send)

    def _look(self) -> int:
        """Refuse what may not pass; return how many bytes the body may have.

        Raises:
            GatewayError: It may not pass.
        """
        scope, headers, settings = self._scope, self._headers, self._settings
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
            raise BadBody("The headers are too long.", hint="Send shorter ones.", status=HEADERS_TOO_LARGE)
        host, method, path = headers.get("host", ""), scope["method"], scope["path"]
        origin.check_host(host, settings)
        origin.check_origin(method, headers.get("origin"), host, settings)
        address = (scope.get("client") or ("", 0))[0]
        owner = auth.owner_of(headers, address, settings)
        page = method in {"GET", "HEAD"} and "text/html" in headers.get("accept", "")
        if owner is None and not auth.is_open(path, page=page):
            raise auth.refusal()
        scope["state"]["owner"] = owner
        limit = settings.form_bytes if type_of(headers.get("content-type", "")).startswith("multipart/") else 0
        limit = limit or settings.json_bytes
        if owner is None:
            limit = min(limit, STRANGERS_BYTES)
        self._check_length(limit)
        return limit

    def _check_length(self, limit: int) -> None:
        length = self._headers.get("content-length")
        if length is None:
            return
        if not length.isdecimal():
            raise BadBody(f"The length of the body is {length[:40]!r}.", hint="Send a number.")
        if int(length[:20]) > limit:
            raise too_large(limit)

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SAFE_HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("x-request-id", self._id)
            self._let_pages_in(headers)
        await self._out(message)

    def _let_pages_in(self, headers: MutableHeaders) -> None:
        """Tell browsers which pages may read the answer: none, unless it was asked for."""
        page = self._headers.get("origin")
        if not self._settings.cors_origins or page is None:
            return
        headers.add_vary_header("Origin")
        if not origin.allowed(page, self._settings):
            return
        headers["access-control-allow-origin"] = page
        headers["cross-origin-resource-policy"] = "cross-origin"
        headers["access-control-expose-headers"] = "x-request-id, retry-after"
        if self._scope["method"] == "OPTIONS":
            headers["access-control-allow-methods"] = ALLOWED_METHODS
            headers["access-control-allow-headers"] = self._headers.get("access-control-request-headers", "*")
            headers["access-control-max-age"] = "600"

    def _log(self) -> None:
        """Tell what was asked for: no bodies, no prompts, no keys, nothing of the address behind a question mark."""
        scope = self._scope
        owner = scope["state"].get("owner")
        took_ms = (time.monotonic() - self._began) * 1000
        logger.info(
            "%s %s %d %.0f ms %s %s",
            scope["method"],
            _clean(scope["path"], 200),
            self._status,
            took_ms,
            owner.name if owner is not None else "-",
            self._id,
        )


def _clean(text: str, most: int = MOST_ID) -> str:
    """Return a text from outside as it may stand in a header or a line of the log."""
    return "".join(
        letter for letter in text[:most] if letter.isascii() and letter.isprintable() and letter not in "\"'"
    )
