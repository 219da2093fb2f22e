"""A reader of FlatBuffer tables that believes nothing it reads.

The generated accessors follow every offset they find. Here each one is checked against the bytes that are there, and
what a table can make the reader produce is bounded by what was sent, so that a few kilobytes which point at
themselves a million times cost no more than a few kilobytes should.
"""

from __future__ import annotations

import struct
from typing import Final, TypeVar

from drawthings.errors import BadConfiguration

T = TypeVar("T", int, float, bool)

_TABLE_COST: Final = 64
_BUDGET_FLOOR: Final = 1 << 16
_BUDGET_FACTOR: Final = 8
_INT32: Final = struct.Struct("<i")
_UINT32: Final = struct.Struct("<I")
_UINT16: Final = struct.Struct("<H")
_VTABLE_HEAD: Final = 4

SCALARS: Final = {
    "bool": struct.Struct("<B"),
    "byte": struct.Struct("<b"),
    "ubyte": struct.Struct("<B"),
    "ushort": _UINT16,
    "int": _INT32,
    "uint": _UINT32,
    "long": struct.Struct("<q"),
    "float": struct.Struct("<f"),
}
"""How the scalar types of a schema stand in the bytes; enums of this schema are ``byte``."""


def _bad(what: str) -> BadConfiguration:
    return BadConfiguration(
        f"The configuration bytes are no FlatBuffer of this schema: {what}.",
        hint="Send what encode_configuration() returns, or what the FlatBuffers library writes for config.fbs.",
    )


class Walk:
    """The bytes of one buffer, and how much more may be read out of them.

    Args:
        data: The whole buffer.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._budget = max(_BUDGET_FLOOR, _BUDGET_FACTOR * len(data))

    def root(self) -> Table:
        """Return the root table.

        Raises:
            BadConfiguration: There is none.
        """
        return Table(self, self.follow(0))

    def read(self, kind: struct.Struct, position: int) -> int:
        """Read one whole number.

        Raises:
            BadConfiguration: It would lie outside the bytes.
        """
        if not 0 <= position <= len(self.data) - kind.size:
            raise _bad(f"it ends before byte {position + kind.size}")
        value: int = kind.unpack_from(self.data, position)[0]
        return value

    def follow(self, position: int) -> int:
        """Return the place that the offset at a place points to.

        Raises:
            BadConfiguration: It points nowhere, or outside.
        """
        offset = self.read(_UINT32, position)
        if offset == 0 or offset > len(self.data) - position:
            raise _bad(f"the offset at byte {position} leads outside")
        return position + offset

    def spend(self, amount: int) -> None:
        """Note that something of this size is read.

        Raises:
            BadConfiguration: More is read than a buffer of this length can honestly hold.
        """
        self._budget -= amount
        if self._budget < 0:
            raise _bad("its parts point at each other and unfold to more than was sent")


class Table:
    """One table of a buffer.

    Args:
        walk: The buffer.
        position: Where the table begins.

    Raises:
        BadConfiguration: The table or its directory does not lie inside the bytes.
    """

    def __init__(self, walk: Walk, position: int) -> None:
        walk.spend(_TABLE_COST)
        self._walk = walk
        self._position = position
        self._vtable = position - walk.read(_INT32, position)
        self._vtable_size = walk.read(_UINT16, self._vtable)
        self._size = walk.read(_UINT16, self._vtable + 2)
        if self._vtable_size < _VTABLE_HEAD or self._vtable_size % 2:
            raise _bad(f"the directory at byte {self._vtable} has {self._vtable_size} bytes")
        if self._vtable + self._vtable_size > len(walk.data) or position + self._size > len(walk.data):
            raise _bad(f"the table at byte {position} is longer than the bytes")

    def _field(self, slot: int, size: int) -> int | None:
        entry = _VTABLE_HEAD + 2 * slot
        if entry + 2 > self._vtable_size:
            return None
        offset = self._walk.read(_UINT16, self._vtable + entry)
        if offset == 0:
            return None
        if offset < _VTABLE_HEAD or offset + size > self._size:
            raise _bad(f"slot {slot} lies outside its table")
        return self._position + offset

    def scalar(self, slot: int, kind: str, default: T) -> T:
        """Return a number or a switch, or what the schema says where it is missing.

        Args:
            slot: Which field.
            kind: Its type, a key of ``SCALARS``.
            default: The schema's default.

        Raises:
            BadConfiguration: It lies outside its table.
        """
        layout = SCALARS[kind]
        position = self._field(slot, layout.size)
        if position is None:
            return default
        value = layout.unpack_from(self._walk.data, position)[0]
        return type(default)(value)

    def text(self, slot: int) -> str | None:
        """Return a text, or None where it is missing.

        Raises:
            BadConfiguration: It lies outside the bytes or is no UTF-8.
        """
        position = self._field(slot, _UINT32.size)
        return None if position is None else self._text(self._walk.follow(position))

    def texts(self, slot: int) -> tuple[str, ...]:
        """Return a list of texts, empty where it is missing.

        Raises:
            BadConfiguration: Something in it lies outside the bytes or is no UTF-8.
        """
        return tuple(self._text(position) for position in self._items(slot))

    def tables(self, slot: int) -> tuple[Table, ...]:
        """Return a list of tables, empty where it is missing.

        Raises:
            BadConfiguration: One of them does not lie inside the bytes.
        """
        return tuple(Table(self._walk, position) for position in self._items(slot))

    def _items(self, slot: int) -> list[int]:
        position = self._field(slot, _UINT32.size)
        if position is None:
            return []
        start, count = self._span(self._walk.follow(position), _UINT32.size)
        return [self._walk.follow(start + _UINT32.size * index) for index in range(count)]

    def _text(self, position: int) -> str:
        start, length = self._span(position, 1)
        try:
            return self._walk.data[start : start + length].decode()
        except UnicodeDecodeError as error:
            raise _bad(f"the text at byte {start} is no UTF-8") from error

    def _span(self, position: int, width: int) -> tuple[int, int]:
        """Return where a vector's elements begin and how many there are."""
        count = self._walk.read(_UINT32, position)
        start = position + _UINT32.size
        if count * width > len(self._walk.data) - start:
            raise _bad(f"the vector at byte {position} is longer than the bytes")
        self._walk.spend(count * width + _UINT32.size)
        return start, count
