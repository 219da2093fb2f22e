from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings.server.painter.job import Job
from drawthings.server.painter.painter import paint, paint_layer
from drawthings.server.painter.stages import stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

JOB = Job("a lion in the savanna", 160, 128, 11)


def test_every_step_is_nearer_to_the_final_picture(likeness: Callable[[NDArray[Any], NDArray[Any]], float]):
    final = paint(JOB)
    looks = [stage(JOB, final, step, 12) for step in range(13)]
    errors = [float(((look - final) ** 2).mean()) for look in looks]
    assert errors == sorted(errors, reverse=True)
    assert len(set(errors)) == 13
    alike = [likeness(look, final) for look in looks]
    assert alike == sorted(alike)
    assert alike[0] < 0.1


def test_the_last_step_is_the_final_picture_itself():
    final = paint(JOB)
    assert np.array_equal(stage(JOB, final, 12, 12), final)
    assert np.array_equal(stage(JOB, final, 99, 12), final)


def test_the_noise_belongs_to_the_seed():
    final = paint(JOB)
    assert np.array_equal(stage(JOB, final, 0, 8), stage(JOB, final, 0, 8))
    assert not np.array_equal(stage(JOB, final, 0, 8), stage(replace(JOB, seed=12), final, 0, 8))
    assert not np.array_equal(stage(JOB, final, 0, 8), stage(JOB, final, 0, 8, index=1))


def test_image_to_image_starts_from_the_input():
    image = paint(replace(JOB, seed=1))
    final = paint(replace(JOB, image=image, strength=0.3))
    weak = stage(replace(JOB, image=image, strength=0.3), final, 0, 8)
    full = stage(JOB, final, 0, 8)
    assert np.abs(weak - final).mean() < np.abs(full - final).mean()


@pytest.mark.parametrize("size", [(16, 20), (3, 2), (1, 1), (300, 310)])
def test_a_stage_can_have_the_size_of_a_latent(size: tuple[int, int]):
    final = paint(JOB)
    for step in (0, 4, 8):
        look = stage(JOB, final, step, 8, size=size)
        assert look.shape == (*size, 3)
        assert np.isfinite(look).all()
        assert np.abs(look).max() < 1.2


def test_layers_show_their_colours():
    layer = paint_layer(JOB)
    assert np.array_equal(stage(JOB, layer, 5, 5), layer[..., 1:])
