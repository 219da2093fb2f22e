import json
import logging
from typing import Any

import pytest

from drawthings.errors import BadConfiguration, BadValue, ConfigError, UnknownChoice
from drawthings.request.appjson import read_object, settings_from_json
from drawthings.request.choices import ColorCalibration, CompressionMethod, Sampler, SeedMode
from drawthings.request.configuration import Configuration
from drawthings.request.parts import Control, Lora

# The shape of what the app copies, with values of our own.
COPIED = """{
  "batchCount": 1, "batchSize": 1, "clipSkip": 1, "guidanceScale": 0, "height": 768, "hiresFix": false,
  "controls": [{"controlImportance": "balanced", "downSamplingRate": 1, "file": "control_x_f16.ckpt",
    "globalAveragePooling": false, "guidanceEnd": 1, "guidanceStart": 0, "inputOverride": "", "noPrompt": false,
    "targetBlocks": [], "weight": 0}],
  "loras": [{"file": "some_lora_f16.ckpt", "mode": "base", "weight": 0}],
  "maskBlur": 0, "maskBlurOutset": 0, "model": "flux_1_dev_q8p.ckpt", "preserveOriginalAfterInpaint": false,
  "refinerModel": null, "refinerStart": 0, "resolutionDependentShift": false, "sampler": 0, "seed": 0, "seedMode": 0,
  "separateClipL": false, "sharpness": 0, "shift": 3.1581929, "speedUpWithGuidanceEmbed": false, "steps": 28,
  "strength": 0, "t5TextEncoder": false, "teaCacheThreshold": 0, "teaCacheEnd": -1, "upscaler": "", "width": 1024,
  "compressionArtifactsQuality": 43.100000000000001, "aestheticScore": 0, "guidanceEmbed": 0
}"""


def test_what_the_app_copies_is_read_with_every_falsy_value():
    configuration = Configuration.from_json(COPIED)
    assert configuration.model == "flux_1_dev_q8p.ckpt"
    assert (configuration.width, configuration.height) == (1024, 768)
    assert configuration.seed == 0
    assert configuration.sampler is Sampler.DPMPP_2M_KARRAS
    assert configuration.seed_mode is SeedMode.LEGACY
    assert configuration.upscaler is configuration.refiner_model is None
    assert configuration.shift == 3.1581929
    assert configuration.compression_artifacts_quality == 43.1
    falsy = ["guidance_scale", "strength", "mask_blur", "refiner_start", "tea_cache_threshold", "aesthetic_score"]
    assert [getattr(configuration, name) for name in [*falsy, "guidance_embed"]] == [0] * 7
    off = ["resolution_dependent_shift", "speed_up_with_guidance_embed", "t5_text_encoder"]
    assert not any(getattr(configuration, name) for name in [*off, "preserve_original_after_inpaint"])
    assert configuration.loras == (Lora("some_lora_f16.ckpt", 0, "base"),)
    assert configuration.controls == (Control("control_x_f16.ckpt", 0, global_average_pooling=False),)


def test_what_was_read_is_written_back_alike():
    written = Configuration.from_json(COPIED).to_json_object()
    for key, value in json.loads(COPIED).items():
        if value in (None, ""):
            assert key not in written
        else:
            assert written[key] == value, key


def test_only_what_is_given_is_returned():
    assert settings_from_json('{"steps": 0, "hiresFix": false, "upscaler": ""}') == {
        "steps": 0,
        "hires_fix": False,
        "upscaler": None,
    }
    assert settings_from_json("{}") == {}
    assert settings_from_json({"width": 1000}) == {"width": 1000}


@pytest.mark.parametrize(
    ("key", "value", "name", "kept"),
    [
        ("steps", 7.0, "steps", 7),
        ("guidanceScale", 7, "guidance_scale", 7.0),
        ("sampler", 17, "sampler", Sampler.UNIPC_TRAILING),
        ("sampler", 17.0, "sampler", Sampler.UNIPC_TRAILING),
        ("sampler", "UniPC Trailing", "sampler", Sampler.UNIPC_TRAILING),
        ("seedMode", "Torch CPU Compatible", "seed_mode", SeedMode.TORCH_CPU_COMPATIBLE),
        ("seed", -1, "seed", None),
        ("seed", -1.0, "seed", None),
        ("seed", -99, "seed", None),
        ("seed", None, "seed", None),
        ("seed", 0, "seed", 0),
        ("causalInference", 0, "causal_inference", 0),
        ("colorCalibration", "none", "color_calibration", ColorCalibration.DISABLED),
        ("colorCalibration", "lab", "color_calibration", ColorCalibration.LAB),
        ("compressionArtifacts", "H264", "compression_artifacts", CompressionMethod.H264),
        ("clipLText", "", "clip_l_text", None),
        ("model", None, "model", None),
        ("loras", None, "loras", ()),
        ("loras", [{"model": "a", "weight": 1}], "loras", (Lora("a"),)),
        ("guidance_scale", 2, "guidance_scale", 2.0),
        ("stage2Cfg", 2, "stage_2_guidance", 2.0),
        ("startFrameCfg", 2, "start_frame_guidance", 2.0),
        ("motionBucketId", 2, "motion_scale", 2),
    ],
)
def test_values_are_read_in_the_forms_files_have(key: str, value: object, name: str, kept: object):
    assert settings_from_json(json.dumps({key: value})) == {name: kept}


