import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drawthings.media import container, xmp
from drawthings.media.xmp import Packet, find_packet, read_packet, xmp_packet

Texts = Callable[[str | bytes], dict[str, str]]
KEYWORD = b"XML:com.adobe.xmp"
PNG = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(*parts: tuple[bytes, bytes]) -> bytes:
    return PNG + b"".join(chunk(kind, body) for kind, body in parts)


def test_the_form_is_the_app_s(xmp_texts: Texts):
    packet = xmp_packet(Packet(description="a\nb", comment='{"c":"<&>"}', creator="Draw Things"))
    assert packet.startswith('<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 6.0.0">')
    assert "<?xpacket" not in packet
    assert "a&#xA;b" in packet
    assert xmp_texts(packet) == {"description": "a\nb", "comment": '{"c":"<&>"}', "creator": "Draw Things"}


@pytest.mark.parametrize("text", ["<&>\"'", "]]>", "a\r\nb\tc\rd", "狐と🦊 é é", "\x7f\x85\u2028", "  spaced  ", ""])
def test_texts_survive(text: str, xmp_texts: Texts):
    packet = xmp_packet(Packet(description=text, comment=text))
    assert xmp_texts(packet)["description"] == text
    assert xmp_texts(packet.encode())["comment"] == text
    assert read_packet(packet.encode()) == Packet(description=text, comment=text)


def test_what_xml_cannot_carry_is_dropped(xmp_texts: Texts):
    packet = xmp_packet(Packet(description="a\0b\x1b[0m\x0c\ufffe\uffffc\ud83d"))
    assert xmp_texts(packet)["description"] == "ab[0mc\ufffd"


@given(st.text())
def test_any_text_makes_a_readable_packet(text: str):
    read = read_packet(xmp_packet(Packet(description=text)).encode())
    assert read is not None
    kept = "".join(char for char in text if (ord(char) >= 32 or char in "\t\n\r") and char not in "\ufffe\uffff")
    assert read.description == kept


@pytest.mark.parametrize(
    "text",
    [
        KEYWORD + b"\0\0\0\0\0<x/>",
        KEYWORD + b"\0\0\0en-GB\0titre\0<x/>",
        KEYWORD + b"\0\1\0\0\0" + zlib.compress(b"<x/>"),
    ],
)
def test_international_text_of_a_png_is_found(text: bytes):
    other = b"Comment\0\0\0\0\0hello"
    assert find_packet(png_with((b"IHDR", bytes(13)), (b"iTXt", other), (b"iTXt", text))) == b"<x/>"


def test_older_text_chunks_of_a_png_are_found():
    assert find_packet(png_with((b"tEXt", KEYWORD + b"\0<x/>"))) == b"<x/>"
    assert find_packet(png_with((b"zTXt", KEYWORD + b"\0\0" + zlib.compress(b"<x/>")))) == b"<x/>"
    assert find_packet(png_with((b"tEXt", b"parameters\0<x/>"), (b"zTXt", b"other\0\0"))) is None


def test_a_png_with_broken_checksums_and_end_still_tells():
    data = bytearray(png_with((b"IHDR", bytes(13)), (b"iTXt", KEYWORD + b"\0\0\0\0\0<x/>"), (b"IDAT", bytes(50))))
    data[8 + 8 + 13] ^= 0xFF
    assert find_packet(bytes(data[:-40])) == b"<x/>"


