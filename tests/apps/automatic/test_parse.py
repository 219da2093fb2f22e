from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.apps.automatic.parse import Context, parse
from drawthings.errors import BadValue, ModelNotFound, OutOfRange, UnknownChoice
from drawthings.request.choices import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.apps.automatic.parse import Asked
    from drawthings.catalogue.catalogue import Catalogue

    Read = Callable[..., Asked]

SD = "sd_v1.5_f16.ckpt"
USUAL = {
    "enable_hr": False,
    "hr_scale": 2,
    "hr_upscaler": "Latent",
    "hr_second_pass_steps": 0,
    "hr_resize_x": 0,
    "hr_resize_y": 0,
    "hr_checkpoint_name": None,
    "hr_prompt": "",
    "denoising_strength": 0.7,
    "firstphase_width": 0,
    "firstphase_height": 0,
    "styles": [],
    "subseed": -1,
    "subseed_strength": 0.0,
    "seed_resize_from_h": 0,
    "n_iter": 1,
    "restore_faces": False,
    "tiling": False,
    "do_not_save_samples": False,
    "eta": 1.0,
    "s_churn": 0,
    "s_tmax": 0,
    "s_tmin": 0,
    "s_noise": 1,
    "override_settings": {},
    "override_settings_restore_afterwards": True,
    "scheduler": "automatic",
    "script_name": None,
    "script_args": [],
    "send_images": True,
    "save_images": False,
    "alwayson_scripts": {"ADetailer": {"args": [False]}, "ControlNet": {"args": []}},
}
"""What webuiapi sends with every call."""


def test_what_a_client_always_sends_asks_for_nothing_and_is_no_reason_to_complain(read: Read):
    asked = read({**USUAL, "prompt": "a fox", "steps": 20, "cfg_scale": 7.0, "width": 512, "height": 512, "seed": -1})
    assert dict(asked.draft.wanted) == {
        "model": "sd_v1.5_f16.ckpt",
        "steps": 20,
        "guidance_scale": 7.0,
        "width": 512,
        "height": 512,
        "fit": True,
    }
    assert (asked.draft.prompt, asked.draft.verb, asked.draft.dialect) == ("a fox", "generate", "automatic")
    assert asked.ignored == asked.draft.notes == ()
    assert asked.draft.seeds == (77,)


def test_an_empty_body_leaves_everything_to_the_recipe(read: Read):
    assert dict(read({}).draft.wanted) == {"model": "sd_v1.5_f16.ckpt", "fit": True}


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"steps": "8", "cfg_scale": "1.5"}, {"steps": 8, "guidance_scale": 1.5}),
        ({"negative_prompt": "blur"}, {"negative_prompt": "blur"}),
        ({"model": "FLUX.1 [schnell]"}, {"model": "flux_1_schnell_q8p.ckpt"}),
        ({"model": "flux_1_schnell_q8p [abcdef1234]"}, {"model": "flux_1_schnell_q8p.ckpt"}),
        ({"override_settings": {"sd_model_checkpoint": "flux_1_dev_q8p"}}, {"model": "flux_1_dev_q8p.ckpt"}),
        ({"sampler_name": "Euler a"}, {"sampler": Sampler.EULER_A}),
        ({"sampler_index": "DPM++ 2M Karras"}, {"sampler": Sampler.DPMPP_2M_KARRAS}),
        ({"model": "flux_1_dev_q8p", "sampler_name": "Euler a"}, {"sampler": Sampler.EULER_A_TRAILING}),
        ({"sampler_name": "Automatic"}, {"sampler": None}),
        ({"clip_skip": 2}, {"clip_skip": 2}),
        ({"clip_skip": 1}, {"clip_skip": None}),
        ({"override_settings": {"CLIP_stop_at_last_layers": 2}}, {"clip_skip": 2}),
        ({"distilled_cfg_scale": 3.5}, {"guidance_embed": 3.5}),
        ({"shift": 3.0, "num_frames": 5}, {"shift": 3.0, "num_frames": 5}),
        ({"configuration": {"steps": 9, "guidanceScale": 2}, "steps": 4}, {"steps": 4, "guidance_scale": 2.0}),
        ({"infotext": "x\nSteps: 9, Seed: 3, CFG scale: 2"}, {"steps": 9, "guidance_scale": 2.0}),
        ({"refiner_checkpoint": "sd_xl_refiner_1.0_q6p_q8p", "refiner_switch_at": 0.8}, {"refiner_start": 0.8}),
    ],
)
def test_keys_become_settings(body: dict[str, Any], wanted: dict[str, Any], read: Read):
    found = read(body).draft.wanted
    assert {name: found.get(name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"hr_scale": "1.5"}, (768, 768, 512, 512)),
        ({"hr_scale": 2, "width": 512, "height": 768}, (1024, 1536, 512, 768)),
        ({"hr_resize_x": 1024}, (1024, 1024, 512, 512)),
        ({"hr_resize_x": 1024, "hr_resize_y": 640}, (1024, 640, 512, 512)),
        ({"hr_upscaler": "R-ESRGAN 4x+ of somebody"}, (1024, 1024, 512, 512)),
    ],
)
def test_the_second_pass(body: dict[str, Any], wanted: tuple[int, ...], read: Read):
    found = read({"width": 512, "height": 512, "enable_hr": True, "denoising_strength": 0.4, **body}).draft.wanted
    names = ("width", "height", "hires_fix_width", "hires_fix_height")
    assert tuple(found[name] for name in names) == wanted
    assert (found["hires_fix"], found["hires_fix_strength"]) == (True, 0.4)


