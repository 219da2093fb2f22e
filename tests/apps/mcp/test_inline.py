from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from drawthings.apps.mcp.inline import ANSWER_BYTES, content, share, small_copy
from drawthings.errors import BadImage
from toolcalls import noisy


@pytest.fixture(scope="module")
def large() -> bytes:
    return noisy(1600, 1200)


@pytest.mark.parametrize("count", [1, 4])
def test_the_pictures_of_one_answer_stay_small_together(large: bytes, count: int) -> None:
    copies = [content(small_copy(large, most_bytes=share(count)))] * count
    assert sum(len(each.data) for each in copies) <= ANSWER_BYTES
    shown = Image.open(io.BytesIO(base64.b64decode(copies[0].data)))
    assert (shown.format, copies[0].mime_type) == ("WEBP", "image/webp")
    assert max(shown.size) > 256
    assert shown.width / shown.height == pytest.approx(4 / 3, rel=0.02)


def test_a_picture_is_made_smaller_and_never_larger() -> None:
    wide = Image.open(io.BytesIO(small_copy(noisy(1280, 64))))
    tiny = Image.open(io.BytesIO(small_copy(noisy(48, 32))))
    assert (wide.size, tiny.size) == ((1024, 51), (48, 32))
    assert Image.open(io.BytesIO(small_copy(noisy(256, 128), longest_px=64))).size == (64, 32)


def test_transparency_is_kept() -> None:
    assert Image.open(io.BytesIO(small_copy(noisy(64, 64, "RGBA")))).mode == "RGBA"
    target = io.BytesIO()
    Image.new("LA", (16, 16), (200, 10)).save(target, "PNG")
    assert Image.open(io.BytesIO(small_copy(target.getvalue()))).mode == "RGBA"


def test_what_is_no_picture_is_told() -> None:
    with pytest.raises(BadImage):
        small_copy(b"not a picture")
