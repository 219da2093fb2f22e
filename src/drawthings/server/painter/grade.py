"""Colour and brush on top of a scene: moods, guidance, sampler, model, LoRAs, and what a negative prompt avoids.

Everything linear is gathered in one 3x3 matrix, so that a large picture is walked through once.

Shapes: pictures (h, w, 3) float32 in 0..1, both ways.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.colour import LUMA, Colour, ink, recolour, turn
from drawthings.server.painter.noise import between, fractal, key_of, unit
from drawthings.server.painter.raster import COLOURS, HALF, Plane, Rgb, blur, rows_and_columns
from drawthings.server.painter.tuning import cast_of, echo, focused, late_share, sharpness_of, strokes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drawthings.server.painter.job import Job, Lora
    from drawthings.server.painter.words import Brief

NEUTRAL_GUIDANCE = 5.0

COLOURLESS = 0.05
"""Colours nearer to grey than this have no hue."""


def grade(rgb: Rgb, job: Job, brief: Brief, seed: int) -> Rgb:
    """Give a scene its final colours.

    Args:
        rgb: The scene.
        job: Guidance, sampler, model, LoRAs, refiner, dials.
        brief: Moods, tints, and what the negative prompt avoids.
        seed: Seed of this picture.
    """
    matrix, offset = _matrix(job, brief)
    out: Rgb = rgb.reshape(-1, 3) @ matrix.T
    out += offset
    out = out.reshape(rgb.shape)
    gain = _gain(rgb.shape[:2], job, brief, seed)
    for channel in range(COLOURS):
        out[..., channel] *= gain
    for tint in brief.tints[:2]:
        out = recolour(np.clip(out, 0, 1), tint, 0.26)
    for colour in brief.avoided[:3]:
        out = avoid(out, colour)
    out = echo(out, job.echoes)
    for lora in job.loras:
        out = apply_lora(out, _in_its_part(lora, job))
    return np.clip(_focus(out, job, brief), 0, 1)


def _matrix(job: Job, brief: Brief) -> tuple[NDArray[np.float32], np.float32]:
    """Return the colour matrix and offset of everything linear."""
    guidance = float(np.clip(job.guidance_scale - NEUTRAL_GUIDANCE, -5, 15))
    saturation, strength = 1 + 0.022 * guidance, 1 + 0.011 * guidance
    colourful, hue = _manner(job)
    cast = cast_of(job)
    saturation, strength, lift = saturation * colourful * cast.saturation, strength * cast.contrast, cast.lift
    gains = np.array((cast.warmth, 1, 1 / cast.warmth), np.float32)
    moods = set(brief.moods)
    if "warm" in moods:
        gains *= (1.07, 1.0, 0.88)
    if "cold" in moods:
        gains *= (0.88, 0.98, 1.09)
    if "dark" in moods:
        gains *= 0.74
        strength *= 1.06
    if "bright" in moods:
        lift += 0.05
    if "vivid" in moods or "dull" in brief.flaws:
        saturation *= 1.25
        strength *= 1.05
    if "pale" in moods or "gaudy" in brief.flaws:
        saturation *= 0.78
        strength *= 0.93
        lift += 0.02
    if "drama" in moods:
        strength *= 1.15
    matrix = strength * gains[:, None] * saturation_matrix(saturation) @ hue_matrix(hue)
    return matrix.astype(np.float32), np.float32(0.5 * (1 - strength) + lift)


def _manner(job: Job) -> tuple[float, float]:
    """Return the saturation and the hue that are a model's own, and partly those of its refiner."""
    late = late_share(job.dials) if job.refiner else 0.0
    saturation, hue = 1.0, between(-0.006, 0.006, "nuance", job.steps, job.hires, job.negative_prompt)
    for file, share in ((job.model, 1 - late), (job.refiner, late)):
        if file:
            saturation += share * (between(0.95, 1.05, "model", file) - 1)
            hue += share * between(-0.012, 0.012, "model hue", file)
    return saturation, hue


def _in_its_part(lora: Lora, job: Job) -> Lora:
    """Return a LoRA as heavy as its part of the sampling makes it: that of the base model, of the refiner, or all."""
    late = late_share(job.dials) if job.refiner else 0.0
    return replace(lora, weight=lora.weight * {"base": 1 - late, "refiner": late}.get(lora.mode, 1.0))


