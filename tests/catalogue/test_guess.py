from __future__ import annotations

import pytest

from drawthings.catalogue.entries import (
    ControlEntry,
    EmbeddingEntry,
    LoraEntry,
    ModelEntry,
    UpscalerEntry,
)
from drawthings.catalogue.families import FAMILIES
from drawthings.catalogue.guess import guess_entry, normal

# File names as they are in use, and what the app's own lists say of them: version, modifier, native side.
MODELS = """
qwen_image_edit_2511_q6p qwen_image qwenimage_edit_2511 1024
qwen_image_edit_2511_bf16_i8x qwen_image qwenimage_edit_2511 1024
qwen_image_edit_2509_q8p qwen_image qwenimage_edit_plus 1024
qwen_image_edit_1.0_q6p qwen_image kontext 1024
qwen_image_layered_1.0_bf16_q8p qwen_image qwenimage_layered 1024
qwen_image_2512_q8p qwen_image none 1024
z_image_turbo_1.0_q6p z_image none 1024
z_image_turbo_1.0_q8p z_image none 1024
flux_2_klein_9b_kv_q6p flux2_9b kontext_kv 1024
flux_2_klein_base_9b_q8p flux2_9b kontext 1024
flux_2_klein_4b_i8x flux2_4b kontext 1024
flux_2_dev_q6p flux2 kontext 1024
flux_1_kontext_dev_q8p flux1 kontext 1024
flux_1_fill_dev_q5p flux1 inpainting 1024
flux_1_depth_dev_q8p flux1 depth 1024
flux_1_canny_dev_q5p flux1 canny 1024
flux_1_schnell_q5p flux1 none 1024
flux_1_krea_dev_q8p flux1 none 1024
chroma_1_hd_r0.1_q8p flux1 none 1024
hidream_o1_dev_2604_i8x hidream_o1 none 1024
hidream_e1_full_q8p hidream_i1 editing 768
hidream_e1_1_q8p hidream_i1 editing 1024
hidream_i1_fast_q8p hidream_i1 none 1024
ernie_image_turbo_q8p ernie_image none 1024
krea_2_turbo_i8x krea_2 none 1024
ideogram_4_i8x ideogram_4 none 1024
anima_preview_q8p cosmos2.5_2b none 1024
ltx_2.3_22b_distilled_1.1_q8p ltx2.3 kontext 768
ltx_2_19b_dev_q8p ltx2 kontext 768
longcat_video_avatar_1.5_q8p longcat_video_avatar_v1.5 none 512
wan_v2.2_5b_ti2v_q8p wan_v2.2_5b none 768
wan_2.1_1.3b_v1.1_fun_inp_f16 wan_v2.1_1.3b inpainting 512
skyreels_v2_i2v_1.3b_540p_f16 wan_v2.1_1.3b inpainting 512
wan_v2.1_1.3b_480p_f16 wan_v2.1_1.3b none 512
chronoedit_14b_q8p wan_v2.1_14b inpainting 960
anisora_v3.2_i2v_wan_2.2_a14b_hne_q8p wan_v2.1_14b inpainting 768
wan_v2.1_14b_i2v_480p_q8p wan_v2.1_14b inpainting 512
wan_v2.2_a14b_lne_i2v_q8p wan_v2.1_14b inpainting 768
wan_v2.2_a14b_hne_t2v_q6p_svd wan_v2.1_14b none 768
skyreels_v2_t2v_14b_540p_q8p wan_v2.1_14b none 768
skyreels_v1_hunyuan_i2v_q8p hunyuan_video inpainting 768
hunyuan_video_t2v_720p_q8p hunyuan_video none 768
seedvr2_7b_q8p seedvr2_7b inpainting 1536
seedvr2_3b_q8p seedvr2_3b inpainting 1536
svd_i2v_xt_1.1_f16 svd_i2v none 512
sd3_large_turbo_3.5_q8p sd3_large none 1024
sd3_large_3.5_q6p sd3_large none 1024
sd3_medium_3.5_f16 sd3 none 1024
pixart_sigma_xl_2_1024_ms_f16 pixart none 1024
pixart_sigma_xl_2_512_ms_q8p pixart none 512
auraflow_v0.2_q8p auraflow none 1024
wurstchen_3.0_stage_c_f32_f16 wurstchen_v3.0_stage_c none 1024
wurstchen_3.0_stage_b_f16 wurstchen_v3.0_stage_b none 1024
kandinsky_f16 kandinsky2.1 none 768
ssd_1b_f16 ssd_1b none 1024
sd_xl_refiner_1.0_f16 sdxl_refiner_v0.9 none 1024
sd_xl_turbo_f16 sdxl_base_v0.9 none 512
fooocus_inpaint_sd_xl_v2.6_f16 sdxl_base_v0.9 inpainting 1024
kwai_kolors_1.0_f16 sdxl_base_v0.9 none 1024
juggernaut_xl_v9_q6p_q8p sdxl_base_v0.9 none 1024
realvisxl_v4.0_f16 sdxl_base_v0.9 none 1024
animagine_xl_v3.1_f16 sdxl_base_v0.9 none 1024
instruct_pix2pix_22000_f16 v1 editing 512
ootd_vton_upper_body_1.0_f16 v1 double 1024
sd_v2.0_inpainting_f16 v2 inpainting 512
sd_v2.0_depth_f16 v2 depth 512
sd_v2.1_768_v_f16 v2 none 768
sd_v2.1_f16 v2 none 512
minisd_v1.4_f16 v1 none 256
sd_v1.5_inpainting_f16 v1 inpainting 512
sd_v1.5_f16 v1 none 512
realdream_15sd15_q6p_q8p v1 none 512
juggernaut_reborn_f16 v1 none 512
"""


