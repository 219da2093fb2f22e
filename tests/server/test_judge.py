from __future__ import annotations

import logging

import grpc
import pytest

from drawthings.server.judge import NOT_FOUND, Judge
from drawthings.server.refusal import DROPPED, Refusal


def test_a_strict_judge_refuses_and_says_what_the_official_server_does():
    judge = Judge(faithful=False)
    with pytest.raises(Refusal) as caught:
        judge.silent("The sky is green.", "paints it blue")
    assert caught.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details == "The sky is green. The official server paints it blue."
    with pytest.raises(Refusal) as caught:
        judge.silent("There is no sky.", "paints one", code=NOT_FOUND)
    assert caught.value.code is grpc.StatusCode.NOT_FOUND
    with pytest.raises(Refusal) as caught:
        judge.crash("The sky fell.")
    assert caught.value.details == "The sky fell. The official server crashes on this."


def test_a_faithful_judge_does_the_same_and_only_the_log_tells(caplog: pytest.LogCaptureFixture):
    judge = Judge(faithful=True)
    judge.silent("The sky is green.", "paints it blue")
    assert "The sky is green. The official server paints it blue, and so does this one." in caplog.text
    with pytest.raises(Refusal) as caught:
        judge.crash("The sky fell.")
    assert (caught.value.code, caught.value.details) == (grpc.StatusCode.UNAVAILABLE, DROPPED)
    assert "The sky fell. The official server crashes here" in caplog.text


def test_what_is_odd_is_logged_by_both(caplog: pytest.LogCaptureFixture):
    for faithful in (True, False):
        with caplog.at_level(logging.WARNING, "drawthings.server"):
            Judge(faithful=faithful).odd("The sky is low.")
    assert caplog.text.count("The sky is low.") == 2
