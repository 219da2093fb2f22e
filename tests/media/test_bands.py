"""Bands of PNG rows that are compressed each for itself, also while the picture is still being decoded."""

import subprocess
import sys
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.errors import TensorError
from drawthings.media import bands
from drawthings.media.png import encode_png, png_parts_of_tensor
from drawthings.tensor.codec import encode_tensor
from drawthings.tensor.core import native_core
from drawthings.tensor.pixels import blob_to_pixels

needs_core = pytest.mark.skipif(native_core() is None, reason="the native core is not built, or switched off")


def tensor(channels: int = 3, codec: str = "fpzip") -> bytes:
    """A smooth picture with some noise, wider than it is high."""
    rng = np.random.default_rng(2)
    y, x = np.mgrid[0:40, 0:70]
    smooth = np.sin(x / 9)[..., None] * np.cos(y / 7)[..., None] * 0.8 + rng.normal(0, 0.02, (40, 70, channels))
    return encode_tensor(np.clip(smooth, -1, 1).astype(np.float16)[None], codec=codec)  # type: ignore[arg-type]


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_checksums_are_joined(first: bytes, second: bytes):
    joined = bands.joined_adler32(zlib.adler32(first), zlib.adler32(second), len(second))
    assert joined == zlib.adler32(first + second)


@needs_core
@pytest.mark.parametrize("threads", [None, 1, 2])
@pytest.mark.parametrize("bytes_of_a_band", [1, 1000, 1 << 19])
@pytest.mark.parametrize(("channels", "codec"), [(1, "fpzip"), (3, "fpzip"), (4, "fpzip"), (3, "raw"), (3, "deflate")])
def test_a_picture_that_is_being_decoded_becomes_the_same_file(
    channels: int, codec: str, bytes_of_a_band: int, threads: int | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bands, "BAND_BYTES", bytes_of_a_band)
    blob = tensor(channels, codec)
    parts = png_parts_of_tensor(blob, xmp="<x/>", threads=threads)
    assert parts is not None
    assert b"".join(parts) == encode_png(blob_to_pixels(blob), xmp="<x/>")


@needs_core
@pytest.mark.parametrize("threads", [1, 2])
def test_a_tensor_that_breaks_off_leaves_no_thread(threads: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bands, "BAND_BYTES", 1000)
    with pytest.raises(TensorError):
        png_parts_of_tensor(tensor()[:-3000], threads=threads)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("drawthings-belt")]


def test_other_ways_are_left_to_the_pixels(monkeypatch: pytest.MonkeyPatch):
    assert png_parts_of_tensor(encode_tensor(np.zeros((1, 4, 4, 3), np.float64))) is None
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "isal", None)
        assert png_parts_of_tensor(tensor()) is None
    monkeypatch.setenv("DRAWTHINGS_NATIVE", "0")
    assert png_parts_of_tensor(tensor()) is None


@needs_core
def test_numpy_is_not_needed(tmp_path: Path):
    (tmp_path / "a.tensor").write_bytes(tensor())
    program = (
        "import sys, pathlib; from drawthings.media.png import png_parts_of_tensor\n"
        "assert len(png_parts_of_tensor(pathlib.Path(sys.argv[1]).read_bytes())) > 10\n"
        "assert 'numpy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "a.tensor")], check=True)
