import io
import struct
import zlib

import pytest

from drawthings.media import container
from drawthings.media.container import Part, container_of, parts_of

PNG = b"\x89PNG\r\n\x1a\n"
XMP = b"XML:com.adobe.xmp"
GIF = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def parts(data: bytes) -> list[Part]:
    return list(parts_of(io.BytesIO(data)))


@pytest.mark.parametrize(
    ("head", "kind"),
    [(PNG, "png"), (b"\xff\xd8", "jpeg"), (b"RIFF\1\2\3\4WEBP", "webp"), (GIF, "gif"), (b"RIFF1234WAVE", None)],
)
def test_files_are_known_by_their_beginning(head: bytes, kind: str | None):
    assert container_of(head) == kind


def test_all_words_of_a_png_in_order():
    data = PNG + b"".join(
        [
            chunk(b"IHDR", bytes(13)),
            chunk(b"tEXt", b"parameters\0caf\xe9"),
            chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"packed")),
            chunk(b"IDAT", bytes(100)),
            chunk(b"iTXt", b"parameters\0\0\0\0\0\xe7\x8b\x90"),
            chunk(b"iTXt", XMP + b"\0\1\0\0\0" + zlib.compress(b"<x/>")),
            chunk(b"eXIf", b"MM"),
            chunk(b"IEND", b""),
        ]
    )
    assert parts(data) == [
        Part("text", "café".encode(), "parameters"),
        Part("text", b"packed", "Comment"),
        Part("text", "狐".encode(), "parameters"),
        Part("xmp", b"<x/>"),
        Part("exif", b"MM"),
    ]


def test_packed_words_may_be_broken_but_not_explode(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(container, "MOST_BYTES", 1000)
    for packed in (b"junk", zlib.compress(bytes(10**7))):
        assert parts(PNG + chunk(b"zTXt", b"Comment\0\0" + packed) + chunk(b"iTXt", b"a\0\1\0\0\0" + packed)) == []


def test_what_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(container, "MOST_BYTES", 10)
    assert parts(PNG + chunk(b"tEXt", b"a\0" + bytes(20)) + chunk(b"tEXt", b"a\0b")) == [Part("text", b"b", "a")]
    assert parts(b"RIFF\0\0\0\0WEBP" + b"XMP " + struct.pack("<I", 12) + bytes(12)) == []


def test_a_file_of_endless_parts_comes_to_an_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(container, "MOST_PARTS", 3)
    assert parts(PNG + chunk(b"none", b"") * 3 + chunk(b"tEXt", b"a\0b")) == []
    assert parts(b"\xff\xd8" + segment(0xE0, b"") * 3 + segment(0xE1, b"Exif\0\0MM")) == []
    assert parts(b"RIFF\0\0\0\0WEBP" + b"none\0\0\0\0" * 3 + b"XMP \1\0\0\0x\0") == []


def test_both_blocks_of_a_jpeg():
    xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")
    data = b"\xff\xd8" + segment(0xE0, b"JFIF") + segment(0xE1, b"Exif\0\0MM") + b"\xff" + segment(0xE1, b"?") + xmp
    assert parts(data) == [Part("exif", b"MM"), Part("xmp", b"<x/>")]


def test_both_blocks_of_a_webp():
    data = b"RIFF\0\0\0\0WEBP" + b"VP8 \3\0\0\0abc\0" + b"EXIF\x08\0\0\0Exif\0\0MM" + b"XMP \4\0\0\0<x/>"
    assert parts(data) == [Part("exif", b"MM"), Part("xmp", b"<x/>")]


@pytest.mark.parametrize("table", [b"", bytes(6)])
def test_the_comment_before_the_first_picture_of_a_gif(table: bytes):
    head = GIF[:10] + bytes([0x80 if table else 0]) + GIF[11:] + table
    loop = b"\x21\xff\x0bNETSCAPE2.0\x03\1\0\0\0"
    data = head + loop + b"\x21\xfe\x03abc\x02de\0" + b"\x2c" + bytes(9) + b"\x21\xfe\x01x\0"
    assert parts(data) == [Part("text", b"abcde", "comment")]


def test_a_gif_s_comment_has_a_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(container, "MOST_BYTES", 3)
    assert parts(GIF + b"\x21\xfe\x03abc\x02de\0") == []
    assert parts(b"GIF89a") == []


def test_other_files_have_no_parts():
    assert parts(b"") == []
    assert parts(b"\xff\xd8 nonsense") == []
