"""What the dials do to a picture's colours and sharpness.

Everything linear becomes part of the one matrix of ``grade.py``; what is neutral costs nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import mix, recolour
from drawthings.server.painter.light import HOURS
from drawthings.server.painter.raster import blur
from drawthings.server.painter.words import read_prompt

if TYPE_CHECKING:
    from drawthings.server.painter.colour import Colour
    from drawthings.server.painter.dials import Dials
    from drawthings.server.painter.job import Job
    from drawthings.server.painter.raster import Rgb

STROKES = 0.012
"""How strong the strokes of the brush usually are."""

LEAST, MOST = 0.15, 2.5
"""Colour and contrast stay within these factors."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The colours that the dials ask for.

    Args:
        saturation: Factor of colourfulness.
        contrast: Factor of contrast.
        lift: What is added to every value.
        warmth: What red is multiplied with, and blue divided by.
    """

    saturation: float
    contrast: float
    lift: float
    warmth: float


def cast_of(job: Job) -> Cast:
    """Return what the dials of a job do to its colours; nothing when they are neutral."""
    dials = job.dials
    saturation, contrast, lift, warmth = _told(dials)
    vivid, bold, light = _sampled(dials, job.steps)
    saturation *= vivid * 0.75 ** job.echoes.count("")
    return Cast(
        min(MOST, max(LEAST, saturation)), min(MOST, max(LEAST, contrast * bold)), lift + light, max(LEAST, warmth)
    )


def _told(dials: Dials) -> tuple[float, float, float, float]:
    """Return saturation, contrast, lift and warmth of what a model is told beside the prompt."""
    nice, ugly = dials.aesthetic_score - 6, 2.5 - dials.negative_aesthetic_score
    vague = 1 - math.exp((1 - dials.clip_skip) / 4)
    sure = math.log2(max(1, dials.image_prior_steps) / 5)
    saturation = (1 + 0.06 * nice) * (1 + 0.045 * ugly) * (1 - 0.4 * vague) * (1 + 0.07 * sure)
    saturation *= 0.5 + 0.5 * dials.clip_weight
    contrast = (1 + 0.03 * nice) * (1 + 0.025 * ugly) * (1 - 0.15 * vague) * (1 + 0.03 * sure)
    lift = 0.05 * (1 - dials.clip_weight)
    warmth = 1 + 0.012 * nice
    if not dials.negative_prompt_for_image_prior:
        contrast *= 0.88
        warmth *= 0.96
    if not dials.t5_text_encoder:
        saturation *= 0.8
    if dials.zero_negative_prompt:
        saturation *= 1.06
        contrast *= 1.1
        lift -= 0.03
    return saturation, contrast, lift, warmth


def _sampled(dials: Dials, steps: int) -> tuple[float, float, float]:
    """Return saturation, contrast and lift of how a model is sampled."""
    embedded = min(16.0, dials.guidance_embed - 3.5)
    second = math.log2(1 + max(0.0, dials.stage_2_guidance)) - 1
    saturation, contrast = (1 + 0.03 * embedded) * (1 + 0.07 * second), (1 + 0.012 * embedded) * (1 + 0.05 * second)
    contrast *= max(LEAST, 1 + 0.05 * _doublings(dials.shift))
    lift = 0.022 * _doublings(dials.stage_2_shift)
    if not dials.speed_up_with_guidance_embed:
        saturation *= 1.05
        contrast *= 1.06
    if dials.cfg_zero_star:
        left_out = min(1.0, max(0, dials.cfg_zero_init_steps) / max(1, steps))
        saturation *= 0.88 * (1 - 0.6 * left_out)
        contrast *= 0.92 * (1 - 0.6 * left_out)
    return saturation, contrast, lift


def sharpness_of(job: Job) -> float:
    """Return how crisp the dials make a picture: above 0 sharper, below 0 softer."""
    dials = job.dials
    crisp = 1.2 * math.sqrt(max(0.0, dials.sharpness) / 30) - 0.12 * _doublings(dials.shift)
    crisp += 0.25 * _doublings(dials.stage_2_steps / 10) - 0.1 * _doublings(dials.stage_2_shift)
    canvas = (job.width, job.height)
    crisp += 0.4 * _larger((dials.original_image_width, dials.original_image_height), canvas)
    crisp -= 0.3 * _larger((dials.negative_original_image_width, dials.negative_original_image_height), canvas)
    crisp += 0.25 * _larger((dials.target_image_width, dials.target_image_height), canvas)
    if not dials.t5_text_encoder:
        crisp -= 0.4
    return crisp - 1.6 * skipped(dials, job.steps)


def _doublings(factor: float) -> float:
    """Return how often 1 is doubled to come to a factor, within four times."""
    return min(4.0, max(-4.0, math.log2(max(1e-3, factor))))


def _larger(size: tuple[int, int], canvas: tuple[int, int]) -> float:
    """Return how often a canvas is doubled to come to a size, within three times; 0 for a size that is not told."""
    if min(size) <= 0:
        return 0.0
    return min(3.0, max(-3.0, math.log2(size[0] * size[1] / (canvas[0] * canvas[1])) / 2))


def skipped(dials: Dials, steps: int) -> float:
    """Return which part of the steps TeaCache skips: those in its window, but for one after each run of them."""
    if not dials.tea_cache:
        return 0.0
    end = steps + 1 + dials.tea_cache_end if dials.tea_cache_end < 0 else dials.tea_cache_end
    window = max(0, min(end, steps) - max(0, dials.tea_cache_start))
    run = min(float(max(0, dials.tea_cache_max_skip_steps)), max(0.0, dials.tea_cache_threshold) * 40)
    return window / max(1, steps) * run / (run + 1)


def strokes_of(dials: Dials) -> float:
    """Return how strong the strokes of the brush are: random sampling roughens them."""
    gamma = dials.stochastic_sampling_gamma
    return STROKES * gamma / 0.3 if gamma < 0.3 else STROKES + 0.1 * (gamma - 0.3)  # noqa: PLR2004 - the usual one


def echo(rgb: Rgb, texts: tuple[str, ...]) -> Rgb:
    """Tint a picture with what the lesser text encoders were told, where that differs from the prompt."""
    for text in filter(None, texts):
        rgb = recolour(np.clip(rgb, 0, 1), _colour_of(text), 0.4)
    return rgb


def _colour_of(text: str) -> Colour:
    """Return the colour that a text speaks of, or that of its hour."""
    brief = read_prompt(text, "")
    named = [*brief.tints, *(wish.colour for wish in brief.wishes if wish.colour)]
    light = HOURS[brief.hour]
    return named[0] if named else mix(light.sky[1], light.sun, 0.35)


def focused(rgb: Rgb, crisp: float) -> Rgb:
    """Sharpen a picture, or soften it."""
    if crisp == 0:
        return rgb
    side = min(rgb.shape[:2])
    plain = np.clip(rgb, 0, 1)
    if crisp > 0:
        return plain + (plain - blur(plain, max(0.8, side * 0.002))) * np.float32(crisp * 1.6)
    return plain + (blur(plain, max(1.0, side * 0.007)) - plain) * np.float32(min(1.0, -crisp))


def kept_share(dials: Dials) -> float:
    """Return how far an edit goes at an image guidance: all the way at the usual one, hardly at a high one."""
    return min(1.3, max(0.1, 2.5 / (1 + dials.image_guidance_scale)))


def late_share(dials: Dials) -> float:
    """Return how much of the look a refiner decides: nothing when it never starts, all when it starts at once."""
    return math.sqrt(min(1.0, max(0.0, 1 - dials.refiner_start)))
