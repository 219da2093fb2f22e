"""Every setting shows in the picture when it counts, as its meaning has it, and not at all when it does not.

From the bytes of a request to pixels, without a server in between.
"""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from barecalls import hint, mask, order
from drawthings.request.choices import ColorCalibration, ControlInput, ControlMode, LoraMode, Sampler
from drawthings.request.fields import BY_NAME
from drawthings.server.commission import commission
from drawthings.server.influence import RULES
from drawthings.server.judge import Judge
from drawthings.server.painter.dials import Dials
from drawthings.server.painter.film import paint_frames
from drawthings.server.painter.job import Job
from drawthings.server.painter.painter import paint
from drawthings.server.reading import Reader
from drawthings.server.store import MemoryStore
from drawthings.server.zoo import built_in_files, built_in_zoo
from drawthings.tensor.codec import encode_tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 128
SEEN_MEAN, SEEN_MAX = 0.5, 12.0
"""What a person sees, of 255: so much on average, and so much somewhere."""
NOTICED = 0.15
"""What a small change changes on average."""

SD15 = {"model": "sd_v1.5_f16.ckpt"}
SDXL = {"model": "sd_xl_base_1.0_q6p_q8p.ckpt"}
REFINER = "sd_xl_refiner_1.0_q6p_q8p.ckpt"
REFINED = {**SDXL, "refiner_model": REFINER}
SD3 = {"model": "sd3_medium_q8p.ckpt"}
FLUX = {"model": "flux_1_dev_q8p.ckpt"}
SLOW_FLUX = {**FLUX, "speed_up_with_guidance_embed": False}
KANDINSKY = {"model": "kandinsky_f16.ckpt"}
CASCADE = {"model": "wurstchen_3.0_stage_c_f32_q6p_q8p.ckpt"}
PIX2PIX = {"model": "instruct_pix2pix_22000_f16.ckpt", "given": "image", "prompt": "make it night"}
QWEN = {"model": "qwen_image_1.0_q8p.ckpt"}
SVD = {"model": "svd_i2v_xt_1.1_q6p_q8p.ckpt", "given": "image", "num_frames": 4}
WAN = {"model": "wan_v2.1_1.3b_480p_q8p.ckpt", "num_frames": 9}
TEA = {**WAN, "num_frames": 1, "tea_cache": True}
TCD = {**SD15, "sampler": Sampler.TCD}
LARGE = {**SD15, "width": 192, "height": 192}
HIRES = {**LARGE, "hires_fix": True, "hires_fix_width": 128, "hires_fix_height": 128}
DECODED = {"decoding_tile_width": 128, "decoding_tile_height": 128}
SAMPLED = {"diffusion_tile_width": 128, "diffusion_tile_height": 128}

CANNY = "controlnet_canny_1.x_v1.1_f16.ckpt"
TILE = "controlnet_tile_1.x_v1.1_f16.ckpt"
INPAINT = "controlnet_inpaint_1.x_v1.1_f16.ckpt"
SCRIBBLE = "controlnet_scribble_1.x_v1.1_f16.ckpt"
SHUFFLE = "controlnet_shuffle_1.x_v1.1_f16.ckpt"
ADAPTER = "ip_adapter_plus_xl_base_open_clip_h14_f16.ckpt"
LORA = "sd_xl_offset_example_v1.0_lora_f16.ckpt"

Row = tuple[str, Any, Any, dict[str, Any]]
"""A setting, two values, and the request in which it counts."""

