import logging
import struct
from collections.abc import Callable

import fpzip
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.errors import BadHeader, Truncated, UnsupportedDatatype
from drawthings.tensor import pixels as room
from drawthings.tensor.codec import encode_tensor
from drawthings.tensor.pixels import blob_to_pixels, count_nonfinite, decode_pixels, encode_pixels, pixels_to_blob

pytestmark = pytest.mark.usefixtures("both_ways")

LEVELS = np.arange(256, dtype=np.uint8)
FLOATS = ["<f2", "<f4", "<f8", ">f2", ">f4"]


def every_level() -> np.ndarray:
    return np.stack([LEVELS, LEVELS[::-1], np.roll(LEVELS, 100)], axis=-1).reshape(16, 16, 3)


def test_a_byte_becomes_its_number_step_by_step_in_half_precision():
    f16 = np.float16
    expected = [f16(f16(f16(b) * f16(2)) / f16(255)) - f16(1) for b in range(256)]
    values = encode_pixels(LEVELS.repeat(3).reshape(1, 256, 3))
    assert values.shape == (1, 1, 256, 3)
    assert values.dtype == np.dtype("<f2")
    assert values[0, 0, :, 0].tolist() == expected
    assert (values[0, 0, 0, 0], values[0, 0, 255, 0]) == (-1, 1)


@pytest.mark.parametrize("dtype", FLOATS)
def test_all_256_levels_survive(dtype: str):
    pixels = every_level()
    assert (decode_pixels(encode_pixels(pixels).astype(dtype)) == pixels).all()


def test_levels_computed_exactly_survive_too():
    exact = (LEVELS / 127.5 - 1).reshape(16, 16, 1)
    for dtype in FLOATS:
        assert (decode_pixels(exact.astype(dtype)).ravel() == LEVELS).all()


def test_every_half_precision_number_is_rounded_to_the_nearest_level():
    every = np.arange(1 << 16, dtype="<u2").view("<f2").reshape(256, 256, 1)
    wide = np.nan_to_num(every.astype("f8"), nan=-1, posinf=-1, neginf=-1)
    expected = np.clip(np.rint((wide + 1) * 127.5), 0, 255)
    logging.getLogger("drawthings.tensor").setLevel(logging.ERROR)
    try:
        assert (decode_pixels(every) == expected).all()
    finally:
        logging.getLogger("drawthings.tensor").setLevel(logging.NOTSET)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_single_and_double_precision_agree(numbers: list[float]):
    values = np.array(numbers).reshape(1, -1, 1)
    assert (decode_pixels(values.astype("f4")) == decode_pixels(values)).all()


@pytest.mark.parametrize("dtype", FLOATS)
def test_numbers_beyond_the_range_are_clamped(dtype: str):
    values = np.array([-60000, -1.01, 1.01, 60000], dtype).reshape(2, 2, 1)
    assert decode_pixels(values).ravel().tolist() == [0, 0, 255, 255]


def test_double_precision_beyond_single_is_clamped_not_broken():
    assert decode_pixels(np.full((1, 1, 1), 1e300)).item() == 255


@pytest.mark.parametrize("dtype", FLOATS)
def test_numbers_that_are_not_finite_become_0_and_are_counted(dtype: str, caplog: pytest.LogCaptureFixture):
    values = encode_pixels(every_level()).astype(dtype)
    values[0, 0, :4, 1] = [np.nan, np.inf, -np.inf, -np.nan]
    with caplog.at_level(logging.WARNING, "drawthings.tensor"):
        decoded = decode_pixels(values)
    expected = every_level()
    expected[0, :4, 1] = 0
    assert (decoded == expected).all()
    assert caplog.messages == ["4 of 768 numbers of a picture are not finite; they became 0."]


def test_a_healthy_picture_logs_nothing(caplog: pytest.LogCaptureFixture):
    decode_pixels(encode_pixels(every_level()))
    assert not caplog.records


@pytest.mark.parametrize("dtype", FLOATS)
def test_four_channels_are_alpha_before_rgb(dtype: str):
    alpha = np.array([0, 1, 0.5, 128 / 255, -0.5, 1.5, np.nan, 1 / 255])
    rgb = encode_pixels(every_level()[:1, :8])[0, 0].astype("f8")
    values = np.concatenate([alpha[:, None], rgb], axis=-1).reshape(1, 1, 8, 4).astype(dtype)
    decoded = decode_pixels(values)
    assert decoded.shape == (1, 8, 4)
    assert (decoded[..., :3] == every_level()[:1, :8]).all()
    assert decoded[0, :, 3].tolist() == [0, 255, 128, 128, 0, 255, 0, 1]


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (256, 257)])
def test_blocks_leave_no_seam(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch):
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    monkeypatch.setattr(room, "_BLOCK", 1000)
    for dtype in FLOATS:
        assert (decode_pixels(encode_pixels(pixels).astype(dtype)) == pixels).all()


