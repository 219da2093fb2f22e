"""Every finding the guard can come to: its code, how grave it is, and which error it becomes.

``refuse`` is for what makes the official server crash, return nothing, or silently do something other than what was
asked; ``warn`` for what it does as told and what is likely to disappoint; ``note`` for what has no effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from drawthings.errors import BadImage, BadMask, BadSize, BadValue, ModelNotFound, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings.errors import DrawThingsError

Severity = Literal["refuse", "warn", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What the server is known to make of a part of a request.

    Attributes:
        code: A short stable name, for programs; see ``CODES``.
        severity: ``refuse``, ``warn`` or ``note``.
        text: One sentence.
        fix: What to do about it.
    """

    code: str
    severity: Severity
    text: str
    fix: str

    def __str__(self) -> str:
        return f"{self.text} {self.fix}"


@dataclass(frozen=True, slots=True)
class Code:
    """One row of the table.

    Attributes:
        severity: How grave it is.
        error: The error it becomes when it is refused.
        by_model: Whether it rests on what the model is, so that it is only a warning where that is guessed from the
            file name.
        field: The setting or argument to look at, by the name it has in a call; None where it is none in particular.
    """

    severity: Severity
    error: type[DrawThingsError] = BadValue
    by_model: bool = False
    field: str | None = None


