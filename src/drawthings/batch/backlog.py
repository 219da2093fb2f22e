"""What has arrived and waits to be written: as much as memory holds with ease, and no more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from drawthings.batch.dask.parcel import Waiting

if TYPE_CHECKING:
    from drawthings.client.result import Result


class Backlog:
    """Room for results between their arrival and the disk.

    A disk hangs for a fifth of a second now and then; small pictures of many servers go on arriving meanwhile, and
    large ones wait with their server.

    Args:
        always: So many results may wait whatever their size.
        most_bytes: More may, as long as all of them together have no more bytes.
    """

    def __init__(self, always: int, most_bytes: int) -> None:
        self._always = always
        self._most_bytes = most_bytes
        self._count = self._bytes = 0
        self._freed = asyncio.Event()

    async def enter(self, size: int) -> None:
        """Wait until there is room for so many bytes, and take it."""
        while self._count >= self._always and self._bytes + size > self._most_bytes:
            self._freed.clear()
            await self._freed.wait()
        self._count += 1
        self._bytes += size

    def leave(self, size: int) -> None:
        """Give the room of so many bytes back."""
        self._count -= 1
        self._bytes -= size
        self._freed.set()


def size_of(result: Result | Waiting) -> int:
    """Return the bytes of a result as it is held, here or by its worker: tensors from the wire."""
    if isinstance(result, Waiting):
        return result.size
    return sum(len(picture.blob) for picture in result.pictures) + sum(map(len, result.audio))
