"""The native core: our own decoder and encoder of fpzip streams and of pixels, compiled from ``native/``.

It checks every step it takes, so a broken stream ends in an error and needs no process of its own, and it lets other
threads run. It is optional: without it, or with ``DRAWTHINGS_NATIVE=0`` in the environment, the fpzip library and numpy
do the same work (``fpzip.py``, ``pixels.py``). This module needs no numpy.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import mmap
import os
import sys
import weakref
from pathlib import Path
from typing import Any, NoReturn

from drawthings.errors import CorruptPayload, TooLarge, Truncated
from drawthings.tensor.native import ExportedLibrary, Geometry

Buffer = bytes | bytearray | memoryview
"""Bytes in one piece; of an array, its ``data``."""

ABI_VERSION = 1
"""The version of the C interface that this module speaks; the library must say the same. See ``native/core.h``."""

SWITCH = "DRAWTHINGS_NATIVE"
"""The environment variable that switches the core off, with the value 0."""

F32, F16, LEVELS_OF_F32, LEVELS_OF_F16 = range(4)
"""How the core hands numbers over; the levels are bytes of pixels."""

BYTES = 4
"""Bytes of pixels as the encoder takes them, with a table of the number for each."""

_SUFFIX = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
_PATH = Path(__file__).with_name(f"_core{_SUFFIX}")
_OK, _TRUNCATED, _CORRUPT, _SURPLUS, _NOT_FPZIP, _VERSION, _MISMATCH, _UNSUPPORTED, _NO_MEMORY, _NO_ROOM = range(10)


class Unsupported(Exception):
    """The core leaves this stream to the fpzip library: double precision, or so few bits that nobody sends it."""


class Mismatch(Exception):
    """The stream describes itself otherwise than expected.

    Args:
        found: What it says.
    """

    def __init__(self, found: Geometry) -> None:
        super().__init__(found)
        self.found = found


class _Field(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in Geometry._fields)


class Stream:
    """An fpzip stream that is decoded piece by piece, from one thread at a time.

    Args:
        library: The loaded library.
        payload: The stream, behind as many bytes of something else as ``start`` says; it must not change meanwhile.
        expected: What it must hold; its precision is its own affair.
        start: Where the stream starts.

    Raises:
        Truncated: It ends inside its description.
        CorruptPayload: It is no fpzip stream, or of an unknown version.
        Mismatch: It holds something else.
        Unsupported: It is for the fpzip library to decode.
        TooLarge: There is not enough memory.
    """

    def __init__(self, library: Any, payload: Buffer, expected: Geometry, start: int) -> None:  # noqa: ANN401 - ctypes is untyped
        self._library = library
        self._kept, address, length = _readable(payload)
        self._length = length - start
        self._handle = ctypes.c_void_p()
        found, field = _Field(), _Field(*expected)
        status = library.dt_open(
            *(address + start, self._length, ctypes.byref(field)),
            *(ctypes.byref(found), ctypes.byref(self._handle)),
        )
        if status == _MISMATCH:
            raise Mismatch(Geometry(*(getattr(found, name) for name in Geometry._fields)))
        if status != _OK:
            self._fail(status, 0)
        self.close = weakref.finalize(self, library.dt_close, self._handle)

    def read(self, lines: int, form: int, address: int, size: int) -> int:
        """Decode the next lines of numbers; with the last one the end of the stream is checked.

        Args:
            lines: How many lines, each as long as the innermost dimension.
            form: One of ``F32``, ``F16``, ``LEVELS_OF_F32`` and ``LEVELS_OF_F16``.
            address: Where they go; aligned for numbers of that form.
            size: How many bytes there are, which must be as many as are needed.

        Returns:
            How many of the numbers were not finite; counted for levels only.

        Raises:
            Truncated: The stream ends too early.
            CorruptPayload: It is damaged, or bytes follow it.
        """
        nonfinite, surplus = ctypes.c_uint64(), ctypes.c_uint64()
        status = self._library.dt_read(
            self._handle, lines, form, address, size, ctypes.byref(nonfinite), ctypes.byref(surplus)
        )
        if status != _OK:
            self._fail(status, surplus.value)
        return nonfinite.value

    def _fail(self, status: int, surplus: int) -> NoReturn:
        if status == _TRUNCATED:
            raise Truncated(f"The fpzip stream ends after {self._length} bytes, before the last of its numbers.")
        if status == _SURPLUS:
            raise CorruptPayload(f"{surplus} bytes follow the end of the fpzip stream.")
        if status == _NOT_FPZIP:
            raise CorruptPayload("The payload declares itself as fpzip but does not start like an fpzip stream.")
        if status == _VERSION:
            raise CorruptPayload("The fpzip stream is of an unknown version or precision.")
        if status == _CORRUPT:
            raise CorruptPayload("The fpzip stream is damaged: no encoder writes these bytes.")
        if status == _UNSUPPORTED:
            raise Unsupported
        if status == _NO_MEMORY:
            raise TooLarge("There is not enough memory to decode this fpzip stream.")
        raise ValueError(f"The native core was called wrongly ({status}).")


class Core:
    """The functions of the native core, safe to use from several threads at once.

    Args:
        library: The loaded library, its version checked.
    """

    def __init__(self, library: Any) -> None:  # noqa: ANN401 - ctypes is untyped
        self._library = library

    def stream(self, payload: Buffer, expected: Geometry, start: int = 0) -> Stream:
        """Start to decode an fpzip stream; see ``Stream`` for arguments and errors."""
        return Stream(self._library, payload, expected, start)

    def encode(self, geometry: Geometry, values: Buffer, form: int, *, room: int, table: Buffer = b"") -> bytes:
        """Write an fpzip stream.

        Args:
            geometry: What it will hold.
            values: The numbers, row by row, of the form ``F32``, ``F16`` or ``BYTES``.
            form: Which of these.
            room: How many bytes the stream may take.
            table: The half-precision number of each of the 256 bytes, for ``BYTES``.

        Returns:
            The stream, or no bytes if it would be longer than ``room``.

        Raises:
            Unsupported: It is for the fpzip library to encode.
            TooLarge: There is not enough memory.
        """
        kept, address, size = _readable(values)
        kept_table, table_address, _ = _readable(table)
        space = mmap.mmap(-1, room)  # takes up room only where it is written to
        target = ctypes.c_char.from_buffer(space)
        written = ctypes.c_size_t()
        status = self._library.dt_encode(
            *(ctypes.byref(_Field(*geometry)), address, size, form, table_address),
            *(ctypes.byref(target), room, ctypes.byref(written)),
        )
        del kept, kept_table, target
        if status == _UNSUPPORTED:
            raise Unsupported
        if status == _NO_MEMORY:
            raise TooLarge("There is not enough memory to encode this tensor.")
        if status == _NO_ROOM:
            return b""
        if status != _OK:
            raise ValueError(f"The native core was called wrongly ({status}).")
        return space[: written.value]

    def levels(self, values: Buffer, part: slice, channels: int, target: int, *, half: bool) -> int:
        """Turn numbers into bytes of pixels, as ``decode_pixels`` describes it.

        Args:
            values: Half or single precision, row by row.
            part: Which of the bytes of ``values`` are meant, from where to where.
            channels: 1, 3 or 4; four are alpha, red, green and blue, and come out with alpha last.
            target: The address of as many bytes as there are numbers.
            half: Whether it is half precision.

        Returns:
            How many of the numbers were not finite.
        """
        kept, address, size = _readable(values)
        first, last, _ = part.indices(size)
        count = (last - first) // (2 if half else 4)
        nonfinite = ctypes.c_uint64()
        status = self._library.dt_levels(address + first, count, half, channels, target, ctypes.byref(nonfinite))
        del kept
        if status != _OK:
            raise ValueError(f"{count} numbers are no lines of {channels}.")
        return nonfinite.value

    def spread(self, levels: Buffer, table: Buffer, target: int) -> None:
        """Look up the half-precision number of each byte.

        Args:
            levels: The bytes.
            table: The numbers of all 256 bytes.
            target: The address of two bytes for each byte of ``levels``.
        """
        kept, address, size = _readable(levels)
        kept_table, table_address, _ = _readable(table)
        self._library.dt_spread(address, size, table_address, target)
        del kept, kept_table

    def filter_up(self, rows: Buffer, stride: int, above: Buffer | None = None) -> bytearray:
        """Put the PNG filter "Up" on rows of pixels.

        Args:
            rows: Whole rows.
            stride: How many bytes a row has.
            above: The row above the first one; None at the top of the picture.

        Returns:
            The rows, each with the filter's number before it: what is compressed for a PNG file.
        """
        kept, address, size = _readable(rows)
        kept_above, above_address, _ = _readable(above if above is not None else b"")
        height = size // stride
        result = bytearray(height * (stride + 1))
        self._library.dt_filter_up(
            address, height, stride, None if above is None else above_address, address_of(result)
        )
        del kept, kept_above
        return result


def native_core() -> Core | None:
    """Find the native core.

    Returns:
        The core, or None where it was not built, does not fit or is switched off; ``which`` says why.
    """
    return _open()[0]


def which() -> str:
    """Say in one line what decodes fpzip streams here, and why.

    Returns:
        ``native core``, ``fpzip library``, ``fpzip module`` or ``nothing``, and why.
    """
    core, reason = _open()
    if core is not None:
        return f"native core ({_PATH.name})"
    spec = importlib.util.find_spec("fpzip")
    if spec is None or spec.origin is None:
        return f"nothing: {reason}, and rms-fpzip is not installed"
    try:
        ExportedLibrary(spec.origin)
    except (OSError, AttributeError):
        return f"fpzip module ({reason})"
    return f"fpzip library ({reason})"


def address_of(target: bytearray) -> int:
    """Return where the bytes of a bytearray are, for as long as it keeps its size."""
    return ctypes.addressof((ctypes.c_char * len(target)).from_buffer(target)) if target else 0


def _open() -> tuple[Core | None, str]:
    if os.environ.get(SWITCH) == "0":
        return None, f"{SWITCH} is 0"
    return _load(str(_PATH))


@functools.cache
def _load(path: str) -> tuple[Core | None, str]:
    """Load the library once; what is wrong with it is a reason and no error."""
    if not Path(path).is_file():
        return None, "the native core was not built"
    try:
        library: Any = ctypes.CDLL(path)
        library.dt_abi_version.restype = ctypes.c_uint32
        version = library.dt_abi_version()
    except (OSError, AttributeError) as error:
        return None, f"the native core cannot be loaded: {error}"
    if version != ABI_VERSION:
        return None, f"the native core is of version {version} instead of {ABI_VERSION}"
    _declare(library)
    return Core(library), ""


def _declare(library: Any) -> None:  # noqa: ANN401 - ctypes is untyped
    pointer, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint64
    library.dt_open.argtypes = (pointer, size, pointer, pointer, pointer)
    library.dt_read.argtypes = (pointer, number, ctypes.c_int, pointer, size, pointer, pointer)
    library.dt_close.argtypes = (pointer,)
    library.dt_close.restype = None
    library.dt_encode.argtypes = (pointer, pointer, size, ctypes.c_int, pointer, pointer, size, pointer)
    library.dt_levels.argtypes = (pointer, size, ctypes.c_int, ctypes.c_uint32, pointer, pointer)
    library.dt_spread.argtypes = (pointer, size, pointer, pointer)
    library.dt_spread.restype = None
    library.dt_filter_up.argtypes = (pointer, size, size, pointer, pointer)
    library.dt_filter_up.restype = None


def _readable(buffer: Buffer) -> tuple[object, int, int]:
    """Find the address of bytes without copying them where that is possible.

    Returns:
        What keeps the bytes in place, their address, and how many there are.
    """
    if isinstance(buffer, bytes):
        return buffer, ctypes.cast(ctypes.c_char_p(buffer), ctypes.c_void_p).value or 0, len(buffer)
    view = memoryview(buffer)
    if not view.nbytes:
        return view, 0, 0
    view = view.cast("B")
    if not view.readonly:
        array = (ctypes.c_char * view.nbytes).from_buffer(view)
        return array, ctypes.addressof(array), view.nbytes
    numpy: Any = sys.modules.get("numpy")
    if numpy is None:  # ctypes has no way to a part of something that cannot be written to
        return _readable(view.tobytes())
    array = numpy.frombuffer(view, "u1")
    return array, int(array.ctypes.data), view.nbytes
