"""Whole tensor blobs, both ways, and the list of known compressions.

A new compression is one module here with a ``CODEC`` object, and one row in ``_MODULES``; a program can add one of its
own at run time with ``register``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from drawthings.errors import MissingCodec, UnsupportedCodec, UnsupportedDatatype
from drawthings.tensor.header import DEFAULT_LIMIT, HEADER_BYTES, Datatype, Format, Header

if TYPE_CHECKING:
    from numpy.typing import NDArray

CodecName = Literal["raw", "deflate", "fpzip", "auto"]

_RAW, _DEFLATE, _FPZIP = 0, 0x217, 0xF7217
_MODULES = {_RAW: "raw", _DEFLATE: "deflate", _FPZIP: "fpzip"}
_NAMES = {"raw": _RAW, "deflate": _DEFLATE, "fpzip": _FPZIP}
_NEVER_ON_THE_WIRE = {
    0x511: "ezm7",
    0x8A1E4B: "q4p",
    0x8A1E5B: "q5p",
    0x8A1E6B: "q6p",
    0x8A1E7B: "q7p",
    0x8A1E8B: "q8p",
    0x8A1E9B: "i8x",
}
_FIRST_PICTURE_RANK = 3


@runtime_checkable
class Codec(Protocol):
    """One way to compress the numbers of a tensor; it knows nothing of headers and limits."""

    identifier: int
    """The first word of the header."""

    name: str
    """What people call it."""

    def encode(self, array: NDArray[Any]) -> bytes:
        """Compress a little-endian, row-major array; return no bytes if that cannot make it shorter."""
        ...

    def decode(self, payload: memoryview, header: Header) -> NDArray[Any]:
        """Return the declared array, read-only; raise a TensorError for anything else."""
        ...


_REGISTERED: dict[int, Codec] = {}


def register(codec: Codec) -> None:
    """Make a compression known; it takes the place of one with the same identifier.

    Args:
        codec: The compression; it must be usable from several threads at once.
    """
    _REGISTERED[codec.identifier] = codec


def codec_for(identifier: int) -> Codec:
    """Find the compression with an identifier; its module is imported on first use.

    Args:
        identifier: The first word of a tensor blob.

    Returns:
        The compression.

    Raises:
        UnsupportedCodec: None is known by that identifier.
    """
    if identifier not in _REGISTERED and identifier in _MODULES:
        register(importlib.import_module(f"drawthings.tensor.{_MODULES[identifier]}").CODEC)
    try:
        return _REGISTERED[identifier]
    except KeyError:
        name = _NEVER_ON_THE_WIRE.get(identifier, "unknown")
        raise UnsupportedCodec(
            f"This tensor is compressed with {identifier:#x} ({name}), which cannot be read; "
            f"{', '.join(f'{i:#x} ({n})' for i, n in _MODULES.items())} can.",
            hint="If a Draw Things server sent it, please report its version.",
            codec=identifier,
        ) from None


def is_ours(identifier: int) -> bool:
    """Tell whether nobody has put a compression of their own in the place of one of ours.

    Args:
        identifier: The first word of a tensor blob.

    Returns:
        Whether it is known and stands for what this package makes of it.
    """
    codec = _REGISTERED.get(identifier)
    return identifier in _MODULES and (codec is None or type(codec).__module__.startswith("drawthings.tensor."))


def decode_tensor(blob: bytes | bytearray | memoryview, *, limit: int = DEFAULT_LIMIT) -> NDArray[Any]:
    """Read a tensor blob, whatever its compression.

    Args:
        blob: Header and payload.
        limit: How many uncompressed bytes the header may declare.

    Returns:
        The numbers in the declared shape. The array is read-only, because it may be a view into the blob; copy it to
        change it.

    Raises:
        Truncated: Header or payload are shorter than they should be.
        BadHeader: The header makes no sense.
        UnsupportedDatatype: The header declares a number type that cannot be read.
        UnsupportedCodec: The header declares an unknown compression.
        TooLarge: The declared size is above the limit.
        CorruptPayload: The payload does not decompress to what the header declares.
        MissingCodec: The library for the compression is not installed.

    Example:
        >>> import numpy as np
        >>> blob = encode_tensor(np.zeros((2, 2), np.uint8))
        >>> decode_tensor(blob).shape
        (2, 2)
    """
    view = memoryview(blob).cast("B")
    header = Header.parse(view, limit=limit)
    return codec_for(header.codec).decode(view[HEADER_BYTES:], header)


def encode_tensor(array: NDArray[Any], *, codec: CodecName = "raw", format: Format | None = None) -> bytes:  # noqa: A002 - the header's own word
    """Write a tensor blob.

    Args:
        array: The numbers, one to twelve dimensions; any memory order and byte order.
        codec: ``raw``, ``deflate``, ``fpzip`` (floating-point numbers only) or ``auto``: fpzip for floating-point
            numbers and deflate for whole ones, as the official programs choose. A tensor that does not shrink is
            written raw, and one with NaN or infinity is deflated instead of fpzipped (see ``FpzipCodec``).
        format: What the dimensions mean; NHWC from three dimensions on and NCHW below, unless given.

    Returns:
        Header and payload.

    Raises:
        BadHeader: The array has no dimension, an empty one, or more than twelve.
        UnsupportedDatatype: The wire has no such number type, or fpzip was asked for whole numbers.
        UnsupportedCodec: No compression has that name.
        TooLarge: fpzip cannot take that many numbers.
        MissingCodec: fpzip was asked for by name and is not installed.
    """
    import numpy as np

    datatype = Datatype.from_numpy(array.dtype)
    if format is None:
        format = Format.NHWC if array.ndim >= _FIRST_PICTURE_RANK else Format.NCHW  # noqa: A001 - as above
    raw = Header(_RAW, format, datatype, array.shape)
    numbers = np.ascontiguousarray(array, dtype=datatype.numpy)
    compression, payload = _compress(numbers, datatype, codec)
    if not 0 < len(payload) < raw.payload_bytes:
        return b"".join((raw.to_bytes(), numbers.reshape(-1).view("u1").data))
    return b"".join((Header(compression, format, datatype, array.shape).to_bytes(), payload))


def _compress(numbers: NDArray[Any], datatype: Datatype, codec: CodecName) -> tuple[int, bytes]:
    """Compress with the wanted codec, or with the one that takes its place."""
    import numpy as np

    identifier = _identifier(datatype, codec)
    if identifier == _FPZIP and not np.isfinite(numbers).all():
        identifier = _DEFLATE
    if identifier == _RAW:
        return _RAW, b""
    try:
        return identifier, codec_for(identifier).encode(numbers)
    except MissingCodec:
        if codec != "auto":
            raise
        return _DEFLATE, codec_for(_DEFLATE).encode(numbers)


def _identifier(datatype: Datatype, codec: CodecName) -> int:
    if codec == "auto":
        return _FPZIP if datatype.is_float else _DEFLATE
    if codec not in _NAMES:
        raise UnsupportedCodec(
            f"There is no compression {codec!r}; there are {', '.join(_NAMES)} and auto.", codec=codec
        )
    if codec == "fpzip" and not datatype.is_float:
        raise UnsupportedDatatype(
            f"fpzip compresses floating-point numbers, not {datatype.numpy}.",
            hint='Use codec="deflate" or codec="auto".',
            datatype=str(datatype.numpy),
        )
    return _NAMES[codec]
