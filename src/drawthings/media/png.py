"""PNG files, written here: many times faster than Pillow's default at about the same size.

The speed comes from leaving the choice of filter to one numpy subtraction and the compression to isal; where isal is
not installed the standard library's zlib codes the filtered bytes without searching for repetitions, which pictures
hardly have. See ``scanlines.py`` for both. Source: the PNG specification (ISO/IEC 15948); chunk order and contents as
the app's own files have them (``ImageConverter.imageData``, stored by ImageIO).
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Literal, TypeAlias

from drawthings.errors import BadValue
from drawthings.media.bands import engine, rows_in_band, strip_stream
from drawthings.media.belt import processors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drawthings.media.scanlines import Bytes

Level: TypeAlias = Literal["fast", "best"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
XMP_KEYWORD = b"XML:com.adobe.xmp"
IDAT_BYTES = 1 << 20
MOST_PX = 2**31 - 1
LEVELS = ("fast", "best")


def encode_png(
    pixels: Bytes, *, xmp: str | None = None, level: Level | str = "fast", threads: int | None = None
) -> bytes:
    """Write a picture as a PNG file.

    Args:
        pixels: The picture.
        xmp: An XMP packet to put inside, for example from ``app_metadata``.
        level: ``fast``, or ``best`` for a file some percent smaller that takes tens of times as long.
        threads: How many may work on it; by default one for each processor. The file is the same for any number.

    Returns:
        The file. Its chunks are in the order IHDR, sRGB, eXIf, iTXt (if there is a packet), IDAT, IEND.

    Shapes:
        (height, width) or (height, width, 1) grey, (height, width, 3) RGB, (height, width, 4) RGBA; all uint8.

    Raises:
        BadValue: The array has another shape or type or no pixels, or there is no such level.
    """
    return b"".join(png_parts(pixels, xmp=xmp, level=level, threads=threads))


def png_parts(
    pixels: Bytes, *, xmp: str | None = None, level: Level | str = "fast", threads: int | None = None
) -> list[bytes | memoryview]:
    """Return a PNG file in parts, which can be written one after the other without being put together first.

    Args:
        pixels: As for ``encode_png``.
        xmp: As for ``encode_png``.
        level: As for ``encode_png``.
        threads: As for ``encode_png``.

    Raises:
        BadValue: As ``encode_png``.
    """
    # Imported here so that numpy is loaded only when there is a picture.
    from drawthings.media.scanlines import quick_stream, small_stream

    check_level(level)
    picture = checked_pixels(pixels)
    count = threads or processors()
    stream = quick_stream(picture, count) if level == "fast" else [small_stream(picture, count)]
    height, width, channels = picture.shape
    return _framed((height, width, channels), xmp, stream)


def png_parts_of_tensor(
    blob: bytes, *, xmp: str | None = None, threads: int | None = None
) -> list[bytes | memoryview] | None:
    """Return a PNG file, as ``png_parts`` does, while the picture is still being decoded, and without numpy.

    Args:
        blob: The tensor bytes of a result.
        xmp: As for ``encode_png``.
        threads: How many may work on it besides this one; by default one for each processor.

    Returns:
        The same file as by way of the pixels, in parts; None where there is only that way: without the native core,
        without isal, and for unusual tensors.

    Raises:
        TensorError: The tensor cannot be read.
    """
    from drawthings.tensor.core import native_core
    from drawthings.tensor.header import Header
    from drawthings.tensor.levels import level_strips

    core = native_core()
    if core is None or engine() is zlib:
        return None
    *_, width, channels = (1, *Header.parse(memoryview(blob)).shape)
    strips = level_strips(blob, rows=rows_in_band(width * channels))
    if strips is None:
        return None
    return _framed(strips.shape, xmp, strip_stream(core, strips, strips.shape, threads or processors()))


def check_level(level: str) -> None:
    """Refuse a level that there is not.

    Raises:
        BadValue: It is neither ``fast`` nor ``best``.
    """
    if level not in LEVELS:
        hint = "fast or best."
        raise BadValue(f"{level!r} is no PNG level.", hint=hint, field="level", value=level, suggestions=LEVELS)


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
    picture = pixels[:, :, None] if pixels.ndim == 2 else pixels  # noqa: PLR2004 - axes
    if picture.ndim != 3 or picture.shape[2] not in COLOUR_TYPES or picture.dtype != "uint8":  # noqa: PLR2004 - axes
        raise BadValue(
            f"A picture of shape {pixels.shape} and type {pixels.dtype} cannot be written.",
            hint="Pictures are uint8 of shape (height, width) or (height, width, 1, 3 or 4).",
            field="pixels",
        )
    if picture.size == 0:
        raise BadValue(f"A picture of shape {pixels.shape} has no pixels.", hint="Check its size.", field="pixels")
    return picture


def _framed(shape: tuple[int, int, int], xmp: str | None, stream: Iterable[bytes]) -> list[bytes | memoryview]:
    """Put the chunks of a file around the compressed rows."""
    height, width, channels = shape
    head = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[channels], 0, 0, 0)
    parts = [SIGNATURE, *_chunk(b"IHDR", head), *_chunk(b"sRGB", b"\0"), *_chunk(b"eXIf", exif_block(width, height))]
    if xmp is not None:
        parts += _chunk(b"iTXt", _international_text(xmp))
    for pieces in _portions(stream):
        parts += _chunk(b"IDAT", *pieces)
    return [*parts, *_chunk(b"IEND")]


def _international_text(text: str) -> bytes:
    # Keyword, then: not compressed, no compression method, no language, no translated keyword.
    return XMP_KEYWORD + b"\0\0\0\0\0" + text.encode("utf-8", "replace")


def _chunk(kind: bytes, *pieces: bytes | memoryview) -> list[bytes | memoryview]:
    crc32 = engine().crc32
    check = zlib.crc32(kind)
    for piece in pieces:
        check = crc32(piece, check)
    return [struct.pack(">I4s", sum(map(len, pieces)), kind), *pieces, struct.pack(">I", check)]


def _portions(pieces: Iterable[bytes]) -> Iterator[list[bytes | memoryview]]:
    """Divide a stream into what goes into each data chunk: as many pieces as fit, and of a large one as much."""
    portion: list[bytes | memoryview] = []
    room = IDAT_BYTES
    for piece in pieces:
        view = memoryview(piece)
        while len(view) > room:
            yield [*portion, view[:room]]
            view, portion, room = view[room:], [], IDAT_BYTES
        portion.append(view)
        room -= len(view)
    yield portion
