"""Failures in OpenAI's shape, with the headers that decide whether its clients try again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawthings.apps.openai.own import ALIASES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings.apps.http.failure import Failure

LONGEST_RETRY_S = 120
"""What clients are told to wait at most: beyond it they give up at once."""
UNAUTHORIZED = 401
KINDS = {
    "invalid_request": "invalid_request_error",
    "rate_limit": "rate_limit_error",
    "server": "server_error",
}
SIZES = frozenset({"width", "height"})


def render_failure(failure: Failure, request_id: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Return status, headers and body of a failure.

    Args:
        failure: What went wrong.
        request_id: What the log calls the request.
    """
    headers = {"x-request-id": request_id} if request_id else {}
    if failure.retry_s is not None:
        headers["retry-after"] = str(min(LONGEST_RETRY_S, max(1, round(failure.retry_s))))
    if failure.retry is not None:
        headers["x-should-retry"] = "true" if failure.retry else "false"
    if failure.status == UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return failure.status, headers, error_body(failure)


def error_body(failure: Failure) -> dict[str, Any]:
    """Return the object that OpenAI's clients read a failure from."""
    error = {
        "message": failure.sentence,
        "type": KINDS.get(failure.kind, failure.kind),
        "param": failure.field,
        "code": failure.code,
    }
    return {"error": error}


def param_of(field: str | None, body: Mapping[str, Any]) -> str | None:
    """Return the client's own key for a setting that was found to be wrong.

    Args:
        field: The setting by our name.
        body: What the client sent.
    """
    if field is None or field in body:
        return field
    if field in SIZES and "size" in body:
        return "size"
    if field in {"batch_size", "batch_count"} and "n" in body:
        return "n"
    return next((alias for alias, name in ALIASES.items() if name == field and alias in body), field)
