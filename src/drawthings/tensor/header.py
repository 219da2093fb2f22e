"""The 68 bytes that stand before every tensor on the wire, read and written with each word checked.

Layout, all little-endian: the compression (uint32), then sixteen int32 words: memory type, format, datatype, a reserved
word and twelve dimensions that end at the first zero.
"""

from __future__ import annotations

import functools
import math
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Self

from drawthings.errors import BadHeader, TooLarge, Truncated, UnsupportedDatatype

if TYPE_CHECKING:
    import numpy as np

HEADER_BYTES = 68
"""Where the payload starts."""

DEFAULT_LIMIT = 1 << 30
"""How many bytes a tensor may declare unless the caller allows more: 1 GiB."""

MOST_DIMENSIONS = 12
"""How many dimensions the header has room for."""

_LAYOUT = struct.Struct("<Iiiii12i")
_MEMORY_MASK = 0x3
_CPU_MEMORY = 0x1
_LARGEST_DIMENSION = 2**31 - 1
_UNREADABLE = {0x40000: "QX (quantised)", 0x80000: "16BF (bfloat16)"}
_QUANTISED_MASK = 0xFF000


class Datatype(IntEnum):
    """The number types this package reads and writes.

    Source: `ccv_nnc_tfb.h`, the constants of the datatype word.
    """

    U8 = 0x01000
    I32 = 0x02000
    F32 = 0x04000
    I64 = 0x08000
    F64 = 0x10000
    F16 = 0x20000

    @property
    def numpy(self) -> np.dtype[Any]:
        """The numpy type of the same numbers, little-endian as on the wire."""
        return _numpy_type(_CODES[self])

    @property
    def item_bytes(self) -> int:
        """How many bytes each number takes."""
        return int(_CODES[self][1:])

    @property
    def is_float(self) -> bool:
        """Whether these are floating-point numbers."""
        return _CODES[self][0] == "f"

    @classmethod
    def from_numpy(cls, dtype: np.dtype[Any]) -> Datatype:
        """Find the datatype of a numpy type, whatever its byte order.

        Args:
            dtype: The type of the array that is to be sent.

        Returns:
            The datatype with the same kind and size.

        Raises:
            UnsupportedDatatype: The wire has no such number type.
        """
        for datatype, code in _CODES.items():
            if code == f"{dtype.kind}{dtype.itemsize}":
                return datatype
        raise UnsupportedDatatype(
            f"Numbers of type {dtype} cannot be sent: a tensor holds {', '.join(d.numpy.name for d in cls)}.",
            hint="Convert the array with astype() first.",
            datatype=str(dtype),
        )


_CODES = {
    Datatype.U8: "u1",
    Datatype.I32: "i4",
    Datatype.F32: "f4",
    Datatype.I64: "i8",
    Datatype.F64: "f8",
    Datatype.F16: "f2",
}


@functools.cache
def _numpy_type(code: str) -> np.dtype[Any]:
    """Import numpy only for those who ask for its types: a picture gets from its blob to a file without."""
    import numpy as np

    return np.dtype(f"<{code}")


class Format(IntEnum):
    """What the dimensions mean, outermost first.

    Source: `ccv_nnc_tfb.h`, the constants of the format word.
    """

    NCHW = 1
    NHWC = 2
    CHWN = 4


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the payload: how it is compressed and what it unpacks to.

    Writing is strict (no empty dimension, memory type and reserved word fixed); reading is tolerant where the official
    programs are: the device number, the reserved word and everything after the first zero dimension are ignored.

    Args:
        codec: The identifier of the compression; 0 is none.
        format: What the dimensions mean.
        datatype: The type of the numbers.
        shape: One to twelve dimensions, outermost first, each at least 1.

    Raises:
        BadHeader: The shape cannot be written into a header.

    Source: `Tensor.swift` (`data(using:)`) and `ccv_nnc_tfb.h` of the upstream tensor library.
    """

    codec: int
    format: Format
    datatype: Datatype
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.shape) <= MOST_DIMENSIONS:
            raise BadHeader(f"A tensor has 1 to {MOST_DIMENSIONS} dimensions; this one has {len(self.shape)}.")
        if not all(1 <= size <= _LARGEST_DIMENSION for size in self.shape):
            raise BadHeader(f"Every dimension of a tensor is 1 to {_LARGEST_DIMENSION}; the shape is {self.shape}.")

    @property
    def samples(self) -> int:
        """How many numbers the tensor holds."""
        return math.prod(self.shape)

    @property
    def payload_bytes(self) -> int:
        """How many bytes the numbers take when they are not compressed."""
        return self.samples * self.datatype.item_bytes

    def to_bytes(self) -> bytes:
        """Write the header.

        Returns:
            Exactly 68 bytes.
        """
        dimensions = self.shape + (0,) * (MOST_DIMENSIONS - len(self.shape))
        return _LAYOUT.pack(self.codec, _CPU_MEMORY, self.format, self.datatype, 0, *dimensions)

    @classmethod
    def parse(cls, blob: bytes | bytearray | memoryview, *, limit: int = DEFAULT_LIMIT) -> Self:
        """Read and check the header of a tensor blob; nothing of the declared size is allocated.

        Args:
            blob: The whole blob or at least its first 68 bytes.
            limit: How many uncompressed bytes the header may declare.

        Returns:
            The header; its codec is not checked here, because a codec may be registered later.

        Raises:
            Truncated: The blob is shorter than a header.
            BadHeader: The memory type, the format or a dimension makes no sense.
            UnsupportedDatatype: The numbers are quantised, bfloat16 or of an unknown type.
            TooLarge: The declared size is above the limit.
        """
        if len(blob) < HEADER_BYTES:
            raise Truncated(f"A tensor starts with a header of {HEADER_BYTES} bytes; these are only {len(blob)} bytes.")
        codec, memory, layout, datatype, _reserved, *dimensions = _LAYOUT.unpack_from(blob)
        if memory & _MEMORY_MASK != _CPU_MEMORY:
            raise BadHeader(
                f"The memory type of a tensor on the wire is 1 (main memory); this header says {memory:#x}."
            )
        header = cls(codec, _format(layout), _datatype(datatype), _shape(dimensions))
        if header.payload_bytes > limit:
            raise TooLarge(
                f"The tensor of shape {header.shape} takes {header.payload_bytes} bytes; at most {limit} are allowed.",
                hint="Allow more with limit= if you trust the sender.",
                declared=header.payload_bytes,
                limit=limit,
            )
        return header


def _format(word: int) -> Format:
    try:
        return Format(word)
    except ValueError:
        known = ", ".join(f"{f.value} ({f.name})" for f in Format)
        raise BadHeader(f"The format word of a tensor is {known}; this header says {word}.") from None


def _datatype(word: int) -> Datatype:
    try:
        return Datatype(word)
    except ValueError:
        name = _UNREADABLE.get(word & _QUANTISED_MASK, "unknown")
        raise UnsupportedDatatype(
            f"The numbers of this tensor have datatype {word:#x} ({name}), which cannot be read; "
            f"{', '.join(d.numpy.name for d in Datatype)} can.",
            datatype=word,
        ) from None


def _shape(dimensions: list[int]) -> tuple[int, ...]:
    """Cut the twelve words at the first zero: what follows may be left-over memory of the sender."""
    end = dimensions.index(0) if 0 in dimensions else MOST_DIMENSIONS
    shape = tuple(dimensions[:end])
    if not shape:
        raise BadHeader("The first dimension of this tensor is 0, so it holds nothing.")
    if min(shape) < 0:
        raise BadHeader(f"The dimensions of a tensor cannot be negative; this header says {shape}.")
    return shape