@pytest.mark.parametrize("line", MODELS.strip().splitlines())
def test_models(line: str):
    stem, version, modifier, native = line.split()
    model = guess_entry(ModelEntry, f"{stem}.ckpt", "because")
    assert (model.version, model.modifier, model.native_px) == (version, modifier, int(native))
    assert (model.file, model.name, model.known, model.note) == (f"{stem}.ckpt", stem, False, "because")
    assert not model.spec


def test_every_family_can_be_guessed():
    guessed = {line.split()[1] for line in MODELS.strip().splitlines()}
    assert guessed == set(FAMILIES)


@pytest.mark.parametrize(
    ("stem", "consistency", "embedded"),
    [
        ("flux_1_schnell_q5p", True, False),
        ("flux_1_dev_q8p", False, True),
        ("flux_1_dev_de_distill_q8p", False, False),
        ("hidream_i1_dev_q5p", False, True),
        ("hidream_i1_fast_q8p", True, False),
        ("sd_xl_turbo_f16", True, False),
        ("flux_2_klein_4b_q6p", False, False),
        ("flux_2_dev_q6p", False, True),
    ],
)
def test_distillations(stem: str, consistency: bool, embedded: bool):
    model = guess_entry(ModelEntry, f"{stem}.ckpt")
    assert (model.is_consistency, model.guidance_embed) == (consistency, embedded)


@pytest.mark.parametrize(
    ("stem", "version", "modifier", "consistency"),
    [
        ("qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16", "qwen_image", "none", False),
        ("wan_v2.2_a14b_hne_t2v_lightning_v1.1_lora_f16", "wan_v2.1_14b", "none", False),
        ("lcm_sd_v1.5_lora_f16", "v1", "none", True),
        ("tcd_sd_xl_base_1.0_lora_f16", "sdxl_base_v0.9", "none", True),
        ("fooocus_inpaint_v2.6_lora_f16", "sdxl_base_v0.9", "inpainting", False),
        ("my_style_lora_f16", "", "none", False),
    ],
)
def test_loras(stem: str, version: str, modifier: str, consistency: bool):
    lora = guess_entry(LoraEntry, f"{stem}.ckpt")
    assert (lora.version, lora.modifier, lora.is_consistency) == (version, modifier, consistency)


def test_a_transparent_lora():
    assert guess_entry(LoraEntry, "layer_xl_transparent_attn_v1.0_lora_f16.ckpt").transparent


def test_the_other_kinds():
    assert guess_entry(UpscalerEntry, "realesrgan_x2plus_f16.ckpt").scale_factor == 2
    assert guess_entry(UpscalerEntry, "4x_ultrasharp_f16.ckpt").scale_factor == 4
    assert guess_entry(UpscalerEntry, "remacri_4x_f16.ckpt").version == ""
    assert guess_entry(ControlEntry, "controlnet_flux_1_union_f16.ckpt").version == "flux1"
    assert guess_entry(EmbeddingEntry, "my_words.ckpt").version == ""


def test_spelling_does_not_matter():
    assert normal("Z Image-Turbo 1.0.CKPT") == "z_image_turbo_1.0"
    assert guess_entry(ModelEntry, "Z-Image Turbo.ckpt").version == "z_image"
