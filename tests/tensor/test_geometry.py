import ctypes
import random

import fpzip
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.errors import CorruptPayload, TensorError, TooLarge, Truncated
from drawthings.tensor.geometry import MOST_SAMPLES, expected_geometry, read_geometry
from drawthings.tensor.header import Datatype, Format, Header
from drawthings.tensor.native import Geometry


def header(shape: tuple[int, ...], datatype: Datatype = Datatype.F16):
    return Header(0xF7217, Format.NHWC, datatype, shape)


def write_description(geometry: tuple[int, ...]):
    """Have the library itself write a description, with no numbers behind it (nf is 0, whatever nx, ny and nz say)."""
    try:
        functions = ctypes.CDLL(fpzip.__file__)
        write = functions.fpzip_write
    except (OSError, AttributeError):  # pragma: no cover - Windows
        pytest.skip("the fpzip library hides its functions here")
    stream_type = ctypes.POINTER(ctypes.c_int * 6)
    space = ctypes.create_string_buffer(256)
    functions.fpzip_write_to_buffer.restype = stream_type
    functions.fpzip_write_to_buffer.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    functions.fpzip_write_header.argtypes = functions.fpzip_write_close.argtypes = [stream_type]
    write.restype, write.argtypes = ctypes.c_size_t, [stream_type, ctypes.c_void_p]
    stream = functions.fpzip_write_to_buffer(space, len(space))
    stream.contents[:] = geometry
    functions.fpzip_write_header(stream)
    used = write(stream, space)
    functions.fpzip_write_close(stream)
    return memoryview(space.raw[:used])


@pytest.mark.parametrize(
    ("shape", "dimensions"),
    [
        ((7,), (7, 1, 1, 1)),
        ((6, 7), (7, 6, 1, 1)),
        ((5, 6, 7), (7, 6, 5, 1)),
        ((4, 5, 6, 7), (7, 6, 5, 4)),
        ((2, 3, 4, 5, 6, 7), (7, 6, 5, 24)),
        ((1, 1024, 768, 3), (3, 768, 1024, 1)),
    ],
)
def test_dimensions_are_counted_from_the_last(shape: tuple[int, ...], dimensions: tuple[int, ...]):
    assert expected_geometry(header(shape)) == (0, 19, *dimensions)


def test_each_number_type_has_its_precision():
    found = {d: expected_geometry(header((2,), d))[:2] for d in (Datatype.F16, Datatype.F32, Datatype.F64)}
    assert found == {Datatype.F16: (0, 19), Datatype.F32: (0, 32), Datatype.F64: (1, 64)}


@pytest.mark.parametrize(
    "shape",
    [
        (2**29 + 1,),  # more numbers than fpzip is given
        (2**15, 2**15),
        (2**28, 1),  # fewer numbers, but the plane that fpzip keeps at hand is larger
    ],
)
def test_what_fpzip_cannot_count_is_too_large(shape: tuple[int, ...]):
    with pytest.raises(TooLarge, match="too large for fpzip"):
        expected_geometry(header(shape))


def test_what_the_default_limit_allows_fpzip_can_take():
    assert expected_geometry(header((1, 2**14, 10922, 3))).samples < MOST_SAMPLES


@given(
    st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), st.integers(1, 6)),
    st.sampled_from(["f4", "f8"]),
    st.integers(2, 32),
)
def test_the_description_of_a_real_stream_is_read(shape: tuple[int, ...], dtype: str, precision: int):
    values = np.zeros(shape, dtype)  # the module has no room for streams that are longer than their numbers
    double = int(dtype == "f8")
    precision *= 1 + double
    stream = fpzip.compress(values, precision=precision, order="C")
    assert read_geometry(memoryview(stream)) == (double, precision, *shape[::-1])


@given(st.integers(0, 1), st.integers(0, 127), st.tuples(*[st.integers(0, 2**31 - 1)] * 3))
def test_any_description_is_read_as_the_library_wrote_it(double: int, precision: int, inner: tuple[int, ...]):
    precision = min(precision, 32)
    precision = max(2, precision) * (1 + double)
    geometry = (double, precision, *inner, 0)
    assert read_geometry(write_description(geometry)) == geometry


def test_a_stream_cut_inside_its_description_is_truncated():
    stream = write_description((0, 19, 3, 640, 480, 0))
    lengths = [length for length in range(len(stream)) if not _readable(stream[:length])]
    assert lengths == list(range(len(lengths)))
    assert len(lengths) >= 20


def _readable(stream: memoryview) -> bool:
    try:
        read_geometry(stream)
    except Truncated as error:
        assert f"after {len(stream)} bytes" in str(error)  # noqa: PT017 - both ways are right
        return False
    return True


@pytest.mark.parametrize("payload", [bytes(64), b"\xff" * 64, b"not an fpzip stream, just text of some length"])
def test_other_bytes_are_no_fpzip_stream(payload: bytes):
    with pytest.raises(CorruptPayload, match="does not start like"):
        read_geometry(memoryview(payload))


def test_changed_descriptions_are_read_or_refused_and_never_endless():
    rng = random.Random(5)
    stream = bytes(write_description((0, 19, 3, 640, 480, 0)))
    results = set()
    for _ in range(3000):
        changed = bytearray(stream[:7] + rng.randbytes(40))
        start = rng.randrange(7, 47)
        changed[start : start + 8] = rng.choice([b"\xff", b"\0"]) * 8
        results.add(type(_read_or_error(memoryview(changed))))
    assert Geometry in results


def _read_or_error(payload: memoryview) -> Geometry | TensorError:
    try:
        return read_geometry(payload)
    except TensorError as error:
        return error
