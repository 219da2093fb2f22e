from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from drawthings.server.painter.finish import finish, two_passes, upscale
from drawthings.server.painter.job import Job
from drawthings.server.painter.painter import paint, paint_layer

if TYPE_CHECKING:
    from numpy.typing import NDArray

JOB = Job("a portrait", 64, 96, 1)


def test_without_wishes_nothing_happens():
    picture = paint(JOB)
    assert np.array_equal(finish(JOB, picture), picture)


@pytest.mark.parametrize("factor", [2, 4])
def test_upscaling_keeps_the_picture(factor: int):
    picture = paint(JOB)
    large = finish(replace(JOB, upscale=factor), picture)
    assert large.shape == (96 * factor, 64 * factor, 3)
    assert -1 <= large.min() < large.max() <= 1
    back = large.reshape(96, factor, 64, factor, 3).mean((1, 3))
    assert np.abs(back - picture).mean() < 0.03


def test_alpha_is_upscaled_too():
    layer = finish(replace(JOB, upscale=2, face_restoration="x"), paint_layer(JOB))
    assert layer.shape == (192, 128, 4)
    assert 0 <= layer[..., 0].min() < layer[..., 0].max() <= 1


def test_face_restoration_is_subtle_and_works_in_the_middle():
    picture = paint(JOB)
    better = finish(replace(JOB, face_restoration="gfpgan.ckpt"), picture)
    apart = np.abs(better - picture).mean(-1)
    assert 0.002 < apart.mean() < 0.1
    assert apart[30:60, 20:44].mean() > 2 * apart[-5:, :5].mean()
    assert not np.array_equal(better, finish(replace(JOB, face_restoration="other.ckpt"), picture))


def test_a_factor_of_one_returns_the_picture():
    picture = paint(JOB)
    assert upscale(picture, 1) is picture


def test_a_first_pass_that_is_no_smaller_changes_nothing(castle: NDArray[np.float32]):
    assert two_passes(castle, (192, 64)) is castle
    assert two_passes(castle, (64, 144)) is castle
    softer = two_passes(castle, (64, 48))
    assert 0 < np.abs(softer - castle).mean() < 0.1
