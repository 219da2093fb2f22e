"""Readers of the wire that share nothing with the package: plain struct and zlib, nothing generated.

They exist so that an error in our encoder cannot hide behind the same error in our decoder.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from typing import Any

Fields = dict[int, list[Any]]


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a protobuf varint; return it and the offset behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def message(data: bytes) -> Fields:
    """Walk a protobuf message: field number to the raw values in their order."""
    fields: Fields = defaultdict(list)
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(data, at)
        elif wire == 2:
            length, at = varint(data, at)
            value, at = data[at : at + length], at + length
        elif wire == 5:
            value, at = struct.unpack_from("<f", data, at)[0], at + 4
        else:
            raise ValueError(f"field {number} has wire type {wire}")
        fields[number].append(value)
    return dict(fields)


def tensor_head(blob: bytes) -> dict[str, Any]:
    """Read the 68 bytes in front of a tensor's payload."""
    codec, memory, layout, datatype, reserved, *dims = struct.unpack_from("<I16i", blob)
    shape = tuple(dims[: dims.index(0)]) if 0 in dims else tuple(dims)
    return {
        "codec": codec,
        "memory": memory,
        "layout": layout,
        "datatype": datatype,
        "reserved": reserved,
        "shape": shape,
    }


class Table:
    """A FlatBuffers table, read by slot number."""

    def __init__(self, data: bytes, at: int | None = None) -> None:
        self.data = data
        self.at = struct.unpack_from("<I", data)[0] if at is None else at
        self.vtable = self.at - struct.unpack_from("<i", data, self.at)[0]
        self.vtable_bytes = struct.unpack_from("<H", data, self.vtable)[0]

    def place(self, slot: int) -> int | None:
        """Return where the value of a slot stands, or None when the table does not have it."""
        entry = 4 + 2 * slot
        if entry >= self.vtable_bytes:
            return None
        offset = struct.unpack_from("<H", self.data, self.vtable + entry)[0]
        return self.at + offset if offset else None

    def scalar(self, slot: int, form: str) -> Any:
        """Read a number; None when it is not there."""
        place = self.place(slot)
        return None if place is None else struct.unpack_from("<" + form, self.data, place)[0]

    def text(self, slot: int) -> str | None:
        """Read a string; None when it is not there."""
        place = self.place(slot)
        if place is None:
            return None
        start = place + struct.unpack_from("<I", self.data, place)[0]
        length = struct.unpack_from("<I", self.data, start)[0]
        return self.data[start + 4 : start + 4 + length].decode()

    def tables(self, slot: int) -> list[Table]:
        """Read a vector of tables."""
        place = self.place(slot)
        if place is None:
            return []
        start = place + struct.unpack_from("<I", self.data, place)[0]
        count = struct.unpack_from("<I", self.data, start)[0]
        entries = [start + 4 + 4 * index for index in range(count)]
        return [Table(self.data, entry + struct.unpack_from("<I", self.data, entry)[0]) for entry in entries]