def test_a_compressed_packet_may_not_explode(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(container, "MOST_BYTES", 1000)
    for size, expected in [(1000, b"a" * 1000), (1001, None), (10**7, None)]:
        body = KEYWORD + b"\0\1\0\0\0" + zlib.compress(b"a" * size)
        assert find_packet(png_with((b"iTXt", body))) == expected


def test_a_broken_compressed_packet_is_passed_over():
    assert find_packet(png_with((b"iTXt", KEYWORD + b"\0\1\0\0\0junk"), (b"tEXt", KEYWORD + b"\0<x/>"))) == b"<x/>"


def test_a_jpeg_packet_is_found_among_other_segments():
    exif = b"\xff\xe1" + struct.pack(">H", 8) + b"Exif\0\0"
    body = b"http://ns.adobe.com/xap/1.0/\0<x/>"
    segment = b"\xff\xe1" + struct.pack(">H", 2 + len(body)) + body
    fill = b"\xff\xff"
    assert find_packet(b"\xff\xd8" + exif + fill + segment) == b"<x/>"
    assert find_packet(b"\xff\xd8" + exif + b"\xff\xda\0\x04ab" + segment) is None
    assert find_packet(b"\xff\xd8" + exif + b"\xff\xd9\0\0" + segment) is None
    assert find_packet(b"\xff\xd8" + b"\xff\xe0\0\0" + segment) == b"<x/>"
    assert find_packet(b"\xff\xd8 nonsense") is None


def test_a_webp_packet_is_found_after_odd_chunks():
    parts = b"VP8X" + struct.pack("<I", 3) + b"abc\0" + b"XMP " + struct.pack("<I", 4) + b"<x/>"
    assert find_packet(b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts) == b"<x/>"
    assert find_packet(b"RIFF\0\0\0\0WEBP") is None


def test_other_files_have_none():
    assert find_packet(b"GIF89a" + bytes(50)) is None
    assert find_packet(b"") is None


@settings(max_examples=200)
@given(st.sampled_from([PNG, b"\xff\xd8\xff\xe1", b"RIFF\0\0\0\0WEBP", b""]), st.binary(max_size=200))
def test_nonsense_never_raises(start: bytes, data: bytes):
    found = find_packet(start + data)
    read_packet(found if found is not None else data)


def test_what_pillow_wrote_is_found():
    packet = xmp_packet(Packet(description="x"))
    for kind in ("JPEG", "WEBP"):
        file = io.BytesIO()
        Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(file, kind, xmp=packet.encode())
        assert find_packet(file.getvalue()) == packet.encode()


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"no xml",
        b"<x:xmpmeta>",
        b"\xff\xfe<\0x\0/\0>\0",
        b'<!DOCTYPE a [<!ENTITY b "boom">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&b;</x:xmpmeta>',
        b'<!ENTITY b "boom"><x/>',
    ],
)
def test_what_is_no_packet_is_none(xml: bytes):
    assert read_packet(xml) is None


def test_huge_packets_are_not_parsed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(xmp, "MOST_BYTES", 20)
    assert read_packet(b"<x>" + b"a" * 20 + b"</x>") is None
    assert read_packet(b"<x>aaaa</x>") == Packet()


def test_deep_nesting_is_no_danger():
    assert read_packet(b"<a>" * 100_000 + b"</a>" * 100_000) == Packet()


HEAD = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
)
TAIL = '</rdf:RDF></x:xmpmeta>\n   <?xpacket end="w"?>'


@pytest.mark.parametrize(
    "inside",
    [
        '<rdf:Description exif:UserComment="one" dc:description="two" xmp:CreatorTool="three"/>',
        (
            "<rdf:Description><exif:UserComment>one</exif:UserComment><dc:description>two</dc:description>"
            "<xmp:CreatorTool>three</xmp:CreatorTool></rdf:Description>"
        ),
        (
            '<rdf:Description exif:UserComment="one"/><rdf:Description xmp:CreatorTool="three"><dc:description>'
            '<rdf:Alt><rdf:li xml:lang="x-default">two</rdf:li><rdf:li xml:lang="de">zwei</rdf:li></rdf:Alt>'
            "</dc:description></rdf:Description>"
        ),
    ],
)
def test_other_writers_forms_are_read(inside: str):
    expected = Packet(comment="one", description="two", creator="three")
    assert read_packet((HEAD + inside + TAIL).encode()) == expected
    assert read_packet(b"\xef\xbb\xbf" + (HEAD + inside + TAIL).encode() + b"\0") == expected


def test_empty_elements_are_empty_texts():
    inside = "<rdf:Description><exif:UserComment><rdf:Alt><rdf:li/></rdf:Alt></exif:UserComment></rdf:Description>"
    assert read_packet((HEAD + inside + TAIL).encode()) == Packet()
