from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements import linux_packet, linux_records, name, record
from drawthings.wire.mdns import AAAA, PTR, SRV, TXT, A, Resource, question, read_packet, server_name

SERVICE = ("_dt-grpc", "_tcp", "local")
INSTANCE = ("studio_tls", *SERVICE)


def packet(*records: bytes, flags: int = 0x8400, questions: bytes = b"", counts: tuple[int, ...] = ()) -> bytes:
    numbers = counts or (1 if questions else 0, len(records), 0, 0)
    return struct.pack(">6H", 0, flags, *numbers) + questions + b"".join(records)


def test_a_question_is_what_the_rfc_says():
    assert (
        question() == struct.pack(">6H", 0, 0, 1, 0, 0, 0) + b"\x08_dt-grpc\x04_tcp\x05local\x00" + b"\x00\x0c\x00\x01"
    )


def test_the_packet_of_the_official_server_on_linux_is_read():
    # Its header promises ten records and it has three, and its text is longer than it says.
    data = linux_packet("studio", tls=True, host="studio.a.1.7.local", port=7859)
    assert struct.unpack_from(">6H", data) == (0, 0x8400, 0, 4, 0, 6)
    assert read_packet(data)[:2] == (
        Resource(SERVICE, PTR, 120, target=INSTANCE),
        Resource(INSTANCE, SRV, 120, target=("studio", "a", "1", "7", "local"), port=7859),
    )
    assert [one.kind for one in read_packet(data)] == [PTR, SRV, TXT]


@pytest.mark.parametrize("length", [0, 1, 5, 9, 10, 11, 40, 60000])
def test_a_wrong_length_of_the_text_hides_nothing_behind_it(length: int):
    text = record(INSTANCE, TXT, b"\x09txtvers=1", length=length)
    data = packet(text, record(("studio", "local"), A, bytes([10, 0, 0, 7])), record(SERVICE, PTR, name(INSTANCE)))
    kinds = [one.kind for one in read_packet(data)]
    assert kinds == [TXT, A, PTR]
    assert read_packet(data)[1].address == "10.0.0.7"


def test_names_may_be_compressed_and_questions_are_passed_over():
    asked = name(SERVICE) + struct.pack(">2H", PTR, 1)
    pointer = b"\xc0\x0c"
    answer = pointer + struct.pack(">2HIH", PTR, 1, 120, 9) + b"\x06garage" + pointer
    data = packet(answer, record(("h", "local"), AAAA, bytes(15) + b"\x01"), questions=asked)
    found = read_packet(data)
    assert found[0] == Resource(SERVICE, PTR, 120, target=("garage", *SERVICE))
    assert found[1].address == "::1"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 11,
        b"\0" * 10000,
        packet(*linux_records("a", tls=True, host="a.local", port=1), flags=0),
        packet(b"\xc0\x0c" * 4),
        packet(b"\xc0"),
        packet(b"\x3f" + b"a" * 10),
        packet(b"\x40abc\0"),
        packet(b"\x01\xff\0" + b"\0" * 12),
        packet(record(SERVICE, A, b"\x01\x02\x03")),
        packet(record(SERVICE, 99, b"")),
        packet(record(SERVICE, SRV, b"\0\0\0\0\0\1")),
        packet(record(SERVICE, PTR, b"\x05ab")),
        packet(record(SERVICE, PTR, b"\0", group=3)),
        packet(record(SERVICE, PTR, b"\x01a\0", length=50)),
        packet(b"\0" + struct.pack(">2HIH", PTR, 1, 1, 1) + b"\0"),
    ],
)
def test_what_makes_no_sense_is_passed_over(data: bytes):
    assert read_packet(data) == ()


def test_a_question_that_is_cut_off_hides_nothing():
    assert read_packet(packet(record(SERVICE, PTR, name(INSTANCE)), counts=(9, 1, 0, 0)))
    assert read_packet(packet(b"\x3f", counts=(1, 0, 0, 0))) == ()


@given(st.binary(max_size=300), st.integers(0, 120))
def test_no_bytes_break_it(noise: bytes, at: int):
    read_packet(noise)
    read_packet(struct.pack(">6H", 0, 0x8400, 0, 1, 0, 0) + noise)
    good = linux_packet("studio", tls=True, host="studio.local", port=7859)
    read_packet(good[:at] + noise + good[at:])


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        ("Studio_tls", ("Studio", True)),
        ("Studio_notls", ("Studio", False)),
        ("Studio", ("Studio", None)),
        ("Studio_tls (2)", ("Studio 2", True)),
        ("Studio_notls-3", ("Studio 3", False)),
        ("my_tls_box", ("my_tls_box", None)),
    ],
)
def test_the_suffix_tells_about_tls(instance: str, expected: tuple[str, bool | None]):
    assert server_name(instance) == expected
