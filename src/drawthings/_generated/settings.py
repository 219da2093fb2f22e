# Written by scripts/generate.py from the table in src/drawthings/request/fields.py. Do not edit.
"""The settings of a generation as types: what may be given, what a configuration holds, and their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from drawthings.request.choices import ColorCalibration, CompressionMethod, Sampler, SeedMode
from drawthings.request.extra import NOTHING, Extra
from drawthings.request.parts import Control, Lora

FieldName = Literal[
    "id",
    "width",
    "height",
    "seed",
    "steps",
    "guidance_scale",
    "strength",
    "model",
    "sampler",
    "batch_count",
    "batch_size",
    "hires_fix",
    "hires_fix_width",
    "hires_fix_height",
    "hires_fix_strength",
    "upscaler",
    "image_guidance_scale",
    "seed_mode",
    "clip_skip",
    "controls",
    "loras",
    "mask_blur",
    "face_restoration",
    "clip_weight",
    "negative_prompt_for_image_prior",
    "image_prior_steps",
    "refiner_model",
    "original_image_height",
    "original_image_width",
    "crop_top",
    "crop_left",
    "target_image_height",
    "target_image_width",
    "aesthetic_score",
    "negative_aesthetic_score",
    "zero_negative_prompt",
    "refiner_start",
    "negative_original_image_height",
    "negative_original_image_width",
    "name",
    "fps",
    "motion_scale",
    "guiding_frame_noise",
    "start_frame_guidance",
    "num_frames",
    "mask_blur_outset",
    "sharpness",
    "shift",
    "stage_2_steps",
    "stage_2_guidance",
    "stage_2_shift",
    "tiled_decoding",
    "decoding_tile_width",
    "decoding_tile_height",
    "decoding_tile_overlap",
    "stochastic_sampling_gamma",
    "preserve_original_after_inpaint",
    "tiled_diffusion",
    "diffusion_tile_width",
    "diffusion_tile_height",
    "diffusion_tile_overlap",
    "upscaler_scale_factor",
    "t5_text_encoder",
    "separate_clip_l",
    "clip_l_text",
    "separate_open_clip_g",
    "open_clip_g_text",
    "speed_up_with_guidance_embed",
    "guidance_embed",
    "resolution_dependent_shift",
    "tea_cache_start",
    "tea_cache_end",
    "tea_cache_threshold",
    "tea_cache",
    "separate_t5",
    "t5_text",
    "tea_cache_max_skip_steps",
    "causal_inference",
    "causal_inference_pad",
    "cfg_zero_star",
    "cfg_zero_init_steps",
    "compression_artifacts",
    "compression_artifacts_quality",
    "color_calibration",
    "expand_prompt_to_json",
]
"""The names of all settings."""


class Settings(TypedDict, total=False):
    """Settings by name, as they may be given; what is missing keeps its default."""

    id: int
    width: int
    height: int
    seed: int | None
    steps: int
    guidance_scale: float
    strength: float
    model: str | None
    sampler: Sampler | str | int
    batch_count: int
    batch_size: int
    hires_fix: bool
    hires_fix_width: int
    hires_fix_height: int
    hires_fix_strength: float
    upscaler: str | None
    image_guidance_scale: float
    seed_mode: SeedMode | str | int
    clip_skip: int
    controls: Iterable[Control | str | Mapping[str, Any]]
    loras: Iterable[Lora | str | tuple[str, float] | Mapping[str, Any]]
    mask_blur: float
    face_restoration: str | None
    clip_weight: float
    negative_prompt_for_image_prior: bool
    image_prior_steps: int
    refiner_model: str | None
    original_image_height: int
    original_image_width: int
    crop_top: int
    crop_left: int
    target_image_height: int
    target_image_width: int
    aesthetic_score: float
    negative_aesthetic_score: float
    zero_negative_prompt: bool
    refiner_start: float
    negative_original_image_height: int
    negative_original_image_width: int
    name: str | None
    fps: int
    motion_scale: int
    guiding_frame_noise: float
    start_frame_guidance: float
    num_frames: int
    mask_blur_outset: int
    sharpness: float
    shift: float
    stage_2_steps: int
    stage_2_guidance: float
    stage_2_shift: float
    tiled_decoding: bool
    decoding_tile_width: int
    decoding_tile_height: int
    decoding_tile_overlap: int
    stochastic_sampling_gamma: float
    preserve_original_after_inpaint: bool
    tiled_diffusion: bool
    diffusion_tile_width: int
    diffusion_tile_height: int
    diffusion_tile_overlap: int
    upscaler_scale_factor: int
    t5_text_encoder: bool
    separate_clip_l: bool
    clip_l_text: str | None
    separate_open_clip_g: bool
    open_clip_g_text: str | None
    speed_up_with_guidance_embed: bool
    guidance_embed: float
    resolution_dependent_shift: bool
    tea_cache_start: int
    tea_cache_end: int
    tea_cache_threshold: float
    tea_cache: bool
    separate_t5: bool
    t5_text: str | None
    tea_cache_max_skip_steps: int
    causal_inference: int
    causal_inference_pad: int
    cfg_zero_star: bool
    cfg_zero_init_steps: int
    compression_artifacts: CompressionMethod | str | int
    compression_artifacts_quality: float
    color_calibration: ColorCalibration | str | int
    expand_prompt_to_json: bool
    extra: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class ConfigurationFields:
    """The settings as a configuration holds them, with their defaults."""

    id: int = 0
    """The row of the settings in the app's own database. Value: -9223372036854775808 to 9223372036854775807. The
    open server ignores it.
    """

    width: int = 1024
    """Width of the canvas; the app's own default depends on the device. Value: in pixels, 128 to 8192 in steps of
    64.
    """

    height: int = 1024
    """Height of the canvas; the app's own default depends on the device. Value: in pixels, 128 to 8192 in steps of
    64.
    """

    seed: int | None = None
    """The number the noise is made from. None and -1 mean a random one; 0 is a seed like any other. Value: 0 to
    4294967295, or -1 or None for a random one.
    """

    steps: int = 20
    """How many sampling steps are taken. Value: 1 to 150."""

    guidance_scale: float = 4.5
    """How closely the picture follows the prompt; the embedded guidance where a model has that instead. Value: 0 to
    50.
    """

    strength: float = 1.0
    """How much noise an input picture gets first: 1 forgets it, 0 only upscales it and restores faces. Value: 0 to
    1.
    """

    model: str | None = None
    """File name of the checkpoint."""

    sampler: Sampler = Sampler.UNIPC_AYS
    """The way from noise to picture. Flow models (FLUX, Qwen Image and others) want a Trailing or AYS one."""

    batch_count: int = 1
    """How many requests the client makes one after the other, with further seeds. Value: 1 to 100. The open server
    ignores it.
    """

    batch_size: int = 1
    """How many pictures one request makes; video models make one clip whatever it says. Value: 1 to 4."""

    hires_fix: bool = False
    """Whether a smaller first pass lays out the picture before the full-size one."""

    hires_fix_width: int = 448
    """Width of the first pass; 0, or not below the canvas, means no first pass. Other clients stop at 2048. Value:
    in pixels, 128 to 8192 in steps of 64, or 0.
    """

    hires_fix_height: int = 448
    """Height of the first pass; 0, or not below the canvas, means no first pass. Other clients stop at 2048. Value:
    in pixels, 128 to 8192 in steps of 64, or 0.
    """

    hires_fix_strength: float = 0.7
    """How much noise the second pass starts with. Value: 0 to 1."""

    upscaler: str | None = None
    """File name of the upscaler; one the server does not have is silently skipped."""

    image_guidance_scale: float = 1.5
    """How closely an instruct-pix2pix edit follows the input picture. Value: 0 to 25."""

    seed_mode: SeedMode = SeedMode.SCALE_ALIKE
    """How the seed becomes noise. The schema's default is Legacy, so this is always sent."""

    clip_skip: int = 1
    """Which of the last CLIP layers is read; 1 is the last. Value: 1 to 23."""

    controls: tuple[Control, ...] = ()
    """Control nets and adapters, as file names or Control objects."""

    loras: tuple[Lora, ...] = ()
    """LoRAs, as file names, pairs of file and weight, or Lora objects."""

    mask_blur: float = 1.5
    """How soft the edge of an inpainted area is. Value: in pixels, 0 to 25."""

    face_restoration: str | None = None
    """File name of the face restoration model; servers on Linux have no face restoration."""

    clip_weight: float = 1.0
    """How much CLIP's own embedding counts, for Kandinsky. Value: 0 to 1."""

    negative_prompt_for_image_prior: bool = True
    """Whether the negative prompt also goes into Kandinsky's prior."""

    image_prior_steps: int = 5
    """Steps of Kandinsky's prior. Value: 3 to 60."""

    refiner_model: str | None = None
    """File name of a second model that does the last steps."""

    original_image_height: int = 0
    """Height SDXL is told the training picture had; 0 means the canvas. Other clients stop at 2048. Value: in
    pixels, 0 to 16384.
    """

    original_image_width: int = 0
    """Width SDXL is told the training picture had; 0 means the canvas. Other clients stop at 2048. Value: in
    pixels, 0 to 16384.
    """

    crop_top: int = 0
    """How much SDXL is told was cut off at the top. Other clients stop at 1024. Value: in pixels, 0 to 8192."""

    crop_left: int = 0
    """How much SDXL is told was cut off on the left. Other clients stop at 1024. Value: in pixels, 0 to 8192."""

    target_image_height: int = 0
    """Height that SDXL is told to aim at; 0 means the canvas. Other clients stop at 2048. Value: in pixels, 0 to
    16384.
    """

    target_image_width: int = 0
    """Width that SDXL is told to aim at; 0 means the canvas. Other clients stop at 2048. Value: in pixels, 0 to
    16384.
    """

    aesthetic_score: float = 6.0
    """Score that the SDXL refiner aims at. Value: 0 to 10."""

    negative_aesthetic_score: float = 2.5
    """Score that the SDXL refiner keeps away from. Value: 0 to 10."""

    zero_negative_prompt: bool = False
    """Whether the negative prompt's embedding is replaced by zeros where guidance is on."""

    refiner_start: float = 0.85
    """How far the sampling is when the refiner takes over, 0 to 1. Value: 0 to 1."""

    negative_original_image_height: int = 0
    """Original height for the negative prompt; 0 means that of the prompt. Other clients stop at 2048. Value: in
    pixels, 0 to 16384.
    """

    negative_original_image_width: int = 0
    """Original width for the negative prompt; 0 means that of the prompt. Other clients stop at 2048. Value: in
    pixels, 0 to 16384.
    """

    name: str | None = None
    """Name of the preset; the app's JSON has no key for it. The open server ignores it."""

    fps: int = 5
    """Frame rate that Stable Video Diffusion is told; the speed of a file is chosen when it is written. Value: 1 to
    30.
    """

    motion_scale: int = 127
    """How much Stable Video Diffusion moves. Value: 0 to 255."""

    guiding_frame_noise: float = 0.02
    """Noise that Stable Video Diffusion puts on its first frame. Value: 0 to 1."""

    start_frame_guidance: float = 1.0
    """Guidance of Stable Video Diffusion at the first frame. Value: 0 to 25."""

    num_frames: int = 14
    """How many frames a video has; families round it down to 4k+1 or 8k+1. The HTTP server stops at 201 and the app
    at 257; ours is a bound against slips only. Value: 1 to 4097.
    """

    mask_blur_outset: int = 0
    """How far the inpainted area grows beyond the mask, or shrinks. Value: in pixels, -100 to 1000."""

    sharpness: float = 0.0
    """How much the picture is sharpened while it is sampled. Value: 0 to 30."""

    shift: float = 1.0
    """How far the noise schedule is moved towards noise, unless it is automatic. The app's limit is 8; ours is 100,
    because the automatic shift itself reaches 25 at 2048x2048. Value: 0.1 to 100.
    """

    stage_2_steps: int = 10
    """Steps of Stable Cascade's second stage. Value: 1 to 150."""

    stage_2_guidance: float = 1.0
    """Guidance of Stable Cascade's second stage. Value: 0 to 25."""

    stage_2_shift: float = 1.0
    """Shift of Stable Cascade's second stage. Value: 0.1 to 5."""

    tiled_decoding: bool = False
    """Whether a large picture is decoded tile by tile, to save memory."""

    decoding_tile_width: int = 640
    """Width of a tile when decoding; 0 only while tiled decoding is off. Value: in pixels, 128 to 8192 in steps of
    64, or 0.
    """

    decoding_tile_height: int = 640
    """Height of a tile when decoding; 0 only while tiled decoding is off. Value: in pixels, 128 to 8192 in steps of
    64, or 0.
    """

    decoding_tile_overlap: int = 128
    """How much neighbouring tiles share when decoding, both sides together. Value: in pixels, 0 to 1024 in steps of
    64.
    """

    stochastic_sampling_gamma: float = 0.3
    """How random the TCD samplers are. Value: 0 to 1."""

    preserve_original_after_inpaint: bool = True
    """Whether what the mask keeps is copied back from the input picture."""

    tiled_diffusion: bool = False
    """Whether a large picture is sampled tile by tile, to save memory."""

    diffusion_tile_width: int = 1024
    """Width of a tile when sampling; 0 only while tiled diffusion is off. Value: in pixels, 128 to 8192 in steps of
    64, or 0.
    """

    diffusion_tile_height: int = 1024
    """Height of a tile when sampling; 0 only while tiled diffusion is off. Value: in pixels, 128 to 8192 in steps
    of 64, or 0.
    """

    diffusion_tile_overlap: int = 128
    """How much neighbouring tiles share when sampling, both sides together. Value: in pixels, 0 to 1024 in steps of
    64.
    """

    upscaler_scale_factor: int = 0
    """How much larger the upscaler makes the picture; 0 is its own factor. The server takes every number but 2 and
    4 for 0, so 1 and 3 are refused here: they would not do what they say. Value: one of 0, 2, 4.
    """

    t5_text_encoder: bool = True
    """Whether Stable Diffusion 3 uses its T5 text encoder."""

    separate_clip_l: bool = False
    """Whether CLIP-L gets a prompt of its own."""

    clip_l_text: str | None = None
    """The prompt of CLIP-L, where it has its own."""

    separate_open_clip_g: bool = False
    """Whether OpenCLIP-G gets a prompt of its own."""

    open_clip_g_text: str | None = None
    """The prompt of OpenCLIP-G, where it has its own."""

    speed_up_with_guidance_embed: bool = True
    """Whether models with embedded guidance (FLUX.1 dev and its kin) take one pass a step, with guidance_scale as
    that guidance, instead of two with real guidance.
    """

    guidance_embed: float = 3.5
    """The embedded guidance, where real guidance is on beside it. Value: 0 to 25."""

    resolution_dependent_shift: bool = True
    """Whether flow models take the shift from the size of the canvas and ignore the one given."""

    tea_cache_start: int = 5
    """First step that TeaCache may skip. Value: 0 to 1000."""

    tea_cache_end: int = -1
    """Last step that TeaCache may skip; negative counts from the end, -1 is the last. Other clients stop at -1.
    Value: -1000 to 1000.
    """

    tea_cache_threshold: float = 0.06
    """How much may change in a step that TeaCache skips. Value: 0 to 1."""

    tea_cache: bool = False
    """Whether steps that change little are skipped, for models that are measured for it."""

    separate_t5: bool = False
    """Whether T5 gets a prompt of its own."""

    t5_text: str | None = None
    """The prompt of T5, where it has its own."""

    tea_cache_max_skip_steps: int = 3
    """How many steps in a row TeaCache may skip. Value: 1 to 1000."""

    causal_inference: int = 0
    """How many latent frames Wan makes at a time; 0 makes all at once. The app keeps 3 beside a switch that is off;
    its JSON and this package say 0 then. Value: 0 to 1000.
    """

    causal_inference_pad: int = 0
    """How many further latent frames each chunk sees. Value: 0 to 1000."""

    cfg_zero_star: bool = False
    """Whether guidance is corrected by CFG-Zero*, for flow models."""

    cfg_zero_init_steps: int = 0
    """How many first steps CFG-Zero* leaves out. Value: 0 to 1000."""

    compression_artifacts: CompressionMethod = CompressionMethod.DISABLED
    """Compression artefacts that a client puts on its input picture. The open server ignores it."""

    compression_artifacts_quality: float = 43.1
    """Quality of those compression artefacts. Value: 0 to 100. The open server ignores it."""

    color_calibration: ColorCalibration = ColorCalibration.DISABLED
    """Whether the colours of the result are brought back to those of the input picture."""

    expand_prompt_to_json: bool = False
    """Whether a client expands the prompt for Ideogram before it sends it. The open server ignores it."""

    extra: Extra = NOTHING
    """Keys of the app's JSON that this package does not know."""
