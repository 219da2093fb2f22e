import json
from typing import Any

import pytest

from drawthings.errors import BadConfiguration, BadValue, UnknownPreset
from drawthings.request.configuration import Configuration, settings_from_json
from drawthings.request.presets import Preset, load_json, preset_named, read_presets, settings_to_json

LISTED = [
    {"name": "Quick", "version": "z_image", "negative": "bad", "configuration": {"steps": 8, "mystery": 1}},
    {"name": "slow", "configuration": {"steps": 40}},
    {"name": "Slow", "configuration": {"steps": 41}},
]
PRESETS = read_presets(json.dumps(LISTED))


def test_presets_are_read():
    assert PRESETS[0] == Preset("Quick", {"steps": 8, "mystery": 1}, "z_image", "bad")
    assert PRESETS[0].settings() == {"steps": 8, "extra": {"mystery": 1}}
    assert PRESETS[1] == Preset("slow", {"steps": 40})


def test_bad_entries_cost_no_other():
    odd = [None, 5, {"name": 1, "configuration": {}}, {"name": "x"}, {"name": "y", "configuration": []}]
    kept = {"name": "z", "configuration": {}, "version": 5, "negative": None}
    assert read_presets([*odd, kept]) == (Preset("z", {}),)


@pytest.mark.parametrize("source", ["{}", '"text"', "[]", "[1]", "5", "null"])
def test_what_is_no_list_of_presets(source: str):
    with pytest.raises(BadConfiguration):
        read_presets(source)


@pytest.mark.parametrize("text", ["", "{", "[1,", "[" * 100_000, "9" * 5000])
def test_what_is_no_json(text: str):
    with pytest.raises(BadConfiguration):
        load_json(text)


def test_json_may_begin_with_a_mark():
    assert load_json('\ufeff{"a": 1}') == {"a": 1}


def test_a_wrong_value_is_told_when_it_is_asked_for():
    [preset] = read_presets([{"name": "x", "configuration": {"steps": "many"}}])
    with pytest.raises(BadValue, match="steps"):
        preset.settings()


@pytest.mark.parametrize(("name", "steps"), [("Quick", 8), (" quick", 8), ("Slow", 41), ("slow", 40), ("SLOW", 40)])
def test_a_name_in_any_case_finds_its_preset(name: str, steps: int):
    assert preset_named(PRESETS, name).configuration["steps"] == steps


def test_without_a_name_there_must_be_one():
    assert preset_named(PRESETS[:1], None) is PRESETS[0]
    with pytest.raises(UnknownPreset, match="3 presets") as caught:
        preset_named(PRESETS, None)
    assert caught.value.suggestions == ("Quick", "slow", "Slow")
    assert "Quick" in caught.value.hint


def test_a_wrong_name_gets_the_nearest():
    with pytest.raises(UnknownPreset, match="'quik'") as caught:
        preset_named(PRESETS, "quik")
    assert caught.value.suggestions == ("Quick",)
    with pytest.raises(UnknownPreset) as caught:
        preset_named(PRESETS, "zzzzz")
    assert caught.value.hint == "There are: Quick, slow, Slow."


def test_many_names_are_not_all_shown():
    many = [Preset(f"name {number}", {}) for number in range(9)]
    with pytest.raises(UnknownPreset) as caught:
        preset_named(many, None)
    assert caught.value.hint.endswith("name 7, ….")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"seed": None, "steps": 3, "upscaler": None, "sampler": "UniPC Trailing"},
        {"loras": [("a.ckpt", 0.5)], "controls": ["c.ckpt"], "color_calibration": "lab", "extra": {"odd": [1]}},
    ],
)
def test_settings_come_back_from_their_json(settings: dict[str, Any]):
    configuration = Configuration(**settings)
    whole = configuration.to_dict()
    written = json.dumps(settings_to_json(whole))
    assert Configuration(**settings_from_json(written)) == configuration
    given = {name: whole[name] for name in settings}
    assert settings_from_json(settings_to_json(given)) == given


def test_what_the_app_s_json_lacks_is_left_out():
    assert settings_to_json({"name": "x", "no_setting": 1, "steps": 2}) == {"steps": 2}
