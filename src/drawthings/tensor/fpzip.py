"""Tensors compressed with fpzip: what the official programs use for pictures, previews and sound.

fpzip is a compression of floating-point arrays by the Lawrence Livermore National Laboratory. The native core
(``core.py``) reads and writes it; where there is none, and for double precision, the library of the package rms-fpzip
(or fpzip) does.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from drawthings.errors import CorruptPayload, MissingCodec, Truncated, UnsupportedDatatype
from drawthings.tensor import core, worker
from drawthings.tensor.geometry import expected_geometry, read_geometry, something_else
from drawthings.tensor.header import Datatype, Format, Header
from drawthings.tensor.native import Geometry, Library, open_library

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

logger = logging.getLogger("drawthings.tensor")

HALF_PRECISION = 19
"""Bits of single precision in use for half precision: sign, exponent and ten more."""

UNUSED_BITS = 32 - HALF_PRECISION

_FORMS = {Datatype.F16: core.F16, Datatype.F32: core.F32}
_DESCRIPTION_ROOM = 1024  # for what a stream says of itself, and more than that


class FpzipCodec:
    """Identifier 0xf7217, an fpzip stream with its own header.

    Half precision is kept exactly (as single precision of 19 bits), single and double precision too. NaN and infinity
    survive where both sides run on the same kind of processor; between different ones the sign of a NaN that the
    predictor makes out of two infinities may differ, so ``encode_tensor`` does not use fpzip for them.

    Source: `Store.swift` (`fpzipEncode`, `fpzipDecode`).
    """

    identifier = 0xF7217
    name = "fpzip"

    def encode(self, array: NDArray[Any]) -> bytes:
        """Compress floating-point numbers without loss.

        Args:
            array: A row-major array of half, single or double precision.

        Returns:
            The payload, which may be larger than the numbers themselves; no bytes if the library cannot make one.

        Raises:
            MissingCodec: fpzip is not installed.
            TooLarge: fpzip cannot handle that many numbers.
            UnsupportedDatatype: These are whole numbers.
        """
        datatype = _float_datatype(Datatype.from_numpy(array.dtype))
        geometry = expected_geometry(Header(self.identifier, Format.NHWC, datatype, array.shape))
        if (native := core.native_core()) is not None and datatype in _FORMS:
            numbers = np.ascontiguousarray(array, dtype=datatype.numpy).reshape(-1)
            room = 2 * geometry.samples * geometry.item_bytes + _DESCRIPTION_ROOM
            return native.encode(geometry, numbers.view("u1").data, _FORMS[datatype], room=room)
        values = np.ascontiguousarray(array, dtype=f"=f{geometry.item_bytes}")
        return _library(_library_path()).encode(geometry, values)

    def decode(self, payload: memoryview, header: Header) -> NDArray[Any]:
        """Decompress to exactly the declared shape.

        The stream's own header is checked against the tensor's before anything is decoded. The native core takes,
        beside the result, two planes of the numbers in single precision. The library works in a process of its own (see
        ``native.py``), which takes all decoded numbers in single or double precision and one plane of them.

        Args:
            payload: The bytes after the header: one fpzip stream and nothing behind it.
            header: What the header says.

        Returns:
            A read-only array.

        Raises:
            Truncated: The stream ends too early.
            CorruptPayload: It is damaged, holds something else than the header declares, or bytes follow it.
            UnsupportedDatatype: The header declares whole numbers.
            MissingCodec: fpzip is not installed.
            TooLarge: fpzip cannot handle that many numbers.
        """
        _float_datatype(header.datatype)
        if (native := core.native_core()) is not None and header.datatype in _FORMS:
            with contextlib.suppress(core.Unsupported):
                return _decode_with_core(native, payload, header)
        flat = np.empty(header.samples, header.datatype.numpy)
        geometry = check(payload, header)
        decode_parts(geometry, payload, _taker(flat, geometry))
        flat.flags.writeable = False
        return flat.reshape(header.shape)


def _taker(flat: NDArray[Any], geometry: Geometry) -> Callable[[int, NDArray[Any]], None]:
    """Return what puts decoded numbers where they belong."""
    if flat.dtype == np.float16 and 0 < geometry.precision <= HALF_PRECISION:
        halves = flat.view(np.uint16)

        def look_up(start: int, part: NDArray[Any]) -> None:
            keys = part.view(np.uint32) >> np.uint32(UNUSED_BITS)
            np.take(_halves(), keys, mode="clip", out=halves[start : start + part.size])

        return look_up

    def store(start: int, part: NDArray[Any]) -> None:
        with np.errstate(all="ignore"):  # a number that half precision cannot hold becomes infinite
            flat[start : start + part.size] = part

    return store


@functools.cache
def _halves() -> NDArray[np.uint16]:
    """The half-precision number for each single-precision one of 19 bits, by these bits; numpy converts slowly."""
    every = (np.arange(1 << HALF_PRECISION, dtype=np.uint32) << np.uint32(UNUSED_BITS)).view(np.float32)
    with np.errstate(all="ignore"):
        return every.astype("<f2").view(np.uint16)


def _float_datatype(datatype: Datatype) -> Datatype:
    if not datatype.is_float:
        raise UnsupportedDatatype(f"fpzip holds floating-point numbers, not {datatype.numpy}.", datatype=datatype)
    return datatype


def check(payload: memoryview, header: Header) -> Geometry:
    """Compare what a stream says of itself with what the tensor's header says; the precision is the stream's own.

    Args:
        payload: The stream.
        header: The tensor's header; its numbers must be floating-point.

    Returns:
        What the stream holds.

    Raises:
        Truncated: The stream ends inside its description.
        CorruptPayload: It is no fpzip stream, or holds something else.
        TooLarge: fpzip cannot handle that many numbers.
    """
    expected = expected_geometry(header)
    found = read_geometry(payload)
    if found._replace(precision=expected.precision) != expected:
        raise something_else(found, header)
    return found


def _decode_with_core(native: core.Core, payload: memoryview, header: Header) -> NDArray[Any]:
    geometry = expected_geometry(header)
    try:
        stream = native.stream(payload, geometry)
    except core.Mismatch as mismatch:
        raise something_else(mismatch.found, header) from None
    numbers = np.empty(header.shape, header.datatype.numpy)
    stream.read(geometry.samples // geometry.nx, _FORMS[header.datatype], numbers.ctypes.data, numbers.nbytes)
    stream.close()
    numbers.flags.writeable = False
    return numbers


def decode_parts(geometry: Geometry, payload: memoryview, take: Callable[[int, NDArray[Any]], None]) -> None:
    """Decode a stream with the fpzip library, and look at its numbers part by part.

    Args:
        geometry: What the stream holds, as ``check`` says.
        payload: The stream.
        take: Called with the place of the first of some numbers, and these numbers in single or double precision; they
            are gone when it returns.

    Raises:
        Truncated: The stream ends too early.
        CorruptPayload: It is damaged, or bytes follow it.
        MissingCodec: fpzip is not installed.
    """
    used = _decode(geometry, payload, take)
    if used == 0:
        raise CorruptPayload("The fpzip stream is of an unknown version or precision.")
    if used > len(payload):
        raise Truncated(f"The fpzip stream ends after {len(payload)} bytes; its numbers need {used}.")
    if used < len(payload):
        raise CorruptPayload(f"{len(payload) - used} bytes follow the end of the fpzip stream.")


def _decode(geometry: Geometry, payload: memoryview, take: Callable[[int, NDArray[Any]], None]) -> int:
    path = _library_path()
    try:
        with worker.POOL.worker(path) as process:
            return process.decode_parts(geometry, payload, take)
    except OSError as error:
        _warn_once(str(error))
        return _decode_here(_library(path), geometry, payload, take)


def _decode_here(
    library: Library, geometry: Geometry, payload: memoryview, take: Callable[[int, NDArray[Any]], None]
) -> int:
    """Decode in this process; only for programs that cannot start another one."""
    source = bytearray(len(payload) + geometry.tail_bytes)
    source[: len(payload)] = payload
    values = bytearray(geometry.samples * geometry.item_bytes)
    used = library.decode(geometry, memoryview(source), memoryview(values))
    if used == len(payload):
        take(0, np.frombuffer(values, f"=f{geometry.item_bytes}"))
    return used


@functools.cache
def _warn_once(reason: str) -> None:
    logger.warning(
        "fpzip streams are decoded inside this process, where a damaged one can crash it, because no process can be "
        "started: %s",
        reason,
    )


def _library_path() -> str:
    spec = importlib.util.find_spec("fpzip")
    if spec is None or spec.origin is None:
        raise MissingCodec(
            "This tensor needs the fpzip library, which is not installed.",
            hint="Install it with `pip install rms-fpzip`, or start the server with --no-response-compression.",
        )
    return spec.origin


@functools.cache
def _library(path: str) -> Library:
    return open_library(path)


CODEC = FpzipCodec()
