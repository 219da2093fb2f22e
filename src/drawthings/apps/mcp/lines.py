"""Lines of standard input, read in such a way that waiting for the next one can be given up."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress
from typing import Self

PIECE_BYTES = 1 << 20


class Lines:
    """The lines that come in at a descriptor, for ``async for``.

    A thread that waits for input cannot be interrupted, and an event loop that waits for such a thread cannot end:
    Ctrl-C would do nothing until somebody writes. This thread is left behind instead.

    Args:
        descriptor: The number of an open file; 0 is standard input.
    """

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        threading.Thread(target=self._read, name="drawthings-lines", daemon=True).start()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        line = await self._lines.get()
        if line is None:
            raise StopAsyncIteration
        return line

    def _read(self) -> None:
        """Read to the end, and pass on each line as soon as it is whole."""
        begun: list[bytes] = []
        with suppress(RuntimeError):  # the loop has ended, and nobody listens any more
            while piece := self._piece():
                first, *others = piece.split(b"\n")
                begun.append(first)
                for other in others:
                    self._pass(b"".join(begun).decode("utf-8", "replace"))
                    begun = [other]
            self._pass(None)

    def _piece(self) -> bytes:
        try:
            return os.read(self._descriptor, PIECE_BYTES)
        except OSError:  # closed from the other side, which some systems do not tell as an end
            return b""

    def _pass(self, line: str | None) -> None:
        self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
