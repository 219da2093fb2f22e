"""GenerateImage: what comes in which order, in which form, and what stops it."""

from __future__ import annotations

import hashlib
import struct
import threading
import zlib
from typing import TYPE_CHECKING, Any

import fpzip
import numpy as np
import pytest

import wirewalk
from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import DrawThingsError
from drawthings.request.build import Order, build_request
from drawthings.request.configuration import Configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SLICE = 4 * 1024 * 1024
CHANNELS = 4


def request(target: Any, *, chunked: bool = True, image: bytes | None = None, **settings: Any) -> Any:
    wanted = {"width": 512, "height": 512, "steps": 4, "seed": 1, "model": target.model, **settings}
    message = build_request(Order(prompt="a red boat", configuration=Configuration(**wanted), image=image))
    message.chunked = chunked
    return message


def blobs(messages: list[Any]) -> Iterator[bytes]:
    """Put slices together, independently of the package."""
    held = b""
    for message in messages:
        for index, part in enumerate(message.generatedImages):
            if message.chunkState == pb.MORE_CHUNKS:
                held += part
            else:
                yield (held if index == 0 else b"") + part
                held = held if index else b""
    assert held == b""


def numbers(blob: bytes) -> np.ndarray:
    """Decode a tensor with struct, zlib and fpzip alone."""
    head = wirewalk.tensor_head(blob)
    payload = blob[68:]
    if head["codec"] == 0xF7217:
        return fpzip.decompress(payload, order="C").reshape(head["shape"])
    if head["codec"] == 0x217:
        payload = zlib.decompress(payload, wbits=-15)
    kind = {0x20000: "<f2", 0x4000: "<f4"}[head["datatype"]]
    return np.frombuffer(payload, kind)[: int(np.prod(head["shape"]))].reshape(head["shape"])


def test_the_order_of_an_answer(serve: Callable[..., Any]) -> None:
    with serve() as target, target.wire() as wire:
        messages = list(wire.generate(request(target)))
    names = [
        message.currentSignpost.WhichOneof("signpost") for message in messages if message.HasField("currentSignpost")
    ]
    assert names[0] == "textEncoded"
    assert names[1] == "imageEncoded"
    steps = [m.currentSignpost.sampling.step for m in messages if m.currentSignpost.HasField("sampling")]
    assert steps == list(range(5))
    assert names[-1] == "imageDecoded"
    announced = {post.WhichOneof("signpost"): post for post in messages[0].signposts}
    assert set(announced) == {"textEncoded", "sampling", "imageDecoded"}
    assert announced["sampling"].sampling.step == 4
    sizes = [message.downloadSize for message in messages if message.HasField("downloadSize")]
    pictures = [message for message in messages if message.generatedImages]
    assert sizes == [sum(len(part) for message in pictures for part in message.generatedImages)]
    assert messages.index(pictures[0]) > [m.HasField("downloadSize") for m in messages].index(True)
    assert pictures[-1].chunkState == pb.LAST_CHUNK
    assert pictures[-1].scaleFactor == 1


def test_previews_are_latents_of_the_family(serve: Callable[..., Any]) -> None:
    with serve() as target, target.wire() as wire:
        messages = list(wire.generate(request(target, steps=8)))
    previews = [message for message in messages if message.HasField("previewImage")]
    assert previews
    for message in previews:
        assert message.currentSignpost.sampling.step > 0
        assert wirewalk.tensor_head(message.previewImage)["shape"][1:3] == (64, 64)
    last = [m for m in messages if m.currentSignpost.HasField("sampling")][-1]
    assert not last.HasField("previewImage")


