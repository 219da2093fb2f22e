"""Everything that gRPC can report, as errors of this package. Nothing of gRPC's own leaves the room.

=====================  ==========================================================================================
gRPC says              we raise
=====================  ==========================================================================================
CANCELLED              ``Cancelled``
UNKNOWN                ``ServerCrashed``
INVALID_ARGUMENT       ``Rejected``
DEADLINE_EXCEEDED      ``TimedOut``
NOT_FOUND              ``Rejected``
ALREADY_EXISTS         ``Rejected``
PERMISSION_DENIED      ``Rejected``; ``Exhausted`` where the reason is a throttle policy
RESOURCE_EXHAUSTED     ``Exhausted``; ``Rejected`` where the message is larger than the server takes
FAILED_PRECONDITION    ``Rejected``
ABORTED                ``Exhausted``
OUT_OF_RANGE           ``Rejected``
UNIMPLEMENTED          ``Rejected``: no Draw Things server
INTERNAL               ``ServerCrashed``; for a shared secret see below
UNAVAILABLE            ``Unreachable`` where there was no connection, ``ServerCrashed`` where it broke or the server
                       was stopped, ``TlsMismatch`` where the TLS handshake failed
DATA_LOSS              ``Rejected``
UNAUTHENTICATED        ``SecretRequired``
OK, none               ``ServerCrashed``: the call ended well, but without its answer
=====================  ==========================================================================================

The official server reports a wrong shared secret, like everything that it did not foresee, as INTERNAL with the text
"unknown error processing request". This becomes ``SecretRequired`` where the server's greeting says that the secret is
missing, or where one was sent and no greeting says otherwise; else ``Rejected``.

Source: ``GRPCStatus.swift`` (``processingError``) and ``GRPCError.swift`` of grpc-swift 1, ``ProxyCPUServer.swift``;
which code the official server sends for a wrong secret was read there, not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import grpc
import grpc.aio

from drawthings.errors import (
    Cancelled,
    Exhausted,
    Rejected,
    SecretRequired,
    ServerCrashed,
    ServerError,
    TimedOut,
    TlsMismatch,
    Unreachable,
)

if TYPE_CHECKING:
    from drawthings.settings import Secret

Code = grpc.StatusCode

PROCESSING_ERROR: Final = "unknown error processing request"
LONGEST_DETAILS: Final = 600

NOT_CONNECTED: Final = ("failed to connect to all addresses", "connections to all backends failing")
"""How gRPC begins to say that a connection never came about, so that nothing of the call has left this machine."""

GIVE_IT: Final = "Set DRAWTHINGS_SECRET, point DRAWTHINGS_SECRET_FILE to a file with it, or pass secret=…."
READ_LOG: Final = "Look at the server's log; it may have run out of memory. If it restarts it can be asked again."
BROKEN: Final = "It was stopped, ran out of memory, or the network failed; its log tells. If it is back, ask again."
CHANGE_IT: Final = "Change what its reason names."
LATER: Final = "Try again later."


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of a status.

    Attributes:
        kind: The error to raise.
        message: Its text, with places for ``address``, ``call``, ``when`` and ``said`` (the server's own words)
            and ``limit``.
        hint: What the user can do.
    """

    kind: type[ServerError]
    message: str
    hint: str


CRASHED: Final = Rule(ServerCrashed, "The server {address} broke {when} {call}{said}.", READ_LOG)
UNANSWERED: Final = Rule(ServerCrashed, "The server {address} ended {call} without an answer{said}.", READ_LOG)
LIMITED: Final = Rule(Exhausted, "The server {address} has reached a limit{said}.", LATER)
REFUSED: Final = Rule(Rejected, "The server {address} refused {call}{said}.", CHANGE_IT)