def saturation_matrix(factor: float) -> NDArray[np.float32]:
    """Return the matrix that scales colourfulness."""
    grey = np.tile(LUMA, (3, 1))
    return (grey + (np.eye(3, dtype=np.float32) - grey) * np.float32(factor)).astype(np.float32)


def hue_matrix(part: float) -> NDArray[np.float32]:
    """Return the matrix that turns all hues by a part of a turn (around the grey axis)."""
    c, s = np.cos(2 * np.pi * part), np.sin(2 * np.pi * part)
    third, root = (1 - c) / 3, np.sqrt(1 / 3) * s
    rows = [
        [c + third, third - root, third + root],
        [third + root, c + third, third - root],
        [third - root, third + root, c + third],
    ]
    return np.array(rows, np.float32)


def _gain(shape: tuple[int, int], job: Job, brief: Brief, seed: int) -> Plane:
    """Return the brush: a broad variation of light and the fine strokes of the sampler."""
    broad = fractal(shape, key_of("hand", seed, brief.key), cells=2.5, octaves=3)
    way = key_of("sampler", job.sampler)
    stretch = 1.5 + 6 * unit(way, "stretch")
    hand = key_of("brush", seed, way, job.steps, job.dials.text)
    strokes = fractal(shape, hand, cells=26 + 30 * unit(way, "cells"), octaves=2, stretch=stretch)
    return np.float32(1) + broad * np.float32(0.035) + strokes * np.float32(strokes_of(job.dials))


def avoid(rgb: Rgb, colour: Colour) -> Rgb:
    """Take most of a hue out of a picture."""
    away = np.array(colour, np.float32)
    away -= away @ LUMA
    length = float(np.linalg.norm(away))
    if length < COLOURLESS:
        # Greys have no hue: black and white are avoided by flattening the tone.
        dark = sum(colour) / 3 < HALF
        return rgb * np.float32(0.86) + np.float32(0.14 if dark else 0.0)
    away /= length
    grey = (rgb @ LUMA)[..., None]
    along = np.clip((rgb - grey) @ away, 0, None)[..., None]
    out: Rgb = rgb - along * away * np.float32(0.85)
    return out


def apply_lora(rgb: Rgb, lora: Lora) -> Rgb:
    """Tint a picture and weave a pattern into it, both chosen by the LoRA's file name, in proportion to its weight."""
    weight = float(np.clip(lora.weight, -2, 2))
    if weight == 0:
        return rgb
    key = key_of("lora", lora.file)
    hue = turn(ink("d9483f"), unit(key, "hue") + (0.5 if weight < 0 else 0.0), 1.1)
    out = recolour(np.clip(rgb, 0, 1), hue, 0.2 * abs(weight))
    height, width = rgb.shape[:2]
    y, x = rows_and_columns(height, width)
    side = min(height, width)
    down, across = (y - np.float32(0.5)) * np.float32(height / side), (x - np.float32(0.5)) * np.float32(width / side)
    angle = between(0, np.pi, key, "angle")
    count = between(9, 26, key, "count")
    kind = key % 3
    if kind == 0:
        phase = (across * np.cos(angle) + down * np.sin(angle)) * count
    elif kind == 1:
        phase = np.hypot(across - between(-0.4, 0.4, key, "x"), down - between(-0.4, 0.4, key, "y")) * count
    else:
        phase = np.sin(across * count * 2) * np.cos(down * count * 2)
    wave = np.sin(phase.astype(np.float32) * np.float32(2 * np.pi))
    out += wave[..., None] * np.float32(0.028 * weight)
    return out


def _focus(rgb: Rgb, job: Job, brief: Brief) -> Rgb:
    """Sharpen for a refiner or a negative prompt against blur, soften for hardly any steps; heed the dials."""
    side = min(rgb.shape[:2])
    crisp = (
        sharpness_of(job)
        + 0.9 * late_share(job.dials) * bool(job.refiner)
        + 0.3 * ("soft" in brief.flaws)
        + 0.15 * ("sharp" in brief.moods)
    )
    crisp += 0.15 * ("wrong" in brief.flaws) + 0.1 * ("noise" in brief.flaws) + 0.1 * ("marks" in brief.flaws)
    blunt = max(0, 4 - job.steps) * 0.0022 * side
    if job.hires is not None:
        crisp += 0.2
    if blunt > 0:
        rgb = blur(rgb, blunt)
    return focused(rgb, crisp)
