import hashlib
import struct
import sys
import zlib
from collections.abc import Callable
from typing import Any

import fpzip
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from drawthings.errors import (
    BadHeader,
    MissingCodec,
    TensorError,
    TooLarge,
    Truncated,
    UnsupportedCodec,
    UnsupportedDatatype,
)
from drawthings.tensor import codec as codec_module
from drawthings.tensor.codec import Codec, codec_for, decode_tensor, encode_tensor, register
from drawthings.tensor.header import Datatype, Format, Header

pytestmark = pytest.mark.usefixtures("both_ways")

DTYPES = ("u1", "<i4", "<i8", "<f2", "<f4", "<f8")
SHAPES = hnp.array_shapes(min_dims=1, max_dims=6, max_side=5)


def official_content(name: str):
    """The numbers of the committed blobs, computed from their description."""
    if name == "deflate-u8-mask":
        mask = np.zeros((64, 64), np.uint8)
        mask[16:48, 16:48] = 2
        return mask
    f16 = np.float16
    levels = (np.arange(64) * 4 % 256).astype(f16)
    picture = np.empty((1, 8, 8, 3), f16)
    picture[0, ..., 0] = (levels * f16(2) / f16(255) - f16(1)).reshape(8, 8)
    picture[..., 1], picture[..., 2] = 0.25, 0.5
    return picture


def test_committed_blobs_decode_to_what_they_always_were(committed: tuple[bytes, dict[str, Any]]):
    blob, meta = committed
    assert hashlib.sha256(blob).hexdigest() == meta["sha256"]
    assert len(blob) == meta["bytes"]
    decoded = decode_tensor(blob)
    assert decoded.shape == tuple(meta["shape"])
    assert Datatype.from_numpy(decoded.dtype).name == meta["datatype"]
    assert (decoded == official_content(meta["name"])).all()


def test_committed_blobs_are_what_we_write(committed: tuple[bytes, dict[str, Any]]):
    blob, meta = committed
    ours = encode_tensor(official_content(meta["name"]), codec=meta["codec"])
    assert ours[:68] == blob[:68]
    if meta["encoder"] == "byte for byte":
        assert ours == blob
    else:
        assert zlib.decompress(ours[68:], -15) == zlib.decompress(blob[68:], -15)


def plain_decode(blob: bytes):
    """Decode with struct, zlib and the fpzip module: nothing of ours."""
    identifier, memory, layout, datatype, reserved, *dims = struct.unpack_from("<I4i12i", blob)
    assert (memory, reserved) == (1, 0)
    shape = tuple(d for d in dims if d)
    assert dims == [*shape, *[0] * (12 - len(shape))]
    dtype = {0x1000: "u1", 0x2000: "<i4", 0x4000: "<f4", 0x8000: "<i8", 0x10000: "<f8", 0x20000: "<f2"}[datatype]
    payload = blob[68:]
    if identifier == 0xF7217:
        values = fpzip.decompress(payload, order="C")
        inner = (1, 1, 1, *shape)[-3:]
        assert values.shape == (int(np.prod(shape)) // int(np.prod(inner)), *inner)
        return layout, values.astype(dtype).reshape(shape)
    data = zlib.decompress(payload, -15) if identifier == 0x217 else payload
    assert identifier in (0, 0x217)
    return layout, np.frombuffer(data, dtype).reshape(shape)


@given(st.data())
def test_plain_tools_read_what_we_write(data: st.DataObject):
    dtype = np.dtype(data.draw(st.sampled_from(DTYPES)))
    array = data.draw(hnp.arrays(dtype, SHAPES))
    names = ["raw", "deflate", "auto"] + ["fpzip"] * (dtype.kind == "f")
    blob = encode_tensor(array, codec=data.draw(st.sampled_from(names)))
    layout, decoded = plain_decode(blob)
    assert layout == (2 if array.ndim >= 3 else 1)
    assert decoded.tobytes() == array.tobytes()
    assert decode_tensor(blob).tobytes() == array.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["raw", "deflate", "auto"])