EXTREMES: tuple[Row, ...] = (
    ("hires_fix_strength", 0.2, 0.9, HIRES),
    ("clip_skip", 1, 12, SD15),
    ("sharpness", 0, 30, SD15),
    ("shift", 0.1, 8, SD15),
    ("shift", 0.1, 8, {**FLUX, "resolution_dependent_shift": False}),
    ("resolution_dependent_shift", True, False, {**FLUX, "shift": 8.0}),
    ("guidance_scale", 2, 20, SD15),
    ("image_guidance_scale", 0, 25, PIX2PIX),
    ("clip_weight", 0, 1, KANDINSKY),
    ("negative_prompt_for_image_prior", True, False, KANDINSKY),
    ("image_prior_steps", 3, 60, KANDINSKY),
    ("original_image_width", 64, 2048, {**SDXL, "original_image_height": 128}),
    ("original_image_height", 64, 2048, {**SDXL, "original_image_width": 128}),
    ("negative_original_image_width", 64, 2048, {**SDXL, "negative_original_image_height": 128}),
    ("negative_original_image_height", 64, 2048, {**SDXL, "negative_original_image_width": 128}),
    ("target_image_width", 64, 2048, {**SDXL, "target_image_height": 128}),
    ("target_image_height", 64, 2048, {**SDXL, "target_image_width": 128}),
    ("crop_top", 0, 1024, SDXL),
    ("crop_left", 0, 1024, SDXL),
    ("aesthetic_score", 0, 10, REFINED),
    ("aesthetic_score", 0, 10, {"model": REFINER}),
    ("negative_aesthetic_score", 0, 10, REFINED),
    ("zero_negative_prompt", False, True, SDXL),
    ("refiner_model", None, REFINER, SDXL),
    ("refiner_start", 0, 1, REFINED),
    ("fps", 1, 30, SVD),
    ("motion_scale", 0, 255, SVD),
    ("guiding_frame_noise", 0, 1, SVD),
    ("start_frame_guidance", 0, 25, SVD),
    ("stage_2_steps", 1, 150, CASCADE),
    ("stage_2_guidance", 0, 25, CASCADE),
    ("stage_2_shift", 0.1, 5, CASCADE),
    ("tiled_decoding", False, True, {**LARGE, **DECODED}),
    ("decoding_tile_width", 128, 192, {**LARGE, **DECODED, "tiled_decoding": True}),
    ("decoding_tile_height", 128, 192, {**LARGE, **DECODED, "tiled_decoding": True}),
    ("decoding_tile_overlap", 0, 128, {**LARGE, **DECODED, "tiled_decoding": True}),
    ("tiled_diffusion", False, True, {**LARGE, **SAMPLED}),
    ("diffusion_tile_width", 128, 192, {**LARGE, **SAMPLED, "tiled_diffusion": True}),
    ("diffusion_tile_height", 128, 192, {**LARGE, **SAMPLED, "tiled_diffusion": True}),
    ("diffusion_tile_overlap", 0, 128, {**LARGE, **SAMPLED, "tiled_diffusion": True}),
    ("stochastic_sampling_gamma", 0, 1, TCD),
    ("t5_text_encoder", True, False, SD3),
    ("separate_clip_l", False, True, {**FLUX, "clip_l_text": "a stormy night"}),
    ("separate_clip_l", False, True, SD3),
    ("clip_l_text", "night", "red poppies", {**FLUX, "separate_clip_l": True}),
    ("separate_open_clip_g", False, True, {**SD3, "open_clip_g_text": "a stormy night"}),
    ("open_clip_g_text", "night", "a green frog", {**SD3, "separate_open_clip_g": True}),
    ("separate_t5", False, True, {**FLUX, "t5_text": "a castle"}),
    ("separate_t5", False, True, FLUX),
    ("t5_text", "a castle", "a ship", {**FLUX, "separate_t5": True}),
    ("speed_up_with_guidance_embed", True, False, FLUX),
    ("guidance_embed", 0, 25, SLOW_FLUX),
    ("tea_cache", False, True, TEA),
    ("tea_cache_start", 0, 20, TEA),
    ("tea_cache_end", 5, -1, TEA),
    ("tea_cache_threshold", 0, 1, TEA),
    ("tea_cache_max_skip_steps", 1, 10, {**TEA, "tea_cache_threshold": 0.5}),
    ("causal_inference", 0, 1, WAN),
    ("causal_inference_pad", 0, 20, {**WAN, "causal_inference": 1}),
    ("cfg_zero_star", False, True, QWEN),
    ("cfg_zero_init_steps", 0, 20, {**QWEN, "cfg_zero_star": True}),
    ("color_calibration", ColorCalibration.DISABLED, ColorCalibration.LAB, {**SD15, "given": "image"}),
)

