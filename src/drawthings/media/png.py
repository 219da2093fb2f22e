"""PNG files, written here: many times faster than Pillow's default at about the same size.

The speed comes from leaving the choice of filter to one numpy subtraction and the compression to isal; where isal is
not installed the standard library's zlib codes the filtered bytes without searching for repetitions, which pictures
hardly have. Source: the PNG specification (ISO/IEC 15948); chunk order and contents as the app's own files have them
(``ImageConverter.imageData``, stored by ImageIO).
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from drawthings.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Iterator

Bytes = npt.NDArray[np.uint8]
Level: TypeAlias = Literal["fast", "best"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
XMP_KEYWORD = b"XML:com.adobe.xmp"
IDAT_BYTES = 1 << 20
MOST_PX = 2**31 - 1
NONE, SUB, UP, AVERAGE, PAETH = range(5)
LEVELS = ("fast", "best")


def encode_png(pixels: Bytes, *, xmp: str | None = None, level: Level | str = "fast") -> bytes:
    """Write a picture as a PNG file.

    Args:
        pixels: The picture.
        xmp: An XMP packet to put inside, for example from ``app_metadata``.
        level: ``fast``, or ``best`` for a file some percent smaller that takes tens of times as long.

    Returns:
        The file. Its chunks are in the order IHDR, sRGB, eXIf, iTXt (if there is a packet), IDAT, IEND.

    Shapes:
        (height, width) or (height, width, 1) grey, (height, width, 3) RGB, (height, width, 4) RGBA; all uint8.

    Raises:
        BadValue: The array has another shape or type or no pixels, or there is no such level.
    """
    if level not in LEVELS:
        hint = "fast or best."
        raise BadValue(f"{level!r} is no PNG level.", hint=hint, field="level", value=level, suggestions=LEVELS)
    picture = checked_pixels(pixels)
    height, width, channels = picture.shape
    return SIGNATURE + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[channels], 0, 0, 0)),
            (b"sRGB", b"\0"),
            (b"eXIf", exif_block(width, height)),
            *(((b"iTXt", _international_text(xmp)),) if xmp is not None else ()),
            *((b"IDAT", part) for part in _slices(_compressed(picture, level))),
            (b"IEND", b""),
        )
    )


def exif_block(width: int, height: int) -> bytes:
    """Return the Exif block that the app's files carry: the size of the picture and nothing else.

    Returns:
        56 bytes: a big-endian TIFF header, a directory with one pointer, and the Exif directory with
        PixelXDimension and PixelYDimension.
    """
    pointer, width_tag, height_tag, long_type, sub_offset = 0x8769, 0xA002, 0xA003, 4, 26
    head = struct.pack(">2sHI", b"MM", 42, 8)
    main = struct.pack(">HHHIII", 1, pointer, long_type, 1, sub_offset, 0)
    sub = struct.pack(">HHHIIHHIII", 2, width_tag, long_type, 1, width, height_tag, long_type, 1, height, 0)
    return head + main + sub


def checked_pixels(pixels: Bytes) -> Bytes:
    """Return a picture with its channels as third axis.

    Raises:
        BadValue: The array has no pixels, or a shape or type that is no picture.
    """
    picture = pixels[:, :, np.newaxis] if pixels.ndim == 2 else pixels  # noqa: PLR2004 - axes
    if picture.ndim != 3 or picture.shape[2] not in COLOUR_TYPES or picture.dtype != np.uint8:  # noqa: PLR2004 - axes
        raise BadValue(
            f"A picture of shape {pixels.shape} and type {pixels.dtype} cannot be written.",
            hint="Pictures are uint8 of shape (height, width) or (height, width, 1, 3 or 4).",
            field="pixels",
        )
    if picture.size == 0:
        raise BadValue(f"A picture of shape {pixels.shape} has no pixels.", hint="Check its size.", field="pixels")
    return picture


def _international_text(text: str) -> bytes:
    # Keyword, then: not compressed, no compression method, no language, no translated keyword.
    return XMP_KEYWORD + b"\0\0\0\0\0" + text.encode("utf-8", "replace")


def _chunk(kind: bytes, data: bytes | memoryview) -> bytes:
    return b"".join((struct.pack(">I", len(data)), kind, data, struct.pack(">I", _crc32(data, zlib.crc32(kind)))))


def _slices(data: bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    for start in range(0, len(data), IDAT_BYTES):
        yield view[start : start + IDAT_BYTES]


def _isal() -> Any:  # noqa: ANN401 - a module, or None
    try:
        from isal import isal_zlib
    except ImportError:
        return None
    return isal_zlib


def _crc32(data: bytes | memoryview, start: int) -> int:
    isal = _isal()
    return int((zlib if isal is None else isal).crc32(data, start))


def _compressed(picture: Bytes, level: str) -> bytes:
    if level == "best":
        return min(_attempts(picture), key=len)
    isal = _isal()
    if isal is not None:
        return bytes(isal.compress(_rows(picture, UP).data, 1))
    return _deflated(_rows(picture, AVERAGE), zlib.Z_HUFFMAN_ONLY)


def _attempts(picture: Bytes) -> Iterator[bytes]:
    # Noise compresses best without a search, drawings best without a filter, and most pictures between the two.
    yield _deflated(_rows(picture, AVERAGE), zlib.Z_HUFFMAN_ONLY)
    yield _deflated(_rows(picture, NONE), zlib.Z_DEFAULT_STRATEGY)
    chosen = _best_rows(picture)
    yield _deflated(chosen, zlib.Z_HUFFMAN_ONLY)
    yield _deflated(chosen, zlib.Z_DEFAULT_STRATEGY)


def _deflated(rows: Bytes, strategy: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
    return packer.compress(rows.data) + packer.flush()


def _rows(picture: Bytes, kind: int) -> Bytes:
    """Filter all rows alike; the first byte of a row says how."""
    height, width, channels = picture.shape
    rows = np.empty((height, 1 + width * channels), np.uint8)
    rows[:, 0] = kind
    np.subtract(picture.reshape(height, -1), _predicted(picture, kind).reshape(height, -1), out=rows[:, 1:])
    return rows


def _best_rows(picture: Bytes) -> Bytes:
    """Filter each row in the way that leaves the smallest numbers, as the PNG specification recommends."""
    best = _rows(picture, NONE)
    least = _cost(best)
    for kind in (SUB, UP, AVERAGE, PAETH):
        rows = _rows(picture, kind)
        cost = _cost(rows)
        better = cost < least
        best[better] = rows[better]
        least[better] = cost[better]
    return best


def _cost(rows: Bytes) -> npt.NDArray[np.int64]:
    sizes: npt.NDArray[np.int64] = np.abs(rows[:, 1:].view(np.int8).astype(np.int16)).sum(axis=1, dtype=np.int64)
    return sizes


def _predicted(picture: Bytes, kind: int) -> Bytes:
    """Return what a filter expects each byte to be, from the same channel of its neighbours."""
    if kind == NONE:
        return np.zeros_like(picture)
    if kind == SUB:
        return _moved(picture, 0, 1)
    above = _moved(picture, 1, 0)
    if kind == UP:
        return above
    left = _moved(picture, 0, 1)
    if kind == AVERAGE:
        # Half of the sum without widening it: the shared bits plus half of the differing ones.
        return (left & above) + ((left ^ above) >> 1)
    return _paeth(left, above, _moved(picture, 1, 1))


def _moved(picture: Bytes, down: int, right: int) -> Bytes:
    """Shift the picture by a pixel, with zeros coming in, so that each place holds its neighbour."""
    moved = np.zeros_like(picture)
    moved[down:, right:] = picture[: picture.shape[0] - down, : picture.shape[1] - right]
    return moved


def _paeth(left: Bytes, above: Bytes, corner: Bytes) -> Bytes:
    a, b, c = (part.astype(np.int16) for part in (left, above, corner))
    to_left, to_above, to_corner = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
    near_left = (to_left <= to_above) & (to_left <= to_corner)
    return np.where(near_left, left, np.where(to_above <= to_corner, above, corner))
