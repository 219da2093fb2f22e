from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from barecalls import hint, mask, order, picture
from drawthings.request.choices import Sampler
from drawthings.server.commission import commission
from drawthings.server.judge import Judge
from drawthings.server.reading import Reader
from drawthings.server.store import MemoryStore
from drawthings.server.zoo import built_in_files, built_in_zoo
from drawthings.tensor.codec import encode_tensor

if TYPE_CHECKING:
    from drawthings.server.painter.job import Job

SDXL = "juggernaut_xl_v9_q6p_q8p.ckpt"
CANNY = "controlnet_canny_sdxl_v1.0_mid_f16.ckpt"
DEPTH = "controlnet_depth_sdxl_v1.0_mid_f16.ckpt"
LIGHTNING = "qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt"


def job(prompt: str = "a red fox", **values: Any) -> Job:
    store = MemoryStore(built_in_files())
    request = order(prompt, **values)
    return commission(Reader(built_in_zoo(), store, Judge(faithful=False)).read(request))


def test_words_numbers_and_files_arrive():
    made = job(
        "a lake",
        negativePrompt="fog",
        width=192,
        height=64,
        seed=5,
        steps=9,
        guidance_scale=6.0,
        sampler=Sampler.DDIM,
        model=SDXL,
        loras=[("pixel_art_xl_v1.1_lora_f16.ckpt", 0.5)],
        refiner_model="sd_xl_refiner_1.0_q6p_q8p.ckpt",
        face_restoration="restoreformer_v1.0_f16.ckpt",
        upscaler="realesrgan_x2plus_f16.ckpt",
    )
    assert (made.prompt, made.negative_prompt) == ("a lake", "fog")
    assert (made.width, made.height, made.seed, made.steps, made.guidance_scale) == (192, 64, 5, 9, 6.0)
    assert (made.sampler, made.model, made.version) == (2, SDXL, "sdxl_base_v0.9")
    assert [(lora.file, lora.weight) for lora in made.loras] == [("pixel_art_xl_v1.1_lora_f16.ckpt", 0.5)]
    assert (made.refiner, made.face_restoration) == ("sd_xl_refiner_1.0_q6p_q8p.ckpt", "restoreformer_v1.0_f16.ckpt")
    assert (made.upscale, made.hires, made.image, made.mask) == (2, None, None, None)


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({}, True),
        ({"guidance_scale": 1.0}, False),
        ({"guidance_scale": 1.0005}, False),
        ({"guidance_scale": 0.5}, True),
        ({"model": "flux_1_schnell_q5p.ckpt"}, False),
        ({"model": "qwen_image_edit_2511_q6p.ckpt", "loras": [LIGHTNING]}, False),
        ({"model": "flux_1_dev_q8p.ckpt"}, False),
        ({"model": "flux_1_dev_q8p.ckpt", "speed_up_with_guidance_embed": False}, True),
    ],
)
def test_the_negative_prompt_counts_only_with_guidance(values: dict[str, Any], counts: bool):
    assert job(negativePrompt="fog", **values).negative_prompt == ("fog" if counts else "")


def test_a_picture_counts_by_its_strength_or_not_at_all():
    assert job(image=picture(), strength=0.5, steps=10).strength == 0.5
    # So near to 1 that the schedule begins at its first step.
    assert job(image=picture(), strength=0.9999, steps=10).strength == 1.0
    assert job(image=picture(64, 64), strength=0.5, steps=10).image.shape == (64, 64, 3)


def test_a_mask_and_how_it_is_blended_arrive():
    values = {"image": picture(), "strength": 0.5, "mask_blur": 2.0, "mask_blur_outset": -3}
    made = job(mask=mask([0, 4]), preserve_original_after_inpaint=False, **values)
    assert set(np.unique(made.mask)) == {0, 2}
    assert (made.mask_blur, made.mask_blur_outset, made.preserve_original) == (2.0, -3, False)


def test_the_first_pass_of_hires_fix_arrives_in_pixels():
    values = {"width": 256, "height": 256, "hires_fix": True, "hires_fix_width": 128, "hires_fix_height": 64}
    assert job(steps=10, **values).hires == (128, 64)
    assert job(model="wurstchen_3.0_stage_c_f32_q6p_q8p.ckpt").hires is None


def test_references_keep_their_weights():
    sent = hint("shuffle", picture(64, 64), picture(32, 64), weight=0.5)
    made = job(model="qwen_image_edit_2511_q6p.ckpt", image=picture(), hints=[sent])
    assert [(each.picture.shape, each.weight) for each in made.references] == [((64, 64, 3), 0.5), ((32, 64, 3), 0.5)]
    assert made.edits


def test_hints_weigh_what_their_control_weighs():
    depth = hint("depth", encode_tensor(np.zeros((1, 128, 128, 1), np.float16)))
    made = job(model=SDXL, controls=[{"file": DEPTH, "weight": 0.7}], hints=[depth])
    assert [(each.kind, each.weight) for each in made.hints] == [("depth", pytest.approx(0.7))]
    custom = hint("custom", picture())
    made = job(model=SDXL, controls=[{"file": CANNY, "weight": 0.4}], hints=[custom])
    assert [(each.kind, each.weight) for each in made.hints] == [("canny", pytest.approx(0.4))]
    made = job(model="flux_1_canny_dev_q8p.ckpt", hints=[custom])
    assert [(each.kind, each.weight) for each in made.hints] == [("custom", 1.0)]


def test_controls_make_their_pictures_of_the_image():
    made = job(model=SDXL, controls=[{"file": CANNY, "weight": 0.4}, {"file": DEPTH, "weight": 0.6}], image=picture())
    assert [(each.kind, each.picture.shape, each.weight) for each in made.hints] == [
        ("canny", (128, 128, 3), pytest.approx(0.4)),
        ("depth", (128, 128), pytest.approx(0.6)),
    ]
    assert job(model=SDXL, controls=[CANNY]).hints == ()


def test_only_settings_that_count_are_told():
    assert job().dials.text == ""
    assert job(clip_skip=2, shift=3.0).dials.text == "clip_skip=2 shift=3.0"
    # Those that the official server does not look at, or not for this model, do not show.
    assert job(batch_count=3, compression_artifacts_quality=5.0, crop_top=64).dials.text == ""
