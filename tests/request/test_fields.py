import json
import re
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings._generated.settings import ConfigurationFields, FieldName, Settings
from drawthings.request.choices import ControlInput, ControlMode, LoraMode
from drawthings.request.configuration import Configuration
from drawthings.request.fields import BY_JSON, BY_NAME, FIELDS, SETTINGS, Field, Kind, Unit, unknown_field
from drawthings.request.flatbuffer import decode_configuration, encode_configuration
from drawthings.request.parts import Control, Lora
from drawthings.request.values import narrow

# The machine may be busy; how long an example takes is not what is tested.

SCHEMA = (Path(__file__).parents[2] / "schema" / "config.fbs").read_text()

# The app's keys by slot, written down from ScriptModels.swift; "-" where there is none.
JSON_KEYS = """
id width height seed steps guidanceScale strength model sampler batchCount batchSize hiresFix hiresFixWidth
hiresFixHeight hiresFixStrength upscaler imageGuidanceScale seedMode clipSkip controls loras maskBlur faceRestoration
- - clipWeight negativePromptForImagePrior imagePriorSteps refinerModel originalImageHeight originalImageWidth cropTop
cropLeft targetImageHeight targetImageWidth aestheticScore negativeAestheticScore zeroNegativePrompt refinerStart
negativeOriginalImageHeight negativeOriginalImageWidth - fps motionScale guidingFrameNoise startFrameGuidance numFrames
maskBlurOutset sharpness shift stage2Steps stage2Guidance stage2Shift tiledDecoding decodingTileWidth
decodingTileHeight decodingTileOverlap stochasticSamplingGamma preserveOriginalAfterInpaint tiledDiffusion
diffusionTileWidth diffusionTileHeight diffusionTileOverlap upscalerScaleFactor t5TextEncoder separateClipL clipLText
separateOpenClipG openClipGText speedUpWithGuidanceEmbed guidanceEmbed resolutionDependentShift teaCacheStart
teaCacheEnd teaCacheThreshold teaCache separateT5 t5Text teaCacheMaxSkipSteps - causalInference causalInferencePad
cfgZeroStar cfgZeroInitSteps compressionArtifacts compressionArtifactsQuality colorCalibration expandPromptToJson
"""

# What the app starts with, written down from Defaults.swift in the units of the wire, where it is not the schema's
# default; the size depends on the device there, and the seed is random.
APP_DEFAULTS = {4: 20, 5: 4.5, 6: 1, 8: 18, 12: 7, 13: 7, 17: 2, 21: 1.5, 38: 0.85}
OURS = {1: 16, 2: 16, 3: None, 80: 0}


def rows_of_the_schema() -> list[tuple[str, str, object, bool]]:
    """Return name, type, default and deprecation of every field of the root table."""
    found = re.search(r"table GenerationConfiguration \{(.*?)\n\}", SCHEMA, re.DOTALL)
    assert found is not None
    rows = []
    for line in found[1].strip().splitlines():
        row = re.fullmatch(r"\s*(\w+): (\[?\w+\]?)(?: = (\S+))?( \(deprecated\))?;", line)
        assert row is not None, line
        rows.append((row[1], row[2], json.loads(row[3]) if row[3] else None, row[4] is not None))
    return rows


def test_every_slot_of_the_schema_has_its_row():
    rows = rows_of_the_schema()
    assert [field.slot for field in FIELDS] == list(range(88)) == list(range(len(rows)))
    for field, (name, kind, default, deprecated) in zip(FIELDS, rows, strict=True):
        assert (field.fbs, field.fbs_type, field.deprecated) == (name, kind, deprecated)
        assert field.schema_default == default or (default is None and not field.schema_default), name
        if default is not None and kind == "float":
            assert isinstance(field.schema_default, float), name


def test_the_keys_are_those_of_the_app():
    assert [field.json or "-" for field in FIELDS] == JSON_KEYS.split()


