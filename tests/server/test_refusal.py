from __future__ import annotations

import grpc

from barecalls import Running, order
from drawthings.server.refusal import LONGEST_DETAILS, Refusal, plain, wrong_secret


def test_a_wrong_secret_looks_like_any_error():
    refusal = wrong_secret()
    assert (refusal.code, refusal.details) == (grpc.StatusCode.INTERNAL, "unknown error processing request")


def test_whatever_a_client_sent_becomes_one_short_line():
    assert plain("a\nb\x1b[31m\0ü") == "a?b?[31m?ü"
    long = plain("x" * 5000)
    assert len(long) == LONGEST_DETAILS
    assert long.endswith("…")
    assert str(Refusal(grpc.StatusCode.ABORTED, "x\ny")) == "x?y"


def test_a_name_of_any_length_comes_back_shortened(strict: Running):
    code, details = strict[1].refusal(order(model="m" * 100_000 + "\n"))
    assert code is grpc.StatusCode.NOT_FOUND
    assert details.startswith("The model mmm")
    assert len(details) == LONGEST_DETAILS
