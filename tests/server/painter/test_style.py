from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from drawthings.server.painter.style import apply_styles
from drawthings.server.painter.vocabulary import STYLES

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.mark.parametrize("style", sorted(STYLES))
def test_a_style_changes_the_picture_and_stays_in_range(style: str, castle: NDArray[np.float32]):
    picture = castle * 0.5 + 0.5
    painted = apply_styles(picture, (style,), 1)
    assert painted.shape == picture.shape
    assert painted.dtype == np.float32
    assert 0 <= painted.min() < painted.max() <= 1
    assert np.abs(painted - picture).mean() > 0.01
    assert np.array_equal(painted, apply_styles(picture, (style,), 1))


def test_large_pictures_take_the_quick_way():
    picture = np.tile(np.linspace(0, 1, 640, dtype=np.float32)[None, :, None], (32, 1, 3))
    assert apply_styles(picture, ("oil",), 1).shape == (32, 640, 3)


def test_black_and_white_is_grey_and_pixels_are_large(castle: NDArray[np.float32]):
    picture = castle * 0.5 + 0.5
    assert np.ptp(apply_styles(picture, ("mono",), 1), axis=-1).max() == 0
    colours = np.unique((apply_styles(picture, ("pixel",), 1) * 255).round().reshape(-1, 3), axis=0)
    assert len(colours) <= 28


def test_only_the_first_two_count(castle: NDArray[np.float32]):
    picture = castle * 0.5 + 0.5
    three = apply_styles(picture, ("photo", "mono", "neon"), 1)
    assert np.array_equal(three, apply_styles(picture, ("photo", "mono"), 1))
    assert apply_styles(picture, (), 1) is picture