BY_CODE: Final[dict[grpc.StatusCode | None, Rule]] = {
    None: UNANSWERED,
    Code.OK: UNANSWERED,
    Code.CANCELLED: Rule(
        Cancelled, "{call} to the server {address} was cancelled{said}.", "Ask again if it was not meant."
    ),
    Code.UNKNOWN: CRASHED,
    Code.INVALID_ARGUMENT: REFUSED,
    Code.DEADLINE_EXCEEDED: Rule(
        TimedOut, "The server {address} did not answer {call} within {limit}{said}.", "It may be busy; try again later."
    ),
    Code.NOT_FOUND: replace(REFUSED, hint="`drawthings models list` shows what it has."),
    Code.ALREADY_EXISTS: replace(REFUSED, hint="It is there already."),
    Code.PERMISSION_DENIED: replace(REFUSED, hint="Ask who runs the server."),
    Code.RESOURCE_EXHAUSTED: LIMITED,
    Code.FAILED_PRECONDITION: REFUSED,
    Code.ABORTED: LIMITED,
    Code.OUT_OF_RANGE: REFUSED,
    Code.UNIMPLEMENTED: Rule(
        Rejected,
        "The server {address} does not know {call}{said}.",
        "It is no Draw Things server, or a very old one. The gRPC port is 7859 unless told otherwise.",
    ),
    Code.INTERNAL: CRASHED,
    Code.UNAVAILABLE: replace(CRASHED, hint=BROKEN),
    Code.DATA_LOSS: replace(REFUSED, hint="What arrived there is not what was sent; try again."),
    Code.UNAUTHENTICATED: Rule(SecretRequired, "The server {address} wants to know who asks{said}.", GIVE_IT),
}
"""What each status code becomes; the table above in code."""

BY_TEXT: Final[tuple[tuple[grpc.StatusCode | None, tuple[str, ...], Rule], ...]] = (
    (
        Code.PERMISSION_DENIED,
        ("throttlepolicy",),
        Rule(Exhausted, "The server {address} limits how much one may ask{said}.", LATER),
    ),
    (
        Code.RESOURCE_EXHAUSTED,
        ("exceeds limit", "larger than max"),
        Rule(
            Rejected,
            "The request is larger than the server {address} takes{said}.",
            "Send smaller or fewer pictures; the official server takes 1 GiB.",
        ),
    ),
    (
        Code.UNAVAILABLE,
        ("handshake failed", "verification check failed"),
        Rule(
            TlsMismatch,
            "The TLS handshake with the server {address} failed{said}.",
            "Its certificate may just have been changed; try again.",
        ),
    ),
    (
        None,
        ("http2 header with status",),
        Rule(
            Rejected,
            "The server {address} answers HTTP but not gRPC{said}.",
            "Check the port; a web server or a proxy may stand there.",
        ),
    ),
    (
        Code.UNAVAILABLE,
        ("cancelling all calls", "stopped by"),
        Rule(
            ServerCrashed,
            "The server {address} was stopped {when} {call}{said}.",
            "Whoever runs it has ended it; start it, and ask again.",
        ),
    ),
    (
        Code.UNAVAILABLE,
        NOT_CONNECTED,
        Rule(
            Unreachable,
            "The server {address} cannot be reached{said}.",
            "Check that it runs, the address and the firewall.",
        ),
    ),
)
"""Where the text says more than the code (None: any code): one of the words is enough, the first fitting row counts."""


class SilentError(Exception):
    """A stream said nothing for too long and was cancelled; stays inside ``wire``."""


class ClosedError(Exception):
    """The channel was closed while, or before, a call was under way; stays inside ``wire``."""


FAILURES: Final = (
    grpc.RpcError,
    grpc.FutureCancelledError,
    grpc.FutureTimeoutError,
    grpc.aio.BaseError,
    SilentError,
    ClosedError,
)
"""Everything that a call can raise, but for what stops the program or the task."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known when a call fails.

    Attributes:
        address: The server.
        call: The name of the call.
        secret: What was sent as shared secret.
        secret_missing: What the server's greeting said about it; None when it was not asked.
        answered: Whether a part of the answer had arrived.
        limit_s: How long was waited at most, None without a limit.
    """

    address: str
    call: str = "the call"
    secret: Secret | None = None
    secret_missing: bool | None = None
    answered: bool = False
    limit_s: float | None = None


