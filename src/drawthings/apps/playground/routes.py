"""Where the page is served: ``/`` for browsers, its files below ``/playground/``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route

from drawthings.apps.playground.shelf import Leaf, leaves

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Scope

__all__ = ["POLICY", "PageRoute", "routes", "wants_page"]

POLICY = (
    "default-src 'self'; "
    "img-src 'self' blob: data:; "
    "media-src 'self' blob:; "
    "style-src 'self'; "
    "script-src 'self'; "
    "object-src 'none'; "
    "base-uri 'none'; "
    "form-action 'none'; "
    "frame-ancestors 'none'"
)
"""What the page may load: only what the gateway itself serves, and pictures that the page has in memory."""

_GUARDED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Asked again at every visit, and answered with 304: a gateway that was updated never runs an old page.
    "Cache-Control": "no-cache",
}


def wants_page(scope: Scope) -> bool:
    """Tell whether a request comes from somebody who wants to look: a browser says ``text/html``, programs do not."""
    accept = b",".join(value for name, value in scope.get("headers", ()) if name == b"accept")
    return b"text/html" in accept.lower()


class PageRoute(Route):
    """The route of ``/`` for browsers; other callers of the same address find the next route."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match only where a page is wanted."""
        if scope["type"] == "http" and not wants_page(scope):
            return Match.NONE, {}
        return super().matches(scope)


def routes() -> list[Route]:
    """Return the page's routes; they come before those of a dialect that answers ``/`` too."""
    return [
        PageRoute("/", _page, methods=["GET"], include_in_schema=False),
        Route("/playground", _page, methods=["GET"], include_in_schema=False),
        Route("/playground/{path:path}", _file, methods=["GET"], include_in_schema=False),
    ]


async def _page(request: Request) -> Response:
    return _answer(request, leaves()["index.html"])


async def _file(request: Request) -> Response:
    leaf = leaves().get(request.path_params["path"])
    if leaf is None:
        return PlainTextResponse("The playground has no such file.", status_code=404, headers=_GUARDED)
    return _answer(request, leaf)


def _answer(request: Request, leaf: Leaf) -> Response:
    headers: dict[str, Any] = {**_GUARDED, "ETag": leaf.etag, "Vary": "Accept, Accept-Encoding"}
    if leaf.etag in [mark.strip().removeprefix("W/") for mark in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    data = leaf.data
    if "gzip" in request.headers.get("accept-encoding", ""):
        data = leaf.packed
        headers["Content-Encoding"] = "gzip"
    return Response(data, media_type=leaf.media_type, headers=headers)
