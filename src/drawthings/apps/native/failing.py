"""Failures in the shape of the gateway's own API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drawthings.apps.http.failure import Failure

UNAUTHORIZED = 401


def told(failure: Failure) -> dict[str, Any]:
    """Return a failure as the page shows it."""
    return {"code": failure.code, "message": failure.message, "hint": failure.hint, "field": failure.field}


def render_failure(failure: Failure, request_id: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Return status, headers and body of a failure."""
    headers = {"x-request-id": request_id}
    if failure.retry_s is not None:
        headers["retry-after"] = str(max(1, round(failure.retry_s)))
    if failure.status == UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return failure.status, headers, {"error": {**told(failure), "request_id": request_id}}