def test_all_number_types_go_there_and_back(dtype: str, name: str):
    array = (np.arange(2 * 16 * 16 * 3) % 120).astype(dtype).reshape(2, 16, 16, 3)
    blob = encode_tensor(array, codec=name)
    decoded = decode_tensor(blob)
    assert decoded.dtype == array.dtype
    assert (decoded == array).all()
    assert not decoded.flags.writeable
    assert (name == "raw") == (len(blob) == 68 + array.nbytes)


@pytest.mark.parametrize(
    ("dtype", "name", "identifier"),
    [
        ("f2", "auto", 0xF7217),
        ("f4", "auto", 0xF7217),
        ("f8", "auto", 0xF7217),
        ("u1", "auto", 0x217),
        ("i4", "auto", 0x217),
        ("f2", "deflate", 0x217),
        ("f2", "raw", 0),
    ],
)
def test_the_compression_follows_from_name_and_number_type(dtype: str, name: str, identifier: int):
    assert Header.parse(encode_tensor(np.zeros((1, 32, 32, 3), dtype), codec=name)).codec == identifier


@pytest.mark.parametrize(("name", "dtype"), [("deflate", "u1"), ("fpzip", "f2"), ("auto", "u1"), ("auto", "f8")])
def test_what_does_not_shrink_is_written_raw(name: str, dtype: str):
    noise = np.random.default_rng(3).integers(0, 256, 999 * np.dtype(dtype).itemsize, np.uint8).view(dtype)
    noise = np.where(np.isfinite(noise), noise, 0).astype(dtype)
    blob = encode_tensor(noise, codec=name)
    assert Header.parse(blob).codec == 0
    assert blob[68:] == noise.tobytes()


def test_a_compression_that_makes_nothing_leaves_the_tensor_raw(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(codec_for(0xF7217)), "encode", lambda *_: b"")
    assert encode_tensor(np.zeros((4, 4), "f4"), codec="fpzip") == encode_tensor(np.zeros((4, 4), "f4"))


@pytest.mark.parametrize("name", ["fpzip", "auto"])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_numbers_that_are_not_finite_are_deflated_instead(name: str, dtype: str):
    array = np.ones((1, 16, 16, 3), dtype)
    array[0, 0, :4, 0] = [np.nan, np.inf, -np.inf, -np.nan]
    blob = encode_tensor(array, codec=name)
    assert Header.parse(blob).codec == 0x217
    assert decode_tensor(blob).tobytes() == array.tobytes()


def test_any_memory_order_and_byte_order_is_written_right():
    array = np.arange(24, dtype=">f4").reshape(2, 3, 4)
    for variant in (array, np.asfortranarray(array), array[::-1, :, ::2], array.T):
        assert (decode_tensor(encode_tensor(variant)) == variant).all()


@pytest.mark.parametrize(
    ("shape", "layout"), [((5,), Format.NCHW), ((5, 5), Format.NCHW), ((5, 5, 3), Format.NHWC), ((1, 1, 1, 3, 2), 2)]
)
def test_the_format_follows_from_the_number_of_dimensions(shape: tuple[int, ...], layout: int):
    assert Header.parse(encode_tensor(np.zeros(shape, "u1"))).format == layout


def test_the_format_can_be_given():
    assert Header.parse(encode_tensor(np.zeros((1, 2, 3), "u1"), format=Format.CHWN)).format is Format.CHWN


@pytest.mark.parametrize("shape", [(), (0,), (1, 0, 3), (1,) * 13])
def test_shapes_that_no_header_can_hold_are_refused(shape: tuple[int, ...]):
    with pytest.raises(BadHeader):
        encode_tensor(np.zeros(shape, "u1"))


