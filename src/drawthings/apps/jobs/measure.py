"""What kind of picture some bytes are, and how large: read from the header alone, so that nothing is unpacked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["png", "jpeg", "webp", "gif"]

MEDIA_TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "mp4": "video/mp4",
}

FORMS = {media_type: form for form, media_type in MEDIA_TYPES.items()}
"""The same the other way round."""

FILL, FIRST_FRAME, LAST_FRAME = 0xFF, 0xC0, 0xCF
"""Bytes of JPEG: what begins a marker, and the markers between which the size is told."""

LOSSLESS = 0x2F
"""The first byte of a lossless WebP."""

EXTENSION, PICTURE = 0x21, 0x2C
"""What begins a block of a GIF."""

_SIZELESS = frozenset({0xC4, 0xC8, 0xCC})
"""Markers of JPEG in the range of those that tell the size, which tell something else."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a header says.

    Attributes:
        kind: What it is.
        width: Pixels across.
        height: Pixels down.
    """

    kind: Kind
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """How many pixels it has."""
        return self.width * self.height


def measure(data: bytes) -> Measure | None:
    """Return what the header of a picture says; None when it is no PNG, JPEG, WebP or GIF, or is cut off.

    Args:
        data: The bytes of a file.
    """
    try:
        return _measured(data)
    except IndexError:
        return None


def _measured(data: bytes) -> Measure | None:
    if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR":
        return Measure("png", _big(data, 16, 4), _big(data, 20, 4))
    if data[:3] == b"\xff\xd8\xff":
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data[:6] in {b"GIF87a", b"GIF89a"}:
        return _gif(data)
    return None


def _big(data: bytes, at: int, length: int) -> int:
    if at + length > len(data):
        raise IndexError
    return int.from_bytes(data[at : at + length], "big")


def _little(data: bytes, at: int, length: int) -> int:
    if at + length > len(data):
        raise IndexError
    return int.from_bytes(data[at : at + length], "little")


def _jpeg(data: bytes) -> Measure | None:
    at = 2
    while True:
        while data[at] == FILL:  # markers may be preceded by any number of fill bytes
            at += 1
        marker = data[at]
        at += 1
        if FIRST_FRAME <= marker <= LAST_FRAME and marker not in _SIZELESS:
            return Measure("jpeg", _big(data, at + 5, 2), _big(data, at + 3, 2))
        if marker in {0xD9, 0xDA}:  # the picture's data, or its end, before any size
            return None
        at += _big(data, at, 2)
        if data[at] != FILL:
            return None


def _webp(data: bytes) -> Measure | None:
    kind = data[12:16]
    if kind == b"VP8X":
        return Measure("webp", _little(data, 24, 3) + 1, _little(data, 27, 3) + 1)
    if kind == b"VP8L" and data[20] == LOSSLESS:
        bits = _little(data, 21, 4)
        return Measure("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        return Measure("webp", _little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF)
    return None


def _gif(data: bytes) -> Measure | None:
    """Return the larger of the screen and what the first frame covers: decoders make room for both."""
    width, height, flags = _little(data, 6, 2), _little(data, 8, 2), data[10]
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while data[at] == EXTENSION:  # extensions: a label, then blocks until an empty one
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    if data[at] != PICTURE:
        return None
    left, top = _little(data, at + 1, 2), _little(data, at + 3, 2)
    right, bottom = left + _little(data, at + 5, 2), top + _little(data, at + 7, 2)
    return Measure("gif", max(width, right), max(height, bottom))
