import copy
import dataclasses
import json
import math
import pickle
import random
import subprocess
import sys

import numpy as np
import pytest

from drawthings.errors import BadValue, ConfigError, OutOfRange, UnknownChoice, UnknownField
from drawthings.request.choices import LoraMode, Sampler, SeedMode
from drawthings.request.configuration import Configuration, settings_from_json
from drawthings.request.parts import Control, Lora


def test_it_is_complete_without_a_word():
    configuration = Configuration()
    assert (configuration.width, configuration.height, configuration.seed) == (1024, 1024, None)
    assert (configuration.steps, configuration.guidance_scale, configuration.strength) == (20, 4.5, 1.0)
    assert configuration.sampler is Sampler.UNIPC_AYS
    assert configuration.seed_mode is SeedMode.SCALE_ALIKE
    assert configuration.loras == configuration.controls == ()
    assert configuration.extra == {}


def test_settings_are_brought_into_their_types():
    configuration = Configuration(
        width=np.int32(512),
        strength=1,
        guidance_scale=np.float32(0.7),
        hires_fix=np.True_,
        sampler="unipc trailing",
        seed_mode=1,
        upscaler="",
        loras=["a.ckpt", ("b.ckpt", 0.5), {"file": "c.ckpt", "mode": "base"}],
        controls=[{"file": "d.ckpt", "weight": 0}],
    )
    assert (configuration.width, configuration.strength, configuration.guidance_scale) == (512, 1.0, 0.7)
    assert [type(value) for value in (configuration.width, configuration.strength)] == [int, float]
    assert configuration.hires_fix is True
    assert configuration.sampler is Sampler.UNIPC_TRAILING
    assert configuration.seed_mode is SeedMode.TORCH_CPU_COMPATIBLE
    assert configuration.upscaler is None
    assert configuration.loras == (Lora("a.ckpt"), Lora("b.ckpt", 0.5), Lora("c.ckpt", 1, LoraMode.BASE))
    assert configuration.controls == (Control("d.ckpt", 0),)


@pytest.mark.parametrize(("seed", "kept"), [(None, None), (-1, None), (0, 0), (2**32 - 1, 2**32 - 1)])
def test_minus_one_is_random_and_zero_is_a_seed(seed: int | None, kept: int | None):
    assert Configuration(seed=seed).seed == kept


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"width": 1000}, OutOfRange, "width is 1000, but it must be a multiple of 64"),
        ({"width": 16384}, OutOfRange, "width is 16384"),
        ({"steps": 0}, OutOfRange, "steps is 0"),
        ({"steps": True}, BadValue, "steps must be a whole number, not True"),
        ({"seed": 2**32}, OutOfRange, "seed is 4294967296"),
        ({"seed": -2}, OutOfRange, "seed is -2"),
        ({"batch_size": 5}, OutOfRange, "batch_size is 5"),
        ({"strength": math.nan}, BadValue, "strength must be a finite number"),
        ({"strength": 1.01}, OutOfRange, "strength is 1.01"),
        ({"num_frames": 5000}, OutOfRange, "num_frames is 5000"),
        ({"upscaler_scale_factor": 3}, OutOfRange, "upscaler_scale_factor is 3, but it must be one of 0, 2, 4"),
        ({"sampler": "Euler"}, UnknownChoice, "There is no sampler 'Euler'"),
        ({"cfg": 1}, UnknownField, "There is no setting 'cfg'"),
        ({"negative_prompt": "x"}, UnknownField, "There is no setting 'negative_prompt'"),
        ({"tiled_decoding": True, "decoding_tile_width": 0}, OutOfRange, "decoding_tile_width is 0, but tiled_decod"),
        ({"extra": 7}, BadValue, "extra must be a mapping"),
        ({"extra": {"steps": 7}}, BadValue, "extra holds 'steps', which is a setting of its own"),
        ({"extra": {"guidanceScale": 7}}, BadValue, "extra holds 'guidanceScale'"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, object], error: type[ConfigError], words: str):
    with pytest.raises(error, match=words) as caught:
        Configuration(**settings)
    assert caught.value.hint
    with pytest.raises(error, match=words):
        Configuration(model="x").replace(**settings)


@pytest.mark.parametrize("frames", [1, 81, 201, 257, 4097])
def test_the_frame_limit_of_the_http_server_is_not_ours(frames: int):
    assert Configuration(num_frames=frames).num_frames == frames


def test_settings_are_given_by_name_only():
    with pytest.raises(TypeError):
        Configuration(512)