_REFUSED: Mapping[type[DrawThingsError], tuple[str, ...]] = {
    ModelNotFound: (
        *("model-missing", "model-part-missing", "vision-tower-missing", "lora-missing", "control-missing"),
        *("refiner-missing", "upscaler-missing", "face-restoration-missing"),
    ),
    BadValue: (
        *("model-undescribed", "lora-other-family", "lora-undescribed", "control-other-family", "control-undescribed"),
        *("override-incomplete", "override-wrong-choice", "number-not-finite", "sampler-single-step"),
        *("double-below-full-strength", "hint-unknown-type", "hint-type-ignored", "hint-twice", "hint-nobody-looks"),
        *("references-ignored", "hint-several-tensors", "reference-weight-zero", "audio-missing", "audio-length"),
    ),
    OutOfRange: (
        *("batch-size-zero", "strength-out-of-range", "steps-zero", "steps-absurd"),
        *("canvas-in-blocks", "canvas-too-large", "canvas-off-grid"),
    ),
    BadImage: (
        *("image-unreadable", "image-shape", "image-several", "image-not-finite", "picture-needed"),
        *("hint-unreadable", "hint-shape"),
    ),
    BadSize: ("image-off-grid", "mask-size", "hint-size"),
    BadMask: (
        *("mask-without-image", "mask-unreadable", "mask-shape", "mask-codes", "mask-single-code"),
        *("mask-transparent", "mask-on-avatar"),
    ),
}
_BY_MODEL = frozenset(
    {
        *("lora-other-family", "control-other-family", "sampler-single-step", "double-below-full-strength"),
        *("hint-nobody-looks", "references-ignored", "reference-weight-zero", "audio-missing", "audio-length"),
        *("picture-needed", "image-several", "mask-transparent", "mask-on-avatar"),
    }
)
_WARNED = (
    *("lora-weight-zero", "lora-mode-without-refiner", "lora-unknown-to-us", "addition-part-missing"),
    *("control-weight-zero", "control-empty-range", "control-reads-nothing", "control-input-open"),
    *("override-modifier-lost", "override-trimmed", "override-twice"),
    *("refiner-other-family", "refiner-undescribed", "refiner-never", "refiner-is-the-model"),
    *("canvas-memory", "results-memory"),
    *("image-unused", "image-stretched", "image-decides-size", "image-frames-left-out", "edit-model-without-picture"),
    *("conditioned-model-without-picture", "strength-zero-does-nothing", "mask-strength-zero"),
    *("edit-strength", "strength-few-steps", "edit-few-steps", "edit-guidance", "modifier-lost"),
    *("vision-tower-unnamed", "sampler-not-trailing", "negative-prompt-unused", "guidance-below-one"),
    *("shift-not-automatic", "batch-count-ignored", "batch-on-single", "frames-rounded"),
    *("hires-not-smaller", "hires-with-picture", "hires-at-full-strength", "tile-overlap", "tea-cache-unmeasured"),
    *("hint-range",),
)
_NOTED = (
    *("upscaler-undescribed", "face-restoration-platform", "keywords-ignored", "canvas-small", "strength-unused"),
    *("mask-repaints-all", "mask-outset-unused", "hint-empty", "reference-without-weight", "references-one-seen"),
    *("guidance-ignored", "image-guidance-unused", "shift-ignored", "seed-mode-legacy", "clip-skip-unused"),
    *("cfg-zero-unused", "zero-negative-unused", "guidance-embed-unused", "gamma-unused", "setting-ignored"),
    *("svd-settings-unused", "cascade-settings-unused", "kandinsky-settings-unused", "sdxl-settings-unused"),
    *("text-of-encoder-unused", "tea-cache-empty", "causal-inference-unused", "frames-of-picture"),
    *("tiles-not-needed", "upscale-factor-unused", "colour-calibration-unused", "refiner-from-start"),
)

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "model": (
        *("model-missing", "model-part-missing", "model-undescribed", "modifier-lost"),
        *("vision-tower-missing", "vision-tower-unnamed"),
    ),
    "refiner_model": (
        *("refiner-missing", "refiner-other-family", "refiner-undescribed", "refiner-never", "refiner-is-the-model"),
        *("refiner-from-start", "lora-mode-without-refiner"),
    ),
    "loras": ("lora-missing", "lora-other-family", "lora-undescribed", "lora-unknown-to-us", "lora-weight-zero"),
    "controls": (
        *("control-missing", "control-other-family", "control-undescribed", "control-weight-zero"),
        *("control-empty-range", "control-reads-nothing", "control-input-open"),
    ),
    "upscaler": ("upscaler-missing", "upscaler-undescribed"),
    "face_restoration": ("face-restoration-missing", "face-restoration-platform"),
    "width": ("canvas-in-blocks", "canvas-too-large", "canvas-off-grid", "canvas-memory", "canvas-small"),
    "batch_size": ("batch-size-zero", "batch-on-single", "results-memory"),
    "batch_count": ("batch-count-ignored",),
    "steps": ("steps-zero", "steps-absurd", "sampler-single-step", "edit-few-steps"),
    "sampler": ("sampler-not-trailing",),
    "guidance_scale": ("guidance-below-one", "guidance-ignored", "edit-guidance"),
    "strength": (
        *("strength-out-of-range", "strength-zero-does-nothing", "strength-few-steps", "strength-unused"),
        *("edit-strength", "mask-strength-zero", "double-below-full-strength"),
    ),
    "negative_prompt": ("negative-prompt-unused",),
    "num_frames": ("frames-rounded", "frames-of-picture"),
    "shift": ("shift-not-automatic", "shift-ignored"),
    "seed_mode": ("seed-mode-legacy",),
    "clip_skip": ("clip-skip-unused",),
    "hires_fix": ("hires-not-smaller", "hires-with-picture", "hires-at-full-strength"),
    "tea_cache": ("tea-cache-unmeasured", "tea-cache-empty"),
    "image_guidance_scale": ("image-guidance-unused",),
    "cfg_zero_star": ("cfg-zero-unused",),
    "zero_negative_prompt": ("zero-negative-unused",),
    "guidance_embed": ("guidance-embed-unused",),
    "stochastic_sampling_gamma": ("gamma-unused",),
    "causal_inference": ("causal-inference-unused",),
    "upscaler_scale_factor": ("upscale-factor-unused",),
    "color_calibration": ("colour-calibration-unused",),
    "keywords": ("keywords-ignored",),
    "image": (
        *("image-unreadable", "image-shape", "image-several", "image-not-finite", "image-off-grid", "image-unused"),
        *("image-stretched", "image-decides-size", "image-frames-left-out", "picture-needed"),
        *("edit-model-without-picture", "conditioned-model-without-picture"),
    ),
    "mask": (
        *("mask-without-image", "mask-unreadable", "mask-shape", "mask-codes", "mask-single-code", "mask-transparent"),
        *("mask-on-avatar", "mask-size", "mask-repaints-all"),
    ),
    "mask_blur_outset": ("mask-outset-unused",),
    "hints": (
        *("hint-unknown-type", "hint-type-ignored", "hint-twice", "hint-nobody-looks", "hint-several-tensors"),
        *("hint-unreadable", "hint-shape", "hint-size", "hint-empty", "hint-range", "audio-missing", "audio-length"),
    ),
    "references": (
        *("references-ignored", "references-one-seen", "reference-weight-zero", "reference-without-weight"),
    ),
}
_FIELD = {code: field for field, codes in _FIELDS.items() for code in codes}

CODES: Mapping[str, Code] = MappingProxyType(
    {
        **{
            code: Code("refuse", error, code in _BY_MODEL, _FIELD.get(code))
            for error, codes in _REFUSED.items()
            for code in codes
        },
        **{code: Code("warn", field=_FIELD.get(code)) for code in _WARNED},
        **{code: Code("note", field=_FIELD.get(code)) for code in _NOTED},
    }
)
"""All findings by their code."""


def found(code: str, text: str, fix: str) -> Finding:
    """Make a finding as grave as the table says."""
    return Finding(code, CODES[code].severity, text, fix)
