from __future__ import annotations

import numpy as np
import pytest

from drawthings.server.painter.mask import bounding_box, compose, grown, in_cells, only_fresh, read_zones


def row(*codes: int) -> np.ndarray:
    return np.array([codes], np.uint8)


@pytest.mark.parametrize("codes", [(0, 0), (3, 3), (1, 1), (5, 6), (7, 0)])
def test_a_mask_of_one_kind_is_no_mask(codes: tuple[int, ...]):
    assert read_zones(row(*codes), 1, 2) is None


@pytest.mark.parametrize(
    ("codes", "zones"),
    [
        ((2, 2), "aa"),
        ((4, 4), "aa"),
        ((0, 2), "ka"),
        ((0, 4), "ka"),
        ((7, 2), "ka"),
        ((0, 3), "ak"),
        ((2, 3), "ak"),
        ((0, 2, 3), "kak"),
        ((0, 1), "af"),
        ((0, 1, 2), "kfa"),
        ((0, 1, 3), "afk"),
        ((1, 3), "fk"),
        ((1, 2), "fa"),
        ((1, 2, 3), "fak"),
        ((0, 1, 2, 3), "afak"),
    ],
)
def test_codes_mean_what_they_mean_together(codes: tuple[int, ...], zones: str):
    found = read_zones(row(*codes), 1, len(codes))
    assert found is not None
    letters = np.select([found.fresh[0] > 0, found.again[0] > 0, found.kept[0] > 0], ["f", "a", "k"], "?")
    assert "".join(letters) == zones
    assert (found.changed == 1 - found.kept).all()


def test_the_high_bits_say_what_shines_through():
    zones = read_zones(row(0, 2, 2 | 0x80, 2 | 0xF8), 1, 4)
    assert zones is not None
    assert zones.through[0].tolist() == pytest.approx([0, 0, 128 / 255, 248 / 255])


def test_a_mask_of_another_size_is_stretched_without_new_codes():
    zones = read_zones(np.array([[0, 2], [2, 0]], np.uint8), 4, 6)
    assert zones is not None
    assert zones.again.sum() == 12
    assert set(np.unique(zones.kept)) == {0, 1}


def test_only_fresh_means_only_ones():
    assert only_fresh(row(1, 1 | 0x80))
    assert not only_fresh(row(1, 2))


def test_cells_change_as_a_whole():
    plane = np.zeros((20, 20), np.float32)
    plane[9, 9] = 1
    cells = in_cells(plane)
    assert cells.sum() == 64
    assert cells[8:16, 8:16].all()
    assert in_cells(np.ones((20, 20), np.float32)).sum() == 400


def test_areas_grow_and_shrink():
    plane = np.zeros((9, 9), np.float32)
    plane[4, 4] = 1
    assert grown(plane, 0).sum() == 1
    assert grown(plane, 2).sum() == 25
    assert grown(grown(plane, 3), -2).sum() == 9
    assert grown(plane, 10**9).all()


def test_the_box_around_an_area():
    plane = np.zeros((9, 12), np.float32)
    assert bounding_box(plane) == (0, 0, 12, 9)
    plane[2:5, 3:11] = 1
    assert bounding_box(plane) == (3, 2, 11, 5)


@pytest.fixture
def halves() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    picture, result = np.zeros((32, 32, 3), np.float32), np.ones((32, 32, 3), np.float32)
    mask = np.zeros((32, 32), np.uint8)
    mask[:, 12:] = 2
    return picture, result, mask


def test_kept_pixels_come_back_exactly(halves: tuple[np.ndarray, np.ndarray, np.ndarray]):
    picture, result, mask = halves
    zones = read_zones(mask, 32, 32)
    assert zones is not None
    hard = compose(picture, result, zones, blur_px=0, outset=0, preserve=True)
    assert np.array_equal(hard[..., 0], (mask == 2).astype(np.float32))
    loose = compose(picture, result, zones, blur_px=0, outset=0, preserve=False)
    assert loose[:, 8:].min() == 1, "without it the whole cell is repainted"
    assert loose[:, :8].max() == 0


def test_the_seam_is_soft_and_can_be_moved(halves: tuple[np.ndarray, np.ndarray, np.ndarray]):
    picture, result, mask = halves
    zones = read_zones(mask, 32, 32)
    assert zones is not None
    soft = compose(picture, result, zones, blur_px=2, outset=0, preserve=True)
    assert 0.2 < soft[16, 11, 0] < 0.6
    assert soft[16, 0, 0] == 0
    smaller = compose(picture, result, zones, blur_px=0, outset=3, preserve=True)
    assert smaller[16, 9, 0] == 1
    assert smaller[16, 8, 0] == 0
    larger = compose(picture, result, zones, blur_px=0, outset=-3, preserve=True)
    assert larger[16, 14, 0] == 0
    assert larger[16, 15, 0] == 1


def test_the_original_shines_through_by_the_square(halves: tuple[np.ndarray, np.ndarray, np.ndarray]):
    picture, result, mask = halves
    mask[:, 20:] |= 0x80
    zones = read_zones(mask, 32, 32)
    assert zones is not None
    out = compose(picture, result, zones, blur_px=0, outset=0, preserve=True)
    assert out[0, 25, 0] == pytest.approx(1 - (128 / 255) ** 2)
    assert out[0, 15, 0] == 1
