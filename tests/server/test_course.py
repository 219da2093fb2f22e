from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from barecalls import Running, order, picture, pictures, previews
from drawthings.catalogue.families import FAMILIES
from drawthings.server.zoo import built_in_zoo

NEEDS_IMAGE = {"svd_i2v", "seedvr2_3b", "seedvr2_7b"}
SHAPES = {
    **dict.fromkeys(
        ("v1", "v2", "sdxl_base_v0.9", "sdxl_refiner_v0.9", "ssd_1b", "kandinsky2.1", "pixart", "auraflow"), (16, 24, 4)
    ),
    **dict.fromkeys(
        ("sd3", "sd3_large", "flux1", "hidream_i1", "qwen_image", "cosmos2.5_2b", "z_image", "krea_2"), (16, 24, 16)
    ),
    **dict.fromkeys(("ernie_image", "flux2", "flux2_9b", "flux2_4b", "ideogram_4"), (16, 24, 32)),
    **dict.fromkeys(("hunyuan_video", "wan_v2.1_1.3b", "wan_v2.1_14b"), (16, 24, 16)),
    **dict.fromkeys(("seedvr2_3b", "seedvr2_7b"), (16, 24, 16)),
    "svd_i2v": (16, 24, 4),
    "wan_v2.2_5b": (8, 12, 48),
    "hidream_o1": (4, 6, 3072),
    "wurstchen_v3.0_stage_c": (3, 5, 3),
    "wurstchen_v3.0_stage_b": (32, 48, 4),
    # Two rows of sound below four of picture: 17 cells over three frames of 6 columns.
    "ltx2": (5, 6, 128),
    "ltx2.3": (5, 6, 128),
}
FRAMES = {"hunyuan_video": 17, "wan_v2.1_1.3b": 17, "wan_v2.1_14b": 17, "wan_v2.2_5b": 17, "ltx2": 17, "ltx2.3": 17}
LATENT_FRAMES = {"hunyuan_video": 5, "wan_v2.1_1.3b": 5, "wan_v2.1_14b": 5, "wan_v2.2_5b": 5, "ltx2": 3, "ltx2.3": 3}


def first_model(version: str) -> str:
    models = built_in_zoo().entries["models"].values()
    return next(model.file for model in models if model.version == version)


def test_the_table_knows_every_family():
    assert set(SHAPES) | {"longcat_video_avatar_v1.5"} == set(FAMILIES)


@pytest.mark.parametrize("version", SHAPES)
def test_results_and_previews_of_every_family(strict: Running, version: str):
    _, raw = strict
    values: dict[str, Any] = {"image": picture(128, 192)} if version in NEEDS_IMAGE else {}
    messages = raw.generate(
        order(model=first_model(version), width=192, height=128, steps=4, num_frames=20, batch_size=2, **values)
    )
    found = pictures(messages)
    clip = version == "svd_i2v" or version in FRAMES
    frames = 20 if version == "svd_i2v" else FRAMES.get(version, 2)
    single = version.startswith("seedvr2")
    assert len(found) == (1 if single else frames)
    assert {each.shape for each in found} == {(1, 128, 192, 3)}
    assert {each.dtype for each in found} == {np.dtype(np.float16)}
    shown = [value for key, value in previews(messages).items() if key.startswith("sampling")]
    batch = LATENT_FRAMES.get(version, 20 if clip else 2)
    assert {each.shape for each in shown} == {(1 if single else batch, *SHAPES[version])}
    assert {each.dtype for each in shown} == {np.dtype(np.float16)}


def test_the_two_stages_of_cascade_show_their_own_latents(strict: Running):
    _, raw = strict
    values = {"model": first_model("wurstchen_v3.0_stage_c"), "width": 128, "height": 128, "steps": 4}
    shown = previews(raw.generate(order(stage_2_steps=4, **values)))
    shapes = {key.split()[0]: value.shape for key, value in shown.items()}
    assert shapes == {"sampling": (1, 3, 3, 3), "secondPassSampling": (1, 32, 32, 4)}
    unipc = previews(raw.generate(order(sampler=17, **values)))
    assert {value.shape for key, value in unipc.items() if key.startswith("sampling")} == {(1, 3, 3, 16)}
    hires = {"hires_fix": True, "hires_fix_width": 64, "hires_fix_height": 64}
    small = previews(raw.generate(order(**values, **hires)))
    assert {value.shape for key, value in small.items() if key.startswith("sampling")} == {(1, 2, 2, 3)}


def test_the_first_pass_of_hires_fix_is_smaller(strict: Running):
    _, raw = strict
    values = {"width": 256, "height": 256, "hires_fix": True, "hires_fix_width": 128, "hires_fix_height": 64}
    messages = raw.generate(order(steps=6, hires_fix_strength=0.7, **values))
    shapes = {key.split()[0]: value.shape for key, value in previews(messages).items()}
    assert shapes == {"sampling": (1, 8, 16, 4), "secondPassSampling": (1, 32, 32, 4)}
    assert pictures(messages)[0].shape == (1, 256, 256, 3)


def test_layers_and_transparent_results_have_four_channels(strict: Running):
    _, raw = strict
    layered = order(model="qwen_image_layered_1.0_bf16_q8p.ckpt", image=picture(), batch_size=3)
    found = pictures(raw.generate(layered))
    assert [each.shape for each in found] == [(1, 128, 128, 4)] * 3
    clear = order(model="juggernaut_xl_v9_q6p_q8p.ckpt", loras=["sd_xl_transparent_v1.0_lora_f16.ckpt"])
    for each in [*found, *pictures(raw.generate(clear))]:
        assert each.shape[-1] == 4
        assert 0 <= each[..., 0].min() <= each[..., 0].max() <= 1
        assert -1 <= each[..., 1:].min() <= each[..., 1:].max() <= 1


@pytest.mark.parametrize(("frames", "count"), [(1, 1), (4, 1), (5, 5), (14, 13), (0, 1)])
def test_frames_come_in_whole_steps(strict: Running, frames: int, count: int):
    _, raw = strict
    messages = raw.generate(order(model="wan_v2.1_1.3b_480p_q8p.ckpt", num_frames=frames, width=64, height=64))
    assert len(pictures(messages)) == count


def test_a_restorer_starts_from_its_picture_at_full_strength(strict: Running):
    server, raw = strict
    raw.generate(order(model="seedvr2_7b_q8p.ckpt", image=picture(192, 64), strength=1.0))
    facts = server.received[-1].facts
    assert (facts["path"], facts["height"], facts["width"]) == ("image", 192, 64)
