"""The user comment of an Exif block, where other programs keep in JPEG and WebP files how a picture was made.

Source: the Exif 2.3 standard (JEITA CP-3451C), TIFF revision 6.0.
"""

from __future__ import annotations

import struct

EXIF_POINTER, USER_COMMENT = 0x8769, 0x9286
BYTE_TYPES = {1, 2, 7}
"""Plain bytes, ASCII and undefined, which the standard asks for and not all programs write."""
CODE_BYTES = 8
ENTRY_BYTES = 12
ORDERS = {b"II*\0": "<", b"MM\0*": ">"}


def user_comment(block: bytes) -> str:
    """Return the user comment of an Exif block, or an empty text when there is none that can be read.

    Args:
        block: A TIFF header and what follows it, without the name that a JPEG segment puts before it.
    """
    order = ORDERS.get(block[:4])
    if order is None:
        return ""
    try:
        (first,) = struct.unpack_from(f"{order}I", block, 4)
        pointer = _entry(block, order, first, EXIF_POINTER)
        comment = None if pointer is None else _entry(block, order, pointer[2], USER_COMMENT)
    except struct.error:
        return ""
    if comment is None:
        return ""
    kind, count, place = comment
    return _decoded(block[place : place + count]) if kind in BYTE_TYPES else ""


def _entry(block: bytes, order: str, directory: int, tag: int) -> tuple[int, int, int] | None:
    """Return type, count and value of the entry with a tag; the value of a long one is the place where it stands."""
    (count,) = struct.unpack_from(f"{order}H", block, directory)
    for place in range(directory + 2, directory + 2 + count * ENTRY_BYTES, ENTRY_BYTES):
        found, kind, number, value = struct.unpack_from(f"{order}HHII", block, place)
        if found == tag:
            return kind, number, value
    return None


def _decoded(comment: bytes) -> str:
    code, text = comment[:CODE_BYTES], comment[CODE_BYTES:]
    if code == b"UNICODE\0":
        return _utf16(text)
    if code in {b"ASCII\0\0\0", bytes(CODE_BYTES)}:
        return text.decode("utf-8", "replace").rstrip("\0")
    # Writers that forget the eight bytes of the character code begin with the text.
    return comment.decode("utf-8", "replace").rstrip("\0")


def _utf16(text: bytes) -> str:
    """Decode UTF-16 whose byte order nobody says: writers follow the file's, or always the same one.

    A text about settings has digits and colons, whose upper byte is zero, so that the zeros tell.
    """
    if text.startswith((b"\xfe\xff", b"\xff\xfe")):
        return text.decode("utf-16", "replace").rstrip("\0")
    little = text[1::2].count(0) > text[::2].count(0)
    return text.decode("utf-16-le" if little else "utf-16-be", "replace").rstrip("\0")
