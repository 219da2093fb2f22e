"""The OpenAPI document: what every dialect says of its own calls, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

import drawthings
from drawthings.apps.automatic import describe as automatic
from drawthings.apps.native import describe as native
from drawthings.apps.openai import describe as openai

if TYPE_CHECKING:
    from starlette.requests import Request

ABOUT = "Pictures from Draw Things servers. Every configuration field has the range that its server accepts."
PLAIN = {"200": {"description": "The answer."}}


def document() -> dict[str, Any]:
    """Return the document for all dialects."""
    paths: dict[str, Any] = {
        "/healthz": {"get": {"summary": "Whether the gateway is there.", "tags": ["service"], "responses": PLAIN}},
        "/readyz": {
            "get": {
                "summary": "Whether a server can be used.",
                "tags": ["service"],
                "responses": {**PLAIN, "503": {"description": "None can."}},
            }
        },
        "/metrics": {
            "get": {"summary": "Counts and times for Prometheus.", "tags": ["service"], "responses": PLAIN},
        },
    }
    schemas: dict[str, Any] = {}
    for dialect in (native, openai, automatic):
        paths |= dialect.operations()
        schemas |= dialect.schemas()
    return {
        "openapi": "3.1.0",
        "info": {"title": "Draw Things gateway", "version": drawthings.__version__, "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
        "security": [{"bearer": []}, {"basic": []}, {}],
    }


def routes() -> list[Route]:
    """Return the route of the document."""
    return [Route("/openapi.json", _document, methods=["GET"])]


async def _document(request: Request) -> JSONResponse:
    if not hasattr(request.app.state, "document"):
        request.app.state.document = document()
    return JSONResponse(request.app.state.document)
