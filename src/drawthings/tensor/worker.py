"""Processes that decode fpzip streams, so that a broken stream cannot take this process down.

A worker starts in some 20 ms, on first use, and stays for the next stream; there is at most one per processor, and
streams beyond that wait. Workers end with the program. Numbers come back through shared memory on Linux, elsewhere
through a pipe. See ``native.py`` for what runs in them, and why.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from drawthings.errors import CorruptPayload
from drawthings.tensor import native

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

_BLOCK = 1 << 14  # numbers at a time: what one step writes, the next finds in the processor's cache
_PIPE_BYTES = 1 << 20
_KEPT_BYTES = 1 << 26  # shared memory beyond this is given back after each stream
_PATIENCE_S = 30.0
_PATIENCE_PER_SAMPLE_S = 1e-5


class Worker:
    """One process that decodes one stream after the other.

    Args:
        library: Where the fpzip module was found.

    Raises:
        OSError: No process can be started here.
    """

    def __init__(self, library: str) -> None:
        if not can_isolate():
            raise OSError("This program has no Python interpreter of its own to start.")
        self._shared = _shared_file()
        descriptors = [] if self._shared is None else [self._shared]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter with our own file
            [sys.executable, "-I", "-S", native.__file__, library, os.pathsep.join(sys.path), *map(str, descriptors)],
            pass_fds=descriptors,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for this program to answer
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        for name in ("stdin", "stdout"):
            _widen(self._pipe(name))
        try:
            self._await_ready()
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def decode(self, geometry: native.Geometry, payload: memoryview, target: NDArray[Any]) -> int:
        """Have a stream decoded.

        Args:
            geometry: What the stream holds; the stream must say the same.
            payload: The stream.
            target: Flat, contiguous and as long as the stream holds numbers; single precision is narrowed to half
                precision on the way in if that is what it takes.

        Returns:
            How many bytes of the stream were needed. The target is filled only if that is all of them.

        Raises:
            CorruptPayload: The process died, or took absurdly long.
        """

        def store(start: int, part: NDArray[Any]) -> None:
            with np.errstate(all="ignore"):  # a number that half precision cannot hold becomes infinite
                target[start : start + part.size] = part

        return self.decode_parts(geometry, payload, store)

    def decode_parts(
        self, geometry: native.Geometry, payload: memoryview, take: Callable[[int, NDArray[Any]], None]
    ) -> int:
        """Have a stream decoded and look at its numbers where they are.

        Args:
            geometry: What the stream holds; the stream must say the same.
            payload: The stream.
            take: Called with the place of the first of some numbers, and these numbers; they are gone when it returns.

        Returns:
            How many bytes of the stream were needed. Nothing is taken unless that is all of them.

        Raises:
            CorruptPayload: The process died, or took absurdly long.
        """
        try:
            with self._patience(geometry.samples):
                return self._exchange(geometry, payload, take)
        except (OSError, EOFError) as error:
            raise CorruptPayload("The fpzip stream is damaged: it broke the decoder.") from error

    def _await_ready(self) -> None:
        try:
            with self._patience(0):
                _receive(self._pipe("stdout"), bytearray(len(native.READY)))
        except EOFError:
            raise OSError("The Python interpreter started for it ended at once.") from None

    def _exchange(
        self, geometry: native.Geometry, payload: memoryview, take: Callable[[int, NDArray[Any]], None]
    ) -> int:
        size = geometry.samples * geometry.item_bytes
        if self._shared is not None and os.fstat(self._shared).st_size < size:
            os.ftruncate(self._shared, size)
        stdin = self._pipe("stdin")
        stdin.write(native.REQUEST.pack(*geometry, len(payload)))
        stdin.write(payload)
        stdin.flush()
        reply = bytearray(native.REPLY.size)
        _receive(self._pipe("stdout"), reply)
        (used,) = native.REPLY.unpack(reply)
        if used == len(payload):
            for start, part in self._parts(geometry):
                take(start, part)
        if self._shared is not None and size > _KEPT_BYTES:
            os.ftruncate(self._shared, 0)
        return int(used)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._close_pipes()

    def disown(self) -> None:
        """Let go of a process that belongs to the parent of this one."""
        self._process.returncode = 0
        self._close_pipes()

    def _parts(self, geometry: native.Geometry) -> Iterator[tuple[int, NDArray[Any]]]:
        """Go through the decoded numbers, as many at a time as stay in the processor's cache."""
        block = np.empty(min(_BLOCK, geometry.samples), f"=f{geometry.item_bytes}")
        for start in range(0, geometry.samples, _BLOCK):
            part = block[: geometry.samples - start]
            if self._shared is None:
                _receive(self._pipe("stdout"), part.view("u1").data)
            else:
                # Reading takes up no more memory than the block, where a mapping would count as ours from end to end.
                os.preadv(self._shared, [part.view("u1").data], start * geometry.item_bytes)
            yield start, part

    @contextlib.contextmanager
    def _patience(self, samples: int) -> Iterator[None]:
        """Kill the process if what is done meanwhile takes absurdly long, so that nothing waits for ever."""
        timer = threading.Timer(_PATIENCE_S + _PATIENCE_PER_SAMPLE_S * samples, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _pipe(self, name: str) -> IO[bytes]:
        pipe: IO[bytes] = getattr(self._process, name)
        return pipe

    def _close_pipes(self) -> None:
        for name in ("stdin", "stdout"):
            with contextlib.suppress(OSError):  # what was not sent when the process died cannot be sent now
                self._pipe(name).close()
        if self._shared is not None:
            os.close(self._shared)
            self._shared = None


class Pool:
    """The workers of this process.

    Args:
        size: How many may run at once.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._reset()

    def _reset(self) -> None:
        self._places = threading.BoundedSemaphore(self._size)
        self._idle: list[Worker] = []

    @contextlib.contextmanager
    def worker(self, library: str) -> Iterator[Worker]:
        """Lend out a worker; one that fails, or is interrupted, is ended and not used again.

        Args:
            library: Where the fpzip module was found.

        Yields:
            A worker that nobody else uses meanwhile.

        Raises:
            OSError: No process can be started here.
        """
        with self._places:
            worker = self._take() or Worker(library)
            try:
                yield worker
            except BaseException:
                worker.close()
                raise
            self._idle.append(worker)

    def _take(self) -> Worker | None:
        while True:
            try:
                worker = self._idle.pop()
            except IndexError:
                return None
            if worker.alive:
                return worker
            worker.close()

    def close(self) -> None:
        """End all workers that are not at work."""
        while worker := self._take():
            worker.close()

    def forget(self) -> None:
        """Start anew in a process that was forked off: its parent's workers are not its own."""
        for worker in self._idle:
            worker.disown()
        self._reset()


def can_isolate() -> bool:
    """Tell whether this program can start a Python interpreter: not when it is frozen into one file or embedded."""
    return bool(sys.executable) and not getattr(sys, "frozen", False) and Path(native.__file__).is_file()


def _shared_file() -> int | None:
    """Make a file that is only memory, where that is possible (Linux)."""
    try:
        return os.memfd_create("drawthings-numbers")
    except (AttributeError, OSError):
        return None


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold more at a time where that is possible (Linux), so that the two processes wait less often."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        fcntl: Any = importlib.import_module("fcntl")
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _receive(source: IO[bytes], target: bytearray | memoryview) -> None:
    if source.readinto(target) != len(target):  # type: ignore[attr-defined] # typeshed's IO has no readinto
        raise EOFError


POOL = Pool(os.cpu_count() or 1)
atexit.register(POOL.close)
with contextlib.suppress(AttributeError):  # Windows cannot fork
    os.register_at_fork(after_in_child=POOL.forget)
