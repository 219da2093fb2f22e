"""Bytes that went over the wire once are read the same way for ever.

Each folder of ``fixtures/wire`` with an ``answer.bin`` holds a request, the messages of its answer (each behind its
length, a little-endian uint32) and, in ``meta.json``, who made them and what they say.
"""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drawthings._generated import imageService_pb2 as pb
from drawthings.request.configuration import Configuration
from drawthings.request.flatbuffer import decode_configuration
from drawthings.stream.fold import Fold
from drawthings.tensor.pixels import blob_to_pixels

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDERS = sorted(path.parent for path in (Path(__file__).parent / "fixtures" / "wire").glob("*/answer.bin"))


def messages(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at)
        yield data[at + 4 : at + 4 + length]
        at += 4 + length


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_old_answer_is_read_as_before(folder: Path) -> None:
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    fold = Fold()
    events = []
    for message in messages((folder / "answer.bin").read_bytes()):
        events += fold.feed(pb.ImageGenerationResponse.FromString(message))
    (blob,) = fold.finish().outcome.images
    pixels = blob_to_pixels(blob)
    assert [type(event).__name__ for event in events] == meta["events"]
    assert list(pixels.shape) == meta["shape"]
    assert hashlib.sha256(pixels.tobytes()).hexdigest() == meta["pixels_sha256"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_old_request_is_read_as_before(folder: Path) -> None:
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    request = pb.ImageGenerationRequest.FromString((folder / "request.bin").read_bytes())
    assert (request.prompt, request.negativePrompt) == (meta["prompt"], meta["negative_prompt"])
    assert decode_configuration(request.configuration) == Configuration.from_json(meta["configuration"])


def test_there_are_fixtures() -> None:
    assert FOLDERS
