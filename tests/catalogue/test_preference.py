from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from drawthings.catalogue.families import FAMILIES
from drawthings.catalogue.preference import EDITORS, GENERATORS, NEVER, preferred_editor, preferred_generator

if TYPE_CHECKING:
    from conftest import Maker

# Best first: what a prompt alone gets.
ORDER = [
    ("z_image_turbo_1.0_q6p.ckpt", "z_image", {}),
    ("z_image_turbo_1.0_q8p.ckpt", "z_image", {}),
    ("flux_2_klein_4b_q6p.ckpt", "flux2_4b", {"modifier": "kontext"}),
    ("flux_2_klein_9b_q6p.ckpt", "flux2_9b", {"modifier": "kontext"}),
    ("flux_1_schnell_q5p.ckpt", "flux1", {}),
    ("qwen_image_2512_q6p.ckpt", "qwen_image", {}),
    ("z_image_1.0_q6p.ckpt", "z_image", {}),
    ("flux_1_dev_q5p.ckpt", "flux1", {}),
    ("flux_2_klein_base_4b_q6p.ckpt", "flux2_4b", {"modifier": "kontext"}),
    ("juggernaut_xl_v9_q6p_q8p.ckpt", "sdxl_base_v0.9", {"modifier": "none"}),
    ("realdream_15sd15_q6p_q8p.ckpt", "v1", {}),
    ("brand_new.ckpt", "minimax_h3", {}),
    ("a_old_turbo_q6p.ckpt", "z_image", {"deprecated": True}),
    # Only when nothing else is there: what wants a picture, then clips.
    ("qwen_image_edit_2511_q6p.ckpt", "qwen_image", {"modifier": "qwenimage_edit_2511"}),
    ("sd_v1.5_inpainting_f16.ckpt", "v1", {"modifier": "inpainting"}),
    ("a_wan_t2v.ckpt", "wan_v2.1_14b", {}),
    ("ltx_2_19b_dev_q8p.ckpt", "ltx2", {"modifier": "kontext"}),
]
USELESS = [
    ("sd_xl_refiner_1.0_f16.ckpt", "sdxl_refiner_v0.9", {}),
    ("wan_i2v.ckpt", "wan_v2.1_14b", {"modifier": "inpainting"}),
    ("seedvr2_3b_q8p.ckpt", "seedvr2_3b", {"modifier": "inpainting"}),
    ("svd.ckpt", "svd_i2v", {}),
    ("cloud.ckpt", "flux1", {"remote_api_model_config": {}}),
]


def test_the_whole_order(make: Maker):
    models = [make.model(file, version, **more) for file, version, more in [*ORDER, *USELESS]]
    random.shuffle(models)
    chosen = []
    while (best := preferred_generator(models)) is not None:
        chosen.append(best.file)
        models.remove(best)
    assert chosen == [file for file, _, _ in ORDER]


def test_nothing_that_draws(make: Maker):
    assert preferred_generator(make.model(file, version, **more) for file, version, more in USELESS) is None
    assert preferred_generator([]) is None


def test_editors(make: Maker):
    order = [
        ("qwen_image_edit_2511_q6p.ckpt", "qwen_image", "qwenimage_edit_2511"),
        ("qwen_image_edit_2509_q6p.ckpt", "qwen_image", "qwenimage_edit_plus"),
        ("flux_2_klein_9b_kv_q6p.ckpt", "flux2_9b", "kontext_kv"),
        ("flux_2_klein_4b_q6p.ckpt", "flux2_4b", "kontext"),
        ("flux_1_kontext_dev_q5p.ckpt", "flux1", "kontext"),
        ("flux_2_dev_q6p.ckpt", "flux2", "kontext"),
        ("flux_2_klein_base_4b_q6p.ckpt", "flux2_4b", "kontext"),
        ("qwen_image_edit_1.0_q6p.ckpt", "qwen_image", "kontext"),
        ("hidream_e1_1_q8p.ckpt", "hidream_i1", "editing"),
        ("instruct_pix2pix_22000_f16.ckpt", "v1", "editing"),
    ]
    others = [
        ("qwen_image_2512_q6p.ckpt", "qwen_image", "none"),
        ("qwen_image_layered.ckpt", "qwen_image", "qwenimage_layered"),
        ("ootd_vton.ckpt", "v1", "double"),
        ("ltx.ckpt", "ltx2", "kontext"),
        ("fill.ckpt", "flux1", "inpainting"),
    ]
    models = [make.model(file, version, modifier=modifier) for file, version, modifier in [*order, *others]]
    models.append(make.model("a_cloud.ckpt", "qwen_image", modifier="qwenimage_edit_2511", remote_api_model_config={}))
    random.shuffle(models)
    chosen = []
    while (best := preferred_editor(models)) is not None:
        chosen.append(best.file)
        models.remove(best)
    assert chosen == [file for file, _, _ in order]


@pytest.mark.parametrize("version", sorted(FAMILIES))
def test_every_family_has_its_place(version: str):
    ranked = {preference.version for preference in (*GENERATORS, *EDITORS)}
    assert version in ranked or version in NEVER or FAMILIES[version].video
