from __future__ import annotations

import logging
import struct
from typing import Any

import grpc
import numpy as np
import pytest

from barecalls import Running, by_hash, hint, order, picture, pictures
from drawthings.server.blobs import stretched

INVALID = grpc.StatusCode.INVALID_ARGUMENT


def test_a_picture_is_taken_inline_or_by_its_hash(strict: Running):
    server, raw = strict
    blob = picture()
    inline = pictures(raw.generate(order(image=blob, strength=0.5)))
    named = pictures(raw.generate(order(image=by_hash(blob), contents=[b"other", blob], strength=0.5)))
    assert np.array_equal(inline[0], named[0])
    assert [entry.facts["image"] for entry in server.received[-2:]] == [(128, 128, 3)] * 2


@pytest.mark.parametrize("codec", ["raw", "deflate", "fpzip"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_every_codec_and_float_is_read(strict: Running, codec: str, dtype: Any):
    server, raw = strict
    raw.generate(order(image=picture(codec=codec, dtype=dtype), strength=0.5, steps=1))
    assert server.received[-1].facts["image"] == (128, 128, 3)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"image": by_hash(b"nothing")}, "and none of the 0 contents has it"),
        ({"image": by_hash(b"nothing"), "contents": [b"x"]}, "and none of the 1 contents has it"),
        ({"image": b"short"}, "The image cannot be read"),
        ({"image": picture()[:-9]}, "The image cannot be read"),
        ({"image": picture(codec="fpzip")[:-40]}, "The image cannot be read"),
        ({"image": picture(codec="deflate")[:-9]}, "The image cannot be read"),
    ],
)
def test_what_is_missing_or_broken_is_refused(strict: Running, values: dict[str, Any], words: str):
    code, details = strict[1].refusal(order(strength=0.5, **values))
    assert code is INVALID
    assert words in details
    assert "goes on as if it had not been sent" in details


def test_a_faithful_server_goes_on_as_without_it(faithful: Running):
    server, raw = faithful
    for image in (by_hash(b"nothing"), b"short", picture()[:-9]):
        assert len(pictures(raw.generate(order(image=image, strength=0.5)))) == 1
        assert server.received[-1].facts["path"] == "text"


def test_a_tensor_that_claims_too_much_is_refused_by_both(strict: Running, faithful: Running):
    head = struct.pack("<Iiiii12i", 0x217, 1, 2, 0x4000, 0, 1, 60_000, 60_000, 3, *[0] * 8)
    for _, raw in (strict, faithful):
        code, details = raw.refusal(order(image=head + b"\x03\x00", strength=0.5))
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert details.startswith("The image is too large")


def test_contents_that_the_official_client_leaves_out_are_not_missed(strict: Running, caplog: pytest.LogCaptureFixture):
    server, raw = strict
    caplog.set_level(logging.INFO, "drawthings.server")
    values = {"image": by_hash(b"gone"), "mask": by_hash(b"too"), "hints": [hint("shuffle", by_hash(b"gone"))]}
    assert len(pictures(raw.generate(order(**values)))) == 1
    assert server.received[-1].facts["image"] is None
    assert "would not be looked at" in caplog.text
    # Everywhere else they are.
    for change in ({"strength": 0.9}, {"model": "qwen_image_edit_2511_q6p.ckpt"}, {"contents": [b"something"]}):
        assert raw.refusal(order(**values, **change))[0] is INVALID


def test_stretching_keeps_what_has_the_right_size():
    rows = np.linspace(-1, 1, 8, dtype=np.float32)[:, None, None].repeat(4, 1).repeat(3, 2)
    assert stretched(rows, 8, 4) is rows
    wide = stretched(rows, 8, 16)
    assert wide.shape == (8, 16, 3)
    assert wide.dtype == np.float32
    assert np.allclose(wide[:, 0], rows[:, 0])
