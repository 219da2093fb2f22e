"""Pictures as bytes and pictures as tensors: the two maps between them, by table.

A byte b stands for v = b * 2 / 255 - 1, so black is -1 and white is 1; back it goes with b = round((v + 1) * 127.5).
All 256 levels survive the way there and back.
"""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from drawthings.errors import BadHeader, UnsupportedDatatype
from drawthings.tensor import core
from drawthings.tensor.codec import CodecName, decode_tensor, encode_tensor, is_ours
from drawthings.tensor.fpzip import HALF_PRECISION, UNUSED_BITS, check, decode_parts
from drawthings.tensor.geometry import expected_geometry
from drawthings.tensor.header import DEFAULT_LIMIT, HEADER_BYTES, Datatype, Format, Header
from drawthings.tensor.levels import level_strips, picture_shape, warn_of_broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from drawthings.tensor.native import Geometry

_BLOCK = 1 << 16  # numbers at a time: what one step writes, the next finds in the processor's cache
_CORE_ITEM_BYTES = (2, 4)
_RAW, _FPZIP = 0, 0xF7217
_STRIP = 1 << 17  # numbers at a time: memory for more would come anew from the system each time
_HALF_INFINITY = 65520  # from here on half precision rounds to infinity
_HALF = np.dtype("<f2")
_HALF_EXPONENT = np.uint16(0x7C00)
_PICTURE_RANK = 3
_RGB = 3
_ARGB = 4
_LARGEST_BYTE = 255.0


def encode_pixels(pixels: NDArray[np.uint8]) -> NDArray[np.float16]:
    """Turn a picture into the tensor that the server takes as image or reference.

    Args:
        pixels: The picture.

    Returns:
        A new array.

    Shapes:
        pixels (H, W, 3) uint8; result (1, H, W, 3) float16 in [-1, 1], little-endian.

    Raises:
        BadHeader: The array is no picture of three channels.
        UnsupportedDatatype: The array does not hold bytes.

    Source: `ImageConverter.swift` (`tensor(from:)`), which computes step by step in half precision; so does the table.
    """
    _check_input(pixels)
    values = np.empty((1, *pixels.shape), _HALF)
    levels = np.ascontiguousarray(pixels)
    if (native := core.native_core()) is not None:
        native.spread(levels.data, _values().data, values.ctypes.data)
    else:
        _spread(levels.reshape(-1), values.reshape(-1))
    return values


