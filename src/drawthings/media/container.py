"""The parts of a picture file that hold words, found without looking at the picture.

PNG, JPEG, WebP and GIF files are walked part by part through a seekable file, so that only what may say something is
read, whatever the size of the rest. What is damaged, cut off or hostile is passed over.

Source: the PNG specification (ISO/IEC 15948), JPEG (ISO/IEC 10918-1), the WebP container specification,
GIF89a, and XMP specification part 3 (ISO 16684-1).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Container: TypeAlias = Literal["png", "jpeg", "webp", "gif"]

XMP_KEYWORD = b"XML:com.adobe.xmp"
JPEG_XMP, JPEG_EXIF = b"http://ns.adobe.com/xap/1.0/\0", b"Exif\0\0"
MOST_BYTES = 16 << 20
"""The largest part that is read, packed or not."""
MOST_PARTS = 1 << 18
"""How many parts of a file are walked; a real picture of a gigabyte has fewer."""
HEAD_BYTES = 12
APP1, START_OF_SCAN, END_OF_IMAGE, FILL = 0xE1, 0xDA, 0xD9, 0xFF
TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")
GIF_HEAD_BYTES, GIF_EXTENSION, GIF_COMMENT = 13, 0x21, 0xFE


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file that holds words.

    Attributes:
        kind: ``xmp`` for a packet, ``exif`` for a TIFF block, ``text`` for a text chunk of a PNG or a comment of a GIF.
        data: Its content; a text in UTF-8.
        keyword: What a text chunk calls itself.
    """

    kind: Literal["xmp", "exif", "text"]
    data: bytes
    keyword: str = ""


def container_of(head: bytes) -> Container | None:
    """Return what kind of picture file begins like this, or None; twelve bytes are enough."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8"):
        return "jpeg"
    if head[:6] in {b"GIF89a", b"GIF87a"}:
        return "gif"
    return "webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else None


def parts_of(file: BinaryIO) -> Iterator[Part]:
    """Yield the parts that hold words in the order of the file; nothing for what is no PNG, JPEG, WebP or GIF.

    Args:
        file: A seekable file open for reading bytes.
    """
    file.seek(0)
    walk = {"png": _png, "jpeg": _jpeg, "webp": _webp, "gif": _gif, None: None}[container_of(file.read(HEAD_BYTES))]
    if walk is not None:
        yield from walk(file)


def _png(file: BinaryIO) -> Iterator[Part]:
    # Checksums are not looked at, so that a file with a flipped bit still tells how it was made.
    for kind, body in islice(_chunks(file), MOST_PARTS):
        if kind == b"eXIf":
            yield Part("exif", body)
        elif kind in TEXT_CHUNKS:
            yield from _text(kind, body)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while True:
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:  # noqa: PLR2004 - length and kind
            return
        length, kind = struct.unpack(">I4s", head)
        wanted = length <= MOST_BYTES and (kind in TEXT_CHUNKS or kind == b"eXIf")
        yield kind, file.read(length) if wanted else b""
        place += 12 + length


def _text(kind: bytes, body: bytes) -> Iterator[Part]:
    keyword, _, rest = body.partition(b"\0")
    text: bytes | None = rest
    if kind == b"zTXt":
        text = _inflated(rest[1:])
    elif kind == b"iTXt":
        # Compression flag and method, language, translated keyword, text.
        _language, _, named = rest[2:].partition(b"\0")
        _translated, _, text = named.partition(b"\0")
        text = _inflated(text) if rest[:1] == b"\1" else text
    if text is None or not keyword:
        return
    if keyword == XMP_KEYWORD:
        yield Part("xmp", text)
    else:
        utf8 = text if kind == b"iTXt" else text.decode("latin-1").encode()
        yield Part("text", utf8, keyword.decode("latin-1"))


def _inflated(data: bytes) -> bytes | None:
    try:
        text = zlib.decompressobj().decompress(data, MOST_BYTES + 1)
    except zlib.error:
        return None
    return text if len(text) <= MOST_BYTES else None


def _jpeg(file: BinaryIO) -> Iterator[Part]:
    place = 2
    for _ in range(MOST_PARTS):
        file.seek(place)
        head = file.read(4)
        if len(head) < 4 or head[0] != FILL or head[1] in {START_OF_SCAN, END_OF_IMAGE}:  # noqa: PLR2004 - see below
            return
        if head[1] == FILL:
            place += 1
            continue
        # Four bytes: the mark, what it marks, and a length that counts its own two bytes.
        length = int.from_bytes(head[2:], "big")
        if head[1] == APP1:
            body = file.read(max(length - 2, 0))
            if body.startswith(JPEG_XMP):
                yield Part("xmp", body[len(JPEG_XMP) :])
            elif body.startswith(JPEG_EXIF):
                yield Part("exif", body[len(JPEG_EXIF) :])
        place += 2 + max(length, 2)


def _webp(file: BinaryIO) -> Iterator[Part]:
    place = 12
    for _ in range(MOST_PARTS):
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:  # noqa: PLR2004 - kind and length
            return
        kind, length = struct.unpack("<4sI", head)
        if kind in {b"XMP ", b"EXIF"} and length <= MOST_BYTES:
            body = file.read(length)
            # Some writers put the name of the JPEG segment before the block.
            yield Part("xmp", body) if kind == b"XMP " else Part("exif", body.removeprefix(JPEG_EXIF))
        place += 8 + length + length % 2


def _gif(file: BinaryIO) -> Iterator[Part]:
    """Look at what stands before the first picture; further on, a comment would cost reading the whole film."""
    file.seek(0)
    head = file.read(GIF_HEAD_BYTES)
    flags = head[10] if len(head) == GIF_HEAD_BYTES else 0
    if flags & 0x80:  # a table of colours for all pictures, three bytes each
        file.seek(GIF_HEAD_BYTES + 3 * 2 ** ((flags & 7) + 1))
    while (start := file.read(2))[:1] == bytes([GIF_EXTENSION]):
        data = _joined(file)
        if start[1:] == bytes([GIF_COMMENT]) and len(data) <= MOST_BYTES:
            yield Part("text", data, "comment")


def _joined(file: BinaryIO) -> bytes:
    """Put together blocks that each begin with their length, up to an empty one, an end or too many."""
    data = bytearray()
    while (length := file.read(1)) not in {b"", b"\0"} and len(data) <= MOST_BYTES:
        data += file.read(length[0])
    return bytes(data)
