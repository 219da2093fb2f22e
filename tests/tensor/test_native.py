import importlib.util
import io
import os
import runpy
import struct
import subprocess
import sys
from pathlib import Path

import fpzip
import numpy as np
import pytest

from drawthings.tensor import native
from drawthings.tensor.native import ExportedLibrary, Geometry, WrappedLibrary, open_library

PATH = importlib.util.find_spec("fpzip").origin


@pytest.fixture(params=["exported", "wrapped"])
def library(request: pytest.FixtureRequest):
    """The library by both doors."""
    if request.param == "wrapped":
        return WrappedLibrary()
    try:
        return ExportedLibrary(PATH)
    except AttributeError:  # pragma: no cover - Windows
        pytest.skip("the fpzip library hides its functions here")


def values_of(geometry: Geometry):
    rng = np.random.default_rng(1)
    return rng.normal(size=geometry.samples).astype(f"f{geometry.item_bytes}").cumsum()


def decode(library: native.Library, geometry: Geometry, payload: bytes):
    target = bytearray(geometry.samples * geometry.item_bytes)
    used = library.decode(geometry, bytearray(payload + bytes(geometry.tail_bytes)), target)
    return used, bytes(target)


GEOMETRIES = [Geometry(0, 32, 3, 8, 8, 1), Geometry(1, 64, 5, 4, 3, 2), Geometry(0, 0, 300, 1, 1, 1)]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_both_doors_write_what_the_module_writes(library: native.Library, geometry: Geometry):
    values = values_of(geometry)
    shaped = values.reshape(geometry.nf, geometry.nz, geometry.ny, geometry.nx)
    expected = fpzip.compress(shaped, precision=geometry.precision, order="C")
    assert library.encode(geometry, values) == expected


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_both_doors_read_all_of_a_stream(library: native.Library, geometry: Geometry):
    values = values_of(geometry)
    payload = library.encode(geometry, values)
    assert decode(library, geometry, payload) == (len(payload), values.tobytes())


def test_both_doors_see_where_a_stream_ends(library: native.Library):
    geometry = GEOMETRIES[0]
    payload = library.encode(geometry, values_of(geometry))
    assert decode(library, geometry, payload + b"more")[0] == len(payload)


def test_both_doors_refuse_an_impossible_precision(library: native.Library):
    geometry = Geometry(0, 33, 3, 8, 8, 1)
    assert library.encode(geometry, values_of(geometry)) == b""


def test_both_doors_refuse_what_is_no_stream(library: native.Library):
    assert decode(library, GEOMETRIES[0], bytes(100))[0] == 0


def test_a_stream_of_another_geometry_is_not_decoded():
    library = open_library(PATH)
    payload = library.encode(GEOMETRIES[0], values_of(GEOMETRIES[0]))
    if isinstance(library, ExportedLibrary):
        assert decode(library, GEOMETRIES[0]._replace(nx=4), payload)[0] == 0


def test_a_library_that_hides_its_functions_is_reached_by_its_module(tmp_path: Path):
    assert isinstance(open_library(str(tmp_path / "none.so")), WrappedLibrary)


@pytest.mark.parametrize(("nx", "ny", "front"), [(1, 1, 8), (3, 1024, 8192), (10, 10, 256)])
def test_the_plane_that_the_library_keeps_is_known(nx: int, ny: int, front: int):
    # One row and one plane, each with a border, rounded up to a power of two.
    assert Geometry(0, 19, nx, ny, 9, 1).front_samples == front


def request_for(geometry: Geometry, payload: bytes):
    return native.REQUEST.pack(*geometry, len(payload)) + payload


def test_payloads_are_served_one_after_the_other():
    library = WrappedLibrary()
    geometry = GEOMETRIES[0]
    values = values_of(geometry)
    payload = library.encode(geometry, values)
    replies = io.BytesIO()
    requests = request_for(geometry, payload) + request_for(geometry, payload + b"!") + request_for(geometry, payload)
    native.serve(library, io.BytesIO(requests), replies)
    answer = struct.pack("=Q", len(payload)) + values.tobytes()
    assert replies.getvalue() == answer + struct.pack("=Q", len(payload)) + answer


class Pipe:
    def __init__(self, data: bytes = b"") -> None:
        self.buffer = io.BytesIO(data)


def test_run_by_itself_it_serves_standard_input(monkeypatch: pytest.MonkeyPatch):
    geometry = GEOMETRIES[1]
    values = values_of(geometry)
    payload = WrappedLibrary().encode(geometry, values)
    output = Pipe()
    monkeypatch.setattr(sys, "argv", [native.__file__, PATH, os.pathsep.join(sys.path)])
    monkeypatch.setattr(sys, "path", sys.path)
    monkeypatch.setattr(sys, "stdin", Pipe(request_for(geometry, payload)))
    monkeypatch.setattr(sys, "stdout", output)
    runpy.run_path(native.__file__, run_name="__main__")
    assert output.buffer.getvalue() == native.READY + struct.pack("=Q", len(payload)) + values.tobytes()


def test_it_needs_nothing_but_the_standard_library():
    script = f"import runpy, sys; runpy.run_path({native.__file__!r}); print('drawthings' in sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, check=True, text=True)
    assert done.stdout == "False\n"
