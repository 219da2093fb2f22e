from __future__ import annotations

import numpy as np
import pytest

from drawthings.server.painter.raster import (
    blur,
    bounds,
    curve,
    from_image,
    polygons,
    pull,
    rectangles,
    ribbon,
    scale,
    shifted,
    smooth,
    to_image,
)

SQUARE = np.array([(2, 2), (8, 2), (8, 8), (2, 8)], np.float32)


def test_a_polygon_covers_its_area_with_soft_edges():
    mask = polygons([SQUARE], (0, 0, 12, 12), fine=4)
    assert mask[4, 4] == 1
    assert mask[0, 0] == 0
    assert mask.sum() == pytest.approx(36, abs=4)
    assert polygons([], (0, 0, 3, 4)).sum() == 0


def test_a_polygon_is_cut_at_its_box():
    assert polygons([SQUARE], (4, 4, 6, 7)).tolist() == [[1, 1], [1, 1], [1, 1]]


def test_rectangles_cover_exactly_their_pixels():
    mask = rectangles(np.array([(1, 1, 3, 4), (5, 0, 5, 9)], np.float32), (0, 0, 6, 6), fine=1)
    assert mask.sum() == 6
    assert mask[1:4, 1:3].all()
    assert rectangles(np.array([(1, 1, 3, 4)], np.float32), (0, 0, 6, 6), fine=2).sum() == pytest.approx(6)


def test_a_closed_curve_passes_through_its_points_and_an_open_one_ends_at_its_last():
    closed = curve(SQUARE, density=5)
    assert len(closed) == 20
    assert closed[::5].tolist() == SQUARE.tolist()
    path = curve(SQUARE, closed=False, density=3)
    assert path[0].tolist() == [2, 2]
    assert path[-1].tolist() == [2, 8]


def test_a_ribbon_has_the_width_asked_for():
    path = np.array([(0, 0), (5, 0), (10, 0)], np.float32)
    outline = ribbon(path, (2, 4))
    assert outline[:, 1].max() == pytest.approx(2)
    assert outline[0, 1] == pytest.approx(1)
    assert len(outline) == 6


def test_bounds_are_cut_at_the_picture():
    assert bounds(SQUARE, 20, 20) == (1, 1, 9, 9)
    assert bounds(SQUARE, 5, 4) == (1, 1, 5, 4)
    assert bounds(SQUARE + 100, 20, 20) is None


def test_blurring_keeps_the_mean_and_spreads():
    plane = np.zeros((64, 64), np.float32)
    plane[32, 32] = 1
    assert blur(plane, 0) is plane
    soft = blur(plane, 1.5)
    assert 0 < soft[30, 32] < soft[32, 32] < 0.2
    step = np.repeat((np.arange(200) > 100).astype(np.float32)[None], 200, 0)
    wide = blur(step, 20)
    assert 0.3 < wide[100, 100] < 0.7
    assert wide[100, 60] < 0.1
    assert blur(np.repeat(step[..., None], 3, 2), 20).shape == (200, 200, 3)


def test_pictures_survive_the_way_through_pillow():
    values = np.arange(256, dtype=np.float32).reshape(16, 16) / 255
    assert np.allclose(from_image(to_image(values)), values, atol=1e-6)


def test_scaling_means_when_it_shrinks():
    plane = np.array([[0, 2], [4, 6]], np.float32)
    assert scale(plane, 1, 1).tolist() == [[3]]
    assert scale(plane, 2, 2) is plane
    assert scale(np.dstack([plane, plane + 1]), 1, 1).tolist() == [[[3, 4]]]
    assert scale(plane, 5, 7).shape == (5, 7)


def test_mixing_in_place_takes_one_colour_or_a_picture():
    for colour in ((1.0, 0.5, 0.0), np.broadcast_to(np.array((1.0, 0.5, 0.0), np.float32), (2, 2, 3))):
        picture = np.zeros((2, 2, 3), np.float32)
        pull(picture, colour, np.array([[0, 1], [0.5, 0]], np.float32))
        assert picture[0, 0].tolist() == [0, 0, 0]
        assert picture[0, 1].tolist() == [1, 0.5, 0]
        assert picture[1, 0].tolist() == [0.5, 0.25, 0]


def test_shifting_repeats_the_edge():
    plane = np.array([[1, 2], [3, 4]], np.float32)
    assert shifted(plane, 1, 0).tolist() == [[1, 2], [1, 2]]
    assert shifted(plane, 0, -1).tolist() == [[2, 2], [4, 4]]


def test_the_smooth_step_is_flat_outside():
    assert smooth(1, 3, np.array([[0, 1, 2, 3, 9]], np.float32)).tolist() == [[0, 0, 0.5, 1, 1]]
