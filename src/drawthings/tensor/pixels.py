"""Pictures as bytes and pictures as tensors: the two maps between them, by table.

A byte b stands for v = b * 2 / 255 - 1, so black is -1 and white is 1; back it goes with b = round((v + 1) * 127.5).
All 256 levels survive the way there and back.
"""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from drawthings.errors import BadHeader, UnsupportedDatatype
from drawthings.tensor.codec import CodecName, decode_tensor, encode_tensor
from drawthings.tensor.header import DEFAULT_LIMIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger("drawthings.tensor")

_BLOCK = 1 << 16  # numbers at a time: what one step writes, the next finds in the processor's cache
_HALF = np.dtype("<f2")
_HALF_EXPONENT = np.uint16(0x7C00)
_CHANNELS = (1, 3, 4)
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
    if pixels.ndim != _PICTURE_RANK or pixels.shape[-1] != _RGB:
        raise BadHeader(f"A picture to send has the shape (height, width, 3); this one has {pixels.shape}.")
    if pixels.dtype != np.uint8:
        raise UnsupportedDatatype(f"A picture to send holds bytes (uint8), not {pixels.dtype}.", datatype=pixels.dtype)
    values = np.empty((1, *pixels.shape), _HALF)
    _look_up(_values(), np.ascontiguousarray(pixels).reshape(-1), values.reshape(-1))
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
    if broken := count_nonfinite(picture):
        logger.warning("%d of %d numbers of a picture are not finite; they became 0.", broken, picture.size)
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
    return encode_tensor(encode_pixels(pixels), codec=codec)


def _single_picture(values: NDArray[Any]) -> NDArray[Any]:
    picture = values[0] if values.ndim == _PICTURE_RANK + 1 and values.shape[0] == 1 else values
    if picture.ndim != _PICTURE_RANK or picture.shape[-1] not in _CHANNELS:
        raise BadHeader(
            "One picture has the shape (height, width, channels) with 1, 3 or 4 channels; "
            f"this tensor has {values.shape}."
        )
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
def _half_levels(*, opacity: bool) -> NDArray[np.uint8]:
    """The byte for each of the 65536 half-precision numbers, by its bits."""
    every = np.arange(1 << 16, dtype="<u2").view(_HALF)
    return _round(every.astype(np.float32), opacity=opacity).astype(np.uint8)