def error_from(failure: BaseException, about: Circumstances) -> ServerError:
    """Turn anything that a call raised into an error of this package.

    Args:
        failure: One of ``FAILURES``, or anything else.
        about: What is known.
    """
    if isinstance(failure, SilentError):
        return TimedOut(
            f"The server {about.address} said nothing for {_limit(about)} during {about.call}.",
            hint="It may be busy with other jobs, loading a model, or stuck; silence_s sets another limit.",
            address=about.address,
            code=Code.DEADLINE_EXCEEDED.name,
        )
    if isinstance(failure, grpc.FutureTimeoutError):
        return error_for(Code.DEADLINE_EXCEEDED, "", about)
    if isinstance(failure, ClosedError | grpc.FutureCancelledError | grpc.aio.UsageError):
        return error_for(Code.CANCELLED, "the connection was closed", about)
    code, details = status_of(failure)
    return error_for(code, details, about)


def status_of(failure: BaseException) -> tuple[grpc.StatusCode | None, str]:
    """Return the code and the text that a gRPC error carries, as far as it does."""
    if not isinstance(failure, grpc.Call | grpc.aio.AioRpcError):
        return None, str(failure) or type(failure).__name__
    return failure.code(), failure.details() or ""


def is_processing_error(failure: BaseException) -> bool:
    """Tell whether the official server failed in the way it does for a wrong secret, among others."""
    code, details = status_of(failure)
    return code is Code.INTERNAL and PROCESSING_ERROR in details.lower()


def error_for(code: grpc.StatusCode | None, details: str | None, about: Circumstances) -> ServerError:
    """Turn a status into an error of this package.

    Args:
        code: The status code; None when there is none.
        details: The server's or gRPC's text.
        about: What is known.

    Returns:
        An error whose ``code`` is the name of the status code. The secret does not stand in it, even where the server
        put it into its text.
    """
    text = _readable(details, about.secret)
    rule = _rule(code, text, about)
    message = rule.message.format(
        address=about.address,
        call=about.call,
        when="in the middle of its answer to" if about.answered else "on",
        said=f": {text}" if text else "",
        limit=_limit(about),
    )
    return rule.kind(message, hint=rule.hint, address=about.address, code=None if code is None else code.name)


def _rule(code: grpc.StatusCode | None, text: str, about: Circumstances) -> Rule:
    low = text.lower()
    if code is Code.INTERNAL and PROCESSING_ERROR in low:
        return _processing_error(about)
    for row, words, rule in BY_TEXT:
        if row in {code, None} and any(word in low for word in words):
            return BY_CODE[Code.UNAVAILABLE] if rule.kind is Unreachable and about.answered else rule
    return BY_CODE.get(code, CRASHED)


def _processing_error(about: Circumstances) -> Rule:
    if about.secret_missing or (about.secret and about.secret_missing is None):
        state = "probably not the one it wants" if about.secret else "missing"
        return Rule(
            SecretRequired, "The server {address} failed on {call}: the shared secret is " + state + ".", GIVE_IT
        )
    return Rule(
        Rejected,
        "The server {address} failed on {call} and gave no reason{said}.",
        "The official server says this for every error that it did not foresee; look at its log.",
    )


def _readable(details: str | None, secret: Secret | None) -> str:
    text = details or ""
    if secret:
        text = text.replace(secret.reveal(), str(secret))
    text = "".join(one if one.isprintable() else " " for one in text).strip(" .")
    return text if len(text) <= LONGEST_DETAILS else text[:LONGEST_DETAILS] + " …"


def _limit(about: Circumstances) -> str:
    return "the time allowed" if about.limit_s is None else f"{about.limit_s:g} s"