SLIGHT: tuple[Row, ...] = (
    ("clip_skip", 1, 2, SD15),
    ("sharpness", 0, 1, SD15),
    ("shift", 1, 1.2, SD15),
    ("image_guidance_scale", 1.5, 1.7, PIX2PIX),
    ("clip_weight", 1, 0.95, KANDINSKY),
    ("image_prior_steps", 5, 6, KANDINSKY),
    ("original_image_width", 1000, 1100, {**SDXL, "original_image_height": 1000}),
    ("negative_original_image_width", 512, 576, {**SDXL, "negative_original_image_height": 512}),
    ("crop_top", 0, 8, SDXL),
    ("aesthetic_score", 6, 6.5, REFINED),
    ("refiner_start", 0.7, 0.75, REFINED),
    ("fps", 5, 6, SVD),
    ("motion_scale", 127, 115, SVD),
    ("guiding_frame_noise", 0.02, 0.05, SVD),
    ("start_frame_guidance", 1, 1.3, SVD),
    ("stage_2_shift", 1, 1.1, CASCADE),
    ("decoding_tile_overlap", 64, 128, {**LARGE, **DECODED, "tiled_decoding": True}),
    ("diffusion_tile_overlap", 64, 128, {**LARGE, **SAMPLED, "tiled_diffusion": True}),
    ("stochastic_sampling_gamma", 0.3, 0.35, TCD),
    ("guidance_embed", 3.5, 3.7, SLOW_FLUX),
    ("tea_cache_start", 5, 4, TEA),
    ("tea_cache_end", -1, -2, TEA),
    ("causal_inference", 1, 2, WAN),
)

NOTHING: tuple[Row, ...] = (
    ("id", 0, 9, SD15),
    ("name", "", "mine", SD15),
    ("compression_artifacts_quality", 43.1, 5.0, SD15),
    ("expand_prompt_to_json", False, True, SD15),
    ("motion_scale", 0, 255, SD15),
    ("crop_top", 0, 1024, SD15),
    ("crop_top", 0, 1024, FLUX),
    # One side alone counts as no size.
    ("original_image_width", 0, 2048, SDXL),
    ("aesthetic_score", 0, 10, SDXL),
    ("negative_aesthetic_score", 0, 10, {**REFINED, "guidance_scale": 1.0}),
    ("zero_negative_prompt", False, True, SD15),
    ("refiner_start", 0, 1, SDXL),
    # A refiner of another family.
    ("refiner_model", None, REFINER, SD15),
    ("refiner_model", None, SDXL["model"], SDXL),
    ("hires_fix_strength", 0.2, 0.9, LARGE),
    ("image_guidance_scale", 0, 25, SD15),
    ("clip_skip", 1, 12, QWEN),
    ("clip_weight", 0, 1, SD15),
    ("stage_2_steps", 1, 150, SD15),
    ("shift", 1, 8, FLUX),
    ("guidance_embed", 0, 25, FLUX),
    ("speed_up_with_guidance_embed", True, False, SD15),
    ("guidance_scale", 2, 20, {"model": "flux_1_schnell_q8p.ckpt"}),
    ("t5_text_encoder", True, False, FLUX),
    ("separate_t5", False, True, {**SD15, "t5_text": "a castle"}),
    ("t5_text", "a castle", "a ship", FLUX),
    ("tiled_decoding", False, True, LARGE),
    ("decoding_tile_width", 128, 192, {**LARGE, **DECODED}),
    ("decoding_tile_width", 192, 512, {**LARGE, **DECODED, "tiled_decoding": True}),
    ("stochastic_sampling_gamma", 0, 1, SD15),
    ("tea_cache", False, True, FLUX),
    ("tea_cache_start", 0, 20, {**TEA, "tea_cache": False}),
    ("causal_inference", 0, 1, FLUX),
    ("causal_inference_pad", 0, 3, WAN),
    ("cfg_zero_star", False, True, SD15),
    ("cfg_zero_init_steps", 0, 20, QWEN),
    ("color_calibration", ColorCalibration.DISABLED, ColorCalibration.LAB, SD15),
)

