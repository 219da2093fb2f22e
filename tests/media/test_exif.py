import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from drawthings.media.exif import user_comment

TEXT = "狐 a fox\nSteps: 5, Seed: 1"


def block(comment: bytes, order: str = ">", kind: int = 7) -> bytes:
    """A TIFF header, a directory with the pointer, and the Exif directory with the comment behind it."""
    head = (b"MM" if order == ">" else b"II") + struct.pack(f"{order}HI", 42, 8)
    main = struct.pack(f"{order}HHHIII", 1, 0x8769, 4, 1, 26, 0)
    sub = struct.pack(f"{order}HHHIIHHIII", 2, 0xA002, 4, 1, 64, 0x9286, kind, len(comment), 56, 0)
    return head + main + sub + comment


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + TEXT.encode("utf-16-be"),
        b"UNICODE\0" + TEXT.encode("utf-16-le"),
        b"UNICODE\0" + TEXT.encode("utf-16"),
        b"ASCII\0\0\0" + TEXT.encode() + b"\0",
        bytes(8) + TEXT.encode(),
        TEXT.encode(),
    ],
)
def test_comments_are_read_in_every_code(comment: bytes, order: str):
    assert user_comment(block(comment, order)) == TEXT


def test_what_pillow_writes_is_read():
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + TEXT.encode("utf-16-be")
    file = io.BytesIO()
    Image.new("RGB", (2, 2)).save(file, "JPEG", exif=exif)
    place = file.getvalue().index(b"Exif\0\0")
    assert user_comment(file.getvalue()[place + 6 :]) == TEXT


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MM",
        b"MM\0*",
        b"XX\0*\0\0\0\x08",
        b"MM\0*\0\0\0\x08\0\0\0\0",
        block(b"x")[:30],
        block(b"x", kind=4),
        struct.pack(">2sHIHHHIII", b"MM", 42, 8, 1, 0x8769, 4, 1, 0xFFFFFFF0, 0),
        struct.pack(">2sHIH", b"MM", 42, 8, 0xFFFF),
    ],
)
def test_damage_reads_as_nothing(data: bytes):
    assert user_comment(data) == ""


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(tail: bytes):
    assert isinstance(user_comment(b"II*\0" + tail), str)
