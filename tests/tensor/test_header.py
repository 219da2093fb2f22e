import struct
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.errors import BadHeader, TensorError, TooLarge, Truncated, UnsupportedDatatype
from drawthings.tensor.header import DEFAULT_LIMIT, HEADER_BYTES, Datatype, Format, Header


def test_a_header_is_written_word_by_word():
    header = Header(0x217, Format.NCHW, Datatype.U8, (64, 48))
    assert header.to_bytes() == struct.pack("<17i", 0x217, 1, 1, 0x1000, 0, 64, 48, *[0] * 10)


def test_the_official_header_of_a_picture_is_reproduced():
    expected = "00000000 01000000 02000000 00000200 00000000 01000000 08000000 08000000 03000000" + "00" * 32
    assert Header(0, Format.NHWC, Datatype.F16, (1, 8, 8, 3)).to_bytes() == bytes.fromhex(expected)


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(Format),
    st.sampled_from(Datatype),
    st.lists(st.integers(1, 9), min_size=1, max_size=12),
)
def test_what_is_written_is_read_back(codec: int, layout: Format, datatype: Datatype, shape: list[int]):
    header = Header(codec, layout, datatype, tuple(shape))
    assert Header.parse(header.to_bytes(), limit=2**62) == header


@given(st.binary(max_size=HEADER_BYTES + 8))
def test_any_bytes_are_a_header_or_a_tensor_error(data: bytes):
    try:
        header = Header.parse(data)
    except TensorError as error:
        assert str(error).endswith(".")  # noqa: PT017 - both ways are right
    else:
        assert 0 < header.payload_bytes <= DEFAULT_LIMIT


@pytest.mark.parametrize("length", [0, 1, 67])
def test_less_than_a_header_is_truncated(length: int):
    with pytest.raises(Truncated, match=f"68 bytes; these are only {length} bytes"):
        Header.parse(bytes(length))


@pytest.mark.parametrize("memory", [0, 2, 3, 0x102, -2])
def test_memory_other_than_main_memory_is_refused(write_header: Callable[..., bytes], memory: int):
    with pytest.raises(BadHeader, match="memory type"):
        Header.parse(write_header((1, 2), memory=memory))


@pytest.mark.parametrize("memory", [1, 0x101, 0x7FF01])
def test_the_device_number_is_ignored(write_header: Callable[..., bytes], memory: int):
    assert Header.parse(write_header((1, 2), memory=memory)).shape == (1, 2)


@pytest.mark.parametrize("layout", [0, 3, 5, -1, 2**31 - 1])
def test_an_unknown_format_is_refused(write_header: Callable[..., bytes], layout: int):
    with pytest.raises(BadHeader, match=r"1 \(NCHW\), 2 \(NHWC\), 4 \(CHWN\)"):
        Header.parse(write_header((1, 2), format=layout))


@pytest.mark.parametrize(
    ("datatype", "name"),
    [
        (0x40000, "QX"),
        (0x40123, "QX"),
        (0x80000, "bfloat16"),
        (0, "unknown"),
        (0x1001, "unknown"),
        (0x100000, "unknown"),
        (-1, "unknown"),
    ],
)
def test_an_unreadable_datatype_is_named(write_header: Callable[..., bytes], datatype: int, name: str):
    with pytest.raises(UnsupportedDatatype, match=name) as caught:
        Header.parse(write_header((1, 2), datatype=datatype))
    assert caught.value.datatype == datatype


def test_the_reserved_word_is_ignored_on_the_way_in_and_zero_on_the_way_out(write_header: Callable[..., bytes]):
    header = Header.parse(write_header((1, 2), reserved=77))
    assert header.to_bytes() == write_header((1, 2))


def test_dimensions_after_the_first_zero_are_ignored(write_header: Callable[..., bytes]):
    # The official tensor library leaves the step of a row there.
    assert Header.parse(write_header((8, 8, 3), after=(24, -5, 2**31 - 1))).shape == (8, 8, 3)


def test_twelve_dimensions_need_no_zero(write_header: Callable[..., bytes]):
    assert Header.parse(write_header((1,) * 11 + (5,))).shape == (1,) * 11 + (5,)


def test_a_tensor_of_nothing_is_refused(write_header: Callable[..., bytes]):
    with pytest.raises(BadHeader, match="first dimension"):
        Header.parse(write_header(()))


@pytest.mark.parametrize("shape", [(-1,), (1, -8, 8), (-(2**31), -(2**31))])
def test_negative_dimensions_are_refused(write_header: Callable[..., bytes], shape: tuple[int, ...]):
    with pytest.raises(BadHeader, match="negative"):
        Header.parse(write_header(shape))


@pytest.mark.parametrize("shape", [(2**31 - 1,) * 12, (2**16, 2**16), (1, 2**31 - 1), (2**29 + 1,)])
def test_huge_dimensions_are_refused_before_anything_is_allocated(
    write_header: Callable[..., bytes], shape: tuple[int, ...]
):
    blob = write_header(shape)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match=f"at most {DEFAULT_LIMIT}") as caught:
            Header.parse(blob)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    assert caught.value.declared > caught.value.limit


def test_the_limit_itself_is_allowed_and_one_more_byte_is_not(write_header: Callable[..., bytes]):
    blob = write_header((10, 10), datatype=0x1000)
    assert Header.parse(blob, limit=100).payload_bytes == 100
    with pytest.raises(TooLarge, match="100 bytes; at most 99"):
        Header.parse(blob, limit=99)


@pytest.mark.parametrize("shape", [(), (1,) * 13])
def test_a_header_has_room_for_one_to_twelve_dimensions(shape: tuple[int, ...]):
    with pytest.raises(BadHeader, match="1 to 12"):
        Header(0, Format.NHWC, Datatype.U8, shape)


@pytest.mark.parametrize("shape", [(0,), (1, 0, 3), (2**31,), (-1, 2)])
def test_a_dimension_that_does_not_fit_its_word_is_refused(shape: tuple[int, ...]):
    with pytest.raises(BadHeader, match="Every dimension"):
        Header(0, Format.NHWC, Datatype.U8, shape)


@pytest.mark.parametrize("dtype", ["u1", "<i4", ">i4", "<i8", "<f2", ">f2", "<f4", ">f8"])
def test_a_datatype_is_found_whatever_the_byte_order(dtype: str):
    datatype = Datatype.from_numpy(np.dtype(dtype))
    assert datatype.numpy == np.dtype(dtype).newbyteorder("<")
    assert datatype.is_float == (np.dtype(dtype).kind == "f")


@pytest.mark.parametrize("dtype", ["u2", "u4", "i1", "i2", "?", "c8", "U3", "O"])
def test_numbers_that_the_wire_does_not_know_are_refused(dtype: str):
    with pytest.raises(UnsupportedDatatype, match="cannot be sent"):
        Datatype.from_numpy(np.dtype(dtype))