def test_the_defaults_are_those_of_the_app():
    for field in FIELDS:
        if field.name:
            expected = ({**APP_DEFAULTS, **OURS}).get(field.slot, field.schema_default)
            assert field.default == field.from_wire(expected), field.name
    assert (Configuration().width, Configuration().hires_fix_width) == (1024, 448)


def test_the_server_ignores_six_fields():
    assert {field.slot for field in FIELDS if field.ignored} == {0, 9, 41, 84, 85, 87}


def test_sizes_in_blocks_are_the_ten_ushorts():
    blocks = {field.slot for field in FIELDS if field.unit is Unit.BLOCK}
    assert blocks == {1, 2, 12, 13, 54, 55, 56, 60, 61, 62}
    assert blocks == {field.slot for field in FIELDS if field.fbs_type == "ushort"}


def test_conditioning_sizes_stay_pixels_on_the_wire():
    assert {field.slot for field in FIELDS if field.unit is Unit.PX} == {21, 29, 30, 31, 32, 33, 34, 39, 40, 47}


@pytest.mark.parametrize("field", [field for field in FIELDS if field.name], ids=lambda field: field.name)
def test_a_row_makes_sense(field: Field):
    assert field.doc.endswith(".")
    assert field.source
    assert field.check(field.default) == field.default
    if field.kind in {Kind.INTEGER, Kind.NUMBER}:
        assert field.allowed or (field.minimum is not None and field.maximum is not None)
    assert (field.kind is Kind.CHOICE) == (field.choices is not None)
    assert field.in_use_with is None or BY_NAME[field.in_use_with].kind is Kind.FLAG


def test_only_dead_and_derived_slots_have_no_name():
    assert {field.slot for field in FIELDS if field.name is None} == {23, 24, 79}
    assert {field.slot for field in FIELDS if field.deprecated} == {23, 24}
    assert {field.slot for field in FIELDS if field.derived} == {79}
    assert len(SETTINGS) == len(set(SETTINGS)) == 85


def test_no_json_key_means_two_settings():
    owners: dict[str, str] = {}
    for key, field in BY_JSON.items():
        assert owners.setdefault(key.replace("_", "").casefold(), str(field.name)) == field.name, key


def test_the_typed_face_is_that_of_the_table():
    assert get_args(FieldName) == SETTINGS
    held = {field.name: field.default for field in dataclass_fields(ConfigurationFields)}
    assert list(held) == [*SETTINGS, "extra"]
    assert all(held[name] == BY_NAME[name].default for name in SETTINGS)
    assert list(Settings.__annotations__) == [*SETTINGS, "extra"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("guidanceScale", ("guidance_scale",)),
        ("cfg", ("guidance_scale",)),
        ("cfg_scale", ("guidance_scale",)),
        ("CFG", ("guidance_scale",)),
        ("start_width", ("width",)),
        ("startWidth", ("width",)),
        ("size", ("width", "height")),
        ("stepz", ("steps",)),
        ("denoising_strength", ("strength",)),
        ("scheduler", ("sampler",)),
        ("lora", ("loras",)),
        ("frames", ("num_frames",)),
        ("fps_id", ("fps",)),
        ("causal_inference_enabled", ("causal_inference",)),
        ("clipLText", ("clip_l_text",)),
        ("negative_prompt", ("negative_prompt",)),
        ("negativePrompt", ("negative_prompt",)),
        ("negative", ("negative_prompt",)),
        ("prompt", ("prompt",)),
        ("decode_with_attention", ()),
        ("xyzzy", ()),
        (7, ()),
    ],
)
def test_an_unknown_name_is_told_with_the_one_that_is_meant(name: object, near: tuple[str, ...]):
    error = unknown_field(name)
    assert error.suggestions == near
    assert str(error) == f"There is no setting {name!r}."
    assert error.hint
    assert all(word in error.hint for word in near)
    assert error.field == str(name)


