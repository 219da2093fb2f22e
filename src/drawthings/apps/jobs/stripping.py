"""Pictures and clips without the words in them: how they were made, by whom, when and where.

Only what says something is taken out; pixels and colour profiles stay to the last bit. What is damaged stays as it is
from there on: the files are our own.

Source: the PNG specification (ISO/IEC 15948), JPEG (ISO/IEC 10918-1), RFC 9649 (WebP), GIF89a, and ISO/IEC 14496-12
(boxes of MP4).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from drawthings.media.boxes import is_film
from drawthings.media.container import container_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PNG_WORDS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
JPEG_FILL, JPEG_EXIF, JPEG_COMMENT, JPEG_IPTC, JPEG_SCAN = 0xFF, 0xE1, 0xFE, 0xED, 0xDA
WEBP_WORDS = frozenset({b"XMP ", b"EXIF"})
WEBP_FLAGS = 0x08 | 0x04
"""The bits of a WebP's head that announce Exif and XMP."""
GIF_EXTENSION, GIF_IMAGE, GIF_PALETTE = 0x21, 0x2C, 0x80
GIF_COMMENT, GIF_PROGRAM = b"\xfe", b"\xff"
GIF_HEAD, GIF_PLACE = 13, 10
"""Bytes before the colours: of a file, and of each picture in it."""
MP4_WORDS = frozenset({b"udta", b"meta", b"uuid"})
MP4_HOLDERS = frozenset({b"moov", b"trak"})
SHORT_HEAD, LONG_HEAD = 8, 16


def stripped(data: bytes) -> bytes:
    """Return a file without what it says about how it was made.

    Args:
        data: A whole PNG, JPEG, WebP, GIF or MP4; anything else is returned as it is.
    """
    if is_film(data[:12]):
        return _mp4(data)
    kind = container_of(data[:12])
    return data if kind is None else KINDS[kind](data)


def _png(data: bytes) -> bytes:
    kept, place = [data[:8]], 8
    while place + SHORT_HEAD <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        if kind not in PNG_WORDS:
            kept.append(data[place : place + 12 + length])
        place += 12 + length
    return b"".join(kept)


def _jpeg(data: bytes) -> bytes:
    kept, place = [data[:2]], 2
    while place + 4 <= len(data) and data[place] == JPEG_FILL and data[place + 1] != JPEG_SCAN:
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place + 1] not in {JPEG_EXIF, JPEG_COMMENT, JPEG_IPTC}:
            kept.append(data[place:end])
        place = end
    return b"".join((*kept, data[place:]))


def _webp(data: bytes) -> bytes:
    kept: list[bytes] = []
    place = 12
    while place + SHORT_HEAD <= len(data):
        kind, length = struct.unpack_from("<4sI", data, place)
        chunk = data[place : place + SHORT_HEAD + length + length % 2]
        if kind == b"VP8X":
            flags = bytes(byte & ~WEBP_FLAGS for byte in chunk[SHORT_HEAD : SHORT_HEAD + 1])
            chunk = chunk[:SHORT_HEAD] + flags + chunk[SHORT_HEAD + 1 :]
        if kind not in WEBP_WORDS:
            kept.append(chunk)
        place += len(chunk)
    body = b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _gif(data: bytes) -> bytes:
    place = GIF_HEAD + _colours(data[GIF_HEAD - 3 : GIF_HEAD - 2])
    kept = [data[:place]]
    while place < len(data) and data[place] in {GIF_EXTENSION, GIF_IMAGE}:
        if data[place] == GIF_IMAGE:  # its place, its own colours, and one byte of how it is packed
            own = place + GIF_PLACE
            end = _after_blocks(data, own + _colours(data[own - 1 : own]) + 1)
        else:
            end = _after_blocks(data, place + 2)
        if data[place] == GIF_IMAGE or not _says_something(data[place + 1 : place + 14]):
            kept.append(data[place:end])
        place = end
    return b"".join((*kept, data[place:]))


def _says_something(extension: bytes) -> bool:
    """Whether an extension of a GIF is a comment, or a program's own, such as XMP; how often it repeats stays."""
    program = extension[0:1] == GIF_PROGRAM and extension[2:13] != b"NETSCAPE2.0"
    return program or extension[0:1] == GIF_COMMENT


def _colours(flags: bytes) -> int:
    """Return the bytes of the table of colours that a byte of flags announces."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & GIF_PALETTE else 0


def _after_blocks(data: bytes, place: int) -> int:
    while place < len(data) and data[place]:
        place += 1 + data[place]
    return place + 1


def _mp4(data: bytes) -> bytes:
    """Blank what says something, for the index counts bytes from the beginning of the file."""
    blank = bytearray(data)
    for start, head, end in _boxes(data, 0, len(data)):
        blank[start + 4 : start + 8] = b"free"
        blank[start + head : end] = bytes(end - start - head)
    return bytes(blank)


def _boxes(data: bytes, place: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield where each box with words begins, how long its head is, and where it ends."""
    while place + SHORT_HEAD <= end:
        size, kind = struct.unpack_from(">I4s", data, place)
        head = SHORT_HEAD
        if size == 1 and place + LONG_HEAD <= end:
            size, head = struct.unpack_from(">Q", data, place + SHORT_HEAD)[0], LONG_HEAD
        size = size or end - place
        if size < head or place + size > end:
            return
        if kind in MP4_WORDS:
            yield place, head, place + size
        elif kind in MP4_HOLDERS:
            yield from _boxes(data, place + head, place + size)
        place += size


KINDS: dict[str, Callable[[bytes], bytes]] = {"png": _png, "jpeg": _jpeg, "webp": _webp, "gif": _gif}