@pytest.mark.parametrize("key", ["steps", "sampler", "compressionArtifacts", "hiresFix", "strength"])
def test_null_means_not_given_where_there_is_no_nothing(key: str):
    assert settings_from_json({key: None}) == {}


def test_unknown_keys_are_kept_in_order_and_told_in_the_log(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, logger="drawthings.request"):
        settings = settings_from_json('{"zebra": [1, 2.0, null], "steps": 3, "apple": {"b": false}, "name": "mine"}')
    assert list(settings["extra"].items()) == [("zebra", [1, 2.0, None]), ("apple", {"b": False}), ("name", "mine")]
    assert "apple, name, zebra" in caplog.text
    assert Configuration.from_json('{"zebra": 0, "steps": 3}').to_json().endswith('"zebra": 0}')


@pytest.mark.parametrize("key", ["startWidth", "hiresFixStartWidth", "decodeWithAttention", "causalInferenceEnabled"])
def test_keys_whose_unit_or_meaning_is_open_are_kept_unread(key: str):
    assert settings_from_json({key: 8}) == {"extra": {key: 8}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1, column 1"),
        ('{"steps": 3,\n "seed" 4}', "Expecting ':' delimiter at line 2, column 9"),
        ('{"steps": 3', "line 1, column 12"),
        ("[]", r"a JSON object, not \[\]"),
        ("7", "a JSON object, not 7"),
        ('{"steps": NaN}', "NaN, which is no number"),
        ('{"other": -Infinity}', "-Infinity, which is no number"),
        ('{"other": 1e999}', "not something JSON can say"),
        ('{"steps": 1, "steps": 2}', "has the key 'steps' twice"),
        ('{"loras": [{"file": "a", "file": "b"}]}', "has the key 'file' twice"),
        ('{"guidanceScale": 1, "guidance_scale": 2}', "gives guidance_scale twice, once as 'guidance_scale'"),
        ("[" * 100_000, "cannot be read"),
        ('{"steps": ' + "9" * 5000 + "}", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_what_is_no_configuration_is_refused_with_its_place(text: Any, words: str):
    with pytest.raises(BadConfiguration, match=words) as caught:
        settings_from_json(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"steps": "8"}, BadValue, "steps must be a whole number"),
        ({"steps": 7.5}, BadValue, "steps must be a whole number"),
        ({"steps": True}, BadValue, "steps must be a whole number"),
        ({"seed": False}, BadValue, "seed must be a whole number"),
        ({"seed": "1"}, BadValue, "seed must be a whole number"),
        ({"hiresFix": 1}, BadValue, "hires_fix must be true or false"),
        ({"strength": 1e39}, BadValue, "strength must be a finite number"),
        ({"sampler": 20}, UnknownChoice, "no sampler 20"),
        ({"sampler": True}, BadValue, "A sampler is given by"),
        ({"seedMode": "best"}, UnknownChoice, "no seed mode 'best'"),
        ({"colorCalibration": "rgb"}, UnknownChoice, "no color calibration"),
        ({"loras": {"file": ""}}, BadValue, "names no file"),
        ({"loras": 7}, BadValue, "loras must be a list"),
        ({"model": 7}, BadValue, "model must be a text"),
        ({7: 7}, BadConfiguration, "named 7"),
    ],
)
def test_wrong_values_are_refused_by_their_setting(given: dict[str, Any], error: type[ConfigError], words: str):
    with pytest.raises(error, match=words):
        settings_from_json(given)


def test_bytes_and_a_byte_order_mark_are_read():
    assert read_object(b"\xef\xbb\xbf{}") == {}
    assert read_object("\ufeff{}") == {}
    assert read_object('{"a": "ü"}'.encode()) == {"a": "ü"}


def test_a_mapping_is_not_changed():
    source = {"steps": 7.0, "other": [1]}
    settings_from_json(source)
    assert source == {"steps": 7.0, "other": [1]}
