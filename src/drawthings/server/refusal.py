"""How a call ends when it does not end well: a gRPC status and a sentence."""

from __future__ import annotations

import grpc

WRONG_SECRET = "unknown error processing request"  # noqa: S105 - the status text for it, no secret
"""What the official server says about any error that it did not expect, a wrong secret among them."""

DROPPED = "Socket closed"
"""What a gRPC client says when the connection broke."""


LONGEST_DETAILS = 1000
"""Characters of a status text; it travels in a header, where there is little room."""


def plain(text: str) -> str:
    """Return a text that may hold anything a client sent as one short line."""
    line = "".join(letter if letter.isprintable() else "?" for letter in text[: LONGEST_DETAILS + 1])
    return line if len(line) <= LONGEST_DETAILS else f"{line[: LONGEST_DETAILS - 1]}…"


class Refusal(Exception):
    """Ends a call with a status. It never leaves the server: the service turns it into gRPC's own way of saying so.

    Args:
        code: The status.
        details: One sentence.
    """

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        self.code = code
        self.details = plain(details)
        super().__init__(self.details)


def wrong_secret() -> Refusal:
    """Return how the official server refuses a wrong secret, everywhere but in ``Echo``.

    Source:
        `GRPCStatus.swift` of grpc-swift: an error that is no status becomes this one. Derived, not executed.
    """
    return Refusal(grpc.StatusCode.INTERNAL, WRONG_SECRET)
