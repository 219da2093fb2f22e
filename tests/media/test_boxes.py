import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.media import boxes
from drawthings.media.boxes import film_comment, is_film

FTYP = struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0)
TEXT = '{"c":"狐 & <fox>"}'


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def long_box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4sQ", 1, kind, len(body) + 16) + body


VALUE = box(b"data", struct.pack(">II", 1, 0), TEXT.encode())
ITEMS = box(b"ilst", box(b"\xa9too", VALUE[:20]), box(b"\xa9cmt", VALUE))
HANDLER = box(b"hdlr", bytes(24))
META = box(b"meta", bytes(4), HANDLER, ITEMS)
MOOV = box(b"moov", box(b"mvhd", bytes(100)), box(b"udta", META))


@pytest.mark.parametrize(
    "film",
    [
        FTYP + box(b"mdat", bytes(5000)) + MOOV,
        FTYP + MOOV + box(b"mdat", bytes(5000)),
        FTYP + long_box(b"mdat", bytes(500)) + long_box(b"moov", MOOV[8:]),
        FTYP + struct.pack(">I4s", 0, b"moov") + MOOV[8:],
        FTYP + box(b"moov", box(b"udta", box(b"meta", HANDLER, ITEMS))),
        FTYP + box(b"moov", box(b"udta", box(b"\xa9cmt", struct.pack(">HH", len(TEXT.encode()), 0), TEXT.encode()))),
    ],
    ids=["at the end", "at the front", "long sizes", "up to the end", "quicktime's meta", "quicktime's text"],
)
def test_the_comment_is_found(film: bytes):
    assert is_film(film[:12])
    assert film_comment(io.BytesIO(film)) == TEXT


@pytest.mark.parametrize(
    "film",
    [
        FTYP,
        FTYP + box(b"moov"),
        FTYP + box(b"moov", box(b"udta", box(b"meta", bytes(4), HANDLER, box(b"ilst", box(b"\xa9cmt"))))),
        FTYP + b"\0\0\0\1moov",
        FTYP + b"\0\0\0\2moov",
        FTYP + box(b"moov", b"\0\0\0\3udta"),
        FTYP + box(b"moov", b"\0\0\0\1udta"),
        FTYP + struct.pack(">I4sQ", 1, b"mdat", 2**63),
        b"",
    ],
)
def test_damage_reads_as_nothing(film: bytes):
    assert film_comment(io.BytesIO(film)) == ""


def test_a_box_that_is_cut_off_is_read_as_far_as_it_goes():
    assert film_comment(io.BytesIO((FTYP + MOOV)[:-2])) == TEXT[:-2]


def test_limits(monkeypatch: pytest.MonkeyPatch):
    film = FTYP + box(b"free") * 5 + MOOV
    monkeypatch.setattr(boxes, "MOST_BOXES", 4)
    assert film_comment(io.BytesIO(film)) == ""
    monkeypatch.setattr(boxes, "MOST_BOXES", 100)
    monkeypatch.setattr(boxes, "MOST_BYTES", 50)
    assert film_comment(io.BytesIO(film)) == ""


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(tail: bytes):
    assert isinstance(film_comment(io.BytesIO(FTYP + box(b"moov", box(b"udta", tail)) + tail)), str)


def test_what_pyav_writes_is_read(tmp_path: Path):
    av = pytest.importorskip("av")
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as file:
        file.metadata["comment"] = TEXT
        stream = file.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 64
        for packet in [*stream.encode(av.VideoFrame(64, 64, "yuv420p")), *stream.encode()]:
            file.mux(packet)
    with path.open("rb") as file:
        assert film_comment(file) == TEXT