def test_fpzip_for_whole_numbers_is_refused_with_the_way_out():
    with pytest.raises(UnsupportedDatatype, match="uint8") as caught:
        encode_tensor(np.zeros(3, "u1"), codec="fpzip")
    assert "deflate" in caught.value.hint


def test_an_unknown_compression_name_is_refused():
    with pytest.raises(UnsupportedCodec, match="'gzip'; there are raw, deflate, fpzip and auto"):
        encode_tensor(np.zeros(3, "u1"), codec="gzip")


@pytest.mark.parametrize(
    ("identifier", "words"),
    [(0x511, r"0x511 \(ezm7\)"), (0x8A1E4B, r"0x8a1e4b \(q4p\)"), (0x10000000, r"0x10000000 \(unknown\)")],
)
def test_an_unknown_compression_is_refused_with_its_number(
    write_header: Callable[..., bytes], identifier: int, words: str
):
    with pytest.raises(UnsupportedCodec, match=words) as caught:
        decode_tensor(write_header((1, 2), codec=identifier) + bytes(4))
    assert caught.value.codec == identifier


def test_a_registered_compression_is_used(write_header: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch):
    class Zeros:
        identifier = 0x777
        name = "zeros"

        def encode(self, array: np.ndarray) -> bytes:
            return bytes(array.ndim)

        def decode(self, payload: memoryview, header: Header) -> np.ndarray:
            return np.full(header.shape, len(payload), header.datatype.numpy)

    monkeypatch.setattr(codec_module, "_REGISTERED", {})
    register(Zeros())
    assert isinstance(codec_for(0x777), Codec)
    assert decode_tensor(write_header((3, 2), codec=0x777) + b"two..").tolist() == [[5, 5]] * 3


@pytest.mark.parametrize("identifier", [0, 0x217, 0xF7217])
def test_our_compressions_keep_the_contract(identifier: int):
    codec = codec_for(identifier)
    assert isinstance(codec, Codec)
    assert codec.identifier == identifier
    assert codec_for(identifier) is codec


def test_the_limit_holds_for_every_compression(write_header: Callable[..., bytes]):
    for identifier in (0, 0x217, 0xF7217):
        with pytest.raises(TooLarge):
            decode_tensor(write_header((2**20, 2**20), codec=identifier) + bytes(100))
    with pytest.raises(TooLarge):
        decode_tensor(encode_tensor(np.zeros(100, "f4")), limit=399)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_all_kinds_of_bytes_are_read(kind: Callable[[bytes], Any]):
    blob = encode_tensor(np.arange(6, dtype="u1").reshape(2, 3))
    decoded = decode_tensor(kind(blob))
    assert decoded.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert not decoded.flags.writeable


@pytest.mark.usefixtures("without_core")
def test_without_fpzip_auto_deflates_and_the_rest_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    blob = encode_tensor(np.zeros((1, 16, 16, 3), "f2"), codec="fpzip")
    monkeypatch.setitem(sys.modules, "fpzip", None)
    assert Header.parse(encode_tensor(np.zeros((1, 16, 16, 3), "f2"), codec="auto")).codec == 0x217
    with pytest.raises(MissingCodec) as caught:
        encode_tensor(np.zeros((1, 16, 16, 3), "f2"), codec="fpzip")
    assert "pip install rms-fpzip" in caught.value.hint
    with pytest.raises(MissingCodec, match="not installed"):
        decode_tensor(blob)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_tensor_or_a_tensor_error(data: bytes):
    for blob in (data, struct.pack("<I4i2i40x", 0, 1, 2, 0x1000, 0, 2, 40) + data):
        try:
            decode_tensor(blob, limit=1 << 20)
        except TensorError:
            continue


def test_a_header_alone_is_truncated(write_header: Callable[..., bytes]):
    for identifier in (0, 0x217, 0xF7217):
        with pytest.raises(Truncated):
            decode_tensor(write_header((1, 2), codec=identifier))
