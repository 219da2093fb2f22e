"""Tensors compressed with raw deflate: what the official programs use for masks and other whole numbers."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from drawthings.errors import CorruptPayload, Truncated

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    from drawthings.tensor.header import Header

_RAW_STREAM = -15  # window bits: 32 KiB, and neither a zlib nor a gzip header around the stream
_FASTEST = 1
_MEMORY_LEVEL = 9


def _engine() -> ModuleType:
    """Find the fastest module with the interface of zlib; isal is four to five times faster and makes the same size."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib
    return isal_zlib


class DeflateCodec:
    """Identifier 0x217, a raw deflate stream.

    Source: `Store.swift` (`zipEncode`, `zipDecode`): zlib with window bits -15 on Linux, the ZLIB of the Compression
    framework on Apple systems, which is the same kind of stream.
    """

    identifier = 0x217
    name = "deflate"

    def encode(self, array: NDArray[Any]) -> bytes:
        """Compress the numbers at the fastest level.

        Args:
            array: A little-endian array in row-major order.

        Returns:
            The payload, which may be larger than the numbers themselves.
        """
        squeeze = _engine().compressobj(_FASTEST, zlib.DEFLATED, _RAW_STREAM, _MEMORY_LEVEL)
        return b"".join((squeeze.compress(array.reshape(-1).view("u1")), squeeze.flush()))

    def decode(self, payload: memoryview, header: Header) -> NDArray[Any]:
        """Decompress to exactly the declared size; never more is unpacked, however much the stream holds.

        Args:
            payload: The bytes after the header: one deflate stream and nothing behind it (the official encoders write
                nothing behind it either, so bytes that follow mean that something went wrong on the way).
            header: What the header says.

        Returns:
            A read-only array.

        Raises:
            Truncated: The stream ends too early.
            CorruptPayload: The stream is damaged, holds more than declared, or bytes follow it.
        """
        import numpy as np

        flat: NDArray[Any] = np.frombuffer(inflate(payload, header.payload_bytes), dtype=header.datatype.numpy)
        return flat.reshape(header.shape)


def inflate(payload: memoryview, declared: int) -> bytes:
    """Decompress a raw deflate stream of a known length; needs no numpy.

    Args:
        payload: One stream and nothing behind it.
        declared: How many bytes it must hold.

    Returns:
        That many bytes.

    Raises:
        Truncated: The stream ends too early.
        CorruptPayload: The stream is damaged, holds more than declared, or bytes follow it.
    """
    engine = _engine()
    stream = engine.decompressobj(_RAW_STREAM)
    try:
        numbers: bytes = stream.decompress(payload, declared)
        surplus = b"" if stream.eof else stream.decompress(stream.unconsumed_tail, 1)
    except engine.error as error:
        raise CorruptPayload(f"The deflate stream of this tensor is damaged: {error}.") from error
    if surplus:
        raise CorruptPayload(f"The deflate stream holds more than the {declared} bytes that the header declares.")
    if not stream.eof or len(numbers) < declared:
        raise Truncated(f"The deflate stream ends after {len(numbers)} of {declared} declared bytes.")
    if stream.unused_data:
        raise CorruptPayload(f"{len(stream.unused_data)} bytes follow the end of the deflate stream.")
    return numbers


CODEC = DeflateCodec()
