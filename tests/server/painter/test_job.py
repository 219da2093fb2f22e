from __future__ import annotations

import numpy as np
import pytest

from drawthings.request.choices import SeedMode
from drawthings.request.seeds import batch_seeds
from drawthings.server.painter.job import EDITING, Job, first_channel, fitted


def test_only_four_values_are_needed():
    job = Job("x", 64, 128, 7)
    assert (job.width, job.height, job.seed, job.strength, job.upscale) == (64, 128, 7, 1.0, 1)
    assert not job.edits
    assert job.canvas() is None


def test_a_scale_alike_batch_has_the_seeds_of_the_server():
    job = Job("x", 64, 64, 0)
    assert tuple(job.seed_of(n) for n in range(4)) == batch_seeds(0, 4, SeedMode.SCALE_ALIKE)


@pytest.mark.parametrize("mode", [0, 1, 3])
def test_in_the_other_modes_every_picture_still_differs(mode: int):
    job = Job("x", 64, 64, 5, seed_mode=mode)
    seeds = [job.seed_of(n) for n in range(4)]
    assert len(set(seeds)) == 4
    assert seeds[0] != Job("x", 64, 64, 5, seed_mode=(mode + 2) % 4).seed_of(0)


def test_editing_modifiers_edit():
    assert {
        modifier for modifier in ("none", "inpainting", *EDITING) if Job("", 8, 8, 1, modifier=modifier).edits
    } == EDITING


def test_detail_grows_with_the_steps():
    details = [Job("", 8, 8, 1, steps=steps).detail for steps in (0, 1, 2, 4, 8, 16, 50, 1000)]
    assert details == sorted(details)
    assert details[0] >= 2
    assert details[-1] == 6


def test_the_input_becomes_the_canvas():
    image = np.full((10, 20, 3), -1, np.float32)
    image[0, 0] = np.nan
    canvas = Job("", 40, 30, 1, image=image).canvas()
    assert canvas is not None
    assert canvas.shape == (30, 40, 3)
    assert np.isfinite(canvas).all()
    assert canvas[20, 20].tolist() == [0, 0, 0]


def test_fitting_clips_to_the_range():
    assert fitted(np.full((2, 2, 3), 9, np.float32), 2, 2).max() == 1


def test_the_first_channel_of_a_hint_keeps_its_range():
    plane = np.full((4, 4), -1, np.float32)
    assert first_channel(plane, 2, 2).tolist() == [[-1, -1], [-1, -1]]
    assert first_channel(np.dstack([plane, plane + 2]), 2, 2).min() == -1
