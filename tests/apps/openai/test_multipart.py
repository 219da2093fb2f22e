from __future__ import annotations

from typing import Any

import pytest

from drawthings.apps.openai.multipart import regroup
from drawthings.errors import BadValue


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ([("prompt", "a fox"), ("n", "2")], {"prompt": "a fox", "n": "2"}),
        ([("prompt", "[1, 2]")], {"prompt": "[1, 2]"}),
        (
            [("loras[][file]", "a"), ("loras[][weight]", "0.5"), ("loras[][file]", "b"), ("loras[][weight]", "1")],
            {"loras": [{"file": "a", "weight": 0.5}, {"file": "b", "weight": 1}]},
        ),
        (
            [("loras[0][file]", "a"), ("loras[1][file]", "b"), ("loras[0][weight]", "0.5")],
            {"loras": [{"file": "a", "weight": 0.5}, {"file": "b"}]},
        ),
        ([("loras[]", "a.ckpt"), ("loras[]", "b.ckpt")], {"loras": ["a.ckpt", "b.ckpt"]}),
        ([("loras", "a.ckpt"), ("loras", "b.ckpt")], {"loras": ["a.ckpt", "b.ckpt"]}),
        (
            [("configuration[steps]", "8"), ("configuration[upscaler]", "x")],
            {"configuration": {"steps": 8, "upscaler": "x"}},
        ),
        ([("configuration", '{"steps": 8}')], {"configuration": '{"steps": 8}'}),
        ([("svg[reasoning][effort]", "low")], {"svg": {"reasoning": {"effort": "low"}}}),
        ([("odd[name", "x")], {"odd[name": "x"}),
    ],
)
def test_fields_become_what_they_were(fields: list[tuple[str, str]], body: dict[str, Any]) -> None:
    assert regroup(fields, []) == body


@pytest.mark.parametrize(
    ("names", "body"),
    [
        (["image"], {"image": b"0"}),
        (["image[]", "image[]"], {"image": [b"0", b"1"]}),
        (["image", "image"], {"image": [b"0", b"1"]}),
        (["image_0", "image_1"], {"image": [b"0", b"1"]}),
        (["image[0]", "image[1]"], {"image": [b"0", b"1"]}),
        (["images", "mask"], {"images": b"0", "mask": b"1"}),
        (["hints[depth]"], {"hints": {"depth": b"0"}}),
    ],
)
def test_files_are_found_under_all_names_that_clients_use(names: list[str], body: dict[str, Any]) -> None:
    assert regroup([], [(name, str(place).encode()) for place, name in enumerate(names)]) == body


@pytest.mark.parametrize(
    ("name", "value"),
    [("loras", "[object Object]"), ("loras[99][file]", "a"), ("a" + "[b]" * 9, "x")],
)
def test_what_cannot_be_put_together_is_told(name: str, value: str) -> None:
    with pytest.raises(BadValue) as caught:
        regroup([(name, value)], [])
    assert "JSON" in caught.value.hint


def test_a_name_that_is_a_text_and_an_object_is_refused() -> None:
    with pytest.raises(BadValue, match="contradict"):
        regroup([("svg", "x"), ("svg[model]", "y")], [])