def test_the_negative_prompt_is_said_to_be_an_argument():
    assert "argument of generate()" in unknown_field("negative_prompt").hint


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
files = words.filter(lambda text: bool(text.strip()))
weights = st.floats(-10, 10).map(narrow)
shares = st.floats(0, 1).map(narrow)
PARTS = {
    "[LoRA]": st.builds(Lora, files, weights, st.sampled_from(LoraMode)),
    "[Control]": st.builds(
        Control,
        files,
        weights,
        guidance_start=shares,
        guidance_end=shares,
        no_prompt=st.booleans(),
        global_average_pooling=st.booleans(),
        down_sampling_rate=st.floats(0, 64).map(narrow),
        mode=st.sampled_from(ControlMode),
        input_override=st.sampled_from(ControlInput),
        target_blocks=st.lists(words, max_size=3).map(tuple),
    ),
}


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Return a strategy for the values a setting may have."""
    low, high = field.minimum or 0, field.maximum or 0
    match field.kind:
        case Kind.INTEGER if field.allowed:
            return st.sampled_from(field.allowed)
        case Kind.INTEGER:
            numbers = st.integers(int(low) // field.step, int(high) // field.step).map(lambda n: n * field.step)
            # A tile of 0 is wrong while tiles are on, which test_configuration looks at.
            return numbers | st.just(0) if field.zero and not field.in_use_with else numbers
        case Kind.NUMBER:
            return st.floats(low, high)
        case Kind.CHOICE:
            return st.sampled_from(list(field.choices or ()))
        case Kind.PARTS:
            return st.lists(PARTS[field.fbs_type], max_size=2).map(tuple)
    return st.booleans() if field.kind is Kind.FLAG else st.none() | words


chosen_settings = st.fixed_dictionaries({}, optional={name: values_of(field) for name, field in BY_NAME.items()})


@given(chosen_settings)
def test_every_configuration_survives_the_wire(chosen: dict[str, Any]):
    configuration = Configuration(**{"seed": 1, **chosen})
    assert decode_configuration(encode_configuration(configuration)) == configuration
    assert decode_configuration(encode_configuration(configuration), strict=True) == configuration


@given(
    chosen_settings, st.dictionaries(words.filter(lambda key: key not in BY_JSON), st.none() | st.integers() | words)
)
def test_every_configuration_survives_its_json(chosen: dict[str, Any], extra: dict[str, Any]):
    configuration = Configuration(**{**chosen, "name": None}, extra=extra)
    text = configuration.to_json()
    assert Configuration.from_json(text) == configuration
    assert json.loads(Configuration.from_json(text).to_json()) == json.loads(text)


def another_value(field: Field) -> Any:
    """Return a value that is not the default, and falsy where there is one."""
    match field.kind:
        case Kind.INTEGER if field.allowed:
            return field.allowed[-1]
        case Kind.INTEGER | Kind.NUMBER:
            low = 0 if field.zero else field.minimum
            return low if low != field.default else field.maximum
        case Kind.FLAG:
            return not field.default
        case Kind.TEXT:
            return "x.ckpt"
        case Kind.CHOICE:
            assert field.choices is not None
            return next(member for member in field.choices if member != field.default)
    return (Lora("a", 0.0),) if field.fbs_type == "[LoRA]" else (Control("c", 0.0, global_average_pooling=False),)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_row_goes_both_ways_alone(name: str):
    value = another_value(BY_NAME[name])
    configuration = Configuration(**{"seed": 7, name: value})
    assert getattr(configuration, name) == value
    assert configuration != Configuration(seed=7)
    assert decode_configuration(encode_configuration(configuration)) == configuration
    key = BY_NAME[name].json
    if key is None:
        assert Configuration.from_json(configuration.to_json()) == Configuration(seed=7)
    else:
        one = json.dumps({key: json.loads(configuration.to_json())[key]})
        assert getattr(Configuration.from_json(one), name) == value
        assert getattr(Configuration.from_json(one, base=Configuration(seed=9)), name) == value
