"""The comment of an MP4 or QuickTime file, found by walking its boxes.

Only the box with the film's description is read, wherever it stands; sound and pictures are jumped over. No library
for films is needed.

Source: ISO/IEC 14496-12 (boxes); the QuickTime file format (``udta``, ``meta``, ``ilst`` and their text items).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 64 << 20
"""The largest description that is read."""
MOST_BOXES = 1 << 16
HEAD_BYTES = 8
LONG_HEAD_BYTES = 16
COMMENT = b"\xa9cmt"
# Before a value stand its type and its language, before a QuickTime text its length and its language.
VALUE_HEAD_BYTES, TEXT_HEAD_BYTES = 8, 4


def is_film(head: bytes) -> bool:
    """Return whether a file that begins like this is an MP4 or QuickTime film; twelve bytes are enough."""
    return head[4:8] in {b"ftyp", b"moov"}


def film_comment(file: BinaryIO) -> str:
    """Return the comment of a film, or an empty text when there is none that can be read.

    Args:
        file: A seekable file open for reading bytes.
    """
    data = _description(file)
    for user in _children(data, b"udta"):
        for meta in _children(user, b"meta"):
            # MP4 has four bytes for version and flags here, QuickTime has not.
            inner = meta if meta[4:8] == b"hdlr" else meta[4:]
            for items in _children(inner, b"ilst"):
                for item in _children(items, COMMENT):
                    for value in _children(item, b"data"):
                        return value[VALUE_HEAD_BYTES:].decode("utf-8", "replace")
        for text in _children(user, COMMENT):
            length = int.from_bytes(text[:2], "big")
            return text[TEXT_HEAD_BYTES : TEXT_HEAD_BYTES + length].decode("utf-8", "replace")
    return ""


def _description(file: BinaryIO) -> bytes:
    """Return the content of the box ``moov``, or nothing."""
    end = file.seek(0, 2)
    place = 0
    for _ in range(MOST_BOXES):
        file.seek(place)
        head = file.read(LONG_HEAD_BYTES)
        size, kind, head_bytes = _head(head, end - place)
        if size < head_bytes or place + size > end + MOST_BYTES:
            break
        if kind == b"moov":
            file.seek(place + head_bytes)
            return file.read(size - head_bytes) if size <= MOST_BYTES else b""
        place += size
    return b""


def _head(head: bytes, rest: int) -> tuple[int, bytes, int]:
    """Return a box's size, its kind, and the size of its head; a size of 0 when there is no box."""
    if len(head) < HEAD_BYTES:
        return 0, b"", HEAD_BYTES
    size, kind = struct.unpack_from(">I4s", head)
    if size == 0:  # up to the end
        return rest, kind, HEAD_BYTES
    if size == 1 and len(head) >= LONG_HEAD_BYTES:
        return struct.unpack_from(">Q", head, HEAD_BYTES)[0], kind, LONG_HEAD_BYTES
    return size, kind, HEAD_BYTES


def _children(data: bytes, kind: bytes) -> Iterator[bytes]:
    """Yield the content of all boxes of a kind that stand directly in another's content."""
    place = 0
    while place < len(data):
        size, found, head_bytes = _head(data[place : place + LONG_HEAD_BYTES], len(data) - place)
        if size < head_bytes:
            return
        if found == kind:
            yield data[place + head_bytes : place + size]
        place += size
