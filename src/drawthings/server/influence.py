"""Which of the settings count for a request: those that its model, or something it turns on, looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.catalogue.families import CASCADE_PRIOR, SDXL_LINE
from drawthings.catalogue.schedule import auto_shift
from drawthings.request.choices import ColorCalibration
from drawthings.request.guard_settings import WITHOUT_CLIP
from drawthings.request.guard_situation import KANDINSKY
from drawthings.server.painter.dials import Dials
from drawthings.server.schedule import shift_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.server.reading import Reading

NO_GUIDANCE = 1e-3
"""How near to 1 guidance may be and still be none."""

SDXL_REFINER = "sdxl_refiner_v0.9"
ZEROED = frozenset({"sdxl_base_v0.9", "ssd_1b"})
"""Families whose negative prompt can be made zeros. Source: ``UNetFixedEncoder``."""

WITH_T5 = frozenset({"sd3", "sd3_large"})
"""Families that can do without T5."""

ENCODERS = {
    "flux1": ("t5", "clip_l"),
    "sd3": ("t5", "open_clip_g", "clip_l"),
    "sd3_large": ("t5", "open_clip_g", "clip_l"),
    "hidream_i1": ("language_model", "t5", "open_clip_g", "clip_l"),
}
"""Families whose text encoders can be told different things, the most important encoder first."""


def guided(reading: Reading) -> bool:
    """Tell whether the negative prompt counts: whether the model is asked twice, with it and with the prompt.

    Source:
        `LocalImageGenerator`: guidance other than 1, no distilled model or LoRA, and no guidance that is an input of
        the network.
    """
    settings, model = reading.configuration, reading.model
    built_in = model.guidance_embed and settings.speed_up_with_guidance_embed
    return abs(settings.guidance_scale - 1) > NO_GUIDANCE and not _distilled(reading) and not built_in


def guidance(reading: Reading) -> float:
    """Return the guidance in force; 1 where the model is distilled and never looks at it."""
    built_in = reading.model.guidance_embed
    return 1.0 if _distilled(reading) and not built_in else reading.configuration.guidance_scale


def refiner(reading: Reading) -> str:
    """Return the refiner's file, or nothing where it does not fit the model.

    Source:
        `LocalImageGenerator`, ``refinerVersion``.
    """
    model, additions = reading.model, reading.additions
    own = {model.version, additions.refiner_version}
    fits = len(own) == 1 or own <= SDXL_LINE
    return additions.refiner if fits and additions.refiner != model.file else ""


def heard(reading: Reading) -> tuple[str, tuple[str, ...]]:
    """Return the text that the model's main text encoder is told, and what the others are told instead of it."""
    settings = reading.configuration
    texts = []
    for encoder in ENCODERS.get(reading.family.version, ("all",)):
        if encoder == "t5" and reading.family.version in WITH_T5 and not settings.t5_text_encoder:
            continue
        own = getattr(settings, f"separate_{encoder}", False)
        texts.append(getattr(settings, f"{encoder}_text") or "" if own else reading.prompt)
    main = next((text for text in texts if text), "")
    return main, tuple(text for text in dict.fromkeys(texts) if text != main)


def fixes_hires(reading: Reading) -> bool:
    """Tell whether a first pass at a smaller size comes before the picture; Stable Cascade's second stage is none."""
    course = reading.course
    return course.second is not None and course.second.version == course.first.version


def dials_of(reading: Reading) -> Dials:
    """Return the settings that count and have no place of their own in the painter's job."""
    settings = reading.configuration
    told = {name: getattr(settings, name) for names, counts in RULES if counts(reading) for name in names}
    for side, length in (("width", reading.course.width), ("height", reading.course.height)):
        # A tile is never larger than the canvas.
        told |= {name: min(value, length) for name, value in told.items() if name.endswith(f"_tile_{side}")}
    told["shift"] = _relative_shift(reading)
    told["color_calibration"] = reading.source is not None and settings.color_calibration is ColorCalibration.LAB
    return Dials(**told)


def _distilled(reading: Reading) -> bool:
    return reading.model.is_consistency or any(entry.is_consistency for _, entry in reading.additions.loras)


def _relative_shift(reading: Reading) -> float:
    """Return the shift against the one that goes by the size of the canvas, for models that can have that."""
    settings, model = reading.configuration, reading.model
    usual = auto_shift(settings.width, settings.height) if model.auto_shift else 1.0
    return round(shift_for(settings, model) / usual, 4)


