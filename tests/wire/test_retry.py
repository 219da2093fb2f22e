from __future__ import annotations

import pytest

from drawthings.errors import (
    CertificateChanged,
    Exhausted,
    Rejected,
    ServerCrashed,
    ServerError,
    TimedOut,
    TlsMismatch,
    Unreachable,
)
from drawthings.wire.retry import pause_before_next


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (Unreachable("refused"), True),
        (Unreachable("refused", code="UNAVAILABLE"), True),
        (Unreachable("no answer", waited=True), False),
        (ServerCrashed("closed", code="UNAVAILABLE"), True),
        (ServerCrashed("threw", code="INTERNAL"), False),
        (ServerCrashed("threw", code="UNKNOWN"), False),
        (Exhausted("quota", code="RESOURCE_EXHAUSTED"), True),
        (Exhausted("queue", code="ABORTED"), False),
        (TimedOut("silent"), False),
        (TimedOut("late", code="DEADLINE_EXCEEDED"), False),
        (Rejected("no", code="RESOURCE_EXHAUSTED"), False),
        (TlsMismatch("handshake", code="UNAVAILABLE"), False),
    ],
)
def test_what_is_tried_again(error: ServerError, again: bool):
    assert pause_before_next(error, iter([1.5, 2])) == (1.5 if again else None)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (Unreachable("refused"), True),
        (Unreachable("no address to connect to", code="UNAVAILABLE"), True),
        (Exhausted("full", code="RESOURCE_EXHAUSTED"), True),
        (ServerCrashed("closed", code="UNAVAILABLE"), False),
        (Unreachable("no answer", waited=True), False),
    ],
)
def test_what_may_not_reach_the_server_twice_is_repeated_only_if_it_did_not(error: ServerError, again: bool):
    assert pause_before_next(error, iter([1]), harmless=False) == (1 if again else None)
    changed = TlsMismatch("handshake", code="UNAVAILABLE")
    assert pause_before_next(changed, iter([1]), reused=True, harmless=False) == 1


def test_no_more_pauses_no_more_tries():
    pauses = iter([1.5])
    error = Unreachable("refused")
    assert [pause_before_next(error, pauses), pause_before_next(error, pauses)] == [1.5, None]


def test_a_handshake_that_fails_on_an_old_connection_is_looked_into():
    assert pause_before_next(TlsMismatch("handshake", code="UNAVAILABLE"), iter([1]), reused=True) == 1
    assert pause_before_next(CertificateChanged("changed"), iter([1]), reused=True) is None
