"""A writer of FlatBuffer tables.

It writes byte for byte what the FlatBuffers library does, whose Python form loads numpy where there is one: that would
take longer than everything else that happens before a request is sent. A buffer is written from its end to its
beginning, because offsets only point forwards: what is pointed to is written first. Places are counted from the end.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from drawthings.request.flatwalk import SCALARS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_OFFSET: Final = struct.Struct("<I")
_BACK: Final = struct.Struct("<i")
_BYTES: Final = 4
"""How long an offset is, and the count before a text or a list."""


def number(kind: str, value: object) -> bytes:
    """Return the bytes of a number or a switch.

    Args:
        kind: Its type, a key of ``SCALARS``.
        value: The number.

    Raises:
        struct.error, OverflowError: It does not fit its type.
    """
    return SCALARS[kind].pack(value)


class Place(int):
    """Where a text, a list or a table stands: how many bytes there are from its first one to the end."""


class Writer:
    """One buffer in the making."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._widest = 1
        self._vtables: dict[bytes, int] = {}

    def text(self, text: str) -> Place:
        """Write a text."""
        data = text.encode()
        self._align(_BYTES, len(data) + 1)
        return Place(self._put(_OFFSET.pack(len(data)) + data + b"\0"))

    def sequence(self, places: Sequence[Place]) -> Place:
        """Write a list of what was written before."""
        self._align(_BYTES, _BYTES * len(places))
        for place in reversed(places):
            self._point(place)
        return Place(self._put(_OFFSET.pack(len(places))))

    def table(self, fields: Iterable[tuple[int, bytes | Place]]) -> Place:
        """Write a table.

        Args:
            fields: Slot and value of each field that is there, the last one in the buffer first: where it stands, or
                the bytes of a number, as ``number`` makes them.
        """
        end = self._size
        slots: dict[int, int] = {}
        for slot, value in fields:
            if isinstance(value, Place):
                slots[slot] = self._point(value)
            else:
                self._align(len(value))
                slots[slot] = self._put(value)
        self._align(_BYTES)
        start = self._size + _BYTES
        offsets = [start - slots[slot] if slot in slots else 0 for slot in range(max(slots, default=-1) + 1)]
        vtable = struct.pack(f"<{len(offsets) + 2}H", 2 * len(offsets) + _BYTES, start - end, *offsets)
        # Tables of the same form share one directory, which then stands behind all but the first of them.
        before = start + len(vtable)
        self._put(_BACK.pack(self._vtables.get(vtable, before) - start))
        if vtable not in self._vtables:
            self._vtables[vtable] = self._put(vtable)
        return Place(start)

    def finish(self, root: Place) -> bytes:
        """Return the buffer, of which a table is the root."""
        self._align(self._widest, _BYTES)
        self._point(root)
        return b"".join(reversed(self._pieces))

    def _point(self, place: Place) -> int:
        self._align(_BYTES)
        return self._put(_OFFSET.pack(self._size + _BYTES - place))

    def _align(self, width: int, behind: int = 0) -> None:
        """Leave bytes empty, so that what follows ``behind`` more bytes begins at a multiple of a width."""
        self._widest = max(self._widest, width)
        self._put(bytes(-(self._size + behind) % width))

    def _put(self, data: bytes) -> int:
        self._pieces.append(data)
        self._size += len(data)
        return self._size
