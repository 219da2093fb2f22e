"""Whether and when to try again what failed.

A question that changes nothing (``Echo``, ``FilesExist`` …) is asked again whenever the connection is not there or
broke. A generation and an upload are not: what makes the server fall over before its first message would make it fall
over as often as it gets up. They are repeated only where the server cannot have begun to work on them:

- The connection never came about: the look at the server found nobody, or gRPC found none of its addresses to connect
  to, in the words that ``status.NOT_CONNECTED`` knows. gRPC has no code for it, and the state of a channel tells of the
  present only. A connection that broke says something else ("Socket closed"), and whatever was sent may have arrived.
- The handshake of TLS failed on a connection that had worked before: nothing is sent before its end.
- The server says itself that it is full (RESOURCE_EXHAUSTED): it lives, and has not begun.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from drawthings.errors import Exhausted, TimedOut, TlsMismatch, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.errors import ServerError

logger = logging.getLogger("drawthings.wire")

# The connection is not there or broke, or a quota is used up. Not among them: what the server answered after thinking
# about it (INTERNAL, UNKNOWN), which it would answer again, and time that is over, which the user limited.
WORTHWHILE: Final = {None, "UNAVAILABLE", "RESOURCE_EXHAUSTED"}


def pause_before_next(
    error: ServerError, pauses: Iterator[float], *, reused: bool = False, harmless: bool = True
) -> float | None:
    """Decide whether to try again.

    Args:
        error: What went wrong, with nothing produced yet.
        pauses: Seconds before each further try, as ``Retry.pauses`` yields them.
        reused: The call went over a connection that had been open before. A failed TLS handshake then only means that
            the server came back with another certificate or without any, and a new look tells which.
        harmless: The call may reach the server twice; otherwise only what cannot have reached it is sent again.

    Returns:
        The seconds to wait first, or None to give up.
    """
    changed = reused and type(error) is TlsMismatch
    over = isinstance(error, TimedOut) or error.details.get("waited", False)
    worthwhile = error.retryable and not over and error.code in WORTHWHILE
    if not harmless:
        worthwhile = worthwhile and isinstance(error, Unreachable | Exhausted)
    if not (worthwhile or changed):
        return None
    pause_s = next(pauses, None)
    if pause_s is not None:
        logger.debug("%s Trying again in %g s.", error, pause_s)
    return pause_s
