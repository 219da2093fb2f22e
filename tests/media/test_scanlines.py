"""Filters and compression of PNG rows, in bands that threads share."""

import struct
import sys
import zlib
from collections.abc import Callable

import numpy as np
import pytest

from drawthings.media import bands, png, scanlines
from drawthings.media.png import encode_png

Decode = Callable[[bytes], np.ndarray]


def drawing() -> np.ndarray:
    """A picture of edges, ramps, flat parts and noise, so that every filter is the best one somewhere."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:60, 0:64]
    rows = np.stack([x * 3 % 256, y * 4 % 256, (x + y) * 2 % 256], axis=-1).astype(np.uint8)
    rows[10:20] = 200
    rows[20:30] = rng.integers(0, 256, (10, 64, 3))
    rows[30:40, :, :] = rng.integers(0, 256, (1, 64, 3))
    rows[40:50] = np.where((x[40:50, :, None] // 5) % 2, 255, 0)
    return rows


def test_every_filter_is_right(png_pixels: Decode):
    for kind in range(5):
        rows = scanlines.rows(drawing(), kind)
        head = struct.pack(">IIBBBBB", 64, 60, 8, 2, 0, 0, 0)
        parts = [(b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b"")]
        data = png.SIGNATURE + b"".join(part for name, body in parts for part in png._chunk(name, body))
        np.testing.assert_array_equal(png_pixels(data), drawing())


def test_several_filters_are_the_best_somewhere():
    assert len(set(scanlines.best_rows(drawing())[:, 0].tolist())) >= 3


@pytest.mark.parametrize("isal", [True, False])
@pytest.mark.parametrize("bytes_of_a_band", [1, 192, 1000, 1 << 19])
def test_bands_join_to_one_picture(
    bytes_of_a_band: int, isal: bool, monkeypatch: pytest.MonkeyPatch, png_pixels: Decode
):
    monkeypatch.setattr(bands, "BAND_BYTES", bytes_of_a_band)
    if not isal:
        monkeypatch.setitem(sys.modules, "isal", None)
    data = encode_png(drawing(), threads=3)
    np.testing.assert_array_equal(png_pixels(data), drawing())


@pytest.mark.parametrize("level", ["fast", "best"])
def test_the_file_is_the_same_for_any_number_of_threads(level: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bands, "BAND_BYTES", 1000)
    assert len({encode_png(drawing(), level=level, threads=threads) for threads in (None, 1, 2, 5)}) == 1


def test_the_bands_cost_next_to_nothing(monkeypatch: pytest.MonkeyPatch):
    pixels = np.random.default_rng(4).normal(128, 6, (700, 1000, 3)).astype(np.uint8)
    in_bands = len(encode_png(pixels))
    monkeypatch.setattr(bands, "BAND_BYTES", 1 << 30)
    assert in_bands < 1.002 * len(encode_png(pixels))