def test_any_memory_order_is_read():
    pixels = every_level()
    flipped = encode_pixels(pixels[::-1, ::-1])
    assert (decode_pixels(flipped[0, ::-1, ::-1]) == pixels).all()
    assert (decode_pixels(np.asfortranarray(encode_pixels(pixels))) == pixels).all()


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (4, 4, 1), (1, 4, 4, 3), (3,)])
def test_a_picture_to_send_has_three_channels(shape: tuple[int, ...]):
    with pytest.raises(BadHeader, match=r"\(height, width, 3\)"):
        encode_pixels(np.zeros(shape, np.uint8))


def test_a_picture_to_send_holds_bytes():
    with pytest.raises(UnsupportedDatatype, match="not float32"):
        encode_pixels(np.zeros((4, 4, 3), "f4"))


@pytest.mark.parametrize("shape", [(4, 4), (2, 4, 4, 3), (4, 4, 2), (1, 4, 4, 16), (1, 1, 4, 4, 3)])
def test_what_is_no_single_picture_is_refused(shape: tuple[int, ...]):
    with pytest.raises(BadHeader, match="One picture has the shape"):
        decode_pixels(np.zeros(shape, "f2"))


@pytest.mark.parametrize("dtype", ["u1", "i4", "g"])
def test_a_result_holds_half_single_or_double_precision(dtype: str):
    if np.dtype(dtype).itemsize == 8:  # pragma: no cover - where long double is double
        pytest.skip("long double is double here")
    with pytest.raises(UnsupportedDatatype, match="float16, float32 or float64"):
        decode_pixels(np.zeros((4, 4, 3), dtype))


def test_counting_looks_at_every_number():
    for dtype in ("f2", ">f2", "f4", "f8"):
        values = np.zeros((5, 6), dtype)
        assert count_nonfinite(values) == 0
        values[::2, 3] = [np.nan, np.inf, -np.inf]
        assert count_nonfinite(values) == 3
        assert count_nonfinite(values.T[3:]) == 3


@pytest.mark.parametrize("codec", ["raw", "deflate", "fpzip", "auto"])
def test_a_picture_goes_through_a_blob_unchanged(codec: str):
    blob = pixels_to_blob(every_level(), codec)
    assert struct.unpack_from("<3i4i", blob, 8) == (2, 0x20000, 0, 1, 16, 16, 3)
    assert (blob_to_pixels(blob) == every_level()).all()


def test_a_broken_blob_is_a_tensor_error():
    with pytest.raises(Truncated):
        blob_to_pixels(pixels_to_blob(every_level())[:-1])


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("precision", [16, 19, 32])
def test_a_stream_becomes_the_pixels_of_its_numbers(
    write_header: Callable[..., bytes], caplog: pytest.LogCaptureFixture, channels: int, precision: int
):
    values = np.random.default_rng(0).normal(0, 0.7, (1, 40, 50, channels)).astype("f4")
    values[0, :5, 3, 0] = [np.nan, np.inf, -np.inf, 65520, -1e9]
    blob = write_header(values.shape, codec=0xF7217) + fpzip.compress(values, precision=precision, order="C")
    with np.errstate(all="ignore"):
        cut = (values.view("u4") & np.uint32(0x1_0000_0000 - (1 << (32 - precision)))).view("f4").astype("f2")
    expected = decode_pixels(cut)
    counted = caplog.messages.pop()
    caplog.clear()
    assert (blob_to_pixels(blob) == expected).all()
    assert caplog.messages == [counted]
    broken = int(np.count_nonzero(~np.isfinite(cut)))
    assert counted == f"{broken} of {values.size} numbers of a picture are not finite; they became 0."


@pytest.mark.parametrize("codec", ["raw", "deflate", "fpzip", "auto"])
@pytest.mark.parametrize("kind", ["levels", "noise", "flat"])
def test_a_picture_is_sent_as_its_tensor_would_be(codec: str, kind: str):
    noise = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    pixels = {"levels": every_level(), "noise": noise, "flat": np.full((9, 9, 3), 77, np.uint8)}[kind]
    assert pixels_to_blob(pixels[:, ::-1], codec) == encode_tensor(encode_pixels(pixels[:, ::-1]), codec=codec)
    with pytest.raises(BadHeader):
        pixels_to_blob(pixels[:0], codec)
    with pytest.raises(BadHeader, match=r"\(height, width, 3\)"):
        pixels_to_blob(pixels[..., :1], codec)
