"""What is known of a running job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drawthings.client.account import Account, amount, amount_of
from drawthings.request.plan import plan
from drawthings.request.wishes import Wishes
from drawthings.stream import events
from drawthings.wire.parcel import UploadStep
from smallserver import small_catalogue

if TYPE_CHECKING:
    from drawthings.client.answers import StreamEvent

SD15 = "realdream_15sd15_q6p_q8p.ckpt"


def account(**settings: object) -> Account:
    made = Account(0)
    made.expect(plan(small_catalogue(), Wishes(prompt="x", settings={"model": SD15, "steps": 10, **settings})), 1)
    return made


def words(event: StreamEvent) -> str:
    made = account()
    made.take(event, 2)
    return made.status(2).words


def test_before_anything_happens() -> None:
    made = Account(5)
    status = made.status(7)
    assert (status.words, status.share, status.left_s, status.elapsed_s) == ("asking the server", 0, None, 2)
    assert account().status(1).words == "waiting for the server"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (events.TextEncoded(progress=0.1), "prompt encoded"),
        (events.Sampling(3, 10, progress=0.3), "step 3 of 10"),
        (events.Sampling(3, progress=0.3), "step 3"),
        (events.SecondPassSampling(3, 10, progress=0.3), "second pass, step 3 of 10"),
        (events.ImageDecoded(progress=0.9), "decoded"),
        (events.DownloadExpected(12_600_000, progress=0.97), "receiving 12.6 MB"),
        (
            events.RemoteDownload(1_400_000_000, 3_200_000_000, 0, 2, progress=0.02),
            "the server downloads file 1 of 2, 1.4 of 3.2 GB",
        ),
        (events.RemoteDownload(1_400_000, 0, 0, 1, progress=0.02), "the server downloads file, 1.4 MB"),
        (events.ImageArrived(0, b"", progress=0.99), "picture received"),
        (events.AudioArrived(0, b"", progress=0.99), "sound received"),
    ],
)
def test_events_in_words(event: StreamEvent, expected: str) -> None:
    assert words(event) == expected


def test_previews_say_nothing_new() -> None:
    made = account()
    made.take(events.Sampling(3, 10, progress=0.3), 2)
    made.take(events.Preview(3, b"", progress=0.3), 2)
    assert made.status(2).words == "step 3 of 10"


def test_pictures_are_counted() -> None:
    made = account(batch_size=2, batch_count=2)
    made.take(events.DownloadExpected(4_000_000, progress=0.48), 2)
    made.take(events.ImageArrived(0, bytes(2_000_000), progress=0.49), 2)
    assert made.status(2).words == "1/2: picture 1 of 4 received, 2.0 of 4.0 MB"
    made.take(events.ImageArrived(3, b"", progress=0.99), 2)
    assert made.complete
    made.take(events.ImageArrived(4, b"", progress=0.99), 2)
    assert made.status(2).words.startswith("2/2: picture 5 received")


def test_the_time_left_is_told_for_the_steps_only() -> None:
    made = account()
    for step, now_s in enumerate((2, 4, 6, 8)):
        made.take(events.Sampling(step, 10, progress=step / 10), now_s)
    assert made.status(8).left_s == 14
    made.take(events.ImageDecoded(progress=0.9), 30)
    assert made.status(30).left_s is None


def test_further_requests_take_as_long_as_those_before() -> None:
    made = account(batch_count=3)
    for step, now_s in enumerate((2, 4, 6, 8)):
        made.take(events.Sampling(step, 10, progress=step / 30), now_s)
    assert made.status(8).left_s == 14 + 2 * 10 * 2
    made.take(events.Sampling(10, 10, progress=0.33), 21)
    made.take(events.Sampling(0, 10, progress=0.34), 25)
    # The first request took 24 s in all; of this one, the steps of 2 s are to come.
    assert made.status(25).words == "2/3: step 0 of 10"
    assert made.status(25).left_s == 20 + 24


def test_more_than_a_day_is_not_told() -> None:
    made = account()
    for step, now_s in enumerate((0, 1, 40_001, 80_001)):
        made.take(events.Sampling(step, 10, progress=step / 10), now_s)
    assert made.status(80_001).left_s is None


def test_a_download_on_the_server_has_its_own_bar_and_time() -> None:
    made = account()
    made.take(events.RemoteDownload(0, 1000, 0, 1, progress=0), 2)
    made.take(events.RemoteDownload(250, 1000, 0, 1, progress=0.025), 7)
    assert made.status(7).share == 0.25
    assert made.status(7).left_s == 15


def test_an_upload() -> None:
    made = Account(0)
    made.take_upload(UploadStep("hashing", "lora.ckpt", 0, 10_000_000), 1)
    assert made.status(1).words == "reading lora.ckpt"
    made.take_upload(UploadStep("sending", "lora.ckpt", 0, 10_000_000), 1)
    made.take_upload(UploadStep("sending", "lora.ckpt", 2_500_000, 10_000_000), 3)
    status = made.status(3)
    assert (status.words, status.share, status.left_s) == ("sending lora.ckpt, 2.5 of 10.0 MB", 0.25, 6)
    made.take_upload(UploadStep("done", "lora.ckpt", 10_000_000, 10_000_000, sent=True), 9)
    assert (made.status(9).words, made.status(9).left_s) == ("sent lora.ckpt", None)


def test_what_no_event_tells() -> None:
    made = account()
    made.take(events.Sampling(3, 10, progress=0.3), 2)
    made.do("writing clip.mp4")
    assert made.status(2).words == "writing clip.mp4"


def test_amounts() -> None:
    assert amount(2_560) == "0.0 MB"
    assert amount(999_000_000) == "999.0 MB"
    assert amount(1_000_000_000) == "1.0 GB"
    assert amount_of(5_000_000, 2_000_000_000) == "0.0 of 2.0 GB"
