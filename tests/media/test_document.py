import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.media.document import is_document, restore
from drawthings.media.record import Creation, Record
from drawthings.media.spelling import json_text
from drawthings.request.choices import LoraMode, Sampler, SeedMode
from drawthings.request.configuration import Configuration
from drawthings.request.parts import Control, Lora

RICH: dict[str, Any] = {
    "model": "sd.ckpt",
    "width": 768,
    "height": 512,
    "steps": 33,
    "sampler": Sampler.TCD_TRAILING,
    "guidance_scale": 6.7,
    "strength": 0.7,
    "seed_mode": SeedMode.LEGACY,
    "shift": 2.1,
    "clip_skip": 2,
    "sharpness": 3.3,
    "mask_blur": 4.4,
    "mask_blur_outset": -5,
    "upscaler": "up.ckpt",
    "hires_fix": True,
    "hires_fix_width": 256,
    "hires_fix_height": 320,
    "hires_fix_strength": 0.6,
    "refiner_model": "r.ckpt",
    "refiner_start": 0.8,
    "tiled_decoding": True,
    "decoding_tile_width": 320,
    "decoding_tile_height": 384,
    "decoding_tile_overlap": 64,
    "tiled_diffusion": True,
    "diffusion_tile_width": 448,
    "diffusion_tile_height": 448,
    "diffusion_tile_overlap": 192,
    "stochastic_sampling_gamma": 0.2,
    "causal_inference": 4,
    "loras": (Lora("a.ckpt", 0.6), Lora("b.ckpt", -1.1)),
    "controls": (Control("c.ckpt", 0.3, guidance_start=0.1, guidance_end=0.9, no_prompt=True),),
}
FAMILIES: dict[str, dict[str, Any]] = {
    "sdxl_base_v0.9": {
        "target_image_width": 640,
        "target_image_height": 641,
        "original_image_width": 512,
        "original_image_height": 513,
        "negative_original_image_width": 300,
        "negative_original_image_height": 301,
        "crop_top": 3,
        "crop_left": 4,
        "aesthetic_score": 5.5,
        "negative_aesthetic_score": 1.1,
        "zero_negative_prompt": True,
    },
    "svd_i2v": {
        "num_frames": 20,
        "fps": 7,
        "motion_scale": 99,
        "guiding_frame_noise": 0.07,
        "start_frame_guidance": 1.7,
    },
    "kandinsky2.1": {"clip_weight": 0.7, "image_prior_steps": 9, "negative_prompt_for_image_prior": False},
    "wurstchen_v3.0_stage_c": {"stage_2_steps": 12, "stage_2_guidance": 1.2, "stage_2_shift": 1.3},
    "ideogram_4": {"expand_prompt_to_json": True},
}


def document(configuration: Configuration, **facts: Any) -> dict[str, Any]:
    creation = Creation(
        prompt="a fox",
        negative_prompt="bad",
        configuration=configuration.to_json_object(),
        seed=42,
        sampler_name=configuration.sampler.label,
        seed_mode_name=configuration.seed_mode.label,
        **facts,
    )
    record = Record.of(creation)
    return json.loads(json_text(record.document, short=frozenset({"v2"})))


def test_everything_comes_back_from_v2():
    configuration = Configuration(**RICH, seed=42)
    found = restore(document(configuration))
    assert Configuration(**found.settings) == configuration
    assert (found.prompt, found.negative_prompt, found.unknown, found.notes) == ("a fox", "bad", {}, [])


@pytest.mark.parametrize("version", sorted(FAMILIES))
def test_everything_the_app_writes_comes_back_without_v2(version: str):
    configuration = Configuration(**{**RICH, **FAMILIES[version]}, seed=42)
    written = document(configuration, version=version)
    del written["v2"]
    found = restore(written)
    assert (found.unknown, found.notes) == ({}, [])
    wanted = {
        name: value for name, value in {**RICH, **FAMILIES[version], "seed": 42}.items() if name in found.settings
    }
    assert found.settings == wanted
    # Stable Cascade's first stage is written in a form of its own.
    hires = {"hires_fix", "hires_fix_width", "hires_fix_height", "hires_fix_strength"}
    missing = (set(RICH) | set(FAMILIES[version])) - set(found.settings)
    assert missing == (hires if version == "wurstchen_v3.0_stage_c" else set())


