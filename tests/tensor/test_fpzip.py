import logging
import random
import sys
import tracemalloc
from collections.abc import Callable

import fpzip
import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from drawthings.errors import CorruptPayload, MissingCodec, TensorError, TooLarge, Truncated, UnsupportedDatatype
from drawthings.tensor import fpzip as room
from drawthings.tensor import worker
from drawthings.tensor.codec import decode_tensor, encode_tensor
from drawthings.tensor.fpzip import CODEC
from drawthings.tensor.header import Datatype, Format, Header

pytestmark = pytest.mark.usefixtures("both_ways")

SHAPES = hnp.array_shapes(min_dims=1, max_dims=5, min_side=2, max_side=8)
PRECISIONS = {"f2": 19, "f4": 32, "f8": 64}


def decode(payload: bytes, shape: tuple[int, ...], datatype: Datatype = Datatype.F16):
    return CODEC.decode(memoryview(payload), Header(0xF7217, Format.NHWC, datatype, shape))


def compress(array: np.ndarray):
    """Compress with the module alone, dimensions laid out by hand."""
    wide = array.astype("f8" if array.dtype.itemsize == 8 else "f4")
    inner = (1, 1, 1, *array.shape)[-3:]
    shaped = wide.reshape(-1, *inner)
    try:
        return fpzip.compress(shaped, precision=PRECISIONS[array.dtype.str[1:]], order="C")
    except fpzip.FpzipWriteError:  # the module has no room for a stream that is longer than its numbers
        return reject()


@pytest.fixture(autouse=True)
def forget_warnings():
    room._warn_once.cache_clear()


@given(st.data())
def test_we_read_what_the_module_writes_bit_for_bit(data: st.DataObject):
    dtype = np.dtype(data.draw(st.sampled_from(["<f2", "<f4", "<f8"])))
    array = data.draw(hnp.arrays(dtype, SHAPES, elements=st.floats(-1e3, 1e3, width=16)))
    decoded = decode(compress(array), array.shape, Datatype.from_numpy(dtype))
    assert decoded.tobytes() == array.tobytes()
    assert not decoded.flags.writeable


@given(st.data())
def test_we_write_what_the_module_writes(data: st.DataObject):
    dtype = np.dtype(data.draw(st.sampled_from(["<f2", "<f4", "<f8"])))
    array = data.draw(hnp.arrays(dtype, SHAPES, elements=st.floats(-1e3, 1e3, width=16)))
    assert CODEC.encode(array) == compress(array)


def test_all_half_precision_numbers_survive():
    every = np.arange(1 << 16, dtype="<u2").view("<f2").reshape(1, 128, 128, 4)
    decoded = decode(CODEC.encode(every), every.shape)
    nan = np.isnan(every)
    assert (np.isnan(decoded) == nan).all()
    assert (decoded.view("u2")[~nan] == every.view("u2")[~nan]).all()


def test_a_read_only_array_is_encoded(smooth_picture: Callable[..., np.ndarray]):
    picture = smooth_picture(16, 16, dtype="f4")
    picture.flags.writeable = False
    assert (decode_tensor(encode_tensor(picture, codec="fpzip")) == picture).all()


def test_other_precisions_are_read_too(smooth_picture: Callable[..., np.ndarray]):
    picture = smooth_picture(16, 16)
    for precision in (32, 0):
        stream = fpzip.compress(picture.astype("f4"), precision=precision, order="C")
        assert (decode(stream, picture.shape) == picture).all()


def test_numbers_beyond_half_precision_become_infinite_without_a_warning():
    stream = fpzip.compress(np.full((1, 4, 4, 3), 1e9, "f4"), precision=32, order="C")
    assert np.isposinf(decode(stream, (1, 4, 4, 3))).all()


@pytest.mark.parametrize(
    ("shape", "datatype"),
    [
        ((1, 16, 8, 3), Datatype.F16),
        ((1, 16, 16, 4), Datatype.F16),
        ((2, 16, 16, 3), Datatype.F16),
        ((16 * 16 * 3,), Datatype.F16),
        ((1, 16, 16, 3), Datatype.F64),
    ],
)
def test_a_stream_of_something_else_is_not_decoded(
    smooth_picture: Callable[..., np.ndarray],
    monkeypatch: pytest.MonkeyPatch,
    shape: tuple[int, ...],
    datatype: Datatype,
):
    payload = compress(smooth_picture(16, 16))
    monkeypatch.setattr(room, "_decode", lambda *_: pytest.fail("decoded"))
    with pytest.raises(CorruptPayload, match="single precision of 1 x 16 x 16 x 3"):
        decode(payload, shape, datatype)


