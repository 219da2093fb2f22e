"""Tensor blobs straight to the bytes of a picture, with the native core and without numpy.

``pixels.py`` does the same for every kind of number and with or without the core. This is the short way for what
servers send: it spares a program that only wants a file the import of numpy, and hands out rows while later ones are
still being decoded.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from drawthings.errors import BadHeader, UnsupportedDatatype
from drawthings.tensor import core
from drawthings.tensor.codec import is_ours
from drawthings.tensor.deflate import inflate
from drawthings.tensor.geometry import expected_geometry, something_else
from drawthings.tensor.header import DEFAULT_LIMIT, HEADER_BYTES, Datatype, Header
from drawthings.tensor.raw import declared_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

logger = logging.getLogger("drawthings.tensor")

_RAW, _DEFLATE = 0, 0x217
_CHANNELS = (1, 3, 4)
_PICTURE_RANK = 3
_ROWS = 64
_FORMS = {Datatype.F16: core.LEVELS_OF_F16, Datatype.F32: core.LEVELS_OF_F32}


def decode_to_levels(
    blob: bytes | bytearray | memoryview, *, limit: int = DEFAULT_LIMIT
) -> tuple[bytearray, tuple[int, int, int]] | None:
    """Turn the tensor bytes of a result into the bytes of a picture.

    Args:
        blob: A tensor blob from the server.
        limit: How many uncompressed bytes it may declare.

    Returns:
        The bytes, row by row, and height, width and channels (1, 3 for RGB, 4 for RGBA). None where only
        ``blob_to_pixels`` can help: without the native core, for double precision, and for foreign compressions.

    Raises:
        TensorError: One of its kinds, as ``blob_to_pixels`` raises them.
    """
    strips = level_strips(blob, limit=limit)
    if strips is None:
        return None
    levels = bytearray(math.prod(strips.shape))
    strips.fill(core.address_of(levels))
    return levels, strips.shape


def level_strips(
    blob: bytes | bytearray | memoryview, *, rows: int = _ROWS, limit: int = DEFAULT_LIMIT
) -> LevelStrips | None:
    """Turn the tensor bytes of a result into strips of a picture, one after the other.

    Args:
        blob: A tensor blob from the server; it must not change until the last strip is there.
        rows: How many rows a strip has; the last one may have fewer.
        limit: How many uncompressed bytes the blob may declare.

    Returns:
        The strips, which can be gone through once; None where only ``blob_to_pixels`` can help.

    Raises:
        TensorError: One of its kinds: what is wrong with the header is told here, what is wrong with the numbers when
            the strip is asked for.
    """
    native = core.native_core()
    view = memoryview(blob).cast("B")
    header = Header.parse(view, limit=limit)
    if native is None or header.datatype is Datatype.F64 or not is_ours(header.codec):
        return None
    shape = picture_shape(header.shape)
    if header.datatype not in _FORMS:
        raise UnsupportedDatatype(
            f"A picture holds float16, float32 or float64 numbers, not {header.datatype.numpy}.",
            datatype=str(header.datatype.numpy),
        )
    try:
        fill = _filler(native, blob, header)
    except core.Unsupported:
        return None
    return LevelStrips(fill, shape, rows)


class LevelStrips:
    """A picture in strips, from top to bottom; they are made while one goes through them, once.

    Args:
        fill: Makes the next so many bytes at an address, and returns how many numbers were not finite.
        shape: Height, width and channels of the whole picture.
        rows: How many rows a strip has.
    """

    def __init__(self, fill: Callable[[int, int], int], shape: tuple[int, int, int], rows: int) -> None:
        self.shape = shape
        self._fill = fill
        self._rows = rows
        self._done = 0

    def fill(self, address: int) -> None:
        """Decode all of the picture at once, instead of going through the strips.

        Args:
            address: Where there is room for all its bytes.

        Raises:
            TensorError: As for the strips.
        """
        height, width, channels = self.shape
        self._done = height
        warn_of_broken(self._fill(address, height * width * channels), height * width * channels)

    def __iter__(self) -> Iterator[bytearray]:
        """Decode one strip after the other.

        Yields:
            The bytes of the next rows.

        Raises:
            TensorError: One of its kinds: the numbers are damaged, end too early, or something follows them.
        """
        height, width, channels = self.shape
        broken = 0
        while self._done < height:
            rows = min(self._rows, height - self._done)
            strip = bytearray(rows * width * channels)
            broken += self._fill(core.address_of(strip), len(strip))
            self._done += rows
            yield strip
        warn_of_broken(broken, height * width * channels)


def warn_of_broken(broken: int, size: int) -> None:
    """Log that a picture holds numbers that are no levels; a picture from a healthy model has none.

    Args:
        broken: How many of them are NaN or infinite.
        size: How many numbers there are.
    """
    if broken:
        logger.warning("%d of %d numbers of a picture are not finite; they became 0.", broken, size)


def _filler(native: core.Core, blob: core.Buffer, header: Header) -> Callable[[int, int], int]:
    """Open the payload; what comes back makes its next bytes."""
    half = header.datatype is Datatype.F16
    channels = header.shape[-1]
    if header.codec in (_RAW, _DEFLATE):
        numbers, position = _numbers(blob, header)

        def convert(address: int, size: int) -> int:
            nonlocal position
            part = slice(position, position + size * header.datatype.item_bytes)
            position = part.stop
            return native.levels(numbers, part, channels, address, half=half)

        return convert
    try:
        stream = native.stream(blob, expected_geometry(header), HEADER_BYTES)
    except core.Mismatch as mismatch:
        raise something_else(mismatch.found, header) from None
    form = _FORMS[header.datatype]
    return lambda address, size: stream.read(size // channels, form, address, size)


def _numbers(blob: core.Buffer, header: Header) -> tuple[core.Buffer, int]:
    """Find what holds the uncompressed numbers, and where they start in it."""
    payload = memoryview(blob).cast("B")[HEADER_BYTES:]
    if header.codec == _RAW:
        declared_part(payload, header)
        # A view that cannot be written to would be copied for each strip.
        return (bytes(blob) if isinstance(blob, memoryview) and blob.readonly else blob), HEADER_BYTES
    return inflate(payload, header.payload_bytes), 0


def picture_shape(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Find height, width and channels of a tensor that is to be a picture.

    Args:
        shape: The shape of the tensor.

    Returns:
        Its last three dimensions.

    Raises:
        BadHeader: It is no single picture of 1, 3 or 4 channels.
    """
    inner = shape[1:] if len(shape) == _PICTURE_RANK + 1 and shape[0] == 1 else shape
    if len(inner) != _PICTURE_RANK or inner[-1] not in _CHANNELS:
        raise BadHeader(
            f"One picture has the shape (height, width, channels) with 1, 3 or 4 channels; this tensor has {shape}."
        )
    height, width, channels = inner
    return height, width, channels
