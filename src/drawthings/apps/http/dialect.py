"""Which dialect a path belongs to, for failures that happen before its own code is reached."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from drawthings.apps.http.failure import Failure
    from drawthings.apps.http.waiting import RenderFailure


def renderer(path: str) -> RenderFailure:
    """Return how failures look to the clients of a path."""
    if path.startswith("/sdapi/"):
        from drawthings.apps.automatic.failing import render_failure as automatic

        return automatic
    if path.startswith("/v1/"):
        from drawthings.apps.openai.failing import render_failure as openai

        return openai
    from drawthings.apps.native.failing import render_failure as native

    return native


def failed(path: str, failure: Failure, request_id: str) -> Response:
    """Return the answer that tells the clients of a path about a failure."""
    status, headers, body = renderer(path)(failure, request_id)
    return Response(json.dumps(body), status, {**headers}, media_type="application/json")
