from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings.server.painter.blend import (
    fill_in,
    lean_to,
    lean_to_all,
    repaint,
    share_of_scene,
    standing_out,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


def flat(*colour: float, size: tuple[int, int] = (48, 64)) -> NDArray[np.float32]:
    return np.broadcast_to(np.array(colour, np.float32), (*size, 3)).copy()


def test_the_share_of_the_scene_rises_slowly_to_one():
    shares = [share_of_scene(s) for s in (-1, 0, 0.3, 0.7, 1, 2)]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[2] < 0.1
    assert shares[-1] == 1


def test_repainting_at_the_ends_returns_one_of_the_pictures():
    picture, scene = flat(0.1, 0.1, 0.1), flat(0.9, 0.5, 0.1)
    assert repaint(picture, scene, 1.0) is scene
    assert repaint(picture, scene, 0.0) is picture
    middle = repaint(picture, scene, 0.6)
    assert (middle.mean((0, 1)) > picture.mean((0, 1)) - 1e-4).all()


def test_leaning_moves_the_mean_and_keeps_the_structure(photo: NDArray[Any]):
    picture = photo * 0.5 + 0.5
    moved = lean_to(picture, flat(0.9, 0.2, 0.2), 0.5)
    assert moved.mean((0, 1))[0] > picture.mean((0, 1))[0]
    assert np.corrcoef(moved[..., 1].ravel(), picture[..., 1].ravel())[0, 1] > 0.95
    assert np.array_equal(lean_to_all(picture, [(flat(0, 0, 0), 0.0)], 1.0), picture)
    assert not np.array_equal(lean_to_all(picture, [(flat(0, 0, 0), 0.5)], 1.0), picture)


def test_a_hole_is_filled_from_its_rim():
    picture = flat(0.2, 0.4, 0.8)
    picture[10:30, 20:40] = 1
    hole = np.zeros((48, 64), np.float32)
    hole[9:31, 19:41] = 1
    filled = fill_in(picture, hole)
    assert np.allclose(filled, flat(0.2, 0.4, 0.8), atol=0.03)
    assert np.array_equal(filled[hole == 0], picture[hole == 0])


@pytest.mark.parametrize("size", [(48, 64), (2, 2), (700, 300)])
def test_a_picture_that_is_all_hole_is_filled_with_something(size: tuple[int, int]):
    filled = fill_in(flat(0.5, 0.5, 0.5, size=size), np.ones(size, np.float32))
    assert filled.shape == (*size, 3)
    assert np.isfinite(filled).all()


def test_the_thing_in_the_middle_stands_out():
    picture = flat(0.2, 0.4, 0.8, size=(96, 96))
    picture[36:60, 36:60] = (1.0, 0.3, 0.1)
    plane = standing_out(picture)
    assert plane[48, 48] > 0.7
    assert plane[5, 5] < 0.1
