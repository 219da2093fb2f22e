"""Committed tensor blobs, a writer of headers that shares nothing with ours, and pictures to compress."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from drawthings.tensor import core

FIXTURES = Path(__file__).parent.parent / "fixtures" / "tensor"


@pytest.fixture
def write_header():
    """A function that writes the 68 bytes with plain struct, right or wrong as the test wants."""

    def write(shape: tuple[int, ...] = (), *, after: tuple[int, ...] = (), **words: int) -> bytes:
        first = {"codec": 0, "memory": 1, "format": 2, "datatype": 0x20000, "reserved": 0} | words
        dims = [*shape, 0, *after][:12]
        return struct.pack("<I4i12i", *first.values(), *dims, *[0] * (12 - len(dims)))

    return write


@pytest.fixture(params=sorted(path.name for path in FIXTURES.iterdir()))
def committed(request: pytest.FixtureRequest):
    """One committed blob after the other: its bytes and what is known about it."""
    folder = FIXTURES / request.param
    return bytes.fromhex((folder / "blob.hex").read_text()), json.loads((folder / "meta.json").read_text())


@pytest.fixture
def smooth_picture():
    """A function that draws a picture-like tensor with a little noise."""

    def draw(height: int, width: int, channels: int = 3, *, dtype: str = "f2", noise: float = 0.01) -> np.ndarray:
        rng = np.random.default_rng(0)
        y, x = np.mgrid[0:height, 0:width] / max(height, width)
        waves = np.sin(x * 5)[..., None] * np.cos(y * 4)[..., None] * np.linspace(1, 0.3, channels)
        return (waves + rng.normal(0, noise, waves.shape))[None].astype(dtype)

    return draw


@pytest.fixture
def native():
    """The native core; without one there is nothing to test."""
    found = core.native_core()
    if found is None:
        pytest.skip(core.which())
    return found


@pytest.fixture
def without_core(monkeypatch: pytest.MonkeyPatch):
    """The fpzip library and numpy at work, as where the core was not built."""
    monkeypatch.setenv(core.SWITCH, "0")


@pytest.fixture(scope="module", params=["core", "library"])
def both_ways(request: pytest.FixtureRequest):
    """The tests of a module twice: with the native core, and without."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "library":
            patch.setattr(core, "_open", lambda: (None, "this test does without"))
        elif core.native_core() is None:
            pytest.skip(core.which())
        yield
