from __future__ import annotations

import asyncio
import pickle
import re
from typing import Any

import grpc
import grpc.aio
import pytest

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
from drawthings.settings import Secret
from drawthings.wire import status
from drawthings.wire.status import BY_CODE, Circumstances, ClosedError, SilentError, error_for, error_from

ABOUT = Circumstances("gpu:1", "Echo", limit_s=3)
SECRET = Secret("hunter2")
Code = grpc.StatusCode

EXPECTED = {
    Code.OK: ServerCrashed,
    Code.CANCELLED: Cancelled,
    Code.UNKNOWN: ServerCrashed,
    Code.INVALID_ARGUMENT: Rejected,
    Code.DEADLINE_EXCEEDED: TimedOut,
    Code.NOT_FOUND: Rejected,
    Code.ALREADY_EXISTS: Rejected,
    Code.PERMISSION_DENIED: Rejected,
    Code.RESOURCE_EXHAUSTED: Exhausted,
    Code.FAILED_PRECONDITION: Rejected,
    Code.ABORTED: Exhausted,
    Code.OUT_OF_RANGE: Rejected,
    Code.UNIMPLEMENTED: Rejected,
    Code.INTERNAL: ServerCrashed,
    Code.UNAVAILABLE: ServerCrashed,
    Code.DATA_LOSS: Rejected,
    Code.UNAUTHENTICATED: SecretRequired,
}


@pytest.mark.parametrize("code", [*Code, None])
@pytest.mark.parametrize("details", ["the reason.", "", None])
def test_every_code_has_its_error(code: grpc.StatusCode | None, details: str | None):
    error = error_for(code, details, ABOUT)
    assert type(error) is EXPECTED.get(code, ServerCrashed)
    assert code in BY_CODE
    assert "gpu:1" in str(error)
    assert ("the reason" in str(error)) == bool(details)
    assert str(error).endswith(".")
    assert not str(error).endswith("..")
    assert error.hint
    assert error.address == "gpu:1"
    assert error.code == (code.name if code else None)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - our own bytes


def test_the_table_in_the_docstring_is_the_one_in_the_code():
    documented = dict(re.findall(r"^([A-Z_]+)\s+``(\w+)``", status.__doc__ or "", re.MULTILINE))
    assert documented.pop("UNAVAILABLE") == "Unreachable"
    expected = {code.name: kind.__name__ for code, kind in EXPECTED.items()}
    assert documented == {name: kind for name, kind in expected.items() if name not in {"OK", "UNAVAILABLE"}}


def test_a_code_of_the_future_is_a_crash():
    assert type(status._rule("NEW", "", ABOUT).kind) is type  # type: ignore[arg-type]
    assert status._rule("NEW", "", ABOUT).kind is ServerCrashed  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "details", "kind", "message"),
    [
        (Code.UNAVAILABLE, "failed to connect to all addresses; last error: x", Unreachable, "cannot be reached"),
        (Code.UNAVAILABLE, "connections to all backends failing; last error: x", Unreachable, "cannot be reached"),
        # What somebody else could not connect to has been reached itself.
        (Code.UNAVAILABLE, "upstream: Connection refused", ServerCrashed, "broke on Echo: upstream"),
        (Code.UNAVAILABLE, "Cancelling all calls", ServerCrashed, "The server gpu:1 was stopped on Echo"),
        (Code.UNAVAILABLE, "stopped by SIGTERM", ServerCrashed, "was stopped on Echo: stopped by SIGTERM"),
        (Code.UNAVAILABLE, "Socket closed", ServerCrashed, "broke on Echo: Socket closed"),
        (
            Code.UNAVAILABLE,
            "failed to connect to all addresses; last error: Tls handshake failed (TSI_PROTOCOL_FAILURE)",
            TlsMismatch,
            "handshake with the server gpu:1 failed",
        ),
        (
            Code.UNAVAILABLE,
            "failed to connect to all addresses; last error: Hostname Verification Check failed.",
            TlsMismatch,
            "handshake",
        ),
        (
            Code.RESOURCE_EXHAUSTED,
            "Payload length exceeds limit (2 > 1)",
            Rejected,
            "larger than the server gpu:1 takes: Payload length",
        ),
        (Code.RESOURCE_EXHAUSTED, "Received message larger than max (5 vs. 4)", Rejected, "larger than the server"),
        (
            Code.PERMISSION_DENIED,
            "user failed to pass throttlePolicy, day in 100",
            Exhausted,
            "limits how much",
        ),
        (Code.UNIMPLEMENTED, "Received http2 header with status: 404", Rejected, "answers HTTP but not gRPC"),
        (Code.UNAVAILABLE, "Received http2 header with status: 502", Rejected, "answers HTTP but not gRPC"),
        (Code.UNIMPLEMENTED, "Method not found", Rejected, "does not know Echo"),
        (Code.DEADLINE_EXCEEDED, "Deadline Exceeded", TimedOut, "did not answer Echo within 3 s"),
    ],
)
def test_the_text_says_more_than_the_code(code: grpc.StatusCode, details: str, kind: type, message: str):
    error = error_for(code, details, ABOUT)
    assert type(error) is kind
    assert message in str(error)
    assert error.hint


