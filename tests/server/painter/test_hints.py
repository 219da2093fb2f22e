from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from drawthings.server.painter.hints import apply_hints, depth_of
from drawthings.server.painter.job import Hint, Job

if TYPE_CHECKING:
    from numpy.typing import NDArray

JOB = Job("a field", 128, 96, 1)
SCENE = np.full((96, 128, 3), (0.4, 0.6, 0.5), np.float32)


def shaped(kind: str, picture: NDArray[np.float32], weight: float = 1.0) -> NDArray[np.float32]:
    return apply_hints(SCENE, replace(JOB, hints=(Hint(kind, picture, weight),)))


def test_far_things_fade_and_near_ones_stay():
    depth = np.full((96, 128, 1), -1, np.float32)
    depth[:, 64:] = 1
    picture = shaped("depth", depth)
    assert np.abs(picture[:, :50] - SCENE[:, :50]).mean() > 1.5 * np.abs(picture[:, 80:] - SCENE[:, 80:]).mean()


@pytest.mark.parametrize("channels", [0, 1, 3])
def test_strokes_become_outlines(channels: int):
    strokes = np.zeros((96, 128), np.float32)
    strokes[40:44, 20:100] = 1
    given = strokes if channels == 0 else np.repeat(strokes[..., None], channels, 2)
    picture = shaped("scribble", given)
    assert picture[41:43, 30:90].mean() < 0.25
    assert picture[80:].mean() > 0.45


def test_a_skeleton_becomes_a_figure():
    bones = np.zeros((96, 128, 3), np.float32)
    bones[20:80, 62:66] = (1, 0, 0)
    picture = shaped("pose", bones)
    apart = np.abs(picture - SCENE).max(-1)
    assert apart[30:70, 62:66].mean() > 0.15
    assert apart[:, :20].mean() < 0.02
    assert np.abs(shaped("pose", bones.max(-1)) - picture).max() < 1e-6


def test_an_empty_skeleton_is_nobody():
    assert np.array_equal(shaped("pose", np.zeros((96, 128, 3), np.float32)), SCENE)


@pytest.mark.parametrize("size", [(96, 128), (1, 2)])
def test_the_palette_colours_the_blocks(size: tuple[int, int]):
    palette = np.full((*size, 3), -1, np.float32)
    palette[:, : size[1] // 2, 0] = 1
    palette[:, size[1] // 2 :, 2] = 1
    picture = shaped("color", palette)
    assert picture[:, :20, 0].mean() > picture[:, :20, 2].mean() + 0.3
    assert picture[:, -20:, 2].mean() > picture[:, -20:, 0].mean() + 0.3


@pytest.mark.parametrize("channels", [0, 1, 3])
def test_a_control_picture_lends_light_and_edges(channels: int):
    guide = np.full((96, 128), -1, np.float32)
    guide[30:70, 40:90] = 1
    picture = shaped("custom", guide if channels == 0 else np.repeat(guide[..., None], channels, 2))
    assert picture[45:55, 55:75].mean() > picture[5:15].mean() + 0.1


def test_the_weight_decides_how_much():
    guide = np.full((96, 128, 3), 1.0, np.float32)
    far = [np.abs(shaped("custom", guide, weight) - SCENE).mean() for weight in (0.0, 0.5, 1.0)]
    assert far[0] == 0
    assert far[2] > far[1] > 0


def test_kinds_that_nobody_reads_do_nothing():
    assert np.array_equal(shaped("shuffle", np.ones((96, 128, 3), np.float32)), SCENE)


def test_a_guessed_depth_is_in_range_and_nearer_below():
    depth = depth_of(SCENE)
    assert depth.shape == (96, 128)
    assert -1 <= depth.min() < depth.max() <= 1
    assert depth[-1].mean() > depth[0].mean()
