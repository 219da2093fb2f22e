"""Failures in the shape of the web interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawthings.apps.http.failure import LEFT, RATE

if TYPE_CHECKING:
    from drawthings.apps.http.failure import Failure

UNPROCESSABLE, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE = 422, 404, 401, 503
KINDS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    413: "TooLarge",
    422: "Unprocessable",
}
KINDS |= {429: "QueueFull", 500: "Failed", 501: "NotImplemented", 503: "ServerUnavailable", 504: "TimedOut"}


def render_failure(failure: Failure, request_id: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Return status, headers and body of a failure.

    A wrong value is 422 there, and a sampler that does not exist 404. Programs show ``detail`` or ``errors``, so both
    have the whole sentence.

    Args:
        failure: What went wrong.
        request_id: What the log calls the request.
    """
    status = UNAVAILABLE if failure.status == LEFT else failure.status
    if status == 400:  # noqa: PLR2004 - what every other dialect says
        status = NOT_FOUND if failure.field == "sampler_name" else UNPROCESSABLE
    headers = {"x-request-id": request_id} if request_id else {}
    if failure.retry_s is not None:
        headers["retry-after"] = str(max(1, round(failure.retry_s)))
    if status == UNAUTHORIZED:
        headers["www-authenticate"] = 'Basic realm="drawthings"'
    sentence = failure.sentence
    kind = "RateExceeded" if failure.code == RATE else KINDS.get(status, failure.kind)
    body = {"error": kind, "detail": sentence, "body": "", "errors": sentence}
    return status, headers, body
