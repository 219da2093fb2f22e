"""The settings that show in a picture although they name nothing in it; ``tuning.py`` and others act on them."""

from __future__ import annotations

from dataclasses import dataclass, fields

NOT_TOLD = 0
"""A size of 0 is that of the canvas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dials:
    """Settings by their names, each neutral unless it counts for what is painted.

    Whoever fills it in leaves out what the model does not look at; the painter believes every number here.

    Args:
        clip_skip: 1 lets CLIP read to the end; more make the colours vaguer.
        t5_text_encoder: Without T5 the picture is simpler.
        clip_weight: Kandinsky's colours.
        negative_prompt_for_image_prior: Kandinsky's contrast.
        image_prior_steps: Kandinsky's colours become surer with more.
        original_image_width: A picture said to have been small is soft, a large one crisp.
        original_image_height: The same, downwards.
        negative_original_image_width: The same, the other way round.
        negative_original_image_height: The same, downwards.
        target_image_width: A picture that aims at another shape is cut to it.
        target_image_height: The same, downwards.
        crop_top: Pixels by which the scene is cut at the top.
        crop_left: Pixels by which it is cut on the left.
        aesthetic_score: Colour and contrast.
        negative_aesthetic_score: Colour and contrast, the other way round.
        zero_negative_prompt: Deeper contrast.
        refiner_start: From which part of the sampling on the refiner works.
        image_guidance_scale: How much of the input picture an edit keeps.
        guidance_embed: Colour and contrast.
        speed_up_with_guidance_embed: Off, contrast is a little higher.
        cfg_zero_star: Calmer colours.
        cfg_zero_init_steps: First steps left out, which leave a mist.
        shift: Times the schedule is shifted against the usual: more is bolder and softer.
        sharpness: Sharpness.
        stochastic_sampling_gamma: How strong the brush strokes are.
        hires_fix_strength: How little of the first pass of hires fix stays.
        stage_2_steps: How crisp the second stage of Stable Cascade is.
        stage_2_guidance: Its contrast.
        stage_2_shift: Its light.
        tea_cache: Whether steps are skipped.
        tea_cache_start: The first step that may be.
        tea_cache_end: The last; negative counts from the end.
        tea_cache_threshold: How willingly.
        tea_cache_max_skip_steps: How many in a row.
        tiled_decoding: Whether tiles of the decoder differ in brightness.
        decoding_tile_width: Pixels of a tile.
        decoding_tile_height: Pixels of a tile.
        decoding_tile_overlap: Pixels over which two tiles run into each other.
        tiled_diffusion: Whether tiles of the sampler differ in colour.
        diffusion_tile_width: Pixels of a tile.
        diffusion_tile_height: Pixels of a tile.
        diffusion_tile_overlap: Pixels over which two tiles run into each other.
        color_calibration: Whether colours go back to those of the input picture.
        fps: Pace of a clip: few pictures a second are further apart.
        motion_scale: How far a clip moves.
        guiding_frame_noise: Grain of a clip.
        start_frame_guidance: Contrast with which a clip begins.
        causal_inference: Latent frames of a clip that are made at a time; 0 is all.
        causal_inference_pad: Further ones that each part sees, which make parts more alike.
    """

    clip_skip: int = 1
    t5_text_encoder: bool = True
    clip_weight: float = 1.0
    negative_prompt_for_image_prior: bool = True
    image_prior_steps: int = 5
    original_image_width: int = NOT_TOLD
    original_image_height: int = NOT_TOLD
    negative_original_image_width: int = NOT_TOLD
    negative_original_image_height: int = NOT_TOLD
    target_image_width: int = NOT_TOLD
    target_image_height: int = NOT_TOLD
    crop_top: int = 0
    crop_left: int = 0
    aesthetic_score: float = 6.0
    negative_aesthetic_score: float = 2.5
    zero_negative_prompt: bool = False
    refiner_start: float = 0.85
    image_guidance_scale: float = 1.5
    guidance_embed: float = 3.5
    speed_up_with_guidance_embed: bool = True
    cfg_zero_star: bool = False
    cfg_zero_init_steps: int = 0
    shift: float = 1.0
    sharpness: float = 0.0
    stochastic_sampling_gamma: float = 0.3
    hires_fix_strength: float = 0.7
    stage_2_steps: int = 10
    stage_2_guidance: float = 1.0
    stage_2_shift: float = 1.0
    tea_cache: bool = False
    tea_cache_start: int = 5
    tea_cache_end: int = -1
    tea_cache_threshold: float = 0.06
    tea_cache_max_skip_steps: int = 3
    tiled_decoding: bool = False
    decoding_tile_width: int = 640
    decoding_tile_height: int = 640
    decoding_tile_overlap: int = 128
    tiled_diffusion: bool = False
    diffusion_tile_width: int = 1024
    diffusion_tile_height: int = 1024
    diffusion_tile_overlap: int = 128
    color_calibration: bool = False
    fps: int = 5
    motion_scale: int = 127
    guiding_frame_noise: float = 0.02
    start_frame_guidance: float = 1.0
    causal_inference: int = 0
    causal_inference_pad: int = 0

    @property
    def text(self) -> str:
        """Those that are turned, as a text that names the picture's finest strokes; nothing when all are neutral.

        In a model every number that counts changes everything a little. Here it moves the strokes of the brush.
        """
        turned = [
            f"{each.name}={getattr(self, each.name)}"
            for each in fields(self)
            if getattr(self, each.name) != each.default
        ]
        return " ".join(turned)
