from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import grpc
import pytest

from barecalls import SLOW_MS, V1, Raw, Serve, order, picture, pictures, signposts
from drawthings._generated import imageService_pb2 as pb
from drawthings.server.counts import Counts
from drawthings.server.options import ServerOptions
from drawthings.server.pace import MADE_TO_FAIL, Pace
from drawthings.server.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

OTHER = "z_image_turbo_1.0_q6p.ckpt"


def pace(**options: object) -> Pace:
    return Pace(ServerOptions(**options), Counts())  # type: ignore[arg-type]


def failing(count: int, **options: object) -> list[int]:
    """Return the numbers of the generations that fail."""
    one, found = pace(**options), []
    for number in range(1, count + 1):
        try:
            one.check(number)
        except Refusal as refusal:
            assert refusal.details == MADE_TO_FAIL  # noqa: PT017 - only some of them fail
            found.append(number)
    return found


def elapsed_s(raw: Raw, requests: Sequence[pb.ImageGenerationRequest]) -> float:
    started_s = time.monotonic()
    for request in requests:
        assert pictures(raw.generate(request))
    return time.monotonic() - started_s


# --------------------------------------------------------------------------------------------------------- time


class Waits(threading.Event):
    """An event that notes how long it was waited for, and does not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.seconds.append(timeout)
        return False


def test_steps_take_at_least_their_time(serve: Serve):
    _, raw = serve(ms_per_step=100)
    assert elapsed_s(raw, [order(steps=8)]) >= 0.8


def test_painting_counts_for_the_time_of_a_step(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(time, "monotonic", lambda: 10.03)
    waits = Waits()
    slow = pace(ms_per_step=100)
    slow.step(10.0, waits)
    slow.step(10.0, waits, share=0.5)
    slow.step(9.5, waits)
    assert waits.seconds == pytest.approx([0.07, 0.02])


def test_nobody_else_waits_for_a_slow_generation(serve: Serve):
    server, raw = serve(ms_per_step=SLOW_MS)
    call = raw.GenerateImage(order(steps=20))
    while signposts([next(call)]) != ["sampling 0"]:
        pass
    assert raw.Echo(pb.EchoRequest(name="you"), timeout=5).message == "HELLO you"
    call.cancel()
    # The line is free at once; a minute has not passed.
    assert server._line is not None
    assert server._line.wait_for_all(10)
    assert server.generations == 0


def test_another_model_has_to_be_loaded(serve: Serve):
    server, raw = serve(model_switch_ms=250)
    assert elapsed_s(raw, [order(steps=1)]) >= 0.25
    elapsed_s(raw, [order(steps=1, model=V1)] * 2)
    assert server.model_switches == 1
    sampler = {"sampler": 15}
    assert elapsed_s(raw, [order(steps=1, model=OTHER, **sampler), order(steps=1)]) >= 0.5
    assert server.model_switches == 3
    assert server.generations == 5


def test_a_model_that_is_loaded_takes_no_time():
    waits, one = Waits(), pace(model_switch_ms=250)
    for model in ("a", "a", "b", "b", "a"):
        one.load(model, waits)
    assert waits.seconds == [0.25] * 3


def test_loading_can_be_cancelled(serve: Serve):
    server, raw = serve(model_switch_ms=SLOW_MS)
    with server.intercept() as script:
        call = raw.GenerateImage(order())
        while not script.calls:
            raw.Hours(pb.HoursRequest())
    call.cancel()
    assert server._line is not None
    assert server._line.wait_for_all(10)
    assert server.generations == 0


# ----------------------------------------------------------------------------------------------------- failures


def test_the_share_that_fails_is_about_what_was_asked_for():
    found = failing(5000, fail_rate=0.04)
    assert 150 < len(found) < 250
    assert failing(100) == []
    assert failing(100, fail_rate=1) == list(range(1, 101))


def test_the_seed_decides_which_ones_fail():
    first = failing(500, fail_rate=0.1, fail_seed=3)
    assert failing(500, fail_rate=0.1, fail_seed=3) == first
    assert failing(500, fail_rate=0.1, fail_seed=4) != first


@pytest.mark.parametrize("steps", [1, 4])
def test_a_generation_fails_in_its_middle_and_the_next_one_does_not(serve: Serve, steps: int):
    options = {"fail_rate": 0.5, "fail_seed": 3}
    assert failing(2, **options) == [1]
    server, raw = serve(**options)
    call = raw.GenerateImage(order(steps=steps))
    seen = []
    with pytest.raises(grpc.RpcError) as caught:
        seen.extend(call)
    assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.INTERNAL, MADE_TO_FAIL)
    assert signposts(seen)[-1] == f"sampling {(steps - 1) // 2}"
    assert pictures(raw.generate(order(steps=steps)))
    assert server.generations == 1


def test_what_has_no_steps_fails_too(serve: Serve):
    _, raw = serve(fail_rate=1)
    request = order(image=picture(), strength=0.0, upscaler="realesrgan_x2plus_f16.ckpt")
    assert raw.refusal(request) == (grpc.StatusCode.INTERNAL, MADE_TO_FAIL)


# ------------------------------------------------------------------------------------------------------ counting


def test_counts_add_up():
    counts = Counts()
    assert [counts.begin(), counts.begin()] == [1, 2]
    for here in (1, 3, 2):
        counts.see(here)
    counts.finish()
    counts.switch()
    counts.crash()
    assert (counts.begun, counts.done, counts.most_at_once) == (2, 1, 3)
    assert (counts.model_switches, counts.crashes) == (1, 1)


def test_one_after_another_is_never_two_at_once(serve: Serve):
    server, raw = serve()
    with server.intercept() as script:
        # However a call ends, its client may send the next one as soon as it knows.
        script.normal()
        script.fail("GenerateImage", grpc.StatusCode.INTERNAL, after_images=1)
        script.break_chunk()
        script.empty_result()
        for _ in range(4):
            call = raw.GenerateImage(order(steps=1, batch_size=2))
            try:
                list(call)
            except grpc.RpcError as error:
                assert error.code() is grpc.StatusCode.INTERNAL  # noqa: PT017 - only one of them fails
    for _ in range(20):
        raw.generate(order(steps=1, width=64, height=64))
    assert server.most_at_once == 1


def test_two_at_once_are_counted_even_if_one_waits_in_line(serve: Serve):
    server, raw = serve(ms_per_step=SLOW_MS)
    calls = [raw.GenerateImage(order())]
    next(calls[0])
    calls.append(raw.GenerateImage(order()))
    deadline = threading.Event()
    while server.most_at_once < 2 and not deadline.wait(0.01):
        raw.Hours(pb.HoursRequest(), timeout=5)
    for call in calls:
        call.cancel()
    assert server.most_at_once == 2