@pytest.mark.parametrize("compression", [True, False], ids=["compressed", "raw"])
@pytest.mark.parametrize("chunked", [True, False], ids=["sliced", "whole"])
def test_the_picture_is_the_same_however_it_comes(serve: Callable[..., Any], compression: bool, chunked: bool) -> None:
    with serve(response_compression=compression) as target, target.wire() as wire:
        messages = list(wire.generate(request(target, chunked=chunked, width=1024, height=1024)))
    (blob,) = blobs(messages)
    head = wirewalk.tensor_head(blob)
    assert head["shape"] == (1, 1024, 1024, 3)
    assert head["memory"] & 3 == 1
    if target.embedded is not None:
        assert head["codec"] == (0xF7217 if compression else 0)
    picture = numbers(blob)
    assert np.isfinite(picture).all()
    assert -1.5 < picture.min() < picture.max() < 1.5
    parts = [len(m.generatedImages[0]) for m in messages if m.generatedImages]
    if chunked and len(blob) > SLICE:
        assert parts == [*[SLICE] * (len(blob) // SLICE), len(blob) % SLICE]
    else:
        assert parts == [len(blob)]


def test_a_batch_of_four(serve: Callable[..., Any]) -> None:
    with serve() as target, target.wire() as wire:
        messages = list(wire.generate(request(target, batch_size=4, batch_count=3)))
    pictures = list(blobs(messages))
    assert len(pictures) == 4
    assert len(set(pictures)) == 4
    assert all(len(message.generatedImages) <= 1 for message in messages)


def test_the_same_seed_gives_the_same_bytes(serve: Callable[..., Any]) -> None:
    with serve() as target, target.wire() as wire:
        one, two, other = (list(blobs(list(wire.generate(request(target, seed=seed))))) for seed in (7, 7, 8))
    assert one == two
    assert one != other


def test_a_picture_may_come_inline_or_by_hash(serve: Callable[..., Any]) -> None:
    values = np.zeros((1, 512, 512, 3), "<f2")
    values[:, :, 256:] = 0.5
    blob = struct.pack("<I16i", 0, 1, 2, 0x20000, 0, 1, 512, 512, 3, *[0] * 8) + values.tobytes()
    with serve() as target, target.wire() as wire:
        by_hash = request(target, image=blob, strength=0.3)
        inline = request(target, image=blob, strength=0.3)
        assert by_hash.image == hashlib.sha256(blob).digest()
        inline.image = blob
        del inline.contents[:]
        one, two = (list(blobs(list(wire.generate(message)))) for message in (by_hash, inline))
    assert one == two


def test_cancelling_in_the_middle(serve: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "drawthings.server")
    with serve(ms_per_step=30) as target, target.wire() as wire:
        answers = wire.generate(request(target, steps=150))
        for answer in answers:
            if answer.currentSignpost.HasField("sampling"):
                break
        answers.close()
        # The line is free again: had the first one gone on, this would take 4.5 s more.
        following = list(wire.generate(request(target, steps=1)))
        assert any(message.generatedImages for message in following)
        if target.embedded is not None:
            assert "cancelled by the client at sampling" in caplog.text


def test_echo_answers_during_a_generation(serve: Callable[..., Any]) -> None:
    with serve(ms_per_step=30) as target, target.wire() as wire, target.wire() as other:
        answers = wire.generate(request(target, steps=150))
        next(answers)
        assert other.echo().message.startswith("HELLO")
        answers.close()


def test_requests_wait_for_each_other(serve: Callable[..., Any]) -> None:
    order: list[str] = []
    with serve(ms_per_step=5) as target, target.wire() as first, target.wire() as second:
        running = first.generate(request(target, steps=20))
        next(running)

        def wait_in_line() -> None:
            list(second.generate(request(target, steps=1)))
            order.append("second")

        waiting = threading.Thread(target=wait_in_line)
        waiting.start()
        list(running)
        order.append("first")
        waiting.join(15)
    assert order[-1] == "second"


@pytest.mark.parametrize(
    "broken",
    [
        {"configuration": b""},
        {"configuration": b"\xff" * 40},
    ],
    ids=["no configuration", "garbage"],
)
def test_what_would_crash_the_official_server_is_refused(serve: Callable[..., Any], broken: dict[str, Any]) -> None:
    with serve() as target, target.wire() as wire:
        if target.embedded is None:
            pytest.skip("this would crash your server")
        message = request(target)
        for name, value in broken.items():
            setattr(message, name, value)
        with pytest.raises(DrawThingsError, match="official server"):
            list(wire.generate(message))