def test_a_real_upscaler_takes_the_place_of_the_second_pass(read: Read):
    asked = read({"width": 512, "height": 512, "enable_hr": True, "hr_upscaler": "Remacri", "hr_scale": 2})
    wanted = asked.draft.wanted
    assert (wanted["upscaler"], wanted["upscaler_scale_factor"], wanted["width"]) == ("remacri_4x_f16.ckpt", 2, 512)
    assert "hires_fix" not in wanted
    assert "the second pass is left out" in asked.draft.notes[0]


def test_without_its_switch_there_is_no_second_pass(read: Read):
    assert "hires_fix" not in read({"hr_scale": 2, "denoising_strength": 0.4}).draft.wanted


@pytest.mark.parametrize(
    ("body", "seeds"),
    [
        ({"seed": 5}, (5,)),
        ({"seed": "5", "batch_size": 3}, (5, 6, 7)),
        ({"seed": 5, "batch_size": 2, "n_iter": 2}, (5, 6, 7, 8)),
        ({"seed": 2**32 - 1, "batch_size": 2}, (2**32 - 1, 0)),
        ({"seed": -1, "n_iter": 2}, (77, 78)),
        ({"seed": None}, (77,)),
        ({"infotext": "x\nSteps: 9, Seed: 3"}, (3,)),
        ({"infotext": "x\nSteps: 9, Seed: 3", "seed": 4}, (4,)),
    ],
)
def test_seeds_count_up_from_the_first(body: dict[str, Any], seeds: tuple[int, ...], read: Read):
    asked = read(body)
    assert asked.draft.seeds == seeds
    assert "seed" not in asked.draft.wanted


def test_loras_of_the_prompt_and_of_the_body_are_together(read: Read):
    body = {
        "prompt": "a <lora:lcm_sd_v1.5_lora_f16:0.5>",
        "loras": [{"file": "tcd_sd_v1.5_lora_f16.ckpt", "weight": 1}],
    }
    files = [getattr(each, "file", None) or each["file"] for each in read(body).draft.wanted["loras"]]
    assert files == ["tcd_sd_v1.5_lora_f16.ckpt", "lcm_sd_v1.5_lora_f16.ckpt"]


@pytest.mark.parametrize(
    ("body", "ignored"),
    [
        ({"tiling": True}, ("tiling",)),
        ({"eta": 0.5, "unheard_of": 3}, ("eta", "unheard_of")),
        ({"override_settings": {"unheard_of": 3}}, ("override_settings.unheard_of",)),
        ({"styles": ["mine"]}, ("styles",)),
        ({"subseed_strength": 0.3, "subseed": 4}, ("subseed_strength",)),
    ],
)
def test_what_has_no_effect_is_told(body: dict[str, Any], ignored: tuple[str, ...], read: Read):
    asked = read(body)
    assert asked.ignored == ignored
    assert asked.draft.notes == tuple(f"{key} has no effect." for key in ignored)


