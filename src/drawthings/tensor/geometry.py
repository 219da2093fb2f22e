"""What an fpzip stream says about itself, read safely and compared with what the tensor's header says.

The description passes through fpzip's own range coder. It is decoded here, step by step and with every step checked,
before the native library sees the stream: a hostile description could otherwise make it allocate any amount of memory.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from drawthings.errors import CorruptPayload, TooLarge, Truncated
from drawthings.tensor.header import Datatype
from drawthings.tensor.native import Geometry

if TYPE_CHECKING:
    from drawthings.tensor.header import Header

MOST_SAMPLES = 1 << 29
"""How many numbers fpzip is given at once, and how many it may keep at hand: its own counters have 32 bits."""

_PRECISION = {Datatype.F16: 19, Datatype.F32: 32, Datatype.F64: 64}
_WORD = 0xFFFFFFFF
_MOST_HEADER_BYTES = 64
_MAGIC = (0x66, 0x70, 0x7A, 0x00)
_INNER_DIMENSIONS = 3


def expected_geometry(header: Header) -> Geometry:
    """Say what the fpzip stream of a tensor must hold.

    Args:
        header: The tensor's header; its numbers must be floating-point.

    Returns:
        The last dimension as nx, the one before as ny, the one before as nz, the product of all others as nf. Half
        precision is widened to single precision, of which 19 bits are kept: sign, 8 of exponent, 10 of mantissa.

    Raises:
        TooLarge: fpzip cannot handle that many numbers, or such long rows of so few columns.

    Source: `Store.swift` (`fpzipEncode`).
    """
    inner = header.shape[-_INNER_DIMENSIONS:]
    nz, ny, nx = (1,) * (_INNER_DIMENSIONS - len(inner)) + inner
    nf = math.prod(header.shape[:-_INNER_DIMENSIONS])
    geometry = Geometry(int(header.datatype is Datatype.F64), _PRECISION[header.datatype], nx, ny, nz, nf)
    if max(geometry.samples, geometry.front_samples) > MOST_SAMPLES:
        raise TooLarge(
            f"A tensor of shape {header.shape} is too large for fpzip, which is given at most 2**29 numbers."
        )
    return geometry


def read_geometry(payload: memoryview) -> Geometry:
    """Read the description at the start of an fpzip stream.

    Args:
        payload: The stream.

    Returns:
        What it says, unchecked except for the four magic bytes.

    Raises:
        Truncated: The stream is shorter than its description.
        CorruptPayload: These bytes are no fpzip stream.

    Source: `read.cpp` and `rcdecoder.cpp` of fpzip 1.3.
    """
    try:
        reader = _RangeReader(payload[:_MOST_HEADER_BYTES].tobytes())
        if tuple(reader.number(8) for _ in _MAGIC) != _MAGIC:
            raise CorruptPayload("The payload declares itself as fpzip but does not start like an fpzip stream.")
        reader.number(16)  # the version, which the library itself checks
        reader.number(8)
        double, precision, *dimensions = (reader.number(bits) for bits in (1, 7, 32, 32, 32, 32))
    except IndexError:
        raise Truncated(f"The fpzip stream ends inside its own header, after {len(payload)} bytes.") from None
    nx, ny, nz, nf = dimensions
    return Geometry(double, precision, nx, ny, nz, nf)


def something_else(found: Geometry, header: Header) -> CorruptPayload:
    """Make the error for a stream that holds something else than its header declares.

    Args:
        found: What the stream says of itself.
        header: What stands before it.

    Returns:
        The error, to be raised.
    """
    return CorruptPayload(
        f"The header declares {header.datatype.numpy} numbers of shape {header.shape}, but the fpzip stream holds "
        f"{'double' if found.double else 'single'} precision of {found.nf} x {found.nz} x {found.ny} x {found.nx}."
    )


class _RangeReader:
    """A range decoder for numbers of which each value is equally likely.

    The decoder keeps an interval (``low``, ``range``, modulo 2**32) and the 32 bits of the stream that lie in it. The
    interval never shrinks to nothing: it is at least 2**16 wide before each number, whatever the stream says.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._next = 0
        self._low, self._range, self._code = 0, _WORD, 0
        self._advance(4)

    def number(self, bits: int) -> int:
        """Decode a number of so many bits; wide ones come in halves, the low half first."""
        if bits > 16:  # noqa: PLR2004 - the decoder resolves at most 16 bits at a time
            low = self._part(16)
            return low + (self._part(bits - 16) << 16)
        return self._part(bits)

    def _part(self, bits: int) -> int:
        self._range >>= bits
        value = ((self._code - self._low) & _WORD) // self._range
        self._low = (self._low + self._range * value) & _WORD
        self._normalise()
        return value

    def _normalise(self) -> None:
        """Read on while the top byte of the interval is settled, or when the interval has become too narrow."""
        while ((self._low ^ (self._low + self._range)) & _WORD) >> 24 == 0:
            self._advance(1)
            self._range = (self._range << 8) & _WORD
        if self._range >> 16 == 0:
            self._advance(2)
            self._range = -self._low & _WORD

    def _advance(self, count: int) -> None:
        for _ in range(count):
            self._code = ((self._code << 8) | self._data[self._next]) & _WORD
            self._low = (self._low << 8) & _WORD
            self._next += 1
