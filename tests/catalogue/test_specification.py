from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest

from drawthings.catalogue.specification import flaw_of

MODEL = {"name": "A", "file": "a.ckpt", "prefix": "", "version": "v1", "upcast_attention": False, "default_scale": 8}
LORA = {"name": "L", "file": "l.ckpt", "prefix": "", "version": "flux1"}
CONTROL = {"name": "C", "file": "c.ckpt", "version": "v1", "type": "controlnet", "global_average_pooling": False}
UPSCALER = {"name": "U", "file": "u.ckpt", "scale_factor": 4, "blocks": 23}
EMBEDDING = {"name": "E", "file": "e.ckpt", "keyword": "easy", "length": 4, "version": "v1"}
EVERY = {"models": MODEL, "loras": LORA, "controlNets": CONTROL, "upscalers": UPSCALER, "textualInversions": EMBEDDING}


def test_the_built_in_list_decodes():
    zoo = json.loads(resources.files("drawthings.server").joinpath("zoo.json").read_text("utf-8"))
    assert [flaw_of(kind, item) for kind in EVERY for item in zoo[kind] if flaw_of(kind, item)] == []


@pytest.mark.parametrize(("kind", "item"), EVERY.items())
def test_what_is_required_is_enough_and_more_is_welcome(kind: str, item: Any):
    assert not flaw_of(kind, item)
    assert not flaw_of(kind, {**item, "a_new_key": [1, 2, 3]})


@pytest.mark.parametrize(("kind", "key"), [(kind, key) for kind, item in EVERY.items() for key in item], ids=str)
def test_each_required_key_is_missed(kind: str, key: str):
    item = {name: value for name, value in EVERY[kind].items() if name != key}
    assert flaw_of(kind, item) == f"has no {key}"
    assert flaw_of(kind, {**item, key: None}) == f"has no {key}"


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("models", {"version": "sd9"}, "version that is 'sd9'"),
        ("models", {"modifier": "qwenimageEdit2511"}, "modifier that is 'qwenimageEdit2511'"),
        ("models", {"modifier": 3}, "modifier that is 3"),
        ("models", {"upcast_attention": 0}, "no flag"),
        ("models", {"default_scale": 8.5}, "no whole"),
        ("models", {"default_scale": True}, "no whole"),
        ("models", {"text_encoder": ["a"]}, "no text"),
        ("models", {"stage_models": "a"}, "no list"),
        ("models", {"objective": "u"}, "no object"),
        ("models", {"objective": {"w": {}}}, "objective"),
        ("models", {"objective": {}}, "objective"),
        ("models", {"noise_discretization": {"edm": {}, "rf": {}}}, "noise_discretization"),
        ("models", {"frames_per_second": "16"}, "no number"),
        ("models", {"conditioning": "picture"}, "conditioning"),
        ("loras", {"alternative_decoder_version": "opaque"}, "alternative_decoder_version"),
        ("controlNets", {"type": "lora"}, "type that is 'lora'"),
        ("controlNets", {"modifier": "edges"}, "modifier"),
        ("upscalers", {"scale_factor": 3}, "scale_factor that is 3"),
        ("upscalers", {"scale_factor": True}, "scale_factor that is True"),
    ],
)
def test_a_wrong_value_is_named(kind: str, change: dict[str, Any], words: str):
    assert words in flaw_of(kind, {**EVERY[kind], **change})


@pytest.mark.parametrize("item", [None, [], "a.ckpt", 3])
def test_only_objects_are_specifications(item: Any):
    assert flaw_of("models", item) == "is no JSON object"


def test_numbers_and_null_are_taken_where_they_belong():
    more = {"frames_per_second": 16, "modifier": None, "objective": {"u": {"condition_scale": 1000}}}
    assert not flaw_of("models", {**MODEL, **more})