@pytest.mark.parametrize(
    ("body", "error", "field"),
    [
        ({"sampler_name": "Heun"}, UnknownChoice, "sampler_name"),
        ({"steps": "many"}, BadValue, "steps"),
        ({"batch_size": 101}, OutOfRange, "batch_size"),
        ({"seed": 2**32}, OutOfRange, "seed"),
        ({"script_name": "X/Y/Z plot"}, BadValue, "script_name"),
        ({"prompt": 5}, BadValue, "prompt"),
        ({"override_settings": [1]}, BadValue, "override_settings"),
        ({"scheduler": 3}, BadValue, "scheduler"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(body: dict[str, Any], error: type, field: str, read: Read):
    with pytest.raises(error) as refused:
        read(body)
    assert refused.value.field == field
    assert refused.value.hint


def test_an_unknown_model_is_refused_with_near_names(read: Read):
    with pytest.raises(ModelNotFound) as refused:
        read({"model": "sd_v1.6"})
    assert "sd_v1.5_f16.ckpt" in refused.value.suggestions


def test_options_fill_what_the_body_leaves_open(read: Read):
    options = {"sd_model_checkpoint": "flux_1_dev_q8p.ckpt", "samples_format": "jpg", "CLIP_stop_at_last_layers": 2}
    asked = read({}, **options)
    assert (asked.draft.wanted["model"], asked.draft.wanted["clip_skip"], asked.form) == (
        "flux_1_dev_q8p.ckpt",
        2,
        "jpeg",
    )
    given = {"sd_model_checkpoint": "sd_v1.5_f16", "samples_format": "webp"}
    asked = read({"override_settings": given}, **options)
    assert (asked.draft.wanted["model"], asked.form) == ("sd_v1.5_f16.ckpt", "webp")


def test_faces_are_restored_where_there_is_a_file_for_it(read: Read, catalogue: Catalogue):
    assert read({"restore_faces": True}).draft.wanted["face_restoration"] == "restoreformer_v1.0_f16.ckpt"
    bare = Context(
        catalogue=replace(catalogue, files=frozenset()),
        model=SD,
        options={},
        picture=lambda *_: b"",
        draw=lambda: 1,
        most=10,
    )
    told = parse({"restore_faces": True}, "txt2img", bare).draft.notes
    assert told == ("restore_faces has no effect: the server has no file for it.",)


def test_the_body_is_shown_again_without_what_is_private_or_large(read: Read):
    body = {"prompt": "a fox", "url": "http://x", "auth": "me:secret", "seed": 1, "init_images": ["x" * 9999]}
    assert read(body).echo == {"prompt": "a fox", "seed": 1, "init_images": None}


def test_the_same_body_has_the_same_fingerprint_whoever_sends_it(read: Read):
    one, other = read({"seed": 1, "auth": "a"}), read({"auth": "b", "seed": 1})
    assert one.draft.fingerprint == other.draft.fingerprint != read({"seed": 2}).draft.fingerprint


def test_pictures_may_be_kept_back_and_jobs_named(read: Read):
    asked = read({"send_images": False, "force_task_id": "mine"})
    assert (asked.send, asked.task, asked.ignored) == (False, "mine", ())


def test_the_body_wins_over_an_infotext_and_a_configuration(read: Read):
    flux = "flux_1_dev_q8p.ckpt"
    infotext = f"a cat\nNegative prompt: dogs\nSteps: 9, Seed: 3, Size: 128x192, Model: {flux}"
    draft = read({"infotext": infotext}).draft
    assert (draft.prompt, draft.seeds, draft.wanted["model"]) == ("a cat", (3,), flux)
    draft = read({"prompt": "mine", "model": SD, "seed": 4, "infotext": infotext}).draft
    assert (draft.prompt, draft.seeds, draft.wanted["model"]) == ("mine", (4,), SD)
    assert "prompt" not in draft.wanted
    assert read({"configuration": {"model": flux}}).draft.wanted["model"] == flux
    with pytest.raises(ModelNotFound):
        read({"configuration": {"model": "nobody_has_this.ckpt"}})


def test_a_model_that_only_the_infotext_knows_is_told_and_not_asked_for(read: Read):
    asked = read({"infotext": "a cat\nSteps: 9, Seed: 3, Size: 128x192, Model: deliberate_v2"})
    assert asked.draft.wanted["model"] == "sd_v1.5_f16.ckpt"
    assert any("deliberate_v2" in note for note in asked.draft.notes)


def test_pictures_of_a_configuration_count_up_like_all_others(read: Read):
    both = {"configuration": {"batchSize": 3, "batchCount": 2}, "seed": 5}
    assert read(both).draft.seeds == (5, 6, 7, 8, 9, 10)
    assert read({**both, "batch_size": 2, "n_iter": 1}).draft.seeds == (5, 6)
    assert not {"batch_size", "batch_count"} & read(both).draft.wanted.keys()
    with pytest.raises(OutOfRange, match="1 to 10 pictures"):
        read({"n_iter": 11})


def test_a_second_pass_enlarges_or_is_told_to_be_left_out(read: Read):
    wanted = {"enable_hr": True, "width": 768, "height": 512}
    taller = read({**wanted, "hr_resize_x": 512, "hr_resize_y": 1024}).draft.wanted
    assert (taller["hires_fix"], taller["width"], taller["height"]) == (True, 512, 1024)
    same = read({**wanted, "hr_scale": 1}).draft
    assert "hires_fix" not in same.wanted
    assert any("no larger" in note for note in same.notes)


def test_what_has_no_effect_is_named_however_it_is_written(read: Read):
    assert read({"subseed_strength": "0", "tiling": "false", "eta": "1.0"}).ignored == ()
    assert read({"subseed_strength": "0.5", "tiling": True}).ignored == ("subseed_strength", "tiling")
    assert any("without a sampler" in note for note in read({"scheduler": "karras"}).draft.notes)
    notes = read({"alwayson_scripts": {"reactor": {"args": {"source": "x"}}}}).draft.notes
    assert any("'reactor' is not here" in note for note in notes)
    unit = {"model": "controlnet_depth_1.x_v1.1_f16.ckpt", "weight": 1, "mask": "x", "pixel_perfect": True}
    notes = read({"alwayson_scripts": {"controlnet": {"args": [unit]}}}).draft.notes
    assert notes == ("mask of a ControlNet unit has no effect.",)


def test_another_key_is_another_request(catalogue: Catalogue):
    def read(key: str) -> Asked:
        context = Context(
            catalogue=catalogue, model=SD, options={}, picture=lambda *_: b"", draw=lambda: 1, most=10, key=key
        )
        return parse({"seed": 1}, "txt2img", context)

    assert [read(key).draft.attach for key in ("", "a")] == [False, True]
    assert len({read(key).draft.fingerprint for key in ("", "a", "b")}) == 3
