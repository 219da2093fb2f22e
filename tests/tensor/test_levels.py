import logging
from collections.abc import Callable

import numpy as np
import pytest

from drawthings.errors import BadHeader, CorruptPayload, TooLarge, Truncated, UnsupportedDatatype
from drawthings.tensor import codec as codec_module
from drawthings.tensor.codec import encode_tensor
from drawthings.tensor.deflate import DeflateCodec
from drawthings.tensor.levels import decode_to_levels, level_strips
from drawthings.tensor.pixels import decode_pixels

CODECS = ["raw", "deflate", "fpzip"]

pytestmark = pytest.mark.usefixtures("native")


def in_numpy(values: np.ndarray, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setenv("DRAWTHINGS_NATIVE", "0")
        return decode_pixels(values)


def blob_of(values: np.ndarray, codec: str) -> bytes:
    blob = encode_tensor(values, codec=codec)
    assert codec == "raw" or blob[:4] != bytes(4)
    return blob


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", ["f2", "f4"])
def test_levels_are_those_of_numpy(
    monkeypatch: pytest.MonkeyPatch,
    smooth_picture: Callable[..., np.ndarray],
    codec: str,
    channels: int,
    dtype: str,
):
    values = (smooth_picture(37, 53, channels, dtype="f4", noise=0) * 1.2).round(2).astype(dtype)
    blob = blob_of(values, codec)
    expected = in_numpy(values, monkeypatch)
    levels, shape = decode_to_levels(blob)
    assert shape == expected.shape
    assert bytes(levels) == expected.tobytes()
    for kind in (bytearray, memoryview):
        strips = level_strips(kind(blob), rows=5)
        assert strips.shape == expected.shape
        parts = [bytes(strip) for strip in strips]
        assert len(parts) == 8
        assert b"".join(parts) == expected.tobytes()


@pytest.mark.parametrize(("channels", "times"), [(1, 1), (4, 1), (1, 3), (3, 1)])
def test_every_half_precision_number_has_its_level(monkeypatch: pytest.MonkeyPatch, channels: int, times: int):
    every = np.arange(1 << 16, dtype="<u2").view("<f2").reshape(1, 256, 256, 1)
    every = np.tile(every, (1, times, 1, channels))
    logging.getLogger("drawthings.tensor").setLevel(logging.ERROR)
    try:
        levels, _ = decode_to_levels(encode_tensor(every))
        assert bytes(levels) == in_numpy(every, monkeypatch).tobytes()
    finally:
        logging.getLogger("drawthings.tensor").setLevel(logging.NOTSET)


@pytest.mark.parametrize("precision", [19, 32])
def test_single_precision_inside_a_half_precision_tensor_is_rounded_first(
    monkeypatch: pytest.MonkeyPatch,
    write_header: Callable[..., bytes],
    caplog: pytest.LogCaptureFixture,
    precision: int,
):
    fpzip = pytest.importorskip("fpzip")
    places = np.arange(0, 1 << 32, 4099, dtype=np.uint64).astype("u4")  # a walk over all single-precision numbers
    wide = places[: 1 << 20].view("f4").copy()
    with np.errstate(all="ignore"):
        wide = wide[np.isfinite(wide)][: 3 << 18].reshape(1, 512, 512, 3)
        halves = (wide.view("u4") & np.uint32((0xFFFFFFFF << (32 - precision)) & 0xFFFFFFFF)).view("f4").astype("f2")
    stream = fpzip.compress(wide, precision=precision, order="C")
    levels, _ = decode_to_levels(write_header(wide.shape, codec=0xF7217) + stream)
    assert bytes(levels) == in_numpy(halves, monkeypatch).tobytes()
    counts = {message.split()[0] for message in caplog.messages}
    assert counts == {str(np.count_nonzero(~np.isfinite(halves)))}


def test_what_is_not_finite_is_counted_once(caplog: pytest.LogCaptureFixture):
    values = np.zeros((8, 8, 3), "f2")
    values[1, 2] = [np.nan, np.inf, -np.inf]
    with caplog.at_level(logging.WARNING, "drawthings.tensor"):
        levels = b"".join(level_strips(encode_tensor(values), rows=3))
    assert caplog.messages == ["3 of 192 numbers of a picture are not finite; they became 0."]
    assert set(levels) == {0, 128}


def test_a_picture_without_batch_is_one_too():
    levels, shape = decode_to_levels(encode_tensor(np.zeros((4, 5, 3), "f2"), codec="fpzip"))
    assert shape == (4, 5, 3)
    assert set(levels) == {128}


def test_without_the_core_there_is_another_way(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DRAWTHINGS_NATIVE", "0")
    assert decode_to_levels(encode_tensor(np.zeros((4, 4, 3), "f2"))) is None


def test_double_precision_goes_another_way():
    assert decode_to_levels(encode_tensor(np.zeros((4, 4, 3)), codec="fpzip")) is None


def test_so_few_bits_go_another_way(write_header: Callable[..., bytes]):
    fpzip = pytest.importorskip("fpzip")
    stream = fpzip.compress(np.zeros((1, 16, 16, 3), "f4"), precision=8, order="C")
    assert decode_to_levels(write_header((1, 16, 16, 3), codec=0xF7217) + stream) is None


def test_a_compression_put_in_our_place_is_respected(monkeypatch: pytest.MonkeyPatch):
    blob = encode_tensor(np.zeros((4, 4, 3), "f2"), codec="deflate")

    class Theirs(DeflateCodec):
        pass

    monkeypatch.setitem(codec_module._REGISTERED, 0x217, Theirs())
    assert decode_to_levels(blob) is None
    monkeypatch.setitem(codec_module._REGISTERED, 0x217, DeflateCodec())
    assert decode_to_levels(blob) is not None


@pytest.mark.parametrize("shape", [(4, 4), (2, 4, 4, 3), (4, 4, 2), (1, 4, 4, 16)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]):
    with pytest.raises(BadHeader, match="One picture has the shape"):
        decode_to_levels(encode_tensor(np.zeros(shape, "f2")))


def test_whole_numbers_are_refused():
    with pytest.raises(UnsupportedDatatype, match="not uint8"):
        decode_to_levels(encode_tensor(np.zeros((4, 4, 3), "u1")))


def test_the_limit_holds():
    with pytest.raises(TooLarge):
        decode_to_levels(encode_tensor(np.zeros((4, 4, 3), "f2")), limit=95)


@pytest.mark.parametrize("codec", CODECS)
def test_a_missing_byte_is_truncated(codec: str):
    with pytest.raises(Truncated):
        decode_to_levels(blob_of(np.zeros((16, 16, 3), "f2"), codec)[:-1])


@pytest.mark.parametrize("codec", ["deflate", "fpzip"])
def test_another_byte_is_corrupt(codec: str):
    with pytest.raises(CorruptPayload, match="1 bytes follow"):
        decode_to_levels(blob_of(np.zeros((16, 16, 3), "f2"), codec) + b"!")


def test_a_stream_of_another_shape_is_corrupt(write_header: Callable[..., bytes]):
    stream = encode_tensor(np.zeros((1, 16, 16, 3), "f2"), codec="fpzip")[68:]
    with pytest.raises(CorruptPayload, match="single precision of 1 x 16 x 16 x 3"):
        decode_to_levels(write_header((1, 16, 8, 3), codec=0xF7217) + stream)


def test_damage_further_down_is_told_when_it_is_reached(smooth_picture: Callable[..., np.ndarray]):
    blob = encode_tensor(smooth_picture(64, 64), codec="fpzip")
    strips = iter(level_strips(blob[:-200], rows=8))
    assert len(next(strips)) == 8 * 64 * 3
    with pytest.raises(Truncated):
        list(strips)
