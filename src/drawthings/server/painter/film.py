"""Frames of video models: one scene in layers that move against each other, or one picture that comes alive."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from drawthings.server.painter.edit import edit
from drawthings.server.painter.grade import grade
from drawthings.server.painter.job import fitted
from drawthings.server.painter.motion import nearness, retouched
from drawthings.server.painter.noise import between, coin
from drawthings.server.painter.painter import SMALLEST_PX, influenced, paint_scene, settled
from drawthings.server.painter.raster import Plane, Rgb, from_image, pull, scale, to_image
from drawthings.server.painter.scene import weather
from drawthings.server.painter.scene.plan import make_plan
from drawthings.server.painter.words import read_prompt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.server.painter.job import Job, Picture
    from drawthings.server.painter.scene.plan import Plan

MARGIN = 0.14
"""How much wider than a frame the scene is painted, so that the view can wander."""

SPEEDS = (0.25, 0.6, 1.0)
"""How far sky, place and foreground wander, as parts of the margin."""

SECONDS_PER_FRAME = 1 / 16
"""Time that passes for falling snow and rain from one frame to the next."""


def paint_frames(job: Job, count: int) -> Iterator[Picture]:
    """Paint the frames of a clip, one at a time.

    With input pictures the first frames are those pictures and the clip sets the last one in motion; without one the
    view wanders over the scene of the prompt.

    Args:
        job: What to paint; its first seed counts.
        count: Number of frames.

    Yields:
        Pixels (height, width, 3) float32 in [-1, 1].
    """
    canvas = job.canvas()
    more = [fitted(picture, job.height, job.width) for picture in job.more]
    frames = _scenic(job, count) if canvas is None else _awakened(job, [canvas, *more], count)
    for number, frame in enumerate(frames):
        if canvas is None or number > len(more):
            frame = retouched(frame, job, number, count)  # noqa: PLW2901 - the same frame, finished
            frame = settled(frame, job, canvas, job.seed)  # noqa: PLW2901
        yield np.clip(frame * 2 - 1, -1, 1).astype(np.float32, copy=False)


def _scenic(job: Job, count: int) -> Iterator[Rgb]:
    """Wander over the scene of the prompt."""
    height, width = max(SMALLEST_PX, job.height), max(SMALLEST_PX, job.width)
    wide = width + 2 * max(2, round(width * MARGIN / 2))
    seed = job.seed_of(0)
    scene = paint_scene(job, seed, height, wide, falling=False)
    plan = make_plan(scene.brief, aspect=width / height, seed=seed, octaves=job.detail)
    sheet = scene.sheet
    pictures = [scene.graded(job, rgb) for rgb in (*(rgb for rgb, _ in sheet.layers), sheet.rgb)]
    layers = _layers(pictures, [*(cover for _, cover in sheet.layers[1:]), sheet.cover])
    way = 1 if coin(seed, "way") else -1
    for number in range(count):
        t = number / max(1, count - 1)
        places = [(wide - width) * (0.5 + way * (t - 0.5) * speed) for speed in SPEEDS]
        frame = _assembled(layers, places, (height, width))
        frame *= _drift(t, scene.brief.hour)
        _let_fall(frame, plan, number)
        yield influenced(scale(np.clip(frame, 0, 1), job.height, job.width), job)


_Layer = tuple[Rgb, Plane, int, int]
"""What a layer adds to those behind it, how much of them it hides, and the rows from and to which it does so."""


def _layers(pictures: list[Rgb], covers: list[Plane]) -> list[_Layer]:
    """Take a scene apart, so that its layers can move; laid over each other unmoved they are the finished picture.

    Args:
        pictures: The scene before each layer, and the finished one.
        covers: How much each layer but the first hides.
    """
    whole = np.ones(pictures[0].shape[:2], np.float32)
    layers = [(pictures[0], whole, 0, len(whole))]
    for behind, picture, cover in zip(pictures[:-1], pictures[1:], covers, strict=True):
        added = picture - behind * (1 - cover)[..., None]
        rows = np.flatnonzero((cover.max(1) > 0) | (np.abs(added).max((1, 2)) > np.float32(1e-3)))
        top, bottom = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 0)
        layers.append((added[top:bottom], cover[top:bottom], top, bottom))
    return layers


def _assembled(layers: list[_Layer], places: list[float], shape: tuple[int, int]) -> Rgb:
    """Lay the layers over each other, each seen from its own place."""
    frame = np.empty((*shape, 3), np.float32)
    for number, ((added, cover, top, bottom), place) in enumerate(zip(layers, places, strict=True)):
        part = frame[top:bottom]
        if number == 0:
            part[:] = _window(added, place, shape[1])
        else:
            part *= (1 - _window(cover, place, shape[1]))[..., None]
            part += _window(added, place, shape[1])
    return frame


def _window(values: Plane | Rgb, place: float, width: int) -> Plane | Rgb:
    """Return ``width`` columns from a place between two columns on."""
    start = min(int(place), values.shape[1] - width - 1)
    left, right = values[:, start : start + width], values[:, start + 1 : start + 1 + width]
    out = right - left
    out *= np.float32(place - start)
    out += left
    return out


def _drift(t: float, hour: str) -> Rgb:
    """Return how the light has changed after a part of the clip."""
    gain = (0.05, 0.0, -0.06) if hour in {"dawn", "day", "golden"} else (-0.02, -0.05, -0.03)
    return np.float32(1) + np.array(gain, np.float32) * np.float32(t)


def _let_fall(frame: Rgb, plan: Plan, number: int) -> None:
    """Add the rain or snow of a frame in place."""
    mask = weather.falling((frame.shape[0], frame.shape[1]), plan, number * SECONDS_PER_FRAME)
    if mask is not None:
        pull(frame, (0.97, 0.97, 0.97), mask * np.float32(0.85))


def _awakened(job: Job, given: list[Rgb], count: int) -> Iterator[Rgb]:
    """Start with the input pictures, draw nearer, and let the mood of the prompt come in."""
    yield from given[:count]
    canvas, last = given[-1], len(given) - 1
    seed = job.seed_of(0)
    brief = read_prompt(job.prompt, job.negative_prompt)
    plan = make_plan(brief, aspect=job.width / job.height, seed=seed, octaves=job.detail)
    still = replace(brief, weather=tuple(each for each in brief.weather if each == "fog"))
    mood = grade(edit(canvas, still, seed, detail=job.detail), job, replace(still, tints=()), seed)
    before, after = to_image(canvas), to_image(mood)
    aim = (between(0.35, 0.65, seed, "x"), between(0.35, 0.6, seed, "y"))
    for number in range(len(given), count):
        t = (number - last) / max(1, count - 1 - last)
        near = nearness(job, t)
        frame = _nearer(before, aim, near)
        frame = frame + (_nearer(after, aim, near) - frame) * np.float32(0.75 * t)
        fall = np.zeros_like(frame) + frame
        _let_fall(fall, plan, number)
        yield frame + (fall - frame) * np.float32(min(1.0, t * 4))


def _nearer(image: Image.Image, aim: tuple[float, float], share: float) -> Rgb:
    """Return a picture enlarged around a point by a share of its size."""
    width, height = image.size
    left, top = width * share * aim[0], height * share * aim[1]
    box = (left, top, left + width * (1 - share), top + height * (1 - share))
    return from_image(image.resize((width, height), Image.Resampling.BILINEAR, box=box))
