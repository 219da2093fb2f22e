"""How a clip moves: how far, at what pace, and in how many pieces it was made."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import contrast
from drawthings.server.painter.noise import fractal, key_of, stream

if TYPE_CHECKING:
    from drawthings.server.painter.job import Job
    from drawthings.server.painter.raster import Plane, Rgb

REACH = 0.12
"""By how much of its size a picture draws nearer in a clip with the usual motion."""

USUAL_MOTION, USUAL_FPS = 127, 5

FRAMES_PER_LATENT = 4
"""Frames that one latent frame of Wan stands for; the first stands for one."""

JUMP = 0.14
"""By how much of their brightness pieces of a clip may differ."""


def nearness(job: Job, t: float) -> float:
    """Return by how much of its size a picture has drawn nearer after a part of its clip.

    The more motion, the farther; the fewer frames a second the model is told, the more happens from one to the next.
    What has come to its end goes back.
    """
    dials = job.dials
    pace = math.sqrt(USUAL_FPS / max(1, dials.fps))
    way: float = (t * pace) % 2
    return REACH * dials.motion_scale / USUAL_MOTION * min(way, 2 - way)


def retouched(frame: Rgb, job: Job, number: int, count: int) -> Rgb:
    """Show what the dials do to one frame: grain, contrast that settles, and the piece of the clip it belongs to.

    Args:
        frame: The frame in 0..1.
        job: Seed and dials.
        number: Which frame.
        count: Frames of the clip.
    """
    dials, seed = job.dials, job.seed
    noise = dials.guiding_frame_noise - 0.02
    if noise:
        frame = frame + (_grain(frame.shape[:2], seed) * np.float32(0.22 * noise))[..., None]
    first = (dials.start_frame_guidance - 1) * (1 - number / max(1, count))
    if first:
        frame = contrast(frame, 1 + 0.05 * min(12.0, first))
    piece = _piece(job, number, count)
    if piece:
        gains = stream("piece", seed, piece).uniform(-1, 1, 3) * 0.5 + (0.7 if piece % 2 else -0.7)
        frame = frame * (1 + gains * JUMP / (1 + 0.5 * max(0, dials.causal_inference_pad))).astype(np.float32)
    return frame


def _grain(shape: tuple[int, int], seed: int) -> Plane:
    """Return the grain of a clip."""
    return fractal(shape, key_of("grain", seed), cells=96, octaves=2)


def _piece(job: Job, number: int, count: int) -> int:
    """Return to which piece of a clip a frame belongs; 0 for all when it is made at once."""
    length = job.dials.causal_inference
    latents = (count + FRAMES_PER_LATENT - 2) // FRAMES_PER_LATENT + 1
    if not 0 < length < latents:
        return 0
    return (number + FRAMES_PER_LATENT - 1) // FRAMES_PER_LATENT // length
