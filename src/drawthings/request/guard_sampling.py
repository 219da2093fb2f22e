"""The guard's rules about sampling: steps, sampler, guidance, shift, frames and batches."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from drawthings.request.choices import Sampler, SeedMode
from drawthings.request.fields import BY_NAME
from drawthings.request.guard_codes import Finding, found
from drawthings.request.guard_situation import GUIDANCE_OFF
from drawthings.request.recipes import composition_findings, recipe_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.request.guard_situation import Situation

MOST_STEPS = 1000
NUMBERS = ("guidance_scale", "strength", "image_guidance_scale", "shift", "hires_fix_strength", "sharpness")
ALWAYS_TOLD = frozenset({"sampler-not-trailing", "modifier-lost"})
"""What matters without a picture too."""
_TCD = frozenset({Sampler.TCD, Sampler.TCD_TRAILING})
FIXES = {
    "edit-strength": "Use strength 1.",
    "strength-few-steps": "Take more steps, or more strength.",
    "edit-few-steps": "Take more steps, or add a Lightning LoRA.",
    "sampler-not-trailing": "Take a Trailing sampler.",
    "edit-guidance": "Leave guidance_scale to the recipe.",
    "modifier-lost": "Repair the custom.json beside the models on the server.",
    "vision-tower-unnamed": "Repair the custom.json beside the models on the server.",
}


def numbers(s: Situation) -> Iterator[Finding]:
    """A number is one that no generation survives."""
    settings = s.settings
    for name in NUMBERS:
        value = getattr(settings, name)
        if not math.isfinite(value):
            text = f"{name} is {value}, and the server would compute with it and return nothing."
            yield found("number-not-finite", text, f"Use {BY_NAME[name].default}.")
    if settings.batch_size < 1:
        yield found("batch-size-zero", "batch_size is 0, which crashes the server.", "Use 1.")
    if not 0 <= settings.strength <= 1:
        text = f"strength is {settings.strength:g}; it must be 0 to 1, or the server crashes."
        yield found("strength-out-of-range", text, "Use 0 to 1.")
    if settings.steps < 1:
        yield found("steps-zero", "steps is 0, and the server would return nothing.", "Use 1 or more.")
    for name in ("steps", "stage_2_steps"):
        if getattr(settings, name) > MOST_STEPS:
            text = f"{name} is {getattr(settings, name)}, which the server would run through, for hours."
            yield found("steps-absurd", text, "Use 8 to 50; the app stops at 150.")


def recipe(s: Situation) -> Iterator[Finding]:
    """The settings are known to give poor pictures with this model."""
    if s.model is None or s.settings.steps < 1 or s.only_enlarges:
        return
    told = composition_findings(s.model, s.acting_loras, s.settings.to_dict())
    for code, text in told:
        if s.image is not None or code in ALWAYS_TOLD:
            yield found(code, text, FIXES[code])


def single_step(s: Situation) -> Iterator[Finding]:
    """The schedule divides by zero.

    Source:
        ``Denoiser.swift``: the linspace schedule of flow models divides by one less than the number of steps.
    """
    settings = s.settings
    if s.model is not None and s.model.flow and settings.steps == 1 and settings.sampler.spacing == "linspace":
        text = f"With one step {settings.sampler.label} divides by zero, and the server returns nothing."
        yield found("sampler-single-step", text, "Take a Trailing sampler, or two steps.")


def negative_prompt(s: Situation) -> Iterator[Finding]:
    """The negative prompt, or what belongs to it, is not used."""
    if s.model is None or s.guided:
        return
    if s.order.negative_prompt.strip():
        why = "guidance is off at 1"
        if s.distilled:
            why = "the model, or a LoRA, is distilled"
        elif s.embedded_guidance:
            why = "its guidance is built in (speed_up_with_guidance_embed)"
        text = f"The negative prompt is not used with {s.model.file}: {why}."
        yield found("negative-prompt-unused", text, "Say in the prompt what you want instead.")
    if s.settings.zero_negative_prompt:
        text = "zero_negative_prompt does nothing where guidance is off."
        yield found("zero-negative-unused", text, "Leave it off.")


def guidance(s: Situation) -> Iterator[Finding]:
    """Guidance is ignored, or points the wrong way."""
    if s.model is None:
        return
    settings = s.settings
    scale = settings.guidance_scale
    if s.distilled and not s.embedded_guidance and abs(scale - 1) > GUIDANCE_OFF:
        text = f"guidance_scale={scale:g} is ignored: the model, or a LoRA, is distilled."
        yield found("guidance-ignored", text, "Leave it at 1.")
    if s.guided and scale < 1:
        text = f"guidance_scale={scale:g} is below 1, so the picture follows the negative prompt more than the prompt."
        yield found("guidance-below-one", text, "Use 1 for no guidance, or more.")
    if settings.image_guidance_scale != BY_NAME["image_guidance_scale"].default and s.modifier != "editing":
        text = (
            f"image_guidance_scale={settings.image_guidance_scale:g} counts for instruct-pix2pix and HiDream E1 only."
        )
        yield found("image-guidance-unused", text, "Leave it out.")
    default = BY_NAME["guidance_embed"].default
    if settings.guidance_embed != default and not s.model.guidance_embed:
        text = f"guidance_embed={settings.guidance_embed:g} does nothing: {s.model.file} has no embedded guidance."
        yield found("guidance-embed-unused", text, "Leave it out.")
    if settings.cfg_zero_star and not (s.model.flow and s.guided):
        text = "cfg_zero_star corrects the guidance of flow models, and there is none here."
        yield found("cfg-zero-unused", text, "Turn it off.")
    if settings.stochastic_sampling_gamma != BY_NAME["stochastic_sampling_gamma"].default and (
        settings.sampler not in _TCD
    ):
        text = f"stochastic_sampling_gamma is for TCD samplers, not for {settings.sampler.label}."
        yield found("gamma-unused", text, "Leave it out.")


def shift(s: Situation) -> Iterator[Finding]:
    """The shift is overruled, or the automatic one does not exist."""
    if s.model is None:
        return
    settings = s.settings
    wanted = recipe_for(s.model, s.acting_loras).settings.number("shift") or 1.0
    if settings.shift not in {1.0, wanted} and settings.resolution_dependent_shift and s.model.auto_shift:
        text = f"shift={settings.shift:g} is ignored: resolution_dependent_shift chooses {s.shift:.2f} for this size."
        yield found("shift-ignored", text, "Turn resolution_dependent_shift off to use your own.")
    automatic = settings.resolution_dependent_shift and not s.model.auto_shift
    if s.model.flow and automatic and settings.shift == 1 and wanted > 1:
        text = f"{s.model.file} has no automatic shift, so shift 1 counts; it is made for {wanted:g}."
        yield found("shift-not-automatic", text, f"Use shift={wanted:g}.")


def seeds(s: Situation) -> Iterator[Finding]:
    """The seed will not give the same picture elsewhere."""
    if s.settings.seed_mode is SeedMode.LEGACY:
        text = "With seed_mode Legacy the same seed gives other pictures on other computers."
        yield found("seed-mode-legacy", text, "Use Scale Alike.")


def batches(s: Situation) -> Iterator[Finding]:
    """The number of pictures is not the one asked for."""
    settings = s.settings
    if settings.batch_count > 1:
        text = f"batch_count={settings.batch_count} is ignored by the server; batch_size counts (1 to 4)."
        yield found("batch-count-ignored", text, "Use batch_size, or ask several times.")
    if settings.batch_size > 1 and s.model is not None and s.family is not None and s.family.one_per_request:
        text = f"{s.model.file} makes one result per request, whatever batch_size={settings.batch_size} says."
        yield found("batch-on-single", text, "Ask several times, with other seeds.")


def frames(s: Situation) -> Iterator[Finding]:
    """The number of frames is rounded, or means nothing."""
    asked = s.settings.num_frames
    if s.model is None or s.family is None:
        return
    if not s.family.video:
        if asked not in {1, BY_NAME["num_frames"].default}:
            text = f"num_frames={asked} means nothing: {s.model.file} makes pictures."
            yield found("frames-of-picture", text, "Leave it out.")
    elif (given := s.family.frames(asked)) != asked:
        step = s.family.frame_step
        text = f"num_frames={asked} becomes {given}: {s.family.title} makes {step}k+1 frames."
        yield found("frames-rounded", text, f"Use {given} or {given + step}.")


RULES = (*(numbers, recipe, single_step, negative_prompt, guidance, shift, seeds, batches, frames),)