def decode_pixels(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Turn a tensor from the server into a picture.

    Rounds to the nearest level, where the official app truncates in half precision (and so loses 20 of 256 levels).
    A number that is not finite becomes 0; a warning on the logger ``drawthings.tensor`` counts them.

    Args:
        values: One picture: grey, RGB, or alpha before RGB with alpha in [0, 1] and not multiplied in.

    Returns:
        A new array; four channels come as R, G, B, A.

    Shapes:
        values (1, H, W, C) or (H, W, C) float16, float32 or float64 in [-1, 1], C is 1, 3 or 4; result (H, W, C) uint8.

    Raises:
        BadHeader: The array is no single picture.
        UnsupportedDatatype: The array holds whole numbers.

    Source: `ImageConverter.swift` (`image(from:)`), `FirstStage.swift` for the order of four channels.
    """
    picture = _single_picture(values)
    if (native := core.native_core()) is not None and picture.dtype.itemsize in _CORE_ITEM_BYTES:
        return _decode_with_core(native, picture)
    warn_of_broken(count_nonfinite(picture), picture.size)
    if picture.shape[-1] != _ARGB:
        return _levels(picture, opacity=False)
    result = np.empty(picture.shape, np.uint8)
    result[..., :3] = _levels(picture[..., 1:], opacity=False)
    result[..., 3] = _levels(picture[..., 0], opacity=True)
    return result


def count_nonfinite(values: NDArray[Any]) -> int:
    """Count the numbers that are NaN or infinite.

    Args:
        values: Floating-point numbers of any shape.

    Returns:
        How many there are; a picture from a healthy model has none.
    """
    if values.dtype == _HALF:
        exponents = np.ascontiguousarray(values, _HALF).view("<u2") & _HALF_EXPONENT
        return int(np.count_nonzero(exponents == _HALF_EXPONENT))
    return values.size - int(np.count_nonzero(np.isfinite(values)))


def blob_to_pixels(blob: bytes | bytearray | memoryview, *, limit: int = DEFAULT_LIMIT) -> NDArray[np.uint8]:
    """Turn the tensor bytes of a result into a picture.

    Args:
        blob: A tensor blob from the server.
        limit: How many uncompressed bytes it may declare.

    Returns:
        The picture.

    Shapes:
        result (H, W, C) uint8 with C = 1, 3 (RGB) or 4 (RGBA).

    Raises:
        TensorError: One of its kinds: see ``decode_tensor`` and ``decode_pixels``.
    """
    if (strips := level_strips(blob, limit=limit)) is not None:
        pixels = np.empty(strips.shape, np.uint8)
        strips.fill(pixels.ctypes.data)
        return pixels
    if (stream := _picture_stream(blob, limit)) is not None:
        return _stream_to_pixels(*stream)
    return decode_pixels(decode_tensor(blob, limit=limit))


def pixels_to_blob(pixels: NDArray[np.uint8], codec: CodecName = "raw") -> bytes:
    """Turn a picture into the tensor bytes that a request carries.

    Args:
        pixels: The picture.
        codec: How to compress; ``deflate`` is the one worth its time on a slow network.

    Returns:
        A tensor blob.

    Shapes:
        pixels (H, W, 3) uint8.

    Raises:
        TensorError: One of its kinds: see ``encode_pixels`` and ``encode_tensor``.
    """
    native = core.native_core()
    if codec == "raw" and is_ours(_RAW):
        _check_input(pixels)
        return strips_to_blob(pixels.shape[0], pixels.shape[1], _strips(pixels))
    if codec not in {"fpzip", "auto"} or native is None or not is_ours(_FPZIP):
        return encode_tensor(encode_pixels(pixels), codec=codec)
    _check_input(pixels)
    header = Header(_FPZIP, Format.NHWC, Datatype.F16, (1, *pixels.shape))
    levels = np.ascontiguousarray(pixels)
    payload = native.encode(
        *(expected_geometry(header), levels.data, core.BYTES), room=header.payload_bytes - 1, table=_values().data
    )
    return header.to_bytes() + payload if payload else encode_tensor(encode_pixels(pixels))


def strips_to_blob(height: int, width: int, strips: Iterable[NDArray[np.uint8]]) -> bytes:
    """Turn a picture that comes in strips into the tensor bytes that a request carries, without compression.

    Memory for all the numbers of a picture at once takes longer to get than the numbers take to make.

    Args:
        height: How many rows there are in all.
        width: How many pixels a row has.
        strips: Whole rows, from top to bottom.

    Returns:
        A tensor blob.

    Shapes:
        strips (rows, width, 3) uint8 each, (height, width, 3) together.
    """
    native = core.native_core()
    header = Header(_RAW, Format.NHWC, Datatype.F16, (1, height, width, _RGB))
    written = io.BytesIO()  # gives its bytes away without a copy; made as long as it will be, it never moves
    written.seek(HEADER_BYTES + header.payload_bytes - 1)
    written.write(b"\0")
    written.seek(0)
    written.write(header.to_bytes())
    block = np.empty(0, _HALF)
    for strip in strips:
        levels = np.ascontiguousarray(strip).reshape(-1)
        if block.size < levels.size:
            block = np.empty(levels.size, _HALF)
        numbers = block[: levels.size]
        if native is not None:
            native.spread(levels.data, _values().data, numbers.ctypes.data)
        else:
            _spread(levels, numbers)
        written.write(numbers.data)
    return written.getvalue()


def rows_in_strip(width: int) -> int:
    """Return how many rows of so many pixels make a good strip."""
    return max(1, _STRIP // (width * _RGB))


def _strips(pixels: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    rows = rows_in_strip(pixels.shape[1])
    return (pixels[start : start + rows] for start in range(0, len(pixels), rows))


def _check_input(pixels: NDArray[np.uint8]) -> None:
    if pixels.ndim != _PICTURE_RANK or pixels.shape[-1] != _RGB:
        raise BadHeader(f"A picture to send has the shape (height, width, 3); this one has {pixels.shape}.")
    if pixels.dtype != np.uint8:
        raise UnsupportedDatatype(f"A picture to send holds bytes (uint8), not {pixels.dtype}.", datatype=pixels.dtype)


def _picture_stream(blob: bytes | bytearray | memoryview, limit: int) -> tuple[memoryview, Header, Geometry] | None:
    """Find an fpzip stream of half precision, grey or RGB: what servers send, and worth a way of its own."""
    view = memoryview(blob).cast("B")
    header = Header.parse(view, limit=limit)
    if header.codec != _FPZIP or not is_ours(_FPZIP) or header.datatype is not Datatype.F16:
        return None
    payload = view[HEADER_BYTES:]
    geometry = check(payload, header)
    if header.shape[-1] == _ARGB or not 0 < geometry.precision <= HALF_PRECISION:
        return None
    return payload, header, geometry


def _stream_to_pixels(payload: memoryview, header: Header, geometry: Geometry) -> NDArray[np.uint8]:
    """Decode with the fpzip library, and look the levels up by the bits that its single precision leaves in use."""
    pixels = np.empty(picture_shape(header.shape), np.uint8)
    levels = pixels.reshape(-1)
    broken = 0

    def take(start: int, part: NDArray[Any]) -> None:
        nonlocal broken
        if not (part.max() < _HALF_INFINITY and part.min() > -_HALF_INFINITY):  # false for NaN too
            broken += int(np.count_nonzero(~(np.abs(part) < _HALF_INFINITY)))
        keys = part.view("=u4") >> np.uint32(UNUSED_BITS)
        _look_up(_single_levels(), keys, levels[start : start + part.size])

    decode_parts(geometry, payload, take)
    warn_of_broken(broken, levels.size)
    return pixels


def _decode_with_core(native: core.Core, picture: NDArray[Any]) -> NDArray[np.uint8]:
    numbers = np.ascontiguousarray(picture, picture.dtype.newbyteorder("<"))
    levels = np.empty(picture.shape, np.uint8)
    half = numbers.dtype == _HALF
    broken = native.levels(numbers.data, slice(None), picture.shape[-1], levels.ctypes.data, half=half)
    warn_of_broken(broken, picture.size)
    return levels


def _single_picture(values: NDArray[Any]) -> NDArray[Any]:
    picture = values.reshape(picture_shape(values.shape))
    if picture.dtype.kind != "f" or picture.dtype.itemsize > np.dtype("f8").itemsize:
        raise UnsupportedDatatype(
            f"A picture holds float16, float32 or float64 numbers, not {values.dtype}.", datatype=str(values.dtype)
        )
    return picture


def _levels(values: NDArray[Any], *, opacity: bool) -> NDArray[np.uint8]:
    """Turn numbers into bytes: by table where half precision has few enough, else by arithmetic."""
    result = np.empty(values.shape, np.uint8)
    flat = np.ascontiguousarray(values).reshape(-1)
    if values.dtype == _HALF:
        _look_up(_half_levels(opacity=opacity), flat.astype(_HALF, copy=False).view("<u2"), result.reshape(-1))
    else:
        for start in range(0, flat.size, _BLOCK):
            result.reshape(-1)[start : start + _BLOCK] = _round(flat[start : start + _BLOCK], opacity=opacity)
    return result


def _spread(levels: NDArray[np.uint8], values: NDArray[np.float16]) -> None:
    """Fill ``values`` with the number of each byte; two at a time, which takes little more than half as long."""
    even = levels.size & ~1
    _look_up(_value_pairs(), levels[:even].view(np.uint16), values[:even].view(np.uint32))
    values[even:] = _values()[levels[even:]]


def _look_up(table: NDArray[Any], keys: NDArray[Any], result: NDArray[Any]) -> None:
    """Fill ``result`` from a table; in blocks, because numpy widens the keys to 64 bits on the way."""
    for start in range(0, keys.size, _BLOCK):
        # No key is out of bounds; "clip" only spares numpy a buffer for the case that one were.
        np.take(table, keys[start : start + _BLOCK], mode="clip", out=result[start : start + _BLOCK])


def _round(values: NDArray[Any], *, opacity: bool) -> NDArray[np.float32]:
    """Map to [0, 255] in single precision, whole numbers; clipped first, so that double precision cannot overflow."""
    with np.errstate(invalid="ignore"):
        clipped = np.clip(values, 0 if opacity else -1, 1).astype(np.float32)
        scaled = clipped * _LARGEST_BYTE if opacity else (clipped + 1) * (_LARGEST_BYTE / 2)
    level: NDArray[np.float32] = np.rint(scaled)
    level[~np.isfinite(values)] = 0
    return level


@functools.cache
def _values() -> NDArray[np.float16]:
    """The number for each byte."""
    levels = np.arange(256).astype(np.float16)
    return (levels * np.float16(2) / np.float16(255) - np.float16(1)).astype(_HALF)


@functools.cache
def _value_pairs() -> NDArray[np.uint32]:
    """The numbers for each two bytes that stand side by side."""
    pairs = np.arange(1 << 16, dtype=np.uint16).view(np.uint8)
    return _values()[pairs].view(np.uint32)


@functools.cache
def _single_levels() -> NDArray[np.uint8]:
    """The byte for each single-precision number of 19 bits, by these bits."""
    every = (np.arange(1 << HALF_PRECISION, dtype="=u4") << np.uint32(UNUSED_BITS)).view("=f4")
    with np.errstate(all="ignore"):  # what half precision cannot hold becomes infinite
        return _round(every.astype(_HALF).astype(np.float32), opacity=False).astype(np.uint8)


@functools.cache
def _half_levels(*, opacity: bool) -> NDArray[np.uint8]:
    """The byte for each of the 65536 half-precision numbers, by its bits."""
    every = np.arange(1 << 16, dtype="<u2").view(_HALF)
    return _round(every.astype(np.float32), opacity=opacity).astype(np.uint8)