def test_a_connection_that_breaks_in_the_middle_is_a_crash():
    about = Circumstances("gpu:1", "GenerateImage", answered=True)
    for details in ("failed to connect to all addresses", "Socket closed"):
        error = error_for(Code.UNAVAILABLE, details, about)
        assert type(error) is ServerCrashed
        assert "in the middle of its answer to GenerateImage" in str(error)


@pytest.mark.parametrize(
    ("secret", "missing", "kind", "message"),
    [
        (None, None, Rejected, "gave no reason"),
        (None, False, Rejected, "gave no reason"),
        (None, True, SecretRequired, "the shared secret is missing"),
        (SECRET, None, SecretRequired, "probably not the one"),
        (SECRET, True, SecretRequired, "probably not the one"),
        (SECRET, False, Rejected, "gave no reason"),
    ],
)
def test_a_processing_error_is_mostly_a_wrong_secret(secret: Any, missing: Any, kind: type, message: str):
    about = Circumstances("gpu:1", "Echo", secret, secret_missing=missing)
    error = error_for(Code.INTERNAL, "unknown error processing request", about)
    assert type(error) is kind
    assert message in str(error)
    assert type(error_for(Code.INTERNAL, "something else", about)) is ServerCrashed


@pytest.mark.parametrize("code", list(Code))
def test_the_secret_stands_in_no_error_even_if_the_server_says_it(code: grpc.StatusCode):
    error = error_for(code, "the secret hunter2 is wrong", Circumstances("gpu:1", "Echo", SECRET))
    assert "hunter2" not in str(error) + error.hint + repr(error) + str(error.details)


def test_the_servers_words_are_made_fit_to_be_shown():
    assert "a b  c" in str(error_for(Code.UNKNOWN, "a\nb\x1b\x00c", ABOUT))
    assert len(str(error_for(Code.UNKNOWN, "x" * 10_000, ABOUT))) < 1000
    assert "{address}" in str(error_for(Code.UNKNOWN, "{address}", ABOUT))


class _Call(grpc.RpcError, grpc.Call):
    """What the blocking form of gRPC raises."""

    def __init__(self, code: Any, details: str | None) -> None:
        self._code, self._details = code, details

    def code(self) -> Any:
        return self._code

    def details(self) -> str | None:
        return self._details


for _name in list(_Call.__abstractmethods__):
    setattr(_Call, _name, lambda *_: None)
_Call.__abstractmethods__ = frozenset()


@pytest.mark.parametrize("code", list(Code))
def test_both_forms_of_a_status_are_read(code: grpc.StatusCode):
    awaiting = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details="why")
    for failure in (_Call(code, "why"), awaiting):
        assert str(error_from(failure, ABOUT)) == str(error_for(code, "why", ABOUT))


@pytest.mark.parametrize(
    ("failure", "kind", "message"),
    [
        (SilentError(), TimedOut, "said nothing for 3 s during Echo"),
        (ClosedError(), Cancelled, "the connection was closed"),
        (grpc.FutureCancelledError(), Cancelled, "the connection was closed"),
        (grpc.FutureTimeoutError(), TimedOut, "within 3 s"),
        (grpc.aio.UsageError("Channel is closed."), Cancelled, "the connection was closed"),
        (grpc.aio.InternalError("odd"), ServerCrashed, "odd"),
        (grpc.aio.AbortError("odd"), ServerCrashed, "odd"),
        (grpc.aio.BaseError(), ServerCrashed, "BaseError"),
        (grpc.RpcError("bare"), ServerCrashed, "bare"),
        (_Call(None, None), ServerCrashed, "without an answer."),
    ],
)
def test_everything_that_a_call_can_raise_has_its_error(failure: Exception, kind: type, message: str):
    assert isinstance(failure, status.FAILURES)
    error = error_from(failure, ABOUT)
    assert type(error) is kind
    assert message in str(error)


def test_no_kind_of_error_that_grpc_defines_is_left_out():
    ours = (*status.FAILURES, asyncio.CancelledError)
    found = {
        item
        for module in (grpc, grpc.aio)
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, BaseException)
    }
    assert found
    assert not [kind for kind in found if not issubclass(kind, ours)]


def test_no_limit_can_be_told_too():
    assert "the time allowed" in str(error_from(SilentError(), Circumstances("gpu:1", "Echo")))
    assert isinstance(error_from(ValueError("x"), ABOUT), ServerError)
