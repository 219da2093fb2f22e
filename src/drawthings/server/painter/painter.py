"""From a job to finished pixels.

``paint`` gives one picture of a job, ``paint_layer`` one with an alpha channel, ``stage`` its look after a step,
``finish`` what comes after painting. The clips of video models are in ``film.py``, their sound in ``sound.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter import blend, mask
from drawthings.server.painter.edit import edit
from drawthings.server.painter.finish import finish, two_passes, upscale
from drawthings.server.painter.framing import framed
from drawthings.server.painter.grade import grade
from drawthings.server.painter.hints import apply_hints, depth_of
from drawthings.server.painter.job import Hint, Job, Lora, Picture, Reference, fitted
from drawthings.server.painter.noise import key_of
from drawthings.server.painter.raster import HALF, Plane, Rgb, scale, smooth
from drawthings.server.painter.scene.plan import make_plan
from drawthings.server.painter.scene.render import render
from drawthings.server.painter.stages import stage
from drawthings.server.painter.style import apply_styles
from drawthings.server.painter.tiles import seamed
from drawthings.server.painter.tuning import kept_share
from drawthings.server.painter.words import Brief, read_prompt

if TYPE_CHECKING:
    from drawthings.server.painter.scene.sheet import Sheet

__all__ = ["Hint", "Job", "Lora", "Reference", "finish", "paint", "paint_layer", "stage", "upscale"]

PAINTED_PX = 1_150_000
"""Larger canvases are painted at about this many pixels and enlarged."""

WELL_INSIDE = 0.25
"""What stands out more than this is part of a layer above the backdrop."""

SMALLEST_PX = 16
"""No scene is laid out on fewer rows or columns; smaller canvases are reduced."""


def paint(job: Job, index: int = 0) -> Picture:
    """Paint one picture of a job.

    Args:
        job: What to paint.
        index: Which picture of the batch.

    Returns:
        Pixels (height, width, 3) float32 in [-1, 1], before face restoration and upscaling (``finish``).
    """
    canvas = job.canvas()
    if canvas is not None and job.strength <= 0 and job.mask is None:
        return np.asarray(canvas * 2 - 1, np.float32)
    seed = job.seed_of(index)
    zones = None
    if canvas is not None and job.mask is not None:
        zones = mask.read_zones(job.mask, job.height, job.width)
    source = _source(job, canvas)
    if job.edits and source is not None:
        result = _edited(job, source, seed)
    else:
        fresh = job.mask is not None and mask.only_fresh(job.mask)
        result = _invented(job, None if fresh else canvas, seed, zones)
    result = settled(result, job, canvas, seed)
    if canvas is not None and zones is not None:
        result = mask.compose(
            canvas, result, zones, blur_px=job.mask_blur, outset=job.mask_blur_outset, preserve=job.preserve_original
        )
    return np.clip(result * 2 - 1, -1, 1).astype(np.float32, copy=False)


def settled(result: Rgb, job: Job, canvas: Rgb | None, seed: int) -> Rgb:
    """Bring colours back to those of the input picture where that is asked for, and show the tiles."""
    if canvas is not None and job.dials.color_calibration:
        result = blend.lean_to(result, canvas, 0.9)
    return seamed(result, job.dials, seed)


def influenced(scene: Rgb, job: Job) -> Rgb:
    """Let moodboard and control pictures shape a scene."""
    palettes = _palettes(job)
    scene = blend.lean_to_all(scene, palettes, 0.7)
    layouts = [each.layout for each in job.references if each.weight > 0]
    for (picture, _), layout in zip(palettes, layouts, strict=True):
        scene = blend.lay_out(scene, picture, layout)
    return apply_hints(scene, job)


def _source(job: Job, canvas: Rgb | None) -> Rgb | None:
    """Return the picture that an edit model starts from: the input, else the first reference that counts."""
    if canvas is not None:
        return canvas
    first = next((each for each in job.references if each.weight > 0), None)
    return None if first is None else fitted(first.picture, job.height, job.width)


def _palettes(job: Job, *, skip: int = 0) -> list[tuple[Rgb, float]]:
    """Return the references that count, at their own sizes in 0..1, without the first ``skip`` of them."""
    counting = [each for each in job.references if each.weight > 0][skip:]
    return [(fitted(each.picture, *each.picture.shape[:2]), each.weight) for each in counting]


def _edited(job: Job, source: Rgb, seed: int) -> Rgb:
    """Edit a picture."""
    brief = read_prompt(job.prompt, job.negative_prompt)
    others = _palettes(job, skip=0 if job.image is not None else 1)
    result = grade(edit(source, brief, seed, others, detail=job.detail), job, _without_tints(brief), seed)
    if job.modifier == "editing":
        result = source + (result - source) * np.float32(kept_share(job.dials))
    if job.image is not None and job.strength < 1:
        result = source + (result - source) * np.float32(0.5 + 0.5 * job.strength)
    return result


def _without_tints(brief: Brief) -> Brief:
    """Return a brief whose colours have been dealt with."""
    return replace(brief, tints=())


@dataclass(frozen=True, slots=True)
class Scene:
    """A painted scene and what it was painted from.

    Args:
        sheet: The sheet with its layers, ungraded.
        brief: What the prompt asks for.
        seed: Seed of the picture.
    """

    sheet: Sheet
    brief: Brief
    seed: int

    def graded(self, job: Job, rgb: Rgb) -> Rgb:
        """Give a picture of this scene its styles and final colours."""
        painted = apply_styles(rgb, self.brief.styles, key_of(self.seed, self.brief.key))
        return grade(painted, job, self.brief, self.seed)


def paint_scene(job: Job, seed: int, height: int, width: int, *, falling: bool = True) -> Scene:
    """Paint the scene of a prompt at some size, not yet graded."""
    brief = read_prompt(job.prompt, job.negative_prompt)
    plan = make_plan(brief, aspect=width / height, seed=seed, octaves=job.detail)
    return Scene(render(plan, height, width, falling=falling), brief, seed)


def _new_picture(job: Job, seed: int, height: int, width: int) -> Rgb:
    """Paint a scene from the prompt alone, graded, at a size."""
    shrink = min(1.0, (PAINTED_PX / (height * width)) ** 0.5)
    rows, columns = (max(SMALLEST_PX, round(side * shrink)) for side in (height, width))
    scene = paint_scene(job, seed, rows, columns)
    picture = framed(scene.graded(job, scene.sheet.rgb), job)
    return np.clip(scale(picture, height, width), 0, 1)


def _invented(job: Job, canvas: Rgb | None, seed: int, zones: mask.Zones | None) -> Rgb:
    """Paint a scene and let moodboard, hints and the input picture shape it."""
    if zones is not None and canvas is not None:
        scene = _in_hole(job, canvas, seed, zones)
    else:
        scene = _new_picture(job, seed, job.height, job.width)
    scene = _conditioned(influenced(scene, job), job, canvas)
    if job.hires is not None:
        scene = two_passes(scene, job.hires, job.dials.hires_fix_strength)
    if canvas is None or job.strength >= 1:
        return scene
    again = blend.repaint(canvas, scene, job.strength)
    if zones is None:
        return again
    return again + (scene - again) * zones.fresh[..., None]


def _in_hole(job: Job, canvas: Rgb, seed: int, zones: mask.Zones) -> Rgb:
    """Paint a scene into the box around what is to be changed, in colours that suit the rest of the picture."""
    left, top, right, bottom = mask.bounding_box(zones.changed)
    scene = _new_picture(job, seed, max(SMALLEST_PX, bottom - top), max(SMALLEST_PX, right - left))
    picture = blend.fill_in(canvas, zones.changed)
    picture[top:bottom, left:right] = scene[: bottom - top, : right - left]
    if float(zones.kept.sum()) > 0:
        kept = canvas[zones.kept > HALF]
        named = "hour" in read_prompt(job.prompt, job.negative_prompt).named
        picture = blend.lean_to(picture, kept.reshape(-1, 1, 3), 0.25 if named else 0.6)
    return picture


def _conditioned(scene: Rgb, job: Job, canvas: Rgb | None) -> Rgb:
    """Let the input picture of a depth or canny model shape the scene, unless a hint does."""
    if canvas is None or job.hints or job.modifier not in {"depth", "canny"}:
        return scene
    kind = "depth" if job.modifier == "depth" else "custom"
    guide = depth_of(canvas) if kind == "depth" else canvas * 2 - 1
    return apply_hints(scene, replace(job, hints=(Hint(kind, guide),)))


def paint_layer(job: Job, index: int = 0, count: int = 1) -> Picture:
    """Paint a picture with an alpha channel.

    A layered model takes its input picture apart: layer 0 is an opaque backdrop, each further one a part that stands
    out more, and laid over each other they are the picture again. Anything else is the figure of the prompt cut out.

    Args:
        job: What to paint.
        index: Which picture or layer.
        count: Number of layers.

    Returns:
        Values (height, width, 4) float32: alpha in 0..1, then red, green, blue in [-1, 1], not multiplied with alpha.

    Source: the alpha swap in ``FirstStage.swift``.
    """
    source = _source(job, job.canvas())
    if job.modifier == "qwenimage_layered" and source is not None:
        picture = _edited(job, source, job.seed)
        alpha, colours = _layer(picture, index, max(1, count))
    else:
        scene = paint_scene(
            job, job.seed_of(index), max(SMALLEST_PX, job.height), max(SMALLEST_PX, job.width), falling=False
        )
        shape = (job.height, job.width)
        front = scene.sheet.cover if scene.brief.wishes else np.maximum(scene.sheet.cover, scene.sheet.layers[1][1])
        alpha = np.clip(scale(framed(front, job), *shape), 0, 1)
        colours = np.clip(scale(framed(scene.graded(job, scene.sheet.rgb), job), *shape), 0, 1)
    colours = seamed(colours, job.dials, job.seed_of(index))
    return np.concatenate([alpha[..., None], np.clip(colours * 2 - 1, -1, 1)], -1).astype(np.float32)


def _layer(picture: Rgb, index: int, count: int) -> tuple[Plane, Rgb]:
    """Return alpha and colours of one layer of a picture."""
    thing = blend.standing_out(picture)
    if index % count == 0:
        filled = blend.fill_in(picture, (thing > WELL_INSIDE).astype(np.float32)) if count > 1 else picture
        return np.ones(thing.shape, np.float32), filled
    low = 0.02 + 0.6 * (index % count - 1) / max(1, count - 1)
    return smooth(low, low + 0.23, thing), picture
