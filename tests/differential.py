"""Random tensors through the native core and through the fpzip library; every bit must be the same, in both directions.

python tests/differential.py [how many]    20,000 unless given; prints what differs
"""

from __future__ import annotations

import importlib.util
import sys
import time

import numpy as np

from drawthings.tensor import core
from drawthings.tensor.native import Geometry, Library, open_library

WIDTHS = (1, 3, 4, 16, 32, 48, 2, 7, 300)
PRECISIONS = (19, 32, 0, 19, 32, 9, 16, 27)
KINDS = ("bits", "half bits", "special", "noise", "picture", "walk", "flat")
SPECIAL = np.array([np.nan, -np.nan, np.inf, -np.inf, 0, -0.0, 1e-45, -1e-40, 3.4e38, -3.4e38, 1, -1], "f4")


def numbers(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Make single-precision numbers of one kind."""
    if kind == "bits":
        return rng.integers(0, 2**32, shape, np.uint32).view("f4")
    if kind == "half bits":
        halves = rng.integers(0, 2**16, shape, np.uint16)
        quiet = np.where((halves & 0x7C00) == 0x7C00, halves | 0x200, halves).astype(np.uint16)
        return quiet.view("f2").astype("f4")
    if kind == "special":
        return rng.choice(SPECIAL, shape)
    if kind == "flat":
        return np.full(shape, rng.normal(), "f4")
    noise = rng.normal(0, 1, shape)
    if kind == "noise":
        return noise.astype("f2").astype("f4")
    steps = 0.05 if kind == "picture" else 0.3
    walk = np.cumsum(noise.reshape(-1)).reshape(shape) * steps
    return walk.astype("f2").astype("f4") if kind == "picture" else walk.astype("f4")


def any_shape(rng: np.random.Generator) -> tuple[int, ...]:
    """Choose one to four dimensions, the last of them a number of channels."""
    outer = rng.integers(1, 13, rng.integers(0, 4))
    return (*(int(size) for size in outer), int(rng.choice(WIDTHS)))


def geometry_of(shape: tuple[int, ...], precision: int) -> Geometry:
    """Lay out one to four dimensions as fpzip does."""
    nf, nz, ny, nx = (1,) * (4 - len(shape)) + shape
    return Geometry(0, precision, nx, ny, nz, nf)


def decoded(native: core.Core, payload: bytes, geometry: Geometry, *, dtype: str, piece: int) -> np.ndarray:
    """Decode with the core, some lines at a time."""
    form = core.F16 if dtype == "f2" else core.F32
    lines = geometry.samples // geometry.nx
    result = np.empty((lines, geometry.nx), dtype)
    stream = native.stream(payload, geometry)
    for start in range(0, lines, piece):
        part = result[start : start + piece]
        stream.read(len(part), form, part.ctypes.data, part.nbytes)
    stream.close()
    return result


def difference(native: core.Core, library: Library, values: np.ndarray, precision: int) -> str:
    """Compare the two on one tensor; return what differs, or nothing."""
    geometry = geometry_of(values.shape, precision)
    flat = np.ascontiguousarray(values).reshape(-1)
    expected = library.encode(geometry, flat)
    if native.encode(geometry, flat.data, core.F32, room=8 * flat.size + 1024) != expected:
        return "the streams differ"
    target = bytearray(flat.nbytes)
    library.decode(geometry, bytearray(expected) + bytes(geometry.tail_bytes), target)
    reference = np.frombuffer(target, "u4")
    piece = 1 + flat.size % 7 if flat.size < 5000 else 100_000
    if not (decoded(native, expected, geometry, dtype="u4", piece=piece).reshape(-1) == reference).all():
        return "the numbers differ"
    wide = reference.view("f4")
    with np.errstate(all="ignore"):
        halves = wide.astype("f2")
    own = decoded(native, expected, geometry, dtype="f2", piece=piece).reshape(-1)
    if not ((own.view("u2") == halves.view("u2")) | (np.isnan(own) & np.isnan(halves))).all():
        return "the half-precision numbers differ"
    if not np.isnan(wide).any() and (wide == halves).all():
        again = native.encode(geometry, halves.data, core.F16, room=8 * flat.size + 1024)
        if again != library.encode(geometry, np.ascontiguousarray(wide)):
            return "the streams of half-precision numbers differ"
    return ""


def run(count: int, seed: int = 0) -> list[str]:
    """Compare on so many random tensors; return a line for each that differs."""
    native = core.native_core()
    spec = importlib.util.find_spec("fpzip")
    assert native is not None
    assert spec is not None
    assert spec.origin is not None
    library = open_library(spec.origin)
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        kind, precision = KINDS[number % len(KINDS)], int(rng.choice(PRECISIONS))
        shape = any_shape(rng)
        if trouble := difference(native, library, numbers(kind, shape, rng), precision):
            found.append(f"tensor {number}, {kind}, {shape}, precision {precision}: {trouble}")
    return found


def run_large() -> list[str]:
    """Compare on a few large pictures."""
    native = core.native_core()
    spec = importlib.util.find_spec("fpzip")
    assert native is not None
    assert spec is not None
    assert spec.origin is not None
    library = open_library(spec.origin)
    rng = np.random.default_rng(1)
    shapes = [(1, 2048, 2048, 3), (1, 1024, 1024, 4), (4096, 700), (1 << 20,), (2, 128, 128, 16), (3, 64, 64, 48)]
    return [
        f"{kind}, {shape}: {trouble}"
        for shape in shapes
        for kind in ("picture", "half bits")
        if (trouble := difference(native, library, numbers(kind, shape, rng), 19))
    ]


def main(arguments: list[str]) -> int:
    """Compare, print, and return 1 if anything differs."""
    count = int(arguments[0]) if arguments else 20_000
    if core.native_core() is None:
        print(f"Nothing to compare: {core.which()}.")  # noqa: T201 - a program
        return 1
    began = time.monotonic()
    found = [*run(count), *run_large()]
    print(*found, f"{count} tensors and 12 large ones, {len(found)} differ, {time.monotonic() - began:.0f} s", sep="\n")  # noqa: T201
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
