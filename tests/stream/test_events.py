from __future__ import annotations

import dataclasses
import logging
import pickle
import struct
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, get_args

import pytest

from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import Truncated
from drawthings.stream import events
from drawthings.stream.fold import Fold

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES = [
    events.TextEncoded(progress=0.1),
    events.ImageEncoded(progress=0.1),
    events.Sampling(1, 4, progress=0.1),
    events.Preview(1, b"latent", "flux1", progress=0.1),
    events.ImageDecoded(progress=0.1),
    events.SecondPassImageEncoded(progress=0.1),
    events.SecondPassSampling(1, progress=0.1),
    events.SecondPassImageDecoded(progress=0.1),
    events.FaceRestored(progress=0.1),
    events.ImageUpscaled(progress=0.1),
    events.DownloadExpected(12, progress=0.1),
    events.RemoteDownload(1, 2, 0, 1, progress=0.1),
    events.ImageArrived(0, b"blob", progress=0.1),
    events.AudioArrived(0, b"blob", progress=0.1),
    events.Done(events.Outcome((b"blob",))),
]


def stand_in(monkeypatch: pytest.MonkeyPatch, decode: Callable[..., object], show: Callable[..., object]) -> None:
    monkeypatch.setitem(sys.modules, "drawthings.tensor.codec", SimpleNamespace(decode_tensor=decode))
    monkeypatch.setitem(sys.modules, "drawthings.tensor.preview", SimpleNamespace(preview_to_pixels=show))


def test_every_event_has_a_sample_and_is_exported() -> None:
    assert [type(event) for event in SAMPLES] == list(get_args(events.Event))
    assert {type(event).__name__ for event in SAMPLES} | {"Event", "Moment", "Outcome"} == set(events.__all__)


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: type(event).__name__)
def test_events_are_small_values(event: events.Event) -> None:
    assert isinstance(event, events.Moment)
    assert 0 <= event.progress <= 1
    assert pickle.loads(pickle.dumps(event)) == event  # noqa: S301 - our own bytes
    assert hash(event) == hash(dataclasses.replace(event))
    assert "blob" not in repr(event).replace("type(blob)", "")
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.progress = 0.5  # type: ignore[misc]


def test_events_match_by_place() -> None:
    match events.Sampling(3, 16, progress=0.4):
        case events.Sampling(step, steps):
            assert (step, steps) == (3, 16)
    match events.Done(events.Outcome((b"a",))):
        case events.Done(outcome):
            assert outcome.images == (b"a",)
    assert events.Done(events.Outcome((b"a",))).progress == 1


def test_a_preview_is_decoded_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = []

    def decode(blob: bytes, *, limit: int) -> list[int]:
        limits.append(limit)
        return list(blob)

    stand_in(monkeypatch, decode, lambda latent, version: (latent, version))
    preview = events.Preview(2, b"\x01\x02", "sdxl_base_v0.9", progress=0.1)
    assert limits == []
    assert preview.pixels() == ([1, 2], "sdxl_base_v0.9")
    assert limits == [events.PREVIEW_LIMIT]


def test_a_preview_of_an_unknown_family_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, pytest.fail, pytest.fail)
    assert events.Preview(2, b"x", progress=0.1).pixels() is None


def test_a_preview_of_a_family_without_a_linear_form_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stand_in(monkeypatch, lambda blob, limit: (blob, limit), lambda *_: None)
    fold = Fold("ltx2.3")
    for _ in range(3):
        (preview,) = fold.feed(pb.ImageGenerationResponse(previewImage=b"a latent"))
        assert preview.pixels() is None
    (record,) = caplog.records
    assert record.getMessage() == "previews of ltx2.3 cannot be shown: there is no simple way to their colours"


@pytest.mark.parametrize("trouble", [Truncated("too short"), ValueError("shape"), MemoryError(), IndexError()])
def test_broken_previews_are_logged_once_for_a_generation(
    trouble: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def decode(_blob: bytes, **_limits: int) -> object:
        raise trouble

    stand_in(monkeypatch, decode, pytest.fail)
    for generation in (1, 2):
        fold = Fold("flux1")
        for _ in range(3):
            (preview,) = fold.feed(pb.ImageGenerationResponse(previewImage=b"not a tensor"))
            with caplog.at_level(logging.WARNING, "drawthings.stream"):
                assert preview.pixels() is None
        assert len(caplog.records) == generation
    assert "a preview of 12 bytes for flux1 cannot be read" in caplog.text


def test_a_real_latent_becomes_a_small_picture(caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("drawthings.tensor.codec")
    pytest.importorskip("drawthings.tensor.preview")
    shape = (1, 2, 3, 16)
    header = struct.pack("<I4i12i", 0, 1, 2, 0x20000, 0, *shape, *[0] * 8)
    preview = events.Preview(1, header + bytes(2 * 2 * 3 * 16), "flux1", progress=0.1)
    pixels = preview.pixels()
    assert pixels is not None
    assert (pixels.shape, str(pixels.dtype)) == ((2, 3, 3), "uint8")
    assert dataclasses.replace(preview, blob=header).pixels() is None
    assert "cannot be read" in caplog.text


def test_the_room_loads_neither_numpy_nor_grpc() -> None:
    code = (
        "import sys, drawthings.stream.fold;"
        "print(sorted({'numpy', 'grpc', 'PIL', 'asyncio', 'flatbuffers'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
