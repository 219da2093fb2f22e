from __future__ import annotations

import itertools
import threading
from typing import Any

import grpc
import numpy as np
import pytest

from barecalls import SLOW_MS, Running, Serve, order, picture, pictures, previews, signposts
from drawthings._generated import imageService_pb2 as pb
from drawthings.request.choices import Sampler
from drawthings.server import generation as module
from drawthings.server.results import SLICE_BYTES
from drawthings.tensor.codec import decode_tensor
from drawthings.tensor.header import HEADER_BYTES, Header


def codecs(blobs: Any) -> set[int]:
    return {Header.parse(blob[:HEADER_BYTES]).codec for blob in blobs}


def blobs_of(messages: list[pb.ImageGenerationResponse]) -> tuple[list[bytes], list[bytes], list[bytes]]:
    images = [blob for message in messages for blob in message.generatedImages]
    audio = [blob for message in messages for blob in message.generatedAudio]
    return images, audio, [message.previewImage for message in messages if message.previewImage]


@pytest.mark.parametrize(
    ("steps", "values", "shown"),
    [
        (1, {}, []),
        (2, {}, [1]),
        (6, {}, [1, 3, 4, 5]),
        (8, {}, [1, 3, 5, 6, 7]),
        (8, {"sampler": Sampler.PLMS}, [1, 3, 5, 6, 7]),
        # From a picture: steps 4 to 9 of 10 run, and are counted from 0.
        (10, {"image": picture(), "strength": 0.5}, [1, 2, 3, 4, 5]),
        # PLMS shows its first step too, if it is an odd one.
        (10, {"image": picture(), "strength": 0.35, "sampler": Sampler.PLMS}, [0, 1, 2, 3, 4]),
    ],
)
def test_previews_come_with_the_steps_that_have_one(strict: Running, steps: int, values: dict[str, Any], shown: Any):
    _, raw = strict
    messages = raw.generate(order(steps=steps, **values))
    assert list(previews(messages)) == [f"sampling {step}" for step in shown]


def test_previews_sharpen_towards_the_result(strict: Running):
    _, raw = strict
    shown = list(previews(raw.generate(order(steps=12, width=256, height=256))).values())
    steps = [float(np.abs(one.astype(float) - other).mean()) for one, other in itertools.pairwise(shown)]
    assert steps[-1] < steps[0]


@pytest.mark.parametrize(("compressed", "codec"), [(True, 0xF7217), (False, 0)])
def test_compression_is_the_codec_of_the_tensors(serve: Serve, compressed: bool, codec: int):
    _, raw = serve(response_compression=compressed)
    images, audio, shown = blobs_of(
        raw.generate(order(model="ltx_2_19b_distilled_q6p.ckpt", num_frames=9, steps=4, width=256, height=256))
    )
    assert codecs(images) == {codec}
    assert codecs(audio) <= {codec, 0}
    # What does not shrink is sent as it is.
    assert codecs(shown) <= {codec, 0}
    if not compressed:
        assert codecs(audio) == codecs(shown) == {0}


def test_large_results_come_in_slices_where_the_client_can_join_them(serve: Serve):
    _, raw = serve(response_compression=False)
    values = {"width": 1024, "height": 1024, "steps": 1, "batch_size": 2}
    blob = 1024 * 1024 * 3 * 2 + HEADER_BYTES
    sliced = raw.generate(order(chunked=True, **values))
    sizes = [(len(m.generatedImages[0]), m.chunkState, m.scaleFactor) for m in sliced if m.generatedImages]
    assert sizes == [(SLICE_BYTES, pb.MORE_CHUNKS, 1), (blob - SLICE_BYTES, pb.LAST_CHUNK, 1)] * 2
    assert [message.downloadSize for message in sliced if message.HasField("downloadSize")] == [2 * blob]
    whole = raw.generate(order(chunked=False, **values))
    assert [len(m.generatedImages[0]) for m in whole if m.generatedImages] == [blob, blob]
    for one, other in zip(pictures(sliced), pictures(whole), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("model", "rate", "fps"),
    [("ltx_2_19b_distilled_q6p.ckpt", 24_000, 25), ("ltx_2.3_22b_distilled_1.1_q6p.ckpt", 48_000, 25)],
)
def test_some_clips_have_sound(strict: Running, model: str, rate: int, fps: int):
    _, raw = strict
    messages = raw.generate(order(model=model, num_frames=17, width=64, height=64))
    _, audio, _ = blobs_of(messages)
    assert len(audio) == 1
    sound = decode_tensor(audio[0])
    assert sound.shape == (2, 17 * rate // fps)
    assert sound.dtype == np.float32
    assert np.abs(sound).max() <= 1
    assert messages[-1].generatedAudio
    assert messages[-1].scaleFactor == 0


def test_other_results_have_none(strict: Running):
    _, raw = strict
    assert blobs_of(raw.generate(order()))[1] == []


def test_the_same_request_gives_the_same_bytes_and_another_seed_others(strict: Running, serve: Serve):
    _, raw = strict
    _, other = serve()
    first, again, elsewhere = (blobs_of(each.generate(order(steps=4))) for each in (raw, raw, other))
    assert first == again == elsewhere
    assert blobs_of(raw.generate(order(steps=4, seed=8)))[0] != first[0]
    assert blobs_of(raw.generate(order("a blue boat", steps=4)))[0] != first[0]


def test_a_batch_holds_different_pictures(strict: Running):
    _, raw = strict
    found = pictures(raw.generate(order(batch_size=4)))
    assert len({each.tobytes() for each in found}) == 4


def test_upscaling_alone_gives_the_picture_back_larger(strict: Running):
    _, raw = strict
    messages = raw.generate(order(image=picture(), strength=0.0, upscaler="realesrgan_x2plus_f16.ckpt", batch_size=3))
    (found,) = pictures(messages)
    assert found.shape == (1, 256, 256, 3)
    sent = decode_tensor(picture())[0].astype(np.float32)
    assert np.abs(found[0, ::2, ::2].astype(np.float32) - sent).mean() < 0.05


def test_a_slow_reader_holds_nobody_up(strict: Running):
    _, raw = strict
    lazy = raw.GenerateImage(order(width=1024, height=1024, steps=1))
    assert len(pictures(raw.generate(order()))) == 1
    assert len(pictures(list(lazy))) == 1


def test_steps_take_at_least_their_time(serve: Serve):
    _, raw = serve(ms_per_step=SLOW_MS)
    call = raw.GenerateImage(order())
    assert [signposts([next(call)])[0] for _ in range(3)] == ["textEncoded", "imageEncoded", "sampling 0"]
    waiting = threading.Thread(target=lambda: list(_until_end(call)), daemon=True)
    waiting.start()
    assert raw.Hours(pb.HoursRequest(), timeout=10) == pb.HoursResponse()
    assert waiting.is_alive()
    call.cancel()
    waiting.join(10)
    assert not waiting.is_alive()


def _until_end(call: Any) -> Any:
    try:
        yield from call
    except grpc.RpcError:
        return


def test_painting_that_breaks_ends_the_call_and_nothing_else(
    strict: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    _, raw = strict

    def broken(*_args: object) -> None:
        raise KeyError("inside")

    with monkeypatch.context() as here:
        here.setattr(module.Easel, "advance", broken)
        assert raw.refusal(order()) == (grpc.StatusCode.INTERNAL, "unknown error processing request")
    assert "broke" in caplog.text
    assert len(pictures(raw.generate(order()))) == 1
