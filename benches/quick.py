"""A guard against regressions in under a minute: ``make bench-quick``. It needs neither the peer nor photographs.

Each of our steps runs beside a plain way to do the same, in turns, in this process. The bounds are generous: they are
missed when something became several times slower, and not when the machine is busy. What must really be reached, and
how it compares with the peer, is ``make bench``.
"""

from __future__ import annotations

import io
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import fpzip
import numpy as np
from PIL import Image

from drawthings.media.png import encode_png
from drawthings.tensor.codec import encode_tensor
from drawthings.tensor.core import native_core, which
from drawthings.tensor.header import HEADER_BYTES
from drawthings.tensor.pixels import blob_to_pixels, decode_pixels, encode_pixels

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ROUNDS = 7
SIDE = 512


@dataclass(frozen=True, slots=True)
class Guard:
    """One comparison.

    Attributes:
        title: What is compared.
        ours: Our way.
        plain: The plain way.
        least: How many times faster ours must be at least; below 1 where ours does more.
    """

    title: str
    ours: Callable[[], object]
    plain: Callable[[], object]
    least: float


def guards() -> list[Guard]:
    """Return what is compared."""
    values = _picture()
    pixels, raw, packed = decode_pixels(values), encode_tensor(values), encode_tensor(values, codec="fpzip")
    stream, wide = packed[HEADER_BYTES:], values.astype(np.float32)
    core = native_core() is not None
    return [
        Guard(
            "fpzip → pixels / fpzip library", lambda: blob_to_pixels(packed), _decompress(stream), 1.4 if core else 0.5
        ),
        Guard(
            "pixels ← fpzip / fpzip library",
            lambda: encode_tensor(values, codec="fpzip"),
            lambda: fpzip.compress(wide, precision=19, order="C"),
            1.5 if core else 0.6,
        ),
        Guard("raw → pixels / half precision in numpy", lambda: blob_to_pixels(raw), lambda: _naive_pixels(values), 5),
        Guard(
            "pixels → tensor / half precision in numpy", lambda: encode_pixels(pixels), lambda: _naive_tensor(pixels), 4
        ),
        Guard("PNG / Pillow", lambda: encode_png(pixels), lambda: _pillow(pixels), 6),
        Guard("import drawthings / bare interpreter", _process("import drawthings"), _process("pass"), 1 / 3),
        Guard(
            "--help / bare interpreter",
            _process("import drawthings.cli.main as m; m.main(['-h'])"),
            _process("pass"),
            1 / 8,
        ),
    ]


def ratio(guard: Guard) -> float:
    """Return how many times faster our way is: the shortest of several runs, in turns."""
    ours, plain = [], []
    guard.ours()
    guard.plain()
    for _ in range(ROUNDS):
        ours.append(_taken(guard.ours))
        plain.append(_taken(guard.plain))
    return min(plain) / min(ours)


def main() -> int:
    """Compare everything; 1 if something is too slow."""
    print(which())
    missed = 0
    for guard in guards():
        found = ratio(guard)
        missed += found < guard.least
        print(f"{'ok  ' if found >= guard.least else 'SLOW'} {guard.title}: {found:.2f}, at least {guard.least:.2f}")
    return 1 if missed else 0


def _picture() -> NDArray[np.float16]:
    """Make something that compresses like a picture: noise that is stronger the coarser it is."""
    random = np.random.default_rng(1)
    values = np.zeros((SIDE, SIDE, 3), np.float32)
    for step in (1, 2, 4, 8, 16, 32, 64):
        coarse = random.normal(0, 0.004 * step, (SIDE // step, SIDE // step, 3)).astype(np.float32)
        values += coarse.repeat(step, axis=0).repeat(step, axis=1)
    return values.clip(-1, 1).astype(np.float16)[None]


def _decompress(stream: bytes) -> Callable[[], object]:
    return lambda: fpzip.decompress(stream, order="C")


def _naive_pixels(values: NDArray[np.float16]) -> NDArray[np.uint8]:
    return np.clip(np.round((values + 1) * np.float16(127.5)), 0, 255).astype(np.uint8)


def _naive_tensor(pixels: NDArray[np.uint8]) -> NDArray[np.float16]:
    return pixels.astype(np.float16) / np.float16(127.5) - np.float16(1)


def _pillow(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _process(code: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def _taken(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
