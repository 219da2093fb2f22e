import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from drawthings.errors import CorruptPayload, Truncated
from drawthings.tensor import core
from drawthings.tensor.core import Core, Mismatch, Unsupported
from drawthings.tensor.native import Geometry
from drawthings.tensor.pixels import blob_to_pixels, pixels_to_blob

GEOMETRY = Geometry(0, 32, 3, 8, 8, 1)
VALUES = np.linspace(-1, 1, GEOMETRY.samples, dtype="f4")


def encode(native: Core, geometry: Geometry = GEOMETRY, values: np.ndarray = VALUES):
    return native.encode(geometry, values.data, core.F32, room=8 * values.size + 100)


def test_it_says_that_it_is_in_use(native: Core):
    assert core.which() == f"native core ({core._PATH.name})"
    assert core.native_core() is native


@pytest.mark.usefixtures("without_core")
def test_switched_off_the_library_takes_its_place():
    assert core.native_core() is None
    assert core.which() in {f"fpzip {door} (DRAWTHINGS_NATIVE is 0)" for door in ("library", "module")}


@pytest.mark.usefixtures("without_core")
def test_where_the_library_hides_its_functions_the_module_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(core, "ExportedLibrary", lambda _: object().nothing)
    assert core.which() == "fpzip module (DRAWTHINGS_NATIVE is 0)"


@pytest.mark.usefixtures("without_core")
def test_with_neither_nothing_decodes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(core.importlib.util, "find_spec", lambda _: None)
    assert core.which() == "nothing: DRAWTHINGS_NATIVE is 0, and rms-fpzip is not installed"


@pytest.mark.parametrize("switch", ["", "1", "yes"])
def test_any_other_word_leaves_it_on(native: Core, monkeypatch: pytest.MonkeyPatch, switch: str):
    monkeypatch.setenv("DRAWTHINGS_NATIVE", switch)
    assert core.native_core() is native


