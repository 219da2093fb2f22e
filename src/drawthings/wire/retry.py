"""Whether and when to try again what failed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from drawthings.errors import TimedOut, TlsMismatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.errors import ServerError

logger = logging.getLogger("drawthings.wire")

# The connection is not there or broke, or a quota is used up. Not among them: what the server answered after thinking
# about it (INTERNAL, UNKNOWN), which it would answer again, and time that is over, which the user limited.
WORTHWHILE: Final = {None, "UNAVAILABLE", "RESOURCE_EXHAUSTED"}


def pause_before_next(error: ServerError, pauses: Iterator[float], *, reused: bool = False) -> float | None:
    """Decide whether to try again.

    Args:
        error: What went wrong, with nothing produced yet.
        pauses: Seconds before each further try, as ``Retry.pauses`` yields them.
        reused: The call went over a connection that had been open before. A failed TLS handshake then only means that
            the server came back with another certificate or without any, and a new look tells which.

    Returns:
        The seconds to wait first, or None to give up.
    """
    changed = reused and type(error) is TlsMismatch
    over = isinstance(error, TimedOut) or error.details.get("waited", False)
    if not ((error.retryable and not over and error.code in WORTHWHILE) or changed):
        return None
    pause_s = next(pauses, None)
    if pause_s is not None:
        logger.debug("%s Trying again in %g s.", error, pause_s)
    return pause_s