def test_it_cannot_be_changed():
    configuration = Configuration()
    for name in ("steps", "stepz", "extra"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(configuration, name, 3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        del configuration.steps


def test_equal_settings_are_equal_hash_alike_and_survive_pickling():
    one = Configuration(steps=8, loras=["a"], sampler="DDIM", extra={"key": [1]})
    other = Configuration(sampler=2, loras=[Lora("a", 1.0)], steps=8, extra={"key": [1]})
    assert one == other
    assert len({one, other}) == 1
    assert one != Configuration(steps=8)
    assert one != "one"
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - our own bytes
    assert copy.deepcopy(one) == copy.copy(one) == one


def test_the_repr_shows_only_what_differs_from_the_defaults():
    assert repr(Configuration()) == "Configuration()"
    assert repr(Configuration(steps=20, width=512, sampler="euler a", seed=0)) == (
        "Configuration(width=512, seed=0, sampler='Euler Ancestral')"
    )
    configuration = Configuration(model="x", shift=3)
    assert eval(repr(configuration)) == configuration  # noqa: S307 - our own text


def test_replacing_checks_only_what_is_given():
    received = Configuration.unchecked({"steps": 0, "width": 64})
    assert received.replace(seed=1).steps == 0
    assert Configuration(steps=8).replace(seed=1) == Configuration(steps=8, seed=1)
    assert dataclasses.replace(Configuration(steps=8), seed=1) == Configuration(steps=8, seed=1)
    assert Configuration(extra={"a": 1}).replace(extra={"b": 2}).extra == {"b": 2}


def test_a_zero_tile_matters_only_where_it_is_touched():
    received = Configuration.unchecked({"tiled_diffusion": True, "diffusion_tile_height": 0})
    assert received.replace(steps=3).diffusion_tile_height == 0
    off = Configuration(diffusion_tile_height=0)
    with pytest.raises(OutOfRange, match="diffusion_tile_height is 0, but tiled_diffusion is on") as caught:
        off.replace(tiled_diffusion=True)
    assert caught.value.suggestions == ("1024",)


def test_a_seed_is_chosen_once():
    configuration = Configuration(steps=8).resolved(random.Random(5))
    assert configuration.seed == random.Random(5).randint(0, 2**32 - 1)
    assert configuration.resolved() is configuration
    assert Configuration(seed=0).resolved().seed == 0
    seeds = {Configuration().resolved().seed for _ in range(20)}
    assert len(seeds) > 1
    assert all(seed is not None and 0 <= seed < 2**32 for seed in seeds)


def test_to_dict_gives_back_every_setting():
    configuration = Configuration(steps=8, controls=["c"], extra={"a": 1})
    settings = configuration.to_dict()
    assert Configuration(**settings) == configuration
    assert len(settings) == 86
    settings["steps"] = 9
    assert configuration.steps == 8


def test_fitting_changes_what_it_must_and_says_each_change():
    configuration, changes = Configuration.fit(
        width=1000, height=512, steps=0, strength=1.5, seed=-1, decoding_tile_width=0, tiled_decoding=True, model="x"
    )
    assert configuration == Configuration(width=1024, height=512, steps=1, strength=1.0, tiled_decoding=True, model="x")
    assert changes == (
        "width 1000 became 1024: it must be 128 to 8192 in steps of 64.",
        "steps 0 became 1: it must be 1 to 150.",
        "strength 1.5 became 1: it must be 0 to 1.",
        "decoding_tile_width 0 became 640: tiled_decoding is on.",
    )


def test_fitting_leaves_what_fits_and_refuses_what_cannot_be_fitted():
    assert Configuration.fit(steps=8, extra={"a": 1}) == (Configuration(steps=8, extra={"a": 1}), ())
    for settings, error in (
        ({"stepz": 1}, UnknownField),
        ({"steps": "1"}, BadValue),
        ({"sampler": "x"}, UnknownChoice),
    ):
        with pytest.raises(error):
            Configuration.fit(**settings)


def test_partial_json_goes_over_the_base():
    base = Configuration(steps=8, model="x", seed=3, extra={"a": 1, "b": 1})
    merged = Configuration.from_json('{"seed": -1, "width": 512, "b": 2, "c": 3}', base=base)
    assert merged == Configuration(steps=8, model="x", width=512, extra={"a": 1, "b": 2, "c": 3})
    assert Configuration.from_json('{"model": ""}', base=base).model is None
    assert Configuration.from_json("{}", base=base) == base
    assert Configuration.from_json({"steps": 3}) == Configuration(steps=3)
    with pytest.raises(OutOfRange, match="multiple of 64"):
        Configuration.from_json('{"width": 1000}', base=base)


def test_json_settings_can_be_fitted_and_overridden():
    settings = settings_from_json('{"width": 1000, "steps": 8, "other": true}')
    configuration, changes = Configuration.fit(**{**settings, "steps": 9})
    assert (configuration.width, configuration.steps, configuration.extra) == (1024, 9, {"other": True})
    assert len(changes) == 1


def test_the_json_is_complete_and_the_apps():
    values = json.loads(Configuration(extra={"other": None}).to_json())
    assert next(iter(values)) == "id"
    assert list(values)[-1] == "other"
    assert values["seed"] == -1
    assert values["sampler"] == 18
    assert values["seedMode"] == 2
    assert values["colorCalibration"] == "none"
    assert values["compressionArtifacts"] == "disabled"
    assert values["causalInference"] == 0
    assert values["loras"] == values["controls"] == []
    assert values["hiresFixWidth"] == 448
    assert "model" not in values
    assert "name" not in values
    assert len(values) == 78
    assert Configuration().to_json(indent=2).startswith('{\n  "id": 0,')
    assert "größe" in Configuration(model="größe.ckpt").to_json()


def test_unchecked_values_are_kept_and_named():
    received = Configuration.unchecked(
        {
            "width": 64,
            "strength": math.nan,
            "loras": (Lora.unchecked("", 99.0, LoraMode.ALL),),
            "tiled_decoding": True,
            "decoding_tile_width": 0,
        }
    )
    assert received.width == 64
    assert [error.field for error in received.problems()] == ["width", "strength", "loras", "decoding_tile_width"]
    assert Configuration().problems() == ()
    with pytest.raises(BadValue, match="NaN or infinite"):
        received.to_json()


def test_it_is_light_to_import():
    code = (
        "import sys, drawthings.request.configuration\n"
        "print([name for name in ('numpy', 'grpc', 'PIL', 'flatbuffers', 'google.protobuf') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
