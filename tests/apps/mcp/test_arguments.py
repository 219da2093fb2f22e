from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from drawthings.apps.mcp.arguments import Generate, GetJob, Upscale, read, schema
from drawthings.apps.mcp.tools import TOOLS
from drawthings.errors import BadValue, UnknownField

KINDS = [work.takes for work in TOOLS.values()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_schema_is_flat_and_says_what_each_argument_is(kind: Any) -> None:
    made = schema(kind)
    jsonschema.Draft202012Validator.check_schema(made)
    text = json.dumps(made)
    assert not any(word in text for word in ("$ref", "$defs", "anyOf", '"null"', '"title"'))
    assert made["additionalProperties"] is False
    assert all(len(each["description"]) > 10 for each in made["properties"].values())


def test_what_is_needed_comes_first_and_waiting_last() -> None:
    names = list(schema(Generate)["properties"])
    assert (names[0], names[-2:]) == ("prompt", ["show", "wait_seconds"])


def test_null_and_numbers_as_text_are_taken_as_agents_send_them() -> None:
    asked = read(Generate, {"prompt": "a fox", "steps": None, "count": "2", "loras": [{"name": "x"}]})
    assert (asked.steps, asked.count, asked.loras[0].weight) == (None, 2, None)


def test_an_unknown_argument_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownField, match="'output_path'") as caught:
        read(Generate, {"prompt": "a fox", "output_path": "x.png"})
    assert "aspect" in caught.value.hint
    assert "`settings`" in caught.value.hint
    with pytest.raises(UnknownField) as caught:
        read(GetJob, {"id": "x", "job": "y"})
    assert "`settings`" not in caught.value.hint


@pytest.mark.parametrize(
    ("kind", "given", "named"),
    [
        (Generate, {}, "prompt"),
        (Generate, {"prompt": "a", "count": 5}, "count"),
        (Generate, {"prompt": "a", "seed": -2}, "seed"),
        (Generate, {"prompt": "a", "aspect": "5:1"}, "aspect"),
        (Generate, {"prompt": "a", "guidance": float("nan")}, "guidance"),
        (Generate, {"prompt": "a", "loras": [{"weight": 1}]}, "loras.0.name"),
        (Upscale, {"image": "x", "factor": 3}, "factor"),
        (GetJob, {"id": "x", "wait_seconds": 601}, "wait_seconds"),
    ],
)
def test_a_wrong_value_is_named(kind: Any, given: dict[str, Any], named: str) -> None:
    with pytest.raises(BadValue, match=named) as caught:
        read(kind, given)
    assert caught.value.field == named
