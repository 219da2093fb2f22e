"""Settings that the official server does not check and should, and how much work is too much."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NoReturn

import grpc

from drawthings.catalogue.families import UNIT_PX
from drawthings.server.refusal import Refusal

if TYPE_CHECKING:
    from drawthings.catalogue.entries import ModelEntry
    from drawthings.request.configuration import Configuration
    from drawthings.server.course import Course
    from drawthings.server.judge import Judge

MOST_BLOCKS = 128
"""Blocks of 64 pixels per side: 8192 pixels, as in the app."""

MOST_STEPS = 1000
"""More steps than this is a slip; the app's own interfaces stop at 150."""

TOO_MANY_STEPS = 100_000
"""No server gets through this many, and a schedule of four billion would not even fit into memory."""

MOST_PIXELS = 300_000_000
"""Pixels of all results of one request together; with more the computer would run out of memory."""

MOST_RESULTS = 2000
"""Pictures or frames of one request; the app asks for four pictures or a few hundred frames at most."""

_NUMBERS = ("guidance_scale", "strength", "image_guidance_scale", "shift", "hires_fix_strength", "sharpness")


def check_settings(configuration: Configuration, judge: Judge, *, has_image: bool) -> bool:
    """Refuse settings that no generation survives.

    Args:
        configuration: The settings as they came.
        judge: Decides about flaws.
        has_image: Whether there is a picture to start from.

    Returns:
        Whether a picture can come of it; a faithful server goes through the motions all the same.

    Raises:
        Refusal: A setting is out of bounds.
    """
    healthy = True
    for name in _NUMBERS:
        value = getattr(configuration, name)
        if not math.isfinite(value):
            judge.silent(f"{name} is {value}.", "computes with it and returns no picture")
            healthy = False
    if configuration.batch_size < 1:
        judge.crash("batch_size is 0; it must be 1 or more.")
    if not 0 <= configuration.strength <= 1:
        flaw = f"strength is {configuration.strength:g}; it must be 0 to 1."
        if has_image:
            judge.crash(flaw)
        judge.silent(flaw, "does not look at it without an image")
    if configuration.steps < 1:
        judge.silent("steps is 0, as it is when the field is missing.", "has nothing to do then and returns no picture")
        healthy = False
    for name in ("steps", "stage_2_steps"):
        _check_most_steps(name, getattr(configuration, name), judge)
    return healthy


def check_schedule(configuration: Configuration, model: ModelEntry, judge: Judge) -> bool:
    """Refuse a schedule that divides by zero.

    Args:
        configuration: The settings as they came.
        model: The model.
        judge: Decides about flaws.

    Returns:
        Whether a picture can come of it.

    Raises:
        Refusal: It cannot, and the server is strict.

    Source:
        `Denoiser.swift`: the linspace schedule of flow models divides by one less than the number of steps.
    """
    if not (model.flow and configuration.steps == 1 and configuration.sampler.spacing == "linspace"):
        return True
    judge.silent(
        f"steps is 1, and {configuration.sampler.label} divides by one less than that with a rectified-flow model.",
        "computes with what comes of it and returns no picture",
    )
    return False


def _check_most_steps(name: str, steps: int, judge: Judge) -> None:
    if steps > TOO_MANY_STEPS:
        raise Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, f"{name} is {steps}; this server stops at {TOO_MANY_STEPS}.")
    if steps > MOST_STEPS:
        judge.silent(f"{name} is {steps}; more than {MOST_STEPS} is a slip.", "runs them all")


def check_size(configuration: Configuration, judge: Judge) -> None:
    """Refuse a canvas of no size, or of one that only a slip of units explains.

    Raises:
        Refusal: It is one.
    """
    for side in ("width", "height"):
        blocks = getattr(configuration, side) // UNIT_PX
        if blocks < 1:
            judge.crash(f"start_{side} is 0; it counts blocks of {UNIT_PX} pixels and must be 1 or more.")
        if blocks > MOST_BLOCKS:
            told = f"start_{side} is {blocks}, which stands for {blocks * UNIT_PX} pixels"
            _too_large(judge, f"{told}: it counts blocks of {UNIT_PX} pixels, so {blocks} pixels are", blocks)


def _too_large(judge: Judge, told: str, blocks: int) -> NoReturn:
    judge.crash(f"{told} {math.ceil(blocks / UNIT_PX)}.")


def check_work(course: Course) -> None:
    """Refuse what would take more memory than there is, strict or faithful.

    Raises:
        Refusal: The results are too many or too large.
    """
    if course.count > MOST_RESULTS:
        raise Refusal(
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            f"{course.count} results are asked for at once; this server stops at {MOST_RESULTS}.",
        )
    if course.pixels > MOST_PIXELS:
        size = f"{course.count} of {course.width * course.upscale}x{course.height * course.upscale} pixels"
        raise Refusal(
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            f"The results ({size}) have {course.pixels} pixels together; this server stops at {MOST_PIXELS}.",
        )