def _is(*versions: str) -> Callable[[Reading], bool]:
    return lambda reading: reading.family.version in versions


def _is_tiled(kind: str) -> Callable[[Reading], bool]:
    """Tell whether tiles of a kind are on and smaller than the canvas."""

    def smaller(reading: Reading) -> bool:
        settings, course = reading.configuration, reading.course
        high, wide = (getattr(settings, f"{kind}_tile_{side}") for side in ("height", "width"))
        return bool(getattr(settings, f"tiled_{kind}")) and (course.height > high or course.width > wide)

    return smaller


def _both(*names: str) -> Callable[[Reading], bool]:
    """Tell whether a size is told to a model that listens: one side alone counts as none."""
    return lambda reading: _is(*SDXL_LINE)(reading) and all(getattr(reading.configuration, name) > 0 for name in names)


def _scored(reading: Reading) -> bool:
    return SDXL_REFINER in {reading.model.version, reading.additions.refiner_version if refiner(reading) else ""}


_ORIGINAL = ("original_image_width", "original_image_height")
_NEGATIVE = ("negative_original_image_width", "negative_original_image_height")
_TARGET = ("target_image_width", "target_image_height")
_TEA = ("tea_cache", "tea_cache_start", "tea_cache_end", "tea_cache_threshold", "tea_cache_max_skip_steps")

RULES: tuple[tuple[tuple[str, ...], Callable[[Reading], bool]], ...] = (
    (("sharpness",), lambda _: True),
    (("hires_fix_strength",), fixes_hires),
    (("clip_skip",), lambda reading: reading.family.version not in WITHOUT_CLIP),
    (("t5_text_encoder",), _is(*WITH_T5)),
    (("clip_weight", "negative_prompt_for_image_prior", "image_prior_steps"), _is(KANDINSKY)),
    (("crop_top", "crop_left"), _is(*SDXL_LINE)),
    (_ORIGINAL, _both(*_ORIGINAL)),
    (_NEGATIVE, lambda reading: guided(reading) and _both(*_NEGATIVE)(reading)),
    (_TARGET, lambda reading: reading.family.version != SDXL_REFINER and _both(*_TARGET)(reading)),
    (("aesthetic_score",), _scored),
    (("negative_aesthetic_score",), lambda reading: guided(reading) and _scored(reading)),
    (("zero_negative_prompt",), lambda reading: guided(reading) and _is(*ZEROED)(reading)),
    (("refiner_start",), lambda reading: bool(refiner(reading))),
    (("image_guidance_scale",), lambda reading: reading.modifier == "editing"),
    (("speed_up_with_guidance_embed",), lambda reading: reading.model.guidance_embed),
    (
        ("guidance_embed",),
        lambda reading: reading.model.guidance_embed and not reading.configuration.speed_up_with_guidance_embed,
    ),
    (("cfg_zero_star",), lambda reading: guided(reading) and reading.model.flow),
    (
        ("cfg_zero_init_steps",),
        lambda reading: guided(reading) and reading.model.flow and reading.configuration.cfg_zero_star,
    ),
    (("stochastic_sampling_gamma",), lambda reading: reading.configuration.sampler.name.startswith("TCD")),
    (("stage_2_steps", "stage_2_guidance", "stage_2_shift"), _is(CASCADE_PRIOR)),
    (
        _TEA,
        lambda reading: reading.configuration.tea_cache and bool(reading.model.facts.get("tea_cache_coefficients")),
    ),
    (
        ("tiled_decoding", "decoding_tile_width", "decoding_tile_height", "decoding_tile_overlap"),
        _is_tiled("decoding"),
    ),
    (
        ("tiled_diffusion", "diffusion_tile_width", "diffusion_tile_height", "diffusion_tile_overlap"),
        _is_tiled("diffusion"),
    ),
    (("fps", "motion_scale", "guiding_frame_noise", "start_frame_guidance"), _is("svd_i2v")),
    (
        ("causal_inference", "causal_inference_pad"),
        lambda reading: reading.family.version.startswith("wan_") and reading.configuration.causal_inference > 0,
    ),
)
"""Settings, and when they count.

Source:
    The notes at the fields in ``request/``; ``LocalImageGenerator`` for what is told to which family.
"""