def test_tea_cache_and_image_guidance_come_back_without_v2():
    settings = {
        "tea_cache": True,
        "tea_cache_start": 2,
        "tea_cache_end": 9,
        "tea_cache_threshold": 0.11,
        "tea_cache_max_skip_steps": 4,
        "image_guidance_scale": 1.9,
    }
    written = document(Configuration(**settings), tea_cache=True, modifier="editing")
    del written["v2"]
    found = restore(written).settings
    assert {name: found[name] for name in settings} == settings


def test_v2_wins_but_for_the_seed():
    found = restore({"c": "", "seed": 5, "steps": 2, "v2": {"seed": 6, "steps": 3}})
    assert found.settings == {"seed": 5, "steps": 3}
    assert restore({"c": "", "v2": {"seed": 6}}).settings == {"seed": 6}
    assert restore({"c": "", "seed": -1, "v2": {"seed": 6}}).settings == {"seed": 6}


@pytest.mark.parametrize(
    "values",
    [
        {"lora": [{"model": "a", "weight": 0.5}]},
        {"loras": [{"file": "a", "weight": 0.5}]},
        {"v2": {"loras": [{"file": "a", "weight": 0.5, "mode": "all"}]}},
        {"v2": {"lora": [{"model": "a", "weight": 0.5}]}},
        {"v2": {"loras": []}, "lora": [{"model": "a", "weight": 0.5}]},
        {"v2": {"loras": [{"file": "a", "weight": 0.5}]}, "lora": [{"model": "b", "weight": 1}]},
        {"v2": {"loras": None}, "lora": [{"model": "a", "weight": 0.5}]},
    ],
)
def test_both_spellings_of_loras(values: dict[str, Any]):
    found = restore({"c": "x", **values})
    assert found.settings == {"loras": (Lora("a", 0.5, LoraMode.ALL),)}
    assert (found.notes, found.unknown) == ([], {})


def test_lists_that_are_none():
    found = restore({"c": "", "lora": "a.ckpt", "control": [{"file": "c"}, 5], "v2": {"loras": []}})
    assert found.settings == {"loras": (), "controls": (Control("c"),)}
    assert len(found.notes) == 2


def test_unknown_keys_are_kept():
    found = restore({"c": "", "future": [1], "v2": {"later": {"a": 1}}})
    assert found.unknown == {"future": [1], "later": {"a": 1}}
    assert found.settings == {"extra": {"later": {"a": 1}}}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"steps": "many"}, "steps is left out"),
        ({"size": "big"}, "size is left out"),
        ({"size": 5}, "size is left out"),
        ({"c": 5}, "c is left out"),
        ({"v2": [1]}, "v2 is left out"),
        ({"v2": {"sampler": 99}}, "sampler is left out"),
        ({"v2": {"later": "\ud800"}}, "later is left out"),
        ({"sampler": "Magic"}, "sampler is left out"),
    ],
)
def test_nonsense_costs_only_itself(values: dict[str, Any], words: str):
    found = restore({"c": "x", "seed": 3, **values})
    assert found.settings == {"seed": 3}
    assert any(words in note for note in found.notes)


def test_what_only_our_files_say():
    found = restore(
        {"c": "a", "uc": "b", "drawthings": {"prompt": " a ", "negative_prompt": 5, "inputs": ["image", 5]}}
    )
    assert (found.prompt, found.negative_prompt, found.inputs) == (" a ", "b", ("image",))
    for own in (5, {"inputs": "image"}):
        assert restore({"c": "a", "drawthings": own}).inputs == ()


def test_halves_of_surrogate_pairs_are_replaced():
    assert restore(json.loads('{"c": "a\\ud83d"}')).prompt == "a?"


def test_documents_are_told_from_configurations():
    assert is_document({"v2": {}})
    assert is_document({"c": ""})
    assert not is_document({"steps": 5, "seed": 1, "seedMode": 2})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["c", "uc", "v2", "lora", "control", "size", "seed", "sampler", "drawthings", "steps", "scale"])


@given(st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON)))
def test_no_document_makes_it_fail(values: dict[str, Any]):
    restore(values)


def test_the_borders_of_an_outpainted_picture():
    assert restore({"c": "a", "drawthings": {"borders": [0, 8, 64, 0]}}).borders == (0, 8, 64, 0)
    assert restore({"c": "a"}).borders is None
    for wrong in (5, "abcd", [1, 2, 3], [0, 0, 0, -1], [0, 0, 0, 0], [1.5, 0, 0, 0], {}):
        found = restore({"c": "a", "drawthings": {"borders": wrong}})
        assert found.borders is None
        assert "borders are left out" in found.notes[0]
