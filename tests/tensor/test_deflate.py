import random
import sys
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.errors import CorruptPayload, TensorError, Truncated
from drawthings.tensor.deflate import CODEC
from drawthings.tensor.header import Datatype, Format, Header


@pytest.fixture(params=["isal", "zlib"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    """Every test with the fast module and without it."""
    if request.param == "isal":
        pytest.importorskip("isal")
    else:
        monkeypatch.setitem(sys.modules, "isal", None)
    return request.param


def squeeze(data: bytes):
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush()


def header(size: int):
    return Header(0x217, Format.NCHW, Datatype.U8, (size,))


def decode(payload: bytes, size: int):
    return CODEC.decode(memoryview(payload), header(size))


@pytest.mark.usefixtures("engine")
def test_plain_zlib_reads_what_we_write():
    mask = np.zeros((64, 64), np.uint8)
    mask[16:48, 16:48] = 2
    payload = CODEC.encode(mask)
    assert zlib.decompress(payload, -15) == mask.tobytes()
    assert len(payload) < 200


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("size", [1, 2, 1000, 70_000])
def test_we_read_what_plain_zlib_writes(size: int):
    data = random.Random(size).randbytes(size)
    decoded = decode(squeeze(data), size)
    assert decoded.tobytes() == data
    assert not decoded.flags.writeable


@pytest.mark.usefixtures("engine")
def test_a_bomb_unpacks_to_no_more_than_declared():
    bomb = squeeze(bytes(64 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(CorruptPayload, match="more than the 16 bytes"):
            decode(bomb, 16)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("engine")
def test_one_byte_more_than_declared_is_corrupt():
    with pytest.raises(CorruptPayload, match="more than the 999 bytes"):
        decode(squeeze(bytes(1000)), 999)


@pytest.mark.usefixtures("engine")
def test_one_byte_less_than_declared_is_truncated():
    with pytest.raises(Truncated, match="after 1000 of 1001"):
        decode(squeeze(bytes(1000)), 1001)


@pytest.mark.usefixtures("engine")
def test_a_stream_cut_anywhere_is_truncated():
    data = random.Random(4).randbytes(200) + bytes(200)
    payload = squeeze(data)
    for length in range(len(payload)):
        with pytest.raises(Truncated):
            decode(payload[:length], 400)


@pytest.mark.usefixtures("engine")
def test_bytes_behind_the_stream_are_corrupt():
    with pytest.raises(CorruptPayload, match="4 bytes follow"):
        decode(squeeze(bytes(100)) + b"more", 100)


@pytest.mark.usefixtures("engine")
def test_bytes_that_are_no_stream_are_corrupt():
    with pytest.raises(CorruptPayload, match="damaged") as caught:
        decode(b"\xff" * 50, 100)
    assert caught.value.__cause__ is not None


@given(st.binary(max_size=64), st.integers(1, 64))
def test_any_bytes_are_a_tensor_or_a_tensor_error(payload: bytes, size: int):
    try:
        decoded = decode(payload, size)
    except TensorError:
        return
    assert decoded.shape == (size,)


def test_changed_streams_are_a_tensor_or_a_tensor_error():
    rng = random.Random(7)
    payload = squeeze(bytes(range(256)) * 8)
    for _ in range(500):
        changed = bytearray(payload)
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        try:
            assert decode(changed, 2048).size == 2048
        except TensorError:
            continue
