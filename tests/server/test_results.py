from __future__ import annotations

import pytest

from drawthings._generated import imageService_pb2 as pb
from drawthings.server.results import SLICE_BYTES, result_messages


def messages(images: list[bytes], audio: list[bytes] | None = None, *, chunked: bool = True):
    return list(result_messages(images, audio or [], scale_factor=2, chunked=chunked))


def parts(found: list[pb.ImageGenerationResponse]) -> list[tuple[int, bool]]:
    return [
        (len(message.generatedImages[0]), message.chunkState == pb.MORE_CHUNKS)
        for message in found
        if message.generatedImages
    ]


def test_each_picture_has_its_own_message():
    found = messages([b"one", b"three"])
    assert found[0] == pb.ImageGenerationResponse(downloadSize=8)
    assert found[1] == pb.ImageGenerationResponse(generatedImages=[b"one"], scaleFactor=2)
    assert found[2] == pb.ImageGenerationResponse(generatedImages=[b"three"], scaleFactor=2)
    assert len(found) == 3


def test_no_picture_is_one_message_that_says_nothing():
    assert messages([]) == [pb.ImageGenerationResponse(scaleFactor=1)]


def test_sound_comes_last_and_has_no_scale_factor():
    found = messages([b"one"], [b"la"])
    assert found[-1] == pb.ImageGenerationResponse(generatedAudio=[b"la"])
    assert found[0].downloadSize == 3


@pytest.mark.parametrize("chunked", [True, False])
def test_up_to_the_limit_nothing_is_sliced(chunked: bool):
    assert parts(messages([b"x" * SLICE_BYTES], chunked=chunked)) == [(SLICE_BYTES, False)]


def test_above_the_limit_large_pictures_are_sliced_and_small_ones_are_not():
    large = b"x" * (2 * SLICE_BYTES + 5)
    assert parts(messages([large, b"small", b"y" * SLICE_BYTES])) == [
        (SLICE_BYTES, True),
        (SLICE_BYTES, True),
        (5, False),
        (5, False),
        (SLICE_BYTES, False),
    ]
    assert parts(messages([large], chunked=False)) == [(len(large), False)]


def test_many_small_pictures_stay_whole_whatever_they_add_up_to():
    assert parts(messages([b"x" * (SLICE_BYTES // 2)] * 3)) == [(SLICE_BYTES // 2, False)] * 3


def test_slices_put_together_are_the_picture():
    large = bytes(range(256)) * (SLICE_BYTES // 200)
    assert b"".join(message.generatedImages[0] for message in messages([large]) if message.generatedImages) == large


def test_sound_is_sliced_only_when_pictures_are():
    loud = b"s" * (SLICE_BYTES + 1)
    few = [len(message.generatedAudio[0]) for message in messages([b"one"], [loud]) if message.generatedAudio]
    assert few == [SLICE_BYTES + 1]
    many = [message for message in messages([b"x" * (SLICE_BYTES + 1)], [loud]) if message.generatedAudio]
    assert [(len(message.generatedAudio[0]), message.chunkState) for message in many] == [
        (SLICE_BYTES, pb.MORE_CHUNKS),
        (1, pb.LAST_CHUNK),
    ]
    assert not any(message.HasField("scaleFactor") for message in many)
