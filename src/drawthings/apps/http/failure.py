"""What went wrong, as an HTTP status and as words, before a dialect puts it into its own shape."""

from __future__ import annotations

from dataclasses import dataclass

from drawthings.errors import (
    Cancelled,
    ConfigError,
    DrawThingsError,
    Exhausted,
    GatewayError,
    InputError,
    ModelNotFound,
    RateExceeded,
    SecretRequired,
    ServerError,
    StreamError,
    TimedOut,
    TlsMismatch,
    Unreachable,
)

BAD, NOT_FOUND, TOO_MANY, BROKEN, AWAY, TOO_LATE = 400, 404, 429, 500, 503, 504
RATE = "rate_limit_exceeded"
LEFT = 499
"""What logs say of clients that did not wait for their answer."""

CODES = {
    401: "invalid_api_key",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    408: "body_too_slow",
    413: "payload_too_large",
    415: "unsupported_media_type",
    421: "unknown_host",
    429: "queue_full",
    501: "not_implemented",
    503: "server_unavailable",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong.

    Attributes:
        status: The HTTP status.
        code: A short name for programs.
        kind: ``invalid_request``, ``rate_limit`` or ``server``.
        message: One sentence.
        hint: The way out, or an empty text.
        field: The setting or argument it is about, or None.
        retry_s: After how many seconds to ask again, or None.
        retry: Whether asking again makes sense; None leaves it to the client.
    """

    status: int
    code: str
    kind: str
    message: str
    hint: str = ""
    field: str | None = None
    retry_s: float | None = None
    retry: bool | None = None

    @property
    def sentence(self) -> str:
        """Message and hint together."""
        return f"{self.message} {self.hint}".strip()


def failure_of(error: BaseException) -> Failure:
    """Return what an error is to an HTTP client.

    What is wrong with a request is 4xx. What went wrong while it was made is 5xx and is not to be tried again by
    itself: clients post such a request three times, and each takes minutes of a server. Only where nothing was begun
    they may.
    """
    if not isinstance(error, DrawThingsError):
        return Failure(BROKEN, "internal_error", "server", f"The gateway broke: {type(error).__name__}.", retry=False)
    status, code, retry = _placed(error)
    kind = "rate_limit" if status == TOO_MANY else "server" if status >= BROKEN else "invalid_request"
    details = error.details
    return Failure(
        status,
        code,
        kind,
        error.message,
        error.hint,
        details.get("field") if isinstance(details.get("field"), str) else None,
        details.get("retry_s") or (10.0 if status == AWAY else None),
        retry,
    )


def _placed(error: DrawThingsError) -> tuple[int, str, bool | None]:
    """Return status, code, and whether to try again."""
    if isinstance(error, GatewayError):
        status = int(error.status)
        retry = error.retryable if status >= BROKEN or status == TOO_MANY else None
        code = CODES.get(status, "bad_request" if status < BROKEN else "generation_failed")
        return status, RATE if isinstance(error, RateExceeded) else code, retry
    found = next((place for kind, place in PLACES.items() if isinstance(error, kind)), None)
    return found or (BROKEN, "internal_error", False)


PLACES: dict[type[DrawThingsError], tuple[int, str, bool | None]] = {
    ModelNotFound: (NOT_FOUND, "model_not_found", None),
    InputError: (BAD, "invalid_image", None),
    ConfigError: (BAD, "invalid_value", None),
    TimedOut: (TOO_LATE, "deadline", False),
    Cancelled: (LEFT, "cancelled", False),
    Unreachable: (AWAY, "server_unavailable", True),
    Exhausted: (AWAY, "server_unavailable", True),
    TlsMismatch: (AWAY, "server_unavailable", False),
    SecretRequired: (AWAY, "server_unavailable", False),
    StreamError: (BROKEN, "generation_failed", False),
    ServerError: (BROKEN, "generation_failed", False),
}
"""Status, code, and whether to try again, of each kind of error; the first that fits counts."""
