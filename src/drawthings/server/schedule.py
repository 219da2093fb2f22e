"""Where in its schedule of steps a generation starts, given how much noise its picture is to get.

Strength is a noise level, not a share of the steps: the server looks for the first step whose noise is at most that,
goes back a fraction towards the step before, and rounds the start down to a whole step.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from drawthings.catalogue.families import UNIT_PX
from drawthings.catalogue.schedule import auto_shift

if TYPE_CHECKING:
    from drawthings.catalogue.entries import ModelEntry
    from drawthings.request.configuration import Configuration

TIMESTEPS = 1000
LEAST_SHIFT = 1e-3
_RHO = 7.0
_LINEAR_START, _LINEAR_END = 0.00085, 0.012
_ROUNDING = 1e-6


def shift_for(configuration: Configuration, model: ModelEntry) -> float:
    """Return the shift of the schedule: the one in the settings, or the one that goes by the size of the canvas.

    Source:
        `ModelZoo.shiftFor`, `ModelZoo.isResolutionDependentShiftAvailable`.
    """
    if not (configuration.resolution_dependent_shift and model.auto_shift):
        return max(LEAST_SHIFT, configuration.shift)
    width, height = configuration.width, configuration.height
    if configuration.tiled_diffusion:
        width = min(width, configuration.diffusion_tile_width)
        height = min(height, configuration.diffusion_tile_height)
    return auto_shift(max(width, UNIT_PX), max(height, UNIT_PX))


def timesteps(steps: int, spacing: str, shift: float, *, flow: bool) -> list[float]:
    """Return the noise of each step, from most to least.

    Args:
        steps: How many steps.
        spacing: ``karras``, ``linspace``, ``leading`` or ``trailing``; ``ays`` is taken for trailing and ``manual``
            for linspace, because their hand-made tables are not reproduced here.
        shift: The shift of the schedule.
        flow: Whether the model is a rectified-flow model.

    Returns:
        Numbers from 1000 (all noise) downwards.

    Source:
        `Denoiser.swift`.
    """
    count = np.arange(steps, dtype=np.float64)
    last = max(1, steps - 1)
    shares = {
        "leading": (steps - 1 - count) / steps + 1 / TIMESTEPS,
        "trailing": (steps - count) / steps,
        "ays": (steps - count) / steps,
    }
    share = shares.get(spacing, (last - count) / last)
    if flow:
        return list(TIMESTEPS * shift * share / (1 + (shift - 1) * share))
    if spacing == "karras":
        sigmas = _noise_levels()
        high, low = sigmas[-1] ** (1 / _RHO), sigmas[0] ** (1 / _RHO)
        moments = _moments((high + count / last * (low - high)) ** _RHO)
    else:
        moments = np.clip(share * TIMESTEPS - (1 if spacing in {"trailing", "ays"} else 0), 0, TIMESTEPS - 1)
    if shift != 1:
        sigma = np.exp(np.interp(moments, np.arange(TIMESTEPS), np.log(_noise_levels())))
        moments = _moments(sigma * shift)
    return list(moments)


def entry_point(noise: list[float], strength: float) -> float:
    """Return where in the schedule a picture of this strength enters.

    Args:
        noise: The noise of each step (``timesteps``).
        strength: How much noise the picture gets, 0 to 1.

    Returns:
        0 for the whole schedule, up to the number of steps for none of it; between two steps a fraction.

    Source:
        ``timestep(for:sampling:)`` of the samplers.
    """
    wanted = strength * TIMESTEPS
    before = noise[0]
    for index, moment in enumerate([*noise, 0.0]):
        if moment <= wanted + _ROUNDING:
            if index == 0 or before <= moment:
                return index
            return max(0.0, index - (wanted - moment) / (before - moment))
        before = moment
    return len(noise)


def start_step(noise: list[float], strength: float) -> int:
    """Return the step at which a picture of this strength enters, rounded down (see ``entry_point``)."""
    return math.floor(entry_point(noise, strength) + _ROUNDING)


def _noise_levels() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The noise of each of the 1000 moments of a Stable Diffusion model."""
    betas = np.linspace(_LINEAR_START**0.5, _LINEAR_END**0.5, TIMESTEPS) ** 2
    kept = np.cumprod(1 - betas)
    levels: np.ndarray[tuple[int], np.dtype[np.float64]] = np.sqrt((1 - kept) / kept)
    return levels


def _moments(sigma: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Find the moment of each noise level."""
    moments: np.ndarray[tuple[int], np.dtype[np.float64]] = np.interp(
        np.log(sigma), np.log(_noise_levels()), np.arange(TIMESTEPS)
    )
    return moments
