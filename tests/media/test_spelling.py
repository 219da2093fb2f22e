import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.errors import BadValue
from drawthings.media.spelling import exact_number, json_text, short_number, swift_number

SINGLES = st.floats(width=32, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "exact", "short", "swift"),
    [
        (0.7, "0.69999998807907104", "0.7", "0.7"),
        (4.5, "4.5", "4.5", "4.5"),
        (1.0, "1", "1", "1.0"),
        (10.0, "10", "10", "10.0"),
        (0.0, "0", "0", "0.0"),
        (-0.25, "-0.25", "-0.25", "-0.25"),
        (43.1, "43.099998474121094", "43.1", "43.1"),
        (0.6999999880790710, "0.69999998807907104", "0.7", "0.7"),
        (1e-05, "9.9999997473787516e-06", "1e-05", "1e-05"),
        (3.4028234663852886e38, "3.4028234663852886e+38", "3.4028235e+38", "3.4028235e+38"),
        (3.4025001647762064e38, "3.4025001647762064e+38", "3.4025002e+38", "3.4025002e+38"),
        (16777216.0, "16777216", "16777216", "16777216.0"),
    ],
)
def test_numbers(value: float, exact: str, short: str, swift: str):
    assert (exact_number(value), short_number(value), swift_number(value)) == (exact, short, swift)


@given(SINGLES)
def test_exact_numbers_read_back_as_single_precision(value: float):
    read = float(json.loads(exact_number(value)))
    assert read == value
    assert struct.unpack("<f", struct.pack("<f", read))[0] == read


@given(SINGLES)
def test_short_numbers_name_the_same_single(value: float):
    read = float(json.loads(short_number(value)))
    assert struct.unpack("<f", struct.pack("<f", read))[0] == value
    assert len(short_number(value)) <= 24


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e39])
def test_numbers_json_cannot_say_are_told(value: float):
    with pytest.raises(BadValue, match="cannot be written"):
        json_text({"a": value})


def test_keys_are_sorted_and_slashes_escaped():
    text = json_text({"b": "x/y", "a": {"d/e": 1, "c": 2}})
    assert text == r'{"a":{"c":2,"d\/e":1},"b":"x\/y"}'


def test_only_the_named_keys_are_spelt_short():
    assert json_text({"v2": {"x": [0.7]}, "x": 0.7}, short=frozenset({"v2"})) == (
        '{"v2":{"x":[0.7]},"x":0.69999998807907104}'
    )


def test_every_kind_of_value():
    document = {"t": True, "f": False, "n": None, "i": -3, "s": "ü", "l": [1, "a", []], "m": {}, "u": (1, 2)}
    assert json.loads(json_text(document)) == {**document, "u": [1, 2]}
    assert "ü" in json_text(document)


@pytest.mark.parametrize("value", [b"x", object(), {1, 2}])
def test_values_without_a_form_are_told(value: object):
    with pytest.raises(BadValue, match="key holds"):
        json_text({"key": value})


@given(st.text())
def test_any_text_reads_back(text: str):
    assert json.loads(json_text({"s": text}))["s"] == text


def test_halves_of_characters_are_replaced_and_noncharacters_escaped():
    assert json_text({"s": "a\ud800b"}) == '{"s":"a\ufffdb"}'
    assert json_text({"s": "\uffff\ufffe\x01"}) == r'{"s":"\uffff\ufffe\u0001"}'