IMAGE = {**SD15, "given": "image"}
CONTROL: tuple[tuple[str, str, Any, Any, dict[str, Any]], ...] = (
    (CANNY, "weight", 0.2, 1.0, IMAGE),
    (CANNY, "guidance_start", 0.0, 0.5, IMAGE),
    (CANNY, "guidance_end", 1.0, 0.5, IMAGE),
    (CANNY, "guidance_start", 0.0, 0.5, {**SD15, "given": "custom"}),
    (CANNY, "mode", ControlMode.BALANCED, ControlMode.PROMPT, IMAGE),
    (CANNY, "mode", ControlMode.BALANCED, ControlMode.CONTROL, IMAGE),
    (CANNY, "no_prompt", False, True, IMAGE),
    (CANNY, "input_override", ControlInput.UNSPECIFIED, ControlInput.DEPTH, IMAGE),
    (CANNY, "input_override", ControlInput.UNSPECIFIED, ControlInput.TILE, IMAGE),
    (CANNY, "input_override", ControlInput.UNSPECIFIED, ControlInput.LINEART, {**SD15, "given": "custom"}),
    (CANNY, "input_override", ControlInput.NORMAL_BAE, ControlInput.SEGMENTATION, {**SD15, "given": "custom"}),
    (TILE, "down_sampling_rate", 1.0, 8.0, IMAGE),
    (INPAINT, "weight", 0.2, 1.0, IMAGE),
    (INPAINT, "weight", 0.2, 1.0, {**SD15, "given": "mask"}),
    (SCRIBBLE, "weight", 0.2, 1.0, IMAGE),
    (SHUFFLE, "global_average_pooling", True, False, {**SD15, "given": "shuffle"}),
    (SHUFFLE, "weight", 0.2, 1.0, {**SD15, "given": "custom"}),
    (ADAPTER, "weight", 0.2, 1.0, {**SDXL, "given": "shuffle"}),
    (ADAPTER, "guidance_end", 1.0, 0.5, {**SDXL, "given": "shuffle"}),
    (ADAPTER, "target_blocks", (), ("up_blocks.0.attentions.1",), {**SDXL, "given": "shuffle"}),
    (ADAPTER, "target_blocks", (), ("down_blocks.2.attentions.1",), {**SDXL, "given": "shuffle"}),
    (ADAPTER, "target_blocks", (), ("mid_block",), {**SDXL, "given": "shuffle"}),
)

INERT_CONTROL: tuple[tuple[str, str, Any, Any, dict[str, Any]], ...] = (
    (CANNY, "global_average_pooling", True, False, IMAGE),
    (CANNY, "down_sampling_rate", 1.0, 8.0, IMAGE),
    (CANNY, "target_blocks", (), ("up_blocks.0.attentions.1",), IMAGE),
    (CANNY, "weight", 0.2, 1.0, SD15),
    (TILE, "down_sampling_rate", 1.0, 8.0, {**SD15, "given": "custom"}),
    # Normals are never made of the image.
    (CANNY, "weight", 0.2, 1.0, {**IMAGE, "input_override": ControlInput.NORMAL_BAE}),
    (ADAPTER, "weight", 0.2, 1.0, {**SD15, "given": "shuffle"}),
)


@lru_cache(maxsize=1)
def reader() -> Reader:
    return Reader(built_in_zoo(), MemoryStore(built_in_files()), Judge(faithful=True))


@lru_cache(maxsize=2)
def photo(prompt: str) -> bytes:
    """A painted picture as the tensor of a request."""
    return encode_tensor(paint(Job(prompt, SIDE, SIDE, 1))[None].astype(np.float16), codec="raw")


def inputs(given: str) -> dict[str, Any]:
    """The pictures of a request."""
    castle, town = photo("a castle by a lake at sunset"), photo("a city at night")
    return {
        "": {},
        "image": {"image": castle},
        "mask": {"image": castle, "mask": mask([0, 2], SIDE, SIDE)},
        "custom": {"hints": [hint("custom", castle)]},
        "shuffle": {"hints": [hint("shuffle", town)]},
    }[given]


@lru_cache(maxsize=64)
def shown(items: tuple[tuple[str, Any], ...]) -> NDArray[np.float32]:
    """What a request shows, (pictures, h, w, 3) in 0..255."""
    values = dict(items)
    usual = {"prompt": "a red fox in a meadow", "negativePrompt": "blurry", "seed": 3, "steps": 20}
    reading = reader().read(order(**{**usual, **inputs(values.pop("given", "")), **values}))
    job = commission(reading)
    frames = list(paint_frames(job, reading.course.count)) if reading.family.video else [paint(job)]
    return (np.stack(frames) + 1) * np.float32(127.5)


