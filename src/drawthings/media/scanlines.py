"""The rows of a PNG picture, filtered and compressed.

A filter leaves of each byte only its difference from what its neighbours let expect. For speed, bands of rows are then
compressed each for itself; see ``bands.py``. Source: the PNG specification (ISO/IEC 15948).
"""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from drawthings.media.bands import Band, engine, joined, packed, rows_in_band

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Bytes = npt.NDArray[np.uint8]
S = TypeVar("S")
T = TypeVar("T")

NONE, SUB, UP, AVERAGE, PAETH = range(5)


def quick_stream(picture: Bytes, threads: int) -> list[bytes]:
    """Return the rows as a zlib stream, in a fraction of the usual time and at about the usual size.

    Args:
        picture: The picture.
        threads: How many may work on it.

    Returns:
        The stream in pieces of some hundred KB.

    Shapes:
        (height, width, channels) uint8.
    """
    height = len(picture)
    step = rows_in_band(picture[0].size)
    bands = [(start, min(start + step, height)) for start in range(0, height, step)]
    return joined(_spread(lambda band: _packed(picture, *band), bands, threads))


def small_stream(picture: Bytes, threads: int) -> bytes:
    """Return the rows as a zlib stream, the smallest of several attempts that each take long.

    Args:
        picture: The picture.
        threads: How many may work on it.

    Shapes:
        (height, width, channels) uint8.
    """
    # Noise compresses best without a search, drawings best without a filter, and most pictures between the two.
    chosen = best_rows(picture)
    attempts = [
        (rows(picture, AVERAGE), zlib.Z_HUFFMAN_ONLY),
        (rows(picture, NONE), zlib.Z_DEFAULT_STRATEGY),
        (chosen, zlib.Z_HUFFMAN_ONLY),
        (chosen, zlib.Z_DEFAULT_STRATEGY),
    ]
    return min(_spread(lambda attempt: _deflated(*attempt), attempts, threads), key=len)


def _spread(work: Callable[[S], T], pieces: Sequence[S], threads: int) -> Iterator[T]:
    """Do the same with every piece, in threads where there is more than one; results come in order."""
    count = min(threads, len(pieces))
    if count <= 1:
        yield from map(work, pieces)
        return
    with ThreadPoolExecutor(count, thread_name_prefix="drawthings-rows") as pool:
        yield from pool.map(work, pieces)


def _packed(picture: Bytes, start: int, stop: int) -> Band:
    """Filter and compress some rows."""
    # Where repetitions are not searched for, the filter has to do more.
    kind = AVERAGE if engine() is zlib else UP
    # The row above takes part in filtering the first one.
    above = min(start, 1)
    filtered = rows(picture[start - above : stop], kind)[above:]
    return packed(filtered.reshape(-1).data, last=stop == len(picture))


def _deflated(filtered: Bytes, strategy: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
    return packer.compress(filtered.data) + packer.flush()


def rows(picture: Bytes, kind: int) -> Bytes:
    """Filter all rows alike; the first byte of a row says how.

    Shapes:
        picture (height, width, channels) uint8; result (height, 1 + width * channels) uint8.
    """
    height, width, channels = picture.shape
    result = np.empty((height, 1 + width * channels), np.uint8)
    result[:, 0] = kind
    flat = picture.reshape(height, -1)
    if kind == UP:
        # The same as below without building the expected picture, for this is the one that has to be quick.
        result[0, 1:] = flat[0]
        np.subtract(flat[1:], flat[:-1], out=result[1:, 1:])
    else:
        np.subtract(flat, _predicted(picture, kind).reshape(height, -1), out=result[:, 1:])
    return result


def best_rows(picture: Bytes) -> Bytes:
    """Filter each row in the way that leaves the smallest numbers, as the PNG specification recommends."""
    best = rows(picture, NONE)
    least = _cost(best)
    for kind in (SUB, UP, AVERAGE, PAETH):
        filtered = rows(picture, kind)
        cost = _cost(filtered)
        better = cost < least
        best[better] = filtered[better]
        least[better] = cost[better]
    return best


def _cost(filtered: Bytes) -> npt.NDArray[np.int64]:
    sizes: npt.NDArray[np.int64] = np.abs(filtered[:, 1:].view(np.int8).astype(np.int16)).sum(axis=1, dtype=np.int64)
    return sizes


def _predicted(picture: Bytes, kind: int) -> Bytes:
    """Return what a filter expects each byte to be, from the same channel of its neighbours."""
    if kind == NONE:
        return np.zeros_like(picture)
    if kind == SUB:
        return _moved(picture, 0, 1)
    left, above = _moved(picture, 0, 1), _moved(picture, 1, 0)
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
