"""Bands of PNG rows, compressed each for itself, so that threads can share a picture while it is still being decoded.

The result is the same for any number of threads, and whether the rows come from numpy or from the native core. Nothing
here needs numpy. Source: RFC 1950 for the head and the checksum of the stream.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from drawthings.media.belt import Belt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    from drawthings.tensor.core import Core

BAND_BYTES = 1 << 19
"""About how much of a picture makes a band; to begin anew with each costs less than a thousandth of the size."""

STREAM_HEAD = b"\x78\x01"
ADLER_BASE = 65521


class Band(NamedTuple):
    """Some rows, filtered and compressed.

    Attributes:
        piece: Their piece of the deflate stream; it ends at a whole byte.
        check: The Adler-32 of the filtered rows.
        length: How many bytes those were.
    """

    piece: bytes
    check: int
    length: int


def engine() -> ModuleType:
    """Return isal, whose deflate and checksums are several times as fast, or the standard library's zlib."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib
    return isal_zlib


def rows_in_band(stride: int) -> int:
    """Return how many rows of so many bytes make a band."""
    return max(1, BAND_BYTES // stride)


def packed(filtered: bytes | bytearray | memoryview, *, last: bool) -> Band:
    """Compress filtered rows quickly.

    Args:
        filtered: The rows, each with the number of its filter before it.
        last: Whether they are the last ones of the picture.
    """
    fast = engine()
    if fast is zlib:
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_HUFFMAN_ONLY)
    else:
        packer = fast.compressobj(1, fast.DEFLATED, -zlib.MAX_WBITS)
    piece = packer.compress(filtered) + packer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)
    return Band(piece, fast.adler32(filtered), len(filtered))


def joined(bands: Iterable[Band]) -> list[bytes]:
    """Return the zlib stream that bands make in their order, in pieces."""
    check, pieces = 1, [STREAM_HEAD]
    for band in bands:
        pieces.append(band.piece)
        check = joined_adler32(check, band.check, band.length)
    return [*pieces, struct.pack(">I", check)]


def joined_adler32(first: int, second: int, length: int) -> int:
    """Return the Adler-32 of two pieces of data from those of each.

    Args:
        first: The checksum of the first piece.
        second: The checksum of the second piece.
        length: How many bytes the second piece has.
    """
    low, high = first & 0xFFFF, first >> 16
    # The second sum adds up what the first one was at each byte, so the first piece counts once for every byte behind
    # it; each checksum begins at 1, which must count only once.
    joined_low = (low + (second & 0xFFFF) - 1) % ADLER_BASE
    joined_high = (high + (second >> 16) + length * (low - 1)) % ADLER_BASE
    return joined_high << 16 | joined_low


def strip_stream(core: Core, strips: Iterable[bytearray], shape: tuple[int, int, int], threads: int) -> list[bytes]:
    """Filter and compress a picture while it is being decoded.

    Args:
        core: What filters.
        strips: Its bytes in strips of whole rows.
        shape: Its height, width and channels.
        threads: How many may work on it, besides the one that decodes.

    Returns:
        A zlib stream of its rows in pieces.

    Raises:
        TensorError: A strip cannot be decoded.
    """
    height, stride = shape[0], shape[1] * shape[2]

    def work(strip: bytearray, above: bytes | None, last: bool) -> Band:  # noqa: FBT001 - between this and the loop
        return packed(core.filter_up(strip, stride, above), last=last)

    if threads == 1:
        return joined(work(*piece) for piece in _with_the_row_above(strips, height, stride))
    bands: list[Band] = []
    belt = Belt(work, bands.append, threads=threads)
    try:
        for piece in _with_the_row_above(strips, height, stride):
            belt.put(*piece)
        belt.finish()
    finally:
        belt.close()
    return joined(bands)


def _with_the_row_above(
    strips: Iterable[bytearray], height: int, stride: int
) -> Iterator[tuple[bytearray, bytes | None, bool]]:
    """Yield each strip with the last row of the one before it, and whether it is the last one."""
    done, above = 0, None
    for strip in strips:
        done += len(strip) // stride
        yield strip, above, done == height
        above = bytes(strip[-stride:])