def test_a_core_that_was_not_built_is_no_trouble(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("DRAWTHINGS_NATIVE", raising=False)
    monkeypatch.setattr(core, "_PATH", tmp_path / "_core.so")
    assert core.native_core() is None
    assert core.which().endswith("(the native core was not built)")


def test_a_file_that_is_no_library_is_no_trouble(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("DRAWTHINGS_NATIVE", raising=False)
    path = tmp_path / "_core.so"
    path.write_bytes(b"something else")
    monkeypatch.setattr(core, "_PATH", path)
    assert core.native_core() is None
    assert "the native core cannot be loaded" in core.which()


@pytest.mark.usefixtures("native")
def test_a_core_of_another_version_is_not_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(core, "ABI_VERSION", 99)
    core._load.cache_clear()
    try:
        assert core.native_core() is None
        assert "is of version 1 instead of 99" in core.which()
    finally:
        core._load.cache_clear()


def test_a_stream_is_read_piece_by_piece(native: Core):
    stream = native.stream(b"before" + encode(native), GEOMETRY, 6)
    read = np.empty_like(VALUES)
    for start in range(0, 64, 10):
        part = read.reshape(-1, 3)[start : start + 10]
        assert stream.read(len(part), core.F32, part.ctypes.data, part.nbytes) == 0
    assert (read == VALUES).all()


def test_more_lines_or_another_size_than_there_are_is_a_wrong_call(native: Core):
    stream = native.stream(encode(native), GEOMETRY)
    target = np.zeros(1000, "f4")
    for lines, form, size in [(65, core.F32, 780), (64, core.F32, 767), (64, 7, 768), (64, -1, 768)]:
        with pytest.raises(ValueError, match="called wrongly"):
            stream.read(lines, form, target.ctypes.data, size)
    assert not target.any()


def test_levels_have_at_most_four_channels(native: Core):
    geometry = Geometry(0, 19, 16, 2, 2, 1)
    stream = native.stream(encode(native, geometry, np.zeros(64, "f4")), geometry)
    with pytest.raises(ValueError, match="called wrongly"):
        stream.read(4, core.LEVELS_OF_F16, np.zeros(64, "u1").ctypes.data, 64)


def test_a_stream_of_something_else_says_what_it_holds(native: Core):
    with pytest.raises(Mismatch) as caught:
        native.stream(encode(native), GEOMETRY._replace(nz=9))
    assert caught.value.found == GEOMETRY


def test_what_the_core_cannot_do_it_says(native: Core):
    for geometry in (GEOMETRY._replace(precision=8), GEOMETRY._replace(double=1), GEOMETRY._replace(precision=33)):
        with pytest.raises(Unsupported):
            encode(native, geometry)


def test_numbers_of_another_count_are_a_wrong_call(native: Core):
    for geometry in (GEOMETRY._replace(nf=2), GEOMETRY._replace(nx=0), GEOMETRY._replace(ny=2**31, nz=2**31)):
        with pytest.raises(ValueError, match="called wrongly"):
            encode(native, geometry)


@pytest.mark.parametrize("precision", [9, 19, 32])
def test_a_stream_that_does_not_fit_is_none(native: Core, precision: int):
    noise = np.random.default_rng(0).normal(size=GEOMETRY.samples).astype("f4")
    geometry = GEOMETRY._replace(precision=precision)
    stream = encode(native, geometry, noise)
    assert native.encode(geometry, noise.data, core.F32, room=len(stream)) == stream
    for room in (1, 20, len(stream) // 2, len(stream) - 1):
        assert native.encode(geometry, noise.data, core.F32, room=room) == b""


def test_bytes_are_encoded_by_table(native: Core):
    levels = np.random.default_rng(0).integers(0, 256, GEOMETRY.samples, np.uint8)
    table = np.linspace(-1, 1, 256).astype("f2")
    geometry = GEOMETRY._replace(precision=19)
    own = native.encode(geometry, levels.data, core.BYTES, room=4000, table=table.data)
    assert own == native.encode(geometry, table[levels].data, core.F16, room=4000)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda b: memoryview(bytearray(b)), np.frombuffer])
def test_any_kind_of_bytes_is_read(native: Core, kind: Callable[..., object]):
    given = kind(encode(native), "u1") if kind is np.frombuffer else kind(encode(native))
    stream = native.stream(given, GEOMETRY)
    target = bytearray(VALUES.nbytes)
    stream.read(64, core.F32, core.address_of(target), len(target))
    assert target == VALUES.tobytes()


def test_without_numpy_a_view_is_copied(native: Core, monkeypatch: pytest.MonkeyPatch):
    payload = memoryview(encode(native))
    monkeypatch.delitem(sys.modules, "numpy")
    target = bytearray(VALUES.nbytes)
    native.stream(payload, GEOMETRY).read(64, core.F32, core.address_of(target), len(target))
    assert target == VALUES.tobytes()


def test_an_empty_payload_is_truncated(native: Core):
    for empty in (b"", bytearray(), memoryview(b"")):
        with pytest.raises(Truncated, match="after 0 bytes"):
            native.stream(empty, GEOMETRY)
    assert core.address_of(bytearray()) == 0


def test_a_stream_that_is_let_go_gives_its_memory_back(native: Core):
    for _ in range(3):
        stream = native.stream(encode(native), GEOMETRY)
        closed = stream.close
        assert closed.alive
        del stream
        gc.collect()
        assert not closed.alive


def test_the_filter_up_leaves_the_difference_to_the_row_above(native: Core):
    rows = np.random.default_rng(0).integers(0, 256, (5, 12), np.uint8)
    expected = np.hstack([np.full((5, 1), 2, np.uint8), np.diff(rows, axis=0, prepend=np.zeros((1, 12), np.uint8))])
    assert native.filter_up(rows.data, 12) == expected.tobytes()
    assert native.filter_up(rows[2:].data, 12, rows[1].data) == expected[2:].tobytes()
    assert native.filter_up(b"", 12) == b""


def test_numbers_that_make_no_lines_are_refused(native: Core):
    with pytest.raises(ValueError, match="4 numbers are no lines of 3"):
        native.levels(bytes(8), slice(None), 3, 0, half=True)


def picture(size: int) -> bytes:
    y, x = np.mgrid[0:size, 0:size]
    return pixels_to_blob(np.stack([x & 255, y & 255, (x + y) & 255], -1).astype(np.uint8), "fpzip")


@pytest.mark.usefixtures("native")
def test_threads_decode_at_the_same_time():
    # Each thread says when it is in the core; if the interpreter were held, no other could run meanwhile.
    blob = picture(512)
    done = threading.Event()
    seen = 0
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(lambda: (blob_to_pixels(blob), done.set()))
        while not done.is_set():
            seen += 1
            time.sleep(0)
        task.result()
    assert seen > 20


@pytest.mark.usefixtures("native")
async def test_a_loop_turns_while_a_thread_decodes():
    blob = picture(1024)
    task = asyncio.create_task(asyncio.to_thread(blob_to_pixels, blob))
    turns = 0
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    assert (await task).shape == (1024, 1024, 3)
    assert turns > 100


NO_NUMPY = """
import sys
from drawthings.tensor.levels import decode_to_levels
levels, shape = decode_to_levels(sys.stdin.buffer.read())
assert "numpy" not in sys.modules
sys.stdout.buffer.write(bytes(levels))
"""


@pytest.mark.usefixtures("native")
@pytest.mark.parametrize("codec", ["raw", "deflate", "fpzip"])
def test_a_picture_is_decoded_without_numpy(codec: str):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 11, 3), np.uint8)
    blob = pixels_to_blob(pixels, codec)
    done = subprocess.run([sys.executable, "-c", NO_NUMPY], input=blob, capture_output=True, check=True, timeout=15)
    assert done.stdout == pixels.tobytes()


def test_damage_is_told_as_damage(native: Core):
    stream = bytearray(encode(native))
    stream[40:60] = os.urandom(20)
    with pytest.raises((CorruptPayload, Truncated)):
        native.stream(stream + bytes(4), GEOMETRY).read(64, core.F32, np.empty(192, "f4").ctypes.data, 768)
