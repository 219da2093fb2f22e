from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from drawthings.server.painter.dials import Dials
from drawthings.server.painter.job import Job
from drawthings.server.painter.motion import REACH, nearness, retouched

JOB = Job("a fox", 64, 64, 1)
FRAME = np.full((64, 64, 3), (0.3, 0.5, 0.6), np.float32)


def turned(**values: Any) -> Job:
    return replace(JOB, dials=Dials(**values))


def test_neutral_dials_draw_nearer_evenly_and_leave_frames_alone():
    assert [nearness(JOB, t) for t in (0.0, 0.5, 1.0)] == pytest.approx([0, REACH / 2, REACH])
    assert retouched(FRAME, JOB, 3, 9) is FRAME


def test_motion_decides_how_far_and_the_frame_rate_how_fast():
    assert nearness(turned(motion_scale=0), 1) == 0
    assert nearness(turned(motion_scale=255), 1) > nearness(JOB, 1)
    assert nearness(turned(fps=30), 0.3) < nearness(JOB, 0.3) < nearness(turned(fps=2), 0.3)


def test_noise_becomes_grain_that_stays():
    noisy = [retouched(FRAME, turned(guiding_frame_noise=0.5), number, 9) for number in (1, 2)]
    assert np.array_equal(*noisy)
    assert noisy[0].std(axis=(0, 1)).min() > 0.02


def test_the_guidance_of_the_first_frame_wears_off():
    far = [np.abs(retouched(FRAME, turned(start_frame_guidance=8.0), number, 9) - FRAME).mean() for number in (1, 4, 8)]
    assert far == sorted(far, reverse=True)
    assert far[0] > 2 * far[-1]


def test_a_clip_made_in_pieces_jumps_between_them():
    job = turned(causal_inference=2)
    light = [float(retouched(FRAME, job, number, 17).mean()) for number in range(17)]
    jumps = [number for number in range(1, 17) if light[number] != light[number - 1]]
    # The first latent frame is one frame, every other one four.
    assert jumps == [5, 13]
    assert len({float(retouched(FRAME, turned(causal_inference=5), number, 17).mean()) for number in range(17)}) == 1


def test_pieces_that_see_further_are_more_alike():
    near, far = (retouched(FRAME, turned(causal_inference=1, causal_inference_pad=pad), 9, 17) for pad in (8, 0))
    assert np.abs(near - FRAME).mean() < np.abs(far - FRAME).mean() / 2
