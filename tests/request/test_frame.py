"""Where a picture lies on its canvas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drawthings.request.frame import canvas_size, laid_on, place, up_to_grid
from drawthings.request.wishes import Wishes

BORDERS = st.tuples(*[st.integers(0, 900)] * 4).filter(any)


@pytest.mark.parametrize(("length", "side"), [(1, 128), (128, 128), (129, 192), (640, 640)])
def test_the_next_side(length: int, side: int) -> None:
    assert up_to_grid(length) == side


def test_borders_are_added_where_they_were_asked_for() -> None:
    placed = place((300, 200), (100, 0, 50, 40), (512, 256))
    assert placed.room == (141, 0, 71, 56)
    assert placed.box == (141, 0, 441, 200)


@given(width=st.integers(1, 3000), height=st.integers(1, 3000), borders=BORDERS, columns=st.integers(2, 40))
def test_a_picture_always_lies_within_and_is_never_enlarged(
    width: int, height: int, borders: tuple[int, int, int, int], columns: int
) -> None:
    canvas = (columns * 64, 1024)
    placed = place((width, height), borders, canvas)
    left, top, right, bottom = placed.box
    assert 0 <= left < right <= canvas[0]
    assert 0 <= top < bottom <= canvas[1]
    assert right - left <= width
    assert bottom - top <= height
    assert min(placed.room) >= 0


@settings(max_examples=25)
@given(width=st.integers(1, 2000), height=st.integers(1, 2000), borders=BORDERS)
def test_a_chosen_canvas_is_on_the_grid_and_holds_everything_or_is_the_models_size(
    width: int, height: int, borders: tuple[int, int, int, int]
) -> None:
    wishes = Wishes(prompt="", image=b"", borders=borders)
    size = canvas_size(wishes, 1024, (width, height))
    assert size["width"] % 64 == size["height"] % 64 == 0
    whole = (width + borders[0] + borders[2], height + borders[1] + borders[3])
    if whole[0] * whole[1] <= 2 * 1024**2:
        assert 0 <= size["width"] - whole[0] < 128
        assert 0 <= size["height"] - whole[1] < 128


def test_room_is_grey_or_shows_the_edges() -> None:
    image = Image.new("RGB", (4, 4), (10, 20, 30))
    grey = np.asarray(laid_on(image, (2, 0, 6, 4), (8, 6), stretch_edges=False))
    assert grey.shape == (6, 8, 3)
    assert grey[0, 0].tolist() == grey[5, 7].tolist() == [128, 128, 128]
    assert grey[0, 2].tolist() == [10, 20, 30]
    edges = np.asarray(laid_on(image, (2, 0, 6, 4), (8, 6), stretch_edges=True))
    assert (edges == [10, 20, 30]).all()
