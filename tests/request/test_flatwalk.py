import struct
import tracemalloc
from contextlib import suppress

import flatbuffers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drawthings.errors import BadConfiguration
from drawthings.request.flatwalk import SCALARS, Table, Walk

# The machine may be busy; how long an example takes is not what is tested.


def one_table(slots: dict[int, bytes], tail: bytes = b"", *, count: int = 4) -> bytes:
    """Write a buffer by hand: root offset, directory, table with the given fields, and what follows."""
    size = 4
    entries = [0] * count
    body = b""
    for slot, field in slots.items():
        entries[slot] = size
        body += field
        size += len(field)
    vtable = struct.pack(f"<HH{count}H", 4 + 2 * count, size, *entries)
    return struct.pack("<I", 4 + len(vtable)) + vtable + struct.pack("<i", len(vtable)) + body + tail


def root(data: bytes) -> Table:
    return Walk(data).root()


def test_scalars_are_read_where_they_stand_and_default_where_they_do_not():
    table = root(one_table({0: struct.pack("<f", 0.5), 2: b"\xff", 3: struct.pack("<q", -7)}))
    assert table.scalar(0, "float", 9.0) == 0.5
    assert table.scalar(1, "int", 42) == 42
    assert table.scalar(2, "byte", 0) == -1
    assert table.scalar(2, "ubyte", 0) == 255
    assert table.scalar(2, "bool", default=False) is True
    assert table.scalar(3, "long", 0) == -7
    assert table.scalar(99, "uint", 5) == 5
    assert set(SCALARS) == {"bool", "byte", "ubyte", "ushort", "int", "uint", "long", "float"}


def test_texts_and_lists_are_read():
    builder = flatbuffers.Builder(0)
    offsets = [builder.CreateString(text) for text in ("", "größe", "x")]
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    vector = builder.EndVector()
    builder.StartObject(2)
    builder.PrependUOffsetTRelativeSlot(0, offsets[1], 0)
    builder.PrependUOffsetTRelativeSlot(1, vector, 0)
    builder.Finish(builder.EndObject())
    table = root(bytes(builder.Output()))
    assert table.text(0) == "größe"
    assert table.texts(1) == ("", "größe", "x")
    assert table.text(7) is None
    assert table.texts(7) == table.tables(7) == ()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "ends before byte 4"),
        (b"\x04\x00\x00", "ends before byte 4"),
        (b"\x00\x00\x00\x00", "offset at byte 0 leads outside"),
        (b"\xff\xff\xff\xff", "offset at byte 0 leads outside"),
        (struct.pack("<Ii", 4, 100), "ends before"),
        (struct.pack("<Ii", 4, -100), "ends before"),
        (struct.pack("<IiHH", 4, -4, 2, 4), "the directory at byte 8 has 2 bytes"),
        (struct.pack("<IiHH", 4, -4, 5, 4), "the directory at byte 8 has 5 bytes"),
        (struct.pack("<IiHH", 4, -4, 6, 4), "the table at byte 4 is longer"),
        (struct.pack("<IiHH", 4, -4, 4, 99), "the table at byte 4 is longer"),
    ],
)
def test_a_broken_beginning_is_refused(data: bytes, words: str):
    with pytest.raises(BadConfiguration, match=words) as caught:
        root(data)
    assert caught.value.hint


def test_a_field_outside_its_table_is_refused():
    data = bytearray(one_table({0: b"\x01\x02\x03\x04"}))
    for wrong in (1, 3, 5, 8, 0xFFFF):
        data[8:10] = struct.pack("<H", wrong)
        with pytest.raises(BadConfiguration, match="slot 0 lies outside its table"):
            root(bytes(data)).scalar(0, "int", 0)


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        (b"", "ends before"),
        (struct.pack("<I", 1), "is longer than the bytes"),
        (struct.pack("<I", 0xFFFFFFFF), "is longer than the bytes"),
        (struct.pack("<I", 1) + b"\xff", "is no UTF-8"),
    ],
)
def test_a_broken_text_is_refused(tail: bytes, words: str):
    data = one_table({0: struct.pack("<I", 4)}, tail)
    with pytest.raises(BadConfiguration, match=words):
        root(data).text(0)


def test_a_list_of_texts_longer_than_the_bytes_is_refused():
    data = one_table({0: struct.pack("<I", 4)}, struct.pack("<II", 2, 4))
    with pytest.raises(BadConfiguration, match="is longer than the bytes"):
        root(data).texts(0)


@pytest.mark.parametrize("reader", ["texts", "tables"])
def test_parts_that_all_point_at_one_place_do_not_unfold(reader: str):
    count = 20_000
    # Every entry of the list points at the same place, a text of 20 000 bytes or a table.
    shared = struct.pack("<I", count) + b"x" * count if reader == "texts" else struct.pack("<iHH", -4, 4, 4)
    offsets = [4 * (count - index) for index in range(count)]
    data = one_table({0: struct.pack("<I", 4)}, struct.pack(f"<I{count}I", count, *offsets) + shared)
    tracemalloc.start()
    try:
        with pytest.raises(BadConfiguration, match="unfold to more than was sent"):
            getattr(root(data), reader)(0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100 * len(data)


@given(st.binary(max_size=200))
@example(b"\x04\x00\x00\x00\x00\x00\x00\x00")
def test_no_bytes_raise_anything_else(data: bytes):
    with suppress(BadConfiguration):
        table = root(data)
        for slot in range(4):
            table.scalar(slot, "long", 0)
            with suppress(BadConfiguration):
                table.text(slot)
            with suppress(BadConfiguration):
                table.texts(slot)
            with suppress(BadConfiguration):
                table.tables(slot)
