import copy
import math
import pickle

import pytest

from drawthings.errors import BadConfiguration
from drawthings.request.extra import NOTHING, Extra


def test_it_keeps_values_and_their_order():
    extra = Extra({"b": [1, {"c": None}], "a": "ü", "z": False})
    assert list(extra) == ["b", "a", "z"]
    assert dict(extra) == {"b": [1, {"c": None}], "a": "ü", "z": False}
    assert len(extra) == 3
    assert extra == {"b": [1, {"c": None}], "a": "ü", "z": False}
    assert extra != {"b": 1}
    assert extra != 3
    with pytest.raises(KeyError):
        extra["nothing"]


def test_what_is_read_from_it_does_not_change_it():
    values = {"list": [1]}
    extra = Extra(values)
    values["list"].append(2)
    extra["list"].append(3)
    assert extra["list"] == [1]


def test_equal_content_is_equal_in_any_order_and_hashes_alike():
    one, other = Extra({"a": 1, "b": 2}), Extra({"b": 2, "a": 1})
    assert one == other
    assert hash(one) == hash(other)
    assert Extra({"a": 1}) != Extra({"a": 1.0})
    assert Extra({"a": 1}) != Extra({"a": True})


def test_it_can_be_pickled_and_copied():
    extra = Extra({"a": [1, 2]})
    assert pickle.loads(pickle.dumps(extra)) == extra  # noqa: S301 - our own bytes
    assert copy.deepcopy(extra) == extra


def test_it_shows_what_it_holds():
    assert repr(Extra({"a": 1})) == "Extra({'a': 1})"
    assert repr(NOTHING) == "Extra({})"


@pytest.mark.parametrize("value", [{1, 2}, math.nan, math.inf, object(), "half \ud83d", b"x"])
def test_what_json_cannot_say_is_refused(value: object):
    with pytest.raises(BadConfiguration, match="not something JSON can say"):
        Extra({"key": value})


def test_nesting_without_end_is_refused():
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(BadConfiguration, match="not something JSON can say"):
        Extra({"key": loop})


def test_keys_must_be_texts():
    with pytest.raises(BadConfiguration, match="named 1, which is no text"):
        Extra({1: "x"})