def apart(one: dict[str, Any], other: dict[str, Any]) -> tuple[float, float]:
    """The mean and the largest difference of what two requests show, of 255."""
    far = np.abs(shown(tuple(one.items())) - shown(tuple(other.items())))
    return float(far.mean()), float(far.max())


def of_setting(row: Row) -> tuple[float, float]:
    name, low, high, base = row
    return apart({**base, name: low}, {**base, name: high})


def of_control(row: tuple[str, str, Any, Any, dict[str, Any]]) -> tuple[float, float]:
    file, name, low, high, base = row
    values = dict(base)
    own = {"input_override": values.pop("input_override")} if "input_override" in values else {}
    one, other = (({"file": file, **own, name: value},) for value in (low, high))
    return apart({**values, "controls": Frozen(one)}, {**values, "controls": Frozen(other)})


class Frozen(tuple[dict[str, Any], ...]):
    """Parts of a request that can be looked up."""

    __slots__ = ()

    def __hash__(self) -> int:
        return hash(repr(self))


@pytest.mark.parametrize("row", EXTREMES, ids=lambda row: f"{row[0]} of {row[3]['model'].split('_')[0]}")
def test_a_setting_is_seen(row: Row) -> None:
    mean, most = of_setting(row)
    assert mean >= SEEN_MEAN
    assert most >= SEEN_MAX


@pytest.mark.parametrize("row", SLIGHT, ids=lambda row: row[0])
def test_a_small_change_is_noticed(row: Row) -> None:
    assert of_setting(row)[0] >= NOTICED


@pytest.mark.parametrize("row", NOTHING, ids=lambda row: f"{row[0]} of {row[3]['model'].split('_')[0]}")
def test_what_does_not_count_changes_nothing(row: Row) -> None:
    assert of_setting(row) == (0, 0)


@pytest.mark.parametrize("row", CONTROL, ids=lambda row: f"{row[1]} of {row[0].split('_')[1]}")
def test_a_part_of_a_control_is_seen(row: tuple[str, str, Any, Any, dict[str, Any]]) -> None:
    mean, most = of_control(row)
    assert mean >= SEEN_MEAN
    assert most >= SEEN_MAX


@pytest.mark.parametrize("row", INERT_CONTROL, ids=lambda row: f"{row[1]} of {row[0].split('_')[1]}")
def test_a_part_that_a_control_does_not_have_changes_nothing(
    row: tuple[str, str, Any, Any, dict[str, Any]],
) -> None:
    assert of_control(row) == (0, 0)


def test_a_lora_acts_in_its_part_of_the_sampling() -> None:
    pictures = {mode: {**REFINED, "loras": Frozen(({"file": LORA, "weight": 1.5, "mode": mode},))} for mode in LoraMode}
    without = REFINED
    everywhere = apart(pictures[LoraMode.ALL], without)[0]
    for mode in (LoraMode.BASE, LoraMode.REFINER):
        mean, most = apart(pictures[mode], pictures[LoraMode.ALL])
        assert mean >= SEEN_MEAN
        assert most >= SEEN_MAX
        assert SEEN_MEAN < apart(pictures[mode], without)[0] < everywhere
    late = {**pictures[LoraMode.REFINER], "refiner_start": 1.0}
    assert apart(late, {**REFINED, "refiner_start": 1.0}) == (0, 0)


def test_a_lora_for_the_refiner_does_nothing_without_one() -> None:
    assert apart({**SDXL, "loras": Frozen(({"file": LORA, "mode": LoraMode.REFINER},))}, SDXL) == (0, 0)


def test_every_dial_is_a_setting_that_some_row_turns() -> None:
    dials = {each.name for each in fields(Dials)}
    assert dials == {name for names, _ in RULES for name in names} | {"shift", "color_calibration"}
    assert dials <= set(BY_NAME)
    assert dials <= {row[0] for row in EXTREMES}
    assert {each.name: each.default for each in fields(Dials)} == {name: BY_NAME[name].default for name in dials}


def test_the_same_request_gives_the_same_picture() -> None:
    values = {**LARGE, **DECODED, "tiled_decoding": True, "sharpness": 3.0, "clip_skip": 2, "shift": 2.0}
    first = shown(tuple(values.items()))
    shown.cache_clear()
    assert np.array_equal(first, shown(tuple(values.items())))
