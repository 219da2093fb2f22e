"""Strict or faithful: what happens where the official server would crash or quietly do something else.

A strict server refuses and says what the official one would have done. A faithful one does as the official one does:
it goes on without a word to the client, or drops the connection. Either way the log tells.
"""

from __future__ import annotations

import logging
from typing import NoReturn

import grpc

from drawthings.server.refusal import DROPPED, Refusal, plain

_log = logging.getLogger("drawthings.server")

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND


class Judge:
    """Decides what a flaw of a request leads to.

    Args:
        faithful: Whether to do as the official server does.
    """

    def __init__(self, *, faithful: bool) -> None:
        self.faithful = faithful

    def silent(self, flaw: str, official: str, *, code: grpc.StatusCode = INVALID) -> None:
        """Handle a flaw that the official server passes over; returns only when faithful.

        Args:
            flaw: What is wrong, as a sentence.
            official: What the official server does then, as the rest of a sentence that starts with its name.
            code: The status of the refusal.

        Raises:
            Refusal: The server is strict.
        """
        if not self.faithful:
            raise Refusal(code, f"{flaw} The official server {official}.")
        _log.warning("faithful: %s The official server %s, and so does this one.", plain(flaw), official)

    def crash(self, flaw: str, *, code: grpc.StatusCode = INVALID) -> NoReturn:
        """Handle a flaw that makes the official server crash.

        Args:
            flaw: What is wrong, as a sentence.
            code: The status of the refusal.

        Raises:
            Refusal: Always; a faithful server makes it look like a broken connection.
        """
        if not self.faithful:
            raise Refusal(code, f"{flaw} The official server crashes on this.")
        _log.error("faithful: %s The official server crashes here; the connection is dropped.", plain(flaw))
        raise Refusal(grpc.StatusCode.UNAVAILABLE, DROPPED)

    def odd(self, remark: str) -> None:
        """Log something that works as asked, but is likely to disappoint."""
        _log.warning("%s", plain(remark))
