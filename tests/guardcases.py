"""For every finding of the guard a request that provokes it, and one that must not."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from barecalls import V1
from drawthings.request.build import Hint, Order, Override
from drawthings.request.choices import (
    ColorCalibration,
    CompressionMethod,
    ControlInput,
    LoraMode,
    Sampler,
    SeedMode,
)
from drawthings.request.configuration import Configuration
from drawthings.request.parts import Control, Lora
from drawthings.tensor.codec import encode_tensor

SDXL = "juggernaut_xl_v9_q6p_q8p.ckpt"
SDXL_REFINER = "sd_xl_refiner_1.0_q6p_q8p.ckpt"
QWEN = "qwen_image_2512_q6p.ckpt"
EDIT = "qwen_image_edit_2511_q6p.ckpt"
EDIT_OLD = "qwen_image_edit_1.0_q6p.ckpt"
LAYERED = "qwen_image_layered_1.0_bf16_q8p.ckpt"
LIGHTNING = "qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt"
Z_IMAGE = "z_image_1.0_q8p.ckpt"
Z_TURBO = "z_image_turbo_1.0_q6p.ckpt"
FLUX = "flux_1_dev_q8p.ckpt"
FLUX_DEPTH = "flux_1_depth_dev_q8p.ckpt"
DOUBLE = "ootd_vton_hd_f16.ckpt"
PIX2PIX = "instruct_pix2pix_22000_f16.ckpt"
SVD = "svd_i2v_xt_1.1_q6p_q8p.ckpt"
WAN = "wan_v2.1_1.3b_480p_q8p.ckpt"
LTX = "ltx_2.3_22b_distilled_1.1_q8p.ckpt"
CASCADE = "wurstchen_3.0_stage_c_f32_q6p_q8p.ckpt"
AVATAR = "longcat_video_avatar_v1.5_q8p.ckpt"
INPAINT = "sd_v1.5_inpainting_f16.ckpt"
MYSTERY = "mystery.ckpt"
"""A file that the server has and does not describe."""
PARTS = ("long_clip_vit_l14_f16.ckpt", "qwen_2.5_vl_7b_vit_f16.ckpt", "open_clip_vit_h14_vision_model_f16.ckpt")
"""Parts that one server loses after it listed what it has."""
HIDREAM = "hidream_i1_full_q5p.ckpt"
WATERCOLOUR = "watercolour_style_sd_v1.5_lora_f16.ckpt"
LCM = "lcm_sd_v1.5_lora_f16.ckpt"
TRANSPARENT = "sd_xl_transparent_v1.0_lora_f16.ckpt"
X4 = "realesrgan_x4plus_f16.ckpt"
FACES = "restoreformer_v1.0_f16.ckpt"
CANNY, DEPTH, POSE, SCRIBBLE, INPAINT_CONTROL = (
    f"controlnet_{kind}_1.x_v1.1_f16.ckpt" for kind in ("canny", "depth", "openpose", "scribble", "inpaint")
)
SDXL_DEPTH = "controlnet_depth_sdxl_v1.0_mid_f16.ckpt"
ADAPTER = "ip_adapter_plus_xl_base_open_clip_h14_f16.ckpt"
UNION = "controlnet_union_pro_flux_1_dev_2.0_q8p.ckpt"
FLOW = {"sampler": Sampler.UNIPC_TRAILING, "guidance_scale": 4.0}
FEW = {"model": Z_TURBO, "guidance_scale": 1.0, "sampler": Sampler.UNIPC_TRAILING, "steps": 8}
OWN_FIELDS = frozenset(Order.__dataclass_fields__) - {"configuration"}


def order(**values: Any) -> Order:
    """Return an order; what is no field of it is a setting, and nothing is checked."""
    own = {name: values.pop(name) for name in tuple(values) if name in OWN_FIELDS}
    base = {
        "model": V1,
        "width": 128,
        "height": 128,
        "steps": 4,
        "seed": 7,
        "guidance_scale": 5.0,
        "sampler": Sampler.EULER_A_TRAILING,
        "mask_blur": 0.0,
    }
    for name, part in (("loras", Lora), ("controls", Control)):
        values[name] = tuple(part.read(item) for item in values.get(name, ()))
    return Order(configuration=Configuration.unchecked({**base, **values}), **{"prompt": "a red fox", **own})


def image(height: int = 128, width: int = 128, channels: int = 3, dtype: Any = np.float16) -> bytes:
    return encode_tensor(np.zeros((1, height, width, channels), dtype))


def mask(*codes: int, height: int = 128, width: int = 128) -> bytes:
    """Return a mask in upright stripes, one for each code."""
    stripes = np.array(codes, np.uint8)[np.arange(width) * len(codes) // width]
    return encode_tensor(np.repeat(stripes[None], height, axis=0))


def hint(kind: str, *blobs: bytes, weight: float = 1.0) -> Hint:
    return Hint(kind, tuple((blob, weight) for blob in blobs))


def sound(seconds: int, size: int) -> Hint:
    return hint("audio", *(encode_tensor(np.zeros(count, np.float16)) for count in (32_000, seconds * size)))


NAN = encode_tensor(np.full((1, 128, 128, 3), np.nan, np.float16))
LOUD = encode_tensor(np.full((1, 128, 128, 3), 5, np.float16))
PICTURE = image()
FRAMES = encode_tensor(np.zeros((2, 128, 128, 3), np.float16))
STARTED = {"model": WAN, "num_frames": 5, **FLOW}
STRENGTH = {"image": PICTURE, "strength": 0.5, "steps": 20}
MASKED = {"image": PICTURE, "mask": mask(0, 2)}
EDITING = {"model": EDIT, "image": PICTURE, "steps": 30, **FLOW}
SPOKEN = {"model": AVATAR, "image": PICTURE, "num_frames": 5, **FLOW}
SOUND = sound(1, 8 * 6400)
SPEC = {"name": "M", "file": "m.ckpt", "prefix": "", "version": "v1", "upcast_attention": False, "default_scale": 8}


def without(item: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in keys}


def override(*models: dict[str, Any]) -> dict[str, Override]:
    return {"override": Override(models=models)}


@dataclass(frozen=True)
class Case:
    """One finding.

    Attributes:
        provoke: What brings it about.
        quiet: What is much like it and does not.
        sendable: Whether the request that provokes it can be put into bytes.
        whole: Whether it is small enough to be painted in a test.
        exhausts: Whether it is more than the embedded server, which is no judge of memory, takes on.
    """

    provoke: dict[str, Any]
    quiet: dict[str, Any] = field(default_factory=dict)
    sendable: bool = True
    whole: bool = True
    exhausts: bool = False


CASES: dict[str, Case] = {
    # ------------------------------------------------------------------------------------------------- files
    "model-missing": Case({"model": "nowhere.ckpt"}),
    "model-undescribed": Case({"model": MYSTERY}, {"model": MYSTERY, **override({**SPEC, "file": MYSTERY})}),
    "model-part-missing": Case({"model": HIDREAM, **FLOW}, {"model": HIDREAM, **FLOW}),
    "vision-tower-missing": Case(EDITING, EDITING),
    "lora-missing": Case({"loras": ["nowhere.ckpt"]}, {"loras": [WATERCOLOUR]}),
    "lora-undescribed": Case({"model": SDXL, "loras": [MYSTERY]}, {"loras": [MYSTERY]}),
    "lora-other-family": Case({"model": SDXL, "loras": [WATERCOLOUR]}, {"loras": [WATERCOLOUR]}),
    "lora-weight-zero": Case({"loras": [(WATERCOLOUR, 0.0)]}, {"loras": [(WATERCOLOUR, -0.5)]}),
    "lora-mode-without-refiner": Case(
        {"loras": [Lora(WATERCOLOUR, mode=LoraMode.REFINER)]}, {"loras": [Lora(WATERCOLOUR, mode=LoraMode.BASE)]}
    ),
    "addition-part-missing": Case({"model": SDXL, "controls": [ADAPTER]}, {"model": SDXL, "controls": [ADAPTER]}),
    "refiner-missing": Case(
        {"model": SDXL, "refiner_model": "no.ckpt"}, {"model": SDXL, "refiner_model": SDXL_REFINER}
    ),
    "refiner-undescribed": Case({"refiner_model": MYSTERY}, {"model": SDXL, "refiner_model": SDXL_REFINER}),
    "refiner-is-the-model": Case({"refiner_model": V1}, {"refiner_model": "sd_v1.5_f16.ckpt"}),
    "refiner-other-family": Case({"refiner_model": SDXL}, {"model": SDXL, "refiner_model": SDXL_REFINER}),
    "refiner-never": Case({"model": SDXL, "refiner_model": SDXL_REFINER, "refiner_start": 1.0}, {"refiner_start": 1.0}),
    "refiner-from-start": Case(
        {"model": SDXL, "refiner_model": SDXL_REFINER, "refiner_start": 0.0},
        {"model": SDXL, "refiner_model": SDXL_REFINER},
    ),
    "upscaler-missing": Case({"upscaler": "no.ckpt"}, {"upscaler": X4}),
    "upscaler-undescribed": Case({"upscaler": MYSTERY}, {"upscaler": X4}),
    "upscale-factor-unused": Case({"upscaler_scale_factor": 2}, {"upscaler": X4, "upscaler_scale_factor": 2}),
    "face-restoration-missing": Case({"face_restoration": "no.ckpt"}, {"face_restoration": FACES}),
    "face-restoration-platform": Case({"face_restoration": FACES}),
    "override-incomplete": Case(override(without(SPEC, "prefix")), override(SPEC)),
    "override-wrong-choice": Case(override({**SPEC, "modifier": "qwenimageEdit2511"}), override(SPEC)),
    "override-twice": Case(override(SPEC, SPEC), override(SPEC)),
    "override-modifier-lost": Case(override({**SPEC, "file": EDIT, "version": "qwen_image"}), override(SPEC)),
    "override-trimmed": Case(override({**SPEC, "file": FLUX, "version": "flux1"}), override(SPEC)),
    "keywords-ignored": Case({"prompt": "a fox, easynegative"}, {"prompt": "a fox, easynegatives"}),
    # ------------------------------------------------------------------------------------- canvas and picture
    "canvas-in-blocks": Case({"width": 0}, {"width": 64}),
    "canvas-too-large": Case({"width": 128 * 64 + 64}, {"width": 128}),
    "canvas-off-grid": Case({"width": 130}, {"width": 192}, sendable=False),
    "canvas-memory": Case(
        {"width": 2112, "height": 2048}, {"width": 2112, "height": 2048, "tiled_decoding": True}, whole=False
    ),
    "canvas-small": Case({"model": SDXL}, {"width": 256, "height": 256}),
    "results-memory": Case(
        {"width": 4096, "height": 4096, "batch_size": 2, "upscaler": X4}, {"upscaler": X4}, exhausts=True
    ),
    "image-unreadable": Case({"image": b"no tensor at all"}, {**STRENGTH}),
    "image-shape": Case({"image": image(channels=4)}, {"model": WAN, "num_frames": 5, "image": PICTURE, **FLOW}),
    "image-several": Case({**STRENGTH, "image": FRAMES}, {**STARTED, "image": FRAMES}),
    "image-frames-left-out": Case({**STARTED, "image": FRAMES, "num_frames": 1}, {**STARTED, "image": FRAMES}),
    "image-not-finite": Case({**STRENGTH, "image": NAN}, STRENGTH),
    "image-off-grid": Case({**STRENGTH, "image": image(130)}, {"image": image(130)}),
    "image-decides-size": Case({**STRENGTH, "image": image(192)}, STRENGTH),
    "image-stretched": Case({"model": PIX2PIX, "image": image(192)}, {"model": PIX2PIX, "image": image(64, 64)}),
    "image-unused": Case({"image": PICTURE}, {"image": PICTURE, "controls": [CANNY]}),
    "picture-needed": Case({"model": SVD}, {"model": SVD, "image": PICTURE}),
    "edit-model-without-picture": Case({"model": PIX2PIX}, {"model": PIX2PIX, "image": PICTURE}),
    "conditioned-model-without-picture": Case(
        {"model": FLUX_DEPTH, **FLOW}, {"model": FLUX_DEPTH, "hints": (hint("depth", image(channels=1)),), **FLOW}
    ),
    "strength-unused": Case({"strength": 0.5}, STRENGTH),
    "colour-calibration-unused": Case(
        {"color_calibration": ColorCalibration.LAB}, {**STRENGTH, "color_calibration": ColorCalibration.LAB}
    ),
    "strength-zero-does-nothing": Case(
        {"image": PICTURE, "strength": 0.0}, {"image": PICTURE, "strength": 0.0, "upscaler": X4}
    ),
    "double-below-full-strength": Case({**STRENGTH, "model": DOUBLE}, {"model": DOUBLE, "image": PICTURE}),
    # -------------------------------------------------------------------------------------------------- mask
    "mask-without-image": Case({"mask": mask(0, 2)}, MASKED),
    "mask-unreadable": Case({**MASKED, "mask": b"nothing"}, MASKED),
    "mask-shape": Case({**MASKED, "mask": encode_tensor(np.zeros((1, 128, 128), np.uint8))}, MASKED),
    "mask-size": Case({**MASKED, "mask": mask(0, 2, height=64)}, MASKED),
    "mask-codes": Case({**MASKED, "mask": mask(0, 255)}, {**MASKED, "mask": mask(0, 0xF8 | 2)}),
    "mask-single-code": Case({**MASKED, "mask": mask(3)}, {**MASKED, "mask": mask(0, 3)}),
    "mask-transparent": Case(
        {**MASKED, "model": SDXL, "loras": [TRANSPARENT], "mask": mask(0, 1, 2)},
        {**MASKED, "model": SDXL, "loras": [TRANSPARENT]},
    ),
    "mask-on-avatar": Case({**SPOKEN, "hints": (SOUND,), "mask": mask(0, 2)}, {**SPOKEN, "hints": (SOUND,)}),
    "mask-repaints-all": Case({**MASKED, "mask": mask(2)}, MASKED),
    "mask-outset-unused": Case({"mask_blur_outset": 8}, {**MASKED, "mask_blur_outset": 8}),
    "mask-strength-zero": Case({**MASKED, "strength": 0.0}, MASKED),
    # ------------------------------------------------------------------------------------- hints and controls
    "hint-unknown-type": Case({"hints": (hint("moodboard", PICTURE),)}),
    "hint-type-ignored": Case(
        {"hints": (hint("canny", PICTURE),), "controls": [CANNY]},
        {"hints": (hint("custom", PICTURE),), "controls": [CANNY]},
    ),
    "hint-twice": Case(
        {"hints": (hint("custom", PICTURE), hint("custom", PICTURE)), "controls": [CANNY]},
        {"hints": (hint("custom", PICTURE),), "controls": [CANNY]},
    ),
    "hint-empty": Case({"hints": (hint("custom"),)}, {"hints": (hint("custom", PICTURE),), "controls": [CANNY]}),
    "hint-several-tensors": Case(
        {"hints": (hint("custom", PICTURE, PICTURE),), "controls": [CANNY]},
        {"hints": (hint("pose", image(), image()),), "controls": [POSE]},
    ),
    "hint-unreadable": Case({"hints": (hint("custom", b"nothing"),), "controls": [CANNY]}),
    "hint-shape": Case(
        {"hints": (hint("depth", PICTURE),), "controls": [DEPTH]},
        {"hints": (hint("depth", image(channels=1)),), "controls": [DEPTH]},
    ),
    "hint-size": Case(
        {"hints": (hint("pose", image(64, 64)),), "controls": [POSE]},
        {"hints": (hint("custom", image(64, 64)),), "controls": [POSE]},
    ),
    "hint-range": Case(
        {"hints": (hint("scribble", LOUD),), "controls": [SCRIBBLE]},
        {"hints": (hint("scribble", PICTURE),), "controls": [SCRIBBLE]},
    ),
    "hint-nobody-looks": Case(
        {"hints": (hint("pose", PICTURE),), "controls": [CANNY]},
        {"hints": (hint("pose", PICTURE),), "controls": [POSE]},
    ),
    "references-ignored": Case(
        {"model": LAYERED, "image": PICTURE, "hints": (hint("shuffle", PICTURE),), **FLOW},
        {"model": SDXL, "hints": (hint("shuffle", PICTURE),), "controls": [ADAPTER]},
    ),
    "reference-weight-zero": Case(
        {**EDITING, "hints": (hint("shuffle", PICTURE, weight=0.0),)}, {**EDITING, "hints": (hint("shuffle", PICTURE),)}
    ),
    "reference-without-weight": Case(
        {"model": SDXL, "hints": (hint("shuffle", PICTURE, weight=0.0),), "controls": [ADAPTER]},
        {"model": SDXL, "hints": (hint("shuffle", PICTURE),), "controls": [ADAPTER]},
    ),
    "references-one-seen": Case(
        {**EDITING, "model": EDIT_OLD, "hints": (hint("shuffle", PICTURE),)}, {**EDITING, "model": EDIT_OLD}
    ),
    "audio-missing": Case(SPOKEN, {**SPOKEN, "hints": (SOUND,)}),
    "audio-length": Case({**SPOKEN, "hints": (SOUND,), "num_frames": 9}, {**SPOKEN, "hints": (SOUND,)}),
    "control-missing": Case({"controls": ["no.ckpt"]}, {"controls": [CANNY]}),
    "control-undescribed": Case({"controls": [MYSTERY]}, {"controls": [CANNY]}),
    "control-other-family": Case({"controls": [SDXL_DEPTH]}, {"controls": [DEPTH]}),
    "control-weight-zero": Case({"controls": [Control(CANNY, 0.0)]}, {"controls": [Control(CANNY, 0.1)]}),
    "control-empty-range": Case(
        {"controls": [Control(CANNY, guidance_start=0.5, guidance_end=0.5)]},
        {"controls": [Control(CANNY, guidance_start=0.4, guidance_end=0.5)]},
    ),
    "control-input-open": Case(
        {"model": FLUX, "controls": [UNION], "image": PICTURE, **FLOW},
        {
            "model": FLUX,
            "controls": [Control(UNION, input_override=ControlInput.CANNY)],
            "image": PICTURE,
            **FLOW,
        },
    ),
    "control-reads-nothing": Case({"controls": [INPAINT_CONTROL]}, {"controls": [INPAINT_CONTROL], **MASKED}),
    # ---------------------------------------------------------------------------------------------- sampling
    "number-not-finite": Case({"shift": math.nan}, {"shift": 1.0}),
    "batch-size-zero": Case({"batch_size": 0}, {"batch_size": 2}),
    "strength-out-of-range": Case({"strength": 1.5}, {"strength": 1.0}),
    "steps-zero": Case({"steps": 0}, {"steps": 1}),
    "steps-absurd": Case({"steps": 1001}, {"steps": 10}),
    "sampler-single-step": Case(
        {"model": Z_IMAGE, "steps": 1, "sampler": Sampler.UNIPC}, {"steps": 1, "sampler": Sampler.LCM}
    ),
    "sampler-not-trailing": Case({"model": Z_IMAGE, "sampler": Sampler.DPMPP_2M_KARRAS}, {"model": Z_IMAGE, **FLOW}),
    "strength-few-steps": Case({**STRENGTH, "steps": 4}, STRENGTH),
    "edit-strength": Case({**EDITING, "strength": 0.7}, EDITING),
    "edit-few-steps": Case({**EDITING, "steps": 4}, EDITING),
    "edit-guidance": Case({**EDITING, "guidance_scale": 1.0}, EDITING),
    "modifier-lost": Case(
        {**EDITING, **override({**SPEC, "file": EDIT, "version": "qwen_image", "default_scale": 16})}, EDITING
    ),
    "vision-tower-unnamed": Case(
        {**EDITING, **override({**SPEC, "file": EDIT, "version": "qwen_image", "modifier": "qwenimage_edit_2511"})},
        EDITING,
    ),
    "negative-prompt-unused": Case({**FEW, "negative_prompt": "blurry"}, {"negative_prompt": "blurry"}),
    "zero-negative-unused": Case({**FEW, "zero_negative_prompt": True}, {"zero_negative_prompt": True}),
    "guidance-ignored": Case({"loras": [LCM]}, {"loras": [LCM], "guidance_scale": 1.0}),
    "guidance-below-one": Case({"guidance_scale": 0.5}, {"guidance_scale": 1.0}),
    "image-guidance-unused": Case(
        {"image_guidance_scale": 2.0}, {"model": PIX2PIX, "image": PICTURE, "image_guidance_scale": 2.0}
    ),
    "guidance-embed-unused": Case({"guidance_embed": 2.0}, {"model": FLUX, "guidance_embed": 2.0, **FLOW}),
    "cfg-zero-unused": Case({"cfg_zero_star": True}, {"model": Z_IMAGE, "cfg_zero_star": True, **FLOW}),
    "gamma-unused": Case(
        {"stochastic_sampling_gamma": 0.5}, {"stochastic_sampling_gamma": 0.5, "sampler": Sampler.TCD_TRAILING}
    ),
    "shift-ignored": Case(
        {"model": Z_IMAGE, "shift": 5.0, **FLOW},
        {"model": Z_IMAGE, "shift": 5.0, "resolution_dependent_shift": False, **FLOW},
    ),
    "shift-not-automatic": Case({"model": WAN, "num_frames": 5, **FLOW}, {"model": Z_IMAGE, **FLOW}),
    "seed-mode-legacy": Case({"seed_mode": SeedMode.LEGACY}, {"seed_mode": SeedMode.NVIDIA_GPU_COMPATIBLE}),
    "batch-count-ignored": Case({"batch_count": 3}, {"batch_size": 3}),
    "batch-on-single": Case({"model": WAN, "num_frames": 5, "batch_size": 2, **FLOW}, {"batch_size": 2}),
    "frames-rounded": Case({"model": LTX, "num_frames": 13, **FLOW}, {"model": WAN, "num_frames": 13, **FLOW}),
    "frames-of-picture": Case({"num_frames": 81}, {"model": WAN, "num_frames": 9, **FLOW}),
    # ---------------------------------------------------------------------------------------------- settings
    "svd-settings-unused": Case({"motion_scale": 60}, {"model": SVD, "image": PICTURE, "motion_scale": 60}),
    "cascade-settings-unused": Case({"stage_2_steps": 20}, {"model": CASCADE, "stage_2_steps": 20}),
    "kandinsky-settings-unused": Case(
        {"image_prior_steps": 9}, {"model": "kandinsky_f16.ckpt", "image_prior_steps": 9}
    ),
    "sdxl-settings-unused": Case({"crop_top": 64}, {"model": SDXL, "crop_top": 64}),
    "setting-ignored": Case(
        {"compression_artifacts": CompressionMethod.JPEG, "expand_prompt_to_json": True},
        {"compression_artifacts_quality": 50.0},
    ),
    "clip-skip-unused": Case({"model": QWEN, "clip_skip": 2, **FLOW}, {"clip_skip": 2}),
    "text-of-encoder-unused": Case(
        {"model": SDXL, "clip_l_text": "a fox"}, {"model": SDXL, "clip_l_text": "a fox", "separate_clip_l": True}
    ),
    "hires-not-smaller": Case(
        {"hires_fix": True},
        {"hires_fix": True, "height": 192, "width": 192, "hires_fix_width": 128, "hires_fix_height": 128},
    ),
    "hires-with-picture": Case({**STRENGTH, "hires_fix": True}, {"hires_fix": True}),
    "hires-at-full-strength": Case(
        {
            "hires_fix": True,
            "height": 192,
            "width": 192,
            "hires_fix_width": 128,
            "hires_fix_height": 128,
            "hires_fix_strength": 1.0,
        },
        {"hires_fix": True, "height": 192, "width": 192, "hires_fix_width": 128, "hires_fix_height": 128},
    ),
    "tiles-not-needed": Case(
        {"tiled_decoding": True}, {"tiled_diffusion": True, "diffusion_tile_width": 64, "diffusion_tile_overlap": 0}
    ),
    "tile-overlap": Case(
        {"tiled_diffusion": True, "diffusion_tile_width": 64, "diffusion_tile_overlap": 64},
        {"tiled_diffusion": True, "diffusion_tile_width": 64, "diffusion_tile_overlap": 0},
    ),
    "tea-cache-unmeasured": Case(
        {"tea_cache": True}, {"model": WAN, "num_frames": 5, "tea_cache": True, "steps": 12, **FLOW}
    ),
    "tea-cache-empty": Case(
        {"model": WAN, "num_frames": 5, "tea_cache": True, **FLOW},
        {"model": WAN, "num_frames": 5, "tea_cache": True, "steps": 12, **FLOW},
    ),
    "causal-inference-unused": Case(
        {"causal_inference": 3}, {"model": WAN, "num_frames": 5, "causal_inference": 3, **FLOW}
    ),
}

TAKEN_AWAY = frozenset({"model-part-missing", "vision-tower-missing", "addition-part-missing"})
"""Findings about a server that has lost ``PARTS``; the same requests are in order on one that has them."""
ELSEWHERE = frozenset({"lora-unknown-to-us"})
"""Findings about servers that list nothing; they have tests of their own."""
