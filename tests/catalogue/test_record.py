from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.catalogue.record import EMPTY, Record

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text('aé😀 "\\/'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc", max_size=3), JSON, max_size=4))
def test_what_came_in_goes_out(items: dict[str, object]):
    record = Record(items)
    assert json.loads(json.dumps(record, default=dict)) == items
    assert pickle.loads(pickle.dumps(record)) == record  # noqa: S301 - our own bytes
    assert copy.deepcopy(record) == record
    assert hash(Record(items)) == hash(record)


def test_nothing_in_it_can_be_changed():
    original = {"list": [1, {"deep": 2}], "object": {"a": 1}}
    record = Record(original)
    original["list"].append(3)  # type: ignore[attr-defined]
    original["object"]["a"] = 2  # type: ignore[index]
    assert record["list"] == (1, {"deep": 2})
    assert record.part("object") == {"a": 1}
    with pytest.raises(TypeError):
        record["new"] = 1  # type: ignore[index]
    with pytest.raises(TypeError):
        record.part("object")["a"] = 2  # type: ignore[index]


def test_it_is_a_mapping():
    record = Record({"a": 1, "b": None})
    assert list(record) == ["a", "b"]
    assert len(record) == 2
    assert "b" in record
    assert record == {"a": 1, "b": None}
    assert repr(record) == "Record({'a': 1, 'b': None})"
    assert not EMPTY
    with pytest.raises(KeyError):
        record["c"]


def test_a_record_inside_is_taken_as_it_is():
    inner = Record({"a": 1})
    assert Record({"inner": inner})["inner"] is inner


def test_reading_with_types():
    record = Record(
        {
            "text": "t",
            "number": 2,
            "fraction": 0.5,
            "yes": True,
            "no": False,
            "texts": ["a", 1, "b"],
            "part": {"x": 1},
            "parts": [{"x": 1}, 2, {"y": 2}],
        }
    )
    assert record.text("text") == "t"
    assert record.text("number") == ""
    assert record.text("absent", "else") == "else"
    assert record.number("number") == 2.0
    assert record.number("fraction") == 0.5
    assert record.number("yes") is None
    assert record.number("text") is None
    assert record.flag("yes")
    assert not record.flag("no")
    assert not record.flag("number")
    assert record.texts("texts") == ("a", "b")
    assert record.texts("text") == ()
    assert record.part("part") == {"x": 1}
    assert record.part("text") is EMPTY
    assert record.parts("parts") == ({"x": 1}, {"y": 2})
    assert record.parts("part") == ()


def nested(levels: int) -> dict[str, object]:
    return {"a": nested(levels - 1)} if levels else {}


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ({"a": float("nan")}, "holds nan"),
        ({"a": [float("inf")]}, "holds inf"),
        ({"a": "\ud800"}, "no valid Unicode"),
        ({"\ud800": 1}, "no valid Unicode"),
        ({"a": {1, 2}}, "holds a set"),
        (nested(40), "more than 32 levels"),
    ],
)
def test_what_cannot_be_sent_back_is_refused(items: dict[str, object], reason: str):
    with pytest.raises(ValueError, match=reason):
        Record(items)
