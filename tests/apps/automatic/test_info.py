from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from drawthings.apps.automatic.info import info, infotext, with_text
from drawthings.media.recollection import read_settings
from drawthings.request.choices import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.request.plan import Plan

EXPECTED = {
    *("prompt", "all_prompts", "negative_prompt", "all_negative_prompts", "seed", "all_seeds", "subseed"),
    *("all_subseeds", "subseed_strength", "width", "height", "sampler_name", "cfg_scale", "steps", "batch_size"),
    *("restore_faces", "face_restoration_model", "sd_model_name", "sd_model_hash", "sd_vae_name", "sd_vae_hash"),
    *("seed_resize_from_w", "seed_resize_from_h", "denoising_strength", "extra_generation_params"),
    *("index_of_first_image", "infotexts", "styles", "job_timestamp", "clip_skip"),
    *("is_using_inpainting_conditioning", "version"),
}
"""What clients look for."""


def test_everything_that_clients_look_for_is_there(job: Callable[..., Any]):
    told = info(*job({"negative_prompt": "blur", "steps": 4, "cfg_scale": 7, "batch_size": 2}, made=2))
    assert told.keys() - {"drawthings"} == EXPECTED
    assert (told["seed"], told["all_seeds"], told["index_of_first_image"]) == (5, [5, 6], 0)
    assert (told["all_prompts"], told["all_negative_prompts"]) == (["a fox"] * 2, ["blur"] * 2)
    assert (told["sd_model_name"], told["steps"], told["cfg_scale"]) == ("sd_v1.5_f16", 4, 7.0)
    assert [read_settings(text).settings["seed"] for text in told["infotexts"]] == [5, 6]
    assert json.loads(json.dumps(told)) == told


def test_what_had_no_effect_and_warnings_are_told(job: Callable[..., Any]):
    told = info(*job({"tiling": True, "model": "z_image_turbo_1.0_q6p", "cfg_scale": 7.0, "width": 500}))
    notes = told["drawthings"]["notes"]
    assert told["drawthings"]["ignored"] == ["tiling"]
    assert notes[0] == "tiling has no effect."
    assert any("512" in note for note in notes)
    assert told["extra_generation_params"] == {"Notes": " ".join(notes)}
    assert info(*job({"steps": 20}))["extra_generation_params"] == {}


def test_what_was_made_before_an_interrupt_counts(job: Callable[..., Any]):
    told = info(*job({"batch_size": 3}, made=1, state="cancelled"))
    assert (told["all_seeds"], len(told["infotexts"]), told["drawthings"]["interrupted"]) == ([5], 1, True)


@pytest.mark.parametrize(
    "wanted",
    [
        {"steps": 4, "guidance_scale": 7.5, "width": 512, "height": 768, "sampler": "Euler a"},
        {"negative_prompt": "blur, bad\nworse", "loras": (("watercolour_style_sd_v1.5_lora_f16.ckpt", 0.5),)},
        {"model": "flux_1_schnell_q8p.ckpt", "sampler": Sampler.DPMPP_2M_TRAILING},
        {"hires_fix": True, "hires_fix_width": 512, "hires_fix_height": 512, "width": 1024, "height": 1024},
        {"clip_skip": 2},
    ],
)
def test_the_text_reads_back(wanted: dict[str, Any], plan: Callable[..., Plan]):
    made = plan("a fox, (red:1.2)", **wanted)
    found = read_settings(infotext(made, 9))
    settings = made.configuration
    assert (found.prompt, found.negative_prompt) == (made.order.prompt, made.order.negative_prompt)
    assert (found.settings["seed"], found.settings["model"]) == (9, made.model.stem)
    for name in ("steps", "guidance_scale", "width", "height", "sampler"):
        assert found.settings[name] == getattr(settings, name)
    assert found.settings.get("clip_skip", 1) == settings.clip_skip
    assert bool(found.settings.get("hires_fix")) is settings.hires_fix
    assert [lora.weight for lora in found.settings.get("loras", ())] == [lora.weight for lora in settings.loras]


@pytest.mark.parametrize(
    "text", ["a fox\nSteps: 4, Seed: 5", "ein Füchschen\nSteps: 4, Seed: 5", "狐\nSteps: 4, Seed: 5"]
)
def test_a_file_carries_the_text_where_programs_look_for_it(text: str):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(buffer, "PNG")
    with Image.open(io.BytesIO(with_text(buffer.getvalue(), text))) as image:
        image.load()
        assert image.info["parameters"] == text
        assert image.getpixel((5, 5)) == (255, 0, 0)
