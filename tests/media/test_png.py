import io
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from drawthings.errors import BadValue
from drawthings.media import png
from drawthings.media.png import encode_png, exif_block

Chunks = Callable[[bytes], list[tuple[bytes, bytes]]]
Decode = Callable[[bytes], np.ndarray]


def reopened(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def drawing() -> np.ndarray:
    """A picture of edges, ramps, flat parts and noise, so that every filter is the best one somewhere."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:60, 0:64]
    rows = np.stack([x * 3 % 256, y * 4 % 256, (x + y) * 2 % 256], axis=-1).astype(np.uint8)
    rows[10:20] = 200
    rows[20:30] = rng.integers(0, 256, (10, 64, 3))
    rows[30:40, :, :] = rng.integers(0, 256, (1, 64, 3))
    rows[40:50] = np.where((x[40:50, :, None] // 5) % 2, 255, 0)
    return rows


@pytest.mark.parametrize("level", ["fast", "best"])
@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 1), (7, 5, 3), (7, 5, 4), (1, 1, 3), (1, 9, 4), (9, 1, 3)])
def test_pictures_come_back_identical(shape: tuple[int, ...], level: str, png_pixels: Decode):
    pixels = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    data = encode_png(pixels, level=level)
    np.testing.assert_array_equal(reopened(data).reshape(shape), pixels)
    np.testing.assert_array_equal(png_pixels(data).reshape(shape), pixels)


@settings(max_examples=40)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.sampled_from([1, 3, 4]))))
def test_any_picture_comes_back_identical(pixels: np.ndarray):
    for level in ("fast", "best"):
        np.testing.assert_array_equal(reopened(encode_png(pixels, level=level)).reshape(pixels.shape), pixels)


def test_without_isal_the_standard_library_does_it(monkeypatch: pytest.MonkeyPatch, png_pixels: Decode):
    with_isal = encode_png(drawing())
    monkeypatch.setitem(sys.modules, "isal", None)
    data = encode_png(drawing())
    np.testing.assert_array_equal(png_pixels(data), drawing())
    assert data != with_isal


def test_best_takes_the_smallest_of_its_attempts():
    data = encode_png(drawing(), level="best")
    assert len(data) <= len(encode_png(drawing()))
    flat = np.zeros((300, 300, 3), np.uint8)
    assert len(encode_png(flat, level="best")) < 700


def test_chunks_come_in_the_order_of_the_app(png_chunks: Chunks, noise: np.ndarray):
    names = [name for name, _ in png_chunks(encode_png(noise, xmp="<x/>"))]
    assert names == [b"IHDR", b"sRGB", b"eXIf", b"iTXt", b"IDAT", b"IEND"]
    assert [name for name, _ in png_chunks(encode_png(noise))] == [b"IHDR", b"sRGB", b"eXIf", b"IDAT", b"IEND"]


def test_large_pictures_are_cut_into_several_data_chunks(png_chunks: Chunks, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(png, "IDAT_BYTES", 100)
    pixels = np.random.default_rng(1).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    data = encode_png(pixels)
    sizes = [len(body) for name, body in png_chunks(data) if name == b"IDAT"]
    assert len(sizes) > 10
    assert set(sizes[:-1]) == {100}
    np.testing.assert_array_equal(reopened(data), pixels)


def test_colour_space_is_declared(png_chunks: Chunks, noise: np.ndarray):
    assert dict(png_chunks(encode_png(noise)))[b"sRGB"] == b"\0"


def test_exif_holds_the_size_and_nothing_else(png_chunks: Chunks):
    data = encode_png(np.zeros((3, 1025, 3), np.uint8))
    block = dict(png_chunks(data))[b"eXIf"]
    assert block == exif_block(1025, 3)
    assert block.hex() == (
        "4d4d002a00000008"
        "0001" + "8769" + "0004" + "00000001" + "0000001a" + "00000000"
        "0002" + "a002" + "0004" + "00000001" + "00000401" + "a003" + "0004" + "00000001" + "00000003" + "00000000"
    )
    assert len(block) == 56
    with Image.open(io.BytesIO(data)) as image:
        assert dict(image.getexif().get_ifd(0x8769)) == {0xA002: 1025, 0xA003: 3}


def test_the_packet_is_plain_utf8(png_chunks: Chunks, noise: np.ndarray):
    text = "<a>Füchse 狐 🦊</a>"
    body = dict(png_chunks(encode_png(noise, xmp=text)))[b"iTXt"]
    assert body == b"XML:com.adobe.xmp\0\0\0\0\0" + text.encode()
    with Image.open(io.BytesIO(encode_png(noise, xmp=text))) as image:
        assert image.text["XML:com.adobe.xmp"] == text


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((2, 2, 2), np.uint8),
        np.zeros((2, 2, 3), np.float32),
        np.zeros(4, np.uint8),
        np.zeros((1, 2, 2, 3), np.uint8),
        np.zeros((0, 2, 3), np.uint8),
        np.zeros((2, 0), np.uint8),
    ],
)
def test_what_is_no_picture_is_told(pixels: np.ndarray):
    with pytest.raises(BadValue, match="picture") as caught:
        encode_png(pixels)
    assert caught.value.field == "pixels"


def test_unknown_levels_are_told(noise: np.ndarray):
    with pytest.raises(BadValue, match="'9'") as caught:
        encode_png(noise, level="9")
    assert caught.value.suggestions == ("fast", "best")


def test_arrays_that_are_not_contiguous_are_written_as_seen(png_pixels: Decode):
    pixels = drawing()[::2, ::-1]
    np.testing.assert_array_equal(png_pixels(encode_png(pixels)), pixels)
