from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from drawthings.server.painter.film import paint_frames
from drawthings.server.painter.job import Job

if TYPE_CHECKING:
    from numpy.typing import NDArray

JOB = Job("a fox in the falling snow", 128, 80, 4)


def test_a_clip_moves_smoothly_and_repeats():
    frames = list(paint_frames(JOB, 9))
    assert [frame.shape for frame in frames] == [(80, 128, 3)] * 9
    assert all(frame.dtype == np.float32 and frame.min() >= -1 and frame.max() <= 1 for frame in frames)
    steps = [np.abs(a - b).mean() for a, b in itertools.pairwise(frames)]
    assert min(steps) > 0.002
    assert max(steps) < np.abs(frames[0] - frames[-1]).mean() * 1.5
    again = list(paint_frames(JOB, 9))
    assert all(np.array_equal(a, b) for a, b in zip(frames, again, strict=True))


@pytest.mark.parametrize("prompt", ["a lake at sunset", "a cup on a table", "rain in the city", "fish under water"])
def test_any_scene_can_move(prompt: str):
    first, *_, last = paint_frames(replace(JOB, prompt=prompt), 4)
    assert np.abs(first - last).mean() > 0.003


def test_both_ways_are_taken():
    ways = set()
    for seed in range(6):
        first, last = (next(iter([frame])) for frame in paint_frames(replace(JOB, prompt="a fox", seed=seed), 2))
        shifts = [np.abs(first[:, 10:-10] - np.roll(last, s, 1)[:, 10:-10]).mean() for s in (-9, 9)]
        ways.add(int(np.argmin(shifts)))
    assert ways == {0, 1}


def test_frames_come_one_at_a_time():
    frames = paint_frames(JOB, 10**9)
    assert next(iter(frames)).shape == (80, 128, 3)


def test_one_frame_is_a_clip_too():
    assert len(list(paint_frames(JOB, 1))) == 1


def test_an_input_picture_is_the_first_frame(castle: NDArray[np.float32]):
    job = Job("night falls, snow", 192, 144, 4, image=castle)
    frames = list(paint_frames(job, 7))
    assert np.allclose(frames[0], castle, atol=1e-6)
    far = [float(np.abs(frame - castle).mean()) for frame in frames]
    assert far == sorted(far)
    assert frames[-1].mean() < castle.mean() - 0.05


def test_small_canvases_have_clips():
    assert [frame.shape for frame in paint_frames(replace(JOB, width=8, height=8), 2)] == [(8, 8, 3)] * 2
