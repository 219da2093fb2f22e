import math
import struct
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.errors import BadValue, OutOfRange
from drawthings.request.values import as_flag, as_integer, as_number, as_text, check_range, narrow, plain, shown

# The machine may be busy; how long an example takes is not what is tested.


class Word(Enum):
    HELLO = "hello"
    SEVEN = 7


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_narrow_names_exactly_the_number_on_the_wire(value: float):
    short = narrow(value)
    assert struct.pack("<f", short) == struct.pack("<f", value + 0.0)
    assert narrow(short) == short
    assert float(np.float32(value)) == float(np.float32(short))


@pytest.mark.parametrize(
    ("given_value", "kept"),
    [(0.7, 0.7), (0.699999988079071, 0.7), (43.100000000000001, 43.1), (3.1581929, 3.1581929), (0.1 + 0.2, 0.3)],
)
def test_narrow_keeps_the_short_decimal(given_value: float, kept: float):
    assert narrow(given_value) == kept


def test_narrow_drops_the_sign_of_zero_and_passes_on_what_is_not_finite():
    assert math.copysign(1, narrow(-0.0)) == 1
    assert narrow(1e39) == math.inf
    assert narrow(-1e39) == -math.inf
    assert math.isnan(narrow(math.nan))


@pytest.mark.parametrize("value", [7, np.int64(7), np.uint8(7)])
def test_whole_numbers_may_come_from_numpy(value: object):
    number = as_integer("steps", value)
    assert number == 7
    assert type(number) is int


@pytest.mark.parametrize("value", [True, 7.0, "7", None, np.float32(7), np.True_, Decimal(7), [7]])
def test_what_is_no_whole_number_is_refused(value: object):
    with pytest.raises(BadValue, match=r"^steps must be a whole number, not ") as caught:
        as_integer("steps", value)
    assert caught.value.field == "steps"
    assert caught.value.hint


@pytest.mark.parametrize("value", [1, 1.0, np.float16(1), np.int8(1), Fraction(1)])
def test_numbers_may_come_from_anywhere(value: object):
    number = as_number("strength", value)
    assert number == 1.0
    assert type(number) is float


@pytest.mark.parametrize("value", [True, "1", None, 1j, np.array([1.0])])
def test_what_is_no_number_is_refused(value: object):
    with pytest.raises(BadValue, match="strength must be a number"):
        as_number("strength", value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e39, 10**400, np.float32("nan")])
def test_what_is_not_finite_is_refused(value: object):
    with pytest.raises(BadValue, match="strength must be a finite number"):
        as_number("strength", value)


@pytest.mark.parametrize(("value", "kept"), [(True, True), (False, False), (np.True_, True), (np.False_, False)])
def test_switches_may_come_from_numpy(value: object, kept: object):
    assert as_flag("hires_fix", value) is kept


@pytest.mark.parametrize("value", [0, 1, "true", None, np.array([True]), np.int8(1)])
def test_what_is_no_switch_is_refused(value: object):
    with pytest.raises(BadValue, match="hires_fix must be true or false"):
        as_flag("hires_fix", value)


def test_texts_may_be_members_of_an_enum():
    assert as_text("model", Word.HELLO) == "hello"
    assert as_text("model", "größe 🎨") == "größe 🎨"


@pytest.mark.parametrize("value", [7, None, b"x", Word.SEVEN])
def test_what_is_no_text_is_refused(value: object):
    with pytest.raises(BadValue, match="model must be a text"):
        as_text("model", value, field="loras")


def test_half_a_surrogate_pair_is_refused_where_it_stands():
    with pytest.raises(BadValue, match="at position 2") as caught:
        as_text("t5_text", "ab\ud83d")
    assert isinstance(caught.value.__cause__, UnicodeEncodeError)


def test_a_range_includes_its_ends():
    check_range("w", 0, 0, 1)
    check_range("w", 1, 0, 1)
    with pytest.raises(OutOfRange, match=r"^w is 1\.5, but it must be between 0 and 1\.$") as caught:
        check_range("w", 1.5, 0, 1, field="loras")
    assert caught.value.suggestions == ("1",)
    assert caught.value.field == "loras"


def test_long_and_broken_values_are_shown_short():
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    assert len(shown("x" * 1000)) == 60
    assert shown(Broken()) == "<Broken>"
    assert shown("short") == "'short'"


@pytest.mark.parametrize(("number", "text"), [(4.0, "4"), (2**32 - 1, "4294967295"), (0.1, "0.1"), (math.inf, "inf")])
def test_numbers_are_written_as_people_write_them(number: float, text: str):
    assert plain(number) == text
