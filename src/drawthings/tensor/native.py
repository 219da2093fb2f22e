"""The installed fpzip library, called directly, and the program of the process that decodes with it.

Why a process of its own: the library trusts its input. A single flipped bit, or a stream that was cut short, can make
it read and write outside its tables and take the whole program down (seen with fpzip 1.3 as built into rms-fpzip 1.4).
In its own process only that process dies, and ``worker.py`` turns the death into an ordinary error.

Why directly: the library lets other threads run meanwhile, needs no numpy in the decoding process, and says how many
bytes it has read. On Windows the library hides its functions, and the ``fpzip`` module is used instead.

This file is also run by itself, without this package and without installed packages in sight, so it imports only the
standard library.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import mmap
import os
import struct
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

REQUEST = struct.Struct("=6iQ")
"""What the decoding process reads before each payload: the six words of a geometry and the length of the payload."""

REPLY = struct.Struct("=Q")
"""What it answers: how many bytes the library read. Where that is the length of the payload, the numbers follow, or
stand in the memory that the two processes share."""

READY = b"ready\n"
"""What it writes once, when it has found the library and can be used."""

_NOTHING_SHARED = -1  # what mmap takes for memory of its own
_KEPT_BYTES = 1 << 26  # more memory than this is given back after each stream
_TAIL_PER_SAMPLE = 4
_TAIL = 64


class Geometry(NamedTuple):
    """What an fpzip stream holds, in the order of the library's own structure.

    Source: `fpzip.h`.
    """

    double: int
    """1 for double precision, else 0."""
    precision: int
    """How many bits of each number are kept; 0 is all of them."""
    nx: int
    ny: int
    nz: int
    nf: int

    @property
    def samples(self) -> int:
        """How many numbers the stream holds."""
        return self.nx * self.ny * self.nz * self.nf

    @property
    def item_bytes(self) -> int:
        """How many bytes each number takes when decoded."""
        return 8 if self.double else 4

    @property
    def front_samples(self) -> int:
        """How many numbers the library keeps at hand while it works: about one plane, rounded up to a power of two."""
        row = self.nx + 1
        return 1 << (row + row * (self.ny + 1)).bit_length()

    @property
    def tail_bytes(self) -> int:
        """How many zeros must follow a payload, so that a stream that was cut short reads zeros to its last number.

        Once the library reads only zeros, every number costs its full width and next to nothing for its class.
        """
        return self.samples * (self.item_bytes + _TAIL_PER_SAMPLE) + _TAIL


class Library(Protocol):
    """The fpzip library, by whichever door it can be reached. Safe to use from several threads."""

    def decode(self, geometry: Geometry, source: memoryview, target: memoryview) -> int:
        """Decode ``source``, with its tail of zeros, into ``target``; return the bytes read, 0 for no such stream."""
        ...

    def encode(self, geometry: Geometry, values: NDArray[Any]) -> bytes:
        """Encode native float32 or float64 numbers; return no bytes when the library cannot."""
        ...


class _Stream(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_int) for name in Geometry._fields)


class ExportedLibrary:
    """The functions that the shared library of the fpzip module exports on Linux and macOS.

    Args:
        path: The shared library.

    Raises:
        OSError: There is no such library.
        AttributeError: It hides its functions.

    Source: `fpzip.h`. The library's error variable is shared by all threads, so only return values are looked at.
    """

    def __init__(self, path: str) -> None:
        functions = ctypes.CDLL(path)
        pointer = ctypes.POINTER(_Stream)
        self._open_read = _function(functions.fpzip_read_from_buffer, pointer, ctypes.c_void_p)
        self._read_header = _function(functions.fpzip_read_header, ctypes.c_int, pointer)
        self._read = _function(functions.fpzip_read, ctypes.c_size_t, pointer, ctypes.c_void_p)
        self._close_read = _function(functions.fpzip_read_close, None, pointer)
        self._open_write = _function(functions.fpzip_write_to_buffer, pointer, ctypes.c_void_p, ctypes.c_size_t)
        self._write_header = _function(functions.fpzip_write_header, ctypes.c_int, pointer)
        self._write = _function(functions.fpzip_write, ctypes.c_size_t, pointer, ctypes.c_void_p)
        self._close_write = _function(functions.fpzip_write_close, None, pointer)

    def decode(self, geometry: Geometry, source: memoryview, target: memoryview) -> int:
        """See ``Library``; the stream must describe itself exactly as ``geometry`` does, or nothing is decoded."""
        stream = self._open_read(ctypes.byref(ctypes.c_char.from_buffer(source)))
        try:
            if not self._read_header(stream) or _geometry(stream.contents) != geometry:
                return 0
            return int(self._read(stream, ctypes.byref(ctypes.c_char.from_buffer(target))))
        finally:
            self._close_read(stream)

    def encode(self, geometry: Geometry, values: NDArray[Any]) -> bytes:
        """See ``Library``."""
        space = bytearray(2 * values.nbytes + 1024)
        stream = self._open_write(ctypes.byref(ctypes.c_char.from_buffer(space)), len(space))
        try:
            for name, value in geometry._asdict().items():
                setattr(stream.contents, name, value)
            used = self._write(stream, values.ctypes.data) if self._write_header(stream) else 0
        finally:
            self._close_write(stream)
        return bytes(memoryview(space)[:used])


class WrappedLibrary:
    """The ``fpzip`` module, where the library behind it cannot be reached.

    The module does not say how much it has read, so a decoded tensor is encoded again: the encoder is deterministic,
    and the length of its result is what should have been there. It makes no stream that is longer than the numbers
    themselves (no official encoder sends one either), and so none can be checked and read.

    Raises:
        ImportError: The module is not installed.
    """

    def __init__(self) -> None:
        self._module: Any = importlib.import_module("fpzip")

    def decode(self, geometry: Geometry, source: memoryview, target: memoryview) -> int:
        """See ``Library``."""
        try:
            values = self._module.decompress(bytes(source), order="C")
        except self._module.FpzipError:
            return 0
        target[:] = values.tobytes()
        return len(self.encode(geometry, values))

    def encode(self, geometry: Geometry, values: NDArray[Any]) -> bytes:
        """See ``Library``."""
        shaped = values.reshape(geometry.nf, geometry.nz, geometry.ny, geometry.nx)
        try:
            return bytes(self._module.compress(shaped, precision=geometry.precision, order="C"))
        except self._module.FpzipError:
            return b""


def open_library(path: str) -> Library:
    """Reach the library by its exported functions, else through its module.

    Args:
        path: Where the ``fpzip`` module was found.

    Returns:
        The library.

    Raises:
        ImportError: Neither way leads to it.
    """
    try:
        return ExportedLibrary(path)
    except (OSError, AttributeError):
        return WrappedLibrary()


def _function(function: Any, result: Any, *arguments: Any) -> Any:  # noqa: ANN401 - ctypes is untyped
    function.restype = result
    function.argtypes = arguments
    return function


def _geometry(stream: _Stream) -> Geometry:
    return Geometry(*(getattr(stream, name) for name in Geometry._fields))


class _Room:
    """Memory for a payload and for its numbers, kept from stream to stream: new pages cost more than the work on them.

    Args:
        shared: The file for the numbers, or ``_NOTHING_SHARED``.
    """

    def __init__(self, shared: int) -> None:
        self._shared = shared
        self._source, self._used = mmap.mmap(-1, mmap.PAGESIZE), 0
        self._target: mmap.mmap | None = None

    def receive(self, geometry: Geometry, length: int, requests: BinaryIO) -> memoryview:
        """Read a payload, with its tail of zeros; untouched memory is zero and takes up no room."""
        size = length + geometry.tail_bytes
        if len(self._source) < size or max(length, self._used) > _KEPT_BYTES:
            self._source, self._used = mmap.mmap(-1, size), 0
        view = memoryview(self._source)[:size]
        requests.readinto(view[:length])  # type: ignore[attr-defined] # typeshed's BinaryIO has no readinto
        if self._used > length:
            self._source[length : self._used] = bytes(self._used - length)
        self._used = length
        return view

    def numbers(self, geometry: Geometry) -> memoryview:
        """Return room for the numbers."""
        size = geometry.samples * geometry.item_bytes
        target = self._target
        if target is None or not size <= len(target) <= _KEPT_BYTES:
            target = self._target = mmap.mmap(self._shared, size)
        return memoryview(target)[:size]


def serve(library: Library, requests: BinaryIO, replies: BinaryIO, shared: int = _NOTHING_SHARED) -> None:
    """Decode one payload after the other until no more come.

    Args:
        library: What decodes.
        requests: ``REQUEST`` and payload, again and again.
        replies: ``REPLY`` and, where nothing is shared and the length is right, the numbers in native byte order.
        shared: The file for the numbers, which is always long enough; without one they follow the reply.
    """
    room = _Room(shared)
    while len(head := requests.read(REQUEST.size)) == REQUEST.size:
        *words, length = REQUEST.unpack(head)
        geometry = Geometry(*words)
        source, target = room.receive(geometry, length, requests), room.numbers(geometry)
        used = library.decode(geometry, source, target)
        replies.write(REPLY.pack(used))
        if shared == _NOTHING_SHARED and used == length:
            replies.write(target)
        replies.flush()


def main(arguments: Sequence[str]) -> None:
    """Serve on standard input and output.

    Args:
        arguments: The path of the fpzip module; the module search path, for where the module itself is needed; and the
            descriptor of the file for the numbers, if there is one.
    """
    path, search_path, *shared = arguments
    sys.path[:] = search_path.split(os.pathsep)
    with contextlib.suppress(ImportError):
        resource: Any = importlib.import_module("resource")
        # A broken stream may crash this process; that is expected and worth no core file.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    library = open_library(path)
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    serve(library, sys.stdin.buffer, sys.stdout.buffer, *map(int, shared))


if __name__ == "__main__":
    main(sys.argv[1:])