def test_a_stream_that_declares_gigabytes_takes_none(write_header: Callable[..., bytes]):
    huge = fpzip.compress(np.zeros((1, 1, 1, 2**20), "f4"), precision=19, order="C")
    tracemalloc.start()
    try:
        with pytest.raises(CorruptPayload, match="1 x 1 x 1 x 1048576"):
            decode_tensor(write_header((2, 2), codec=0xF7217) + huge)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_more_than_fpzip_can_count_is_too_large(write_header: Callable[..., bytes]):
    blob = write_header((2**29, 1), codec=0xF7217) + compress(np.zeros((2, 2), "f2"))
    with pytest.raises(TooLarge, match="too large for fpzip"):
        decode_tensor(blob, limit=2**40)


def test_an_unknown_version_is_corrupt(smooth_picture: Callable[..., np.ndarray]):
    payload = bytearray(compress(smooth_picture(16, 16)))
    payload[5] ^= 0x10
    with pytest.raises(CorruptPayload):
        decode(payload, (1, 16, 16, 3))


@pytest.mark.usefixtures("without_core")
def test_a_stream_of_an_impossible_precision_is_corrupt(
    monkeypatch: pytest.MonkeyPatch, smooth_picture: Callable[..., np.ndarray]
):
    payload = compress(smooth_picture(16, 16))
    monkeypatch.setattr(room, "_decode", lambda *_: 0)
    with pytest.raises(CorruptPayload, match="unknown version or precision"):
        decode(payload, (1, 16, 16, 3))


def test_bytes_behind_the_stream_are_corrupt(smooth_picture: Callable[..., np.ndarray]):
    with pytest.raises(CorruptPayload, match="4 bytes follow"):
        decode(compress(smooth_picture(16, 16)) + b"more", (1, 16, 16, 3))


def test_a_missing_byte_is_truncated(smooth_picture: Callable[..., np.ndarray]):
    payload = compress(smooth_picture(16, 16))
    with pytest.raises(Truncated, match=f"ends after {len(payload) - 1} bytes"):
        decode(payload[:-1], (1, 16, 16, 3))


def test_cut_streams_are_tensor_errors(smooth_picture: Callable[..., np.ndarray]):
    # Zeros in place of what is missing mislead the library now and then, and it dies: hence the two kinds.
    payload = compress(smooth_picture(48, 48))
    rng = random.Random(11)
    kinds = set()
    for length in [*range(0, 40, 3), *(rng.randrange(40, len(payload)) for _ in range(60))]:
        with pytest.raises((Truncated, CorruptPayload)) as caught:
            decode(payload[:length], (1, 48, 48, 3))
        kinds.add(caught.type)
    assert Truncated in kinds


@pytest.mark.parametrize("dtype", ["f2", "f8"])
def test_changed_streams_never_take_this_process_down(smooth_picture: Callable[..., np.ndarray], dtype: str):
    picture = smooth_picture(64, 64, dtype=dtype)
    payload = compress(picture)
    rng = random.Random(12)
    refused = 0
    for _ in range(60):
        changed = bytearray(payload)
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        try:
            assert decode(changed, picture.shape, Datatype.from_numpy(picture.dtype)).shape == picture.shape
        except TensorError:
            refused += 1
    assert refused > 40
    assert (decode(payload, picture.shape, Datatype.from_numpy(picture.dtype)) == picture).all()


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_after_a_description_are_a_tensor_or_a_tensor_error(data: bytes):
    description = compress(np.zeros((1, 32, 32, 3), "f2"))[:30]
    for payload in (data, description + data):
        try:
            decode(payload, (1, 32, 32, 3))
        except TensorError:
            continue


def test_whole_numbers_are_refused_both_ways():
    with pytest.raises(UnsupportedDatatype, match="floating-point numbers, not uint8"):
        decode(bytes(100), (2, 2), Datatype.U8)
    with pytest.raises(UnsupportedDatatype, match="not int32"):
        CODEC.encode(np.zeros((2, 2), "i4"))


@pytest.mark.usefixtures("without_core")
def test_a_missing_library_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, smooth_picture: Callable[..., np.ndarray]
):
    payload = compress(smooth_picture(8, 8))
    monkeypatch.setitem(sys.modules, "fpzip", None)
    with pytest.raises(MissingCodec) as caught:
        decode(payload, (1, 8, 8, 3))
    assert "pip install rms-fpzip" in caught.value.hint


@pytest.mark.usefixtures("without_core")
@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8"])
def test_where_no_process_can_start_decoding_happens_here(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    smooth_picture: Callable[..., np.ndarray],
    dtype: str,
):
    monkeypatch.setattr(worker, "POOL", worker.Pool(1))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    picture = smooth_picture(16, 16, dtype=dtype)
    datatype = Datatype.from_numpy(picture.dtype)
    payload = compress(picture)
    with caplog.at_level(logging.WARNING, "drawthings.tensor"):
        for _ in range(3):
            assert (decode(payload, picture.shape, datatype) == picture).all()
    assert [r.name for r in caplog.records] == ["drawthings.tensor"]
    assert "inside this process" in caplog.text
    with pytest.raises(Truncated):
        decode(payload[:-1], picture.shape, datatype)
