"""Pictures made to fit."""

from __future__ import annotations

import numpy as np
import pytest

from drawthings.cli.screen.raster import box, opaque, scaled, side_by_side, within
from drawthings.cli.screen.terminal import Size


@pytest.mark.parametrize(
    ("shape", "size", "rows", "cells"),
    [
        ((512, 512, 3), Size(80, 40), 16, (32, 16)),
        ((512, 1024, 3), Size(80, 40), 16, (64, 16)),
        ((1024, 512, 3), Size(80, 40), 16, (16, 16)),
        ((512, 1024, 3), Size(40, 40), 16, (39, 10)),
        ((512, 512, 3), Size(80, 40, (10, 30)), 16, (48, 16)),
        ((64, 6400, 3), Size(80, 40), 16, (79, 1)),
        ((6400, 64, 3), Size(80, 40), 16, (1, 16)),
        ((512, 512, 3), Size(1, 1), 16, (1, 1)),
    ],
)
def test_how_many_cells(shape: tuple[int, int, int], size: Size, rows: int, cells: tuple[int, int]) -> None:
    assert box(shape, size, rows) == cells


def test_scaling() -> None:
    pixels = np.repeat(np.repeat(np.arange(4, dtype=np.uint8).reshape(2, 2, 1) * 60, 8, 0), 8, 1).repeat(3, -1)
    assert scaled(pixels, 2, 2)[..., 0].tolist() == [[0, 60], [120, 180]]
    assert scaled(pixels, 16, 16) is pixels
    assert scaled(pixels, 5, 40).shape == (40, 5, 3)


def test_only_what_is_too_large_gets_smaller() -> None:
    pixels = np.zeros((100, 200, 3), np.uint8)
    assert within(pixels, 400, 400) is pixels
    assert within(pixels, 100, 400).shape == (50, 100, 3)
    assert within(pixels, 1, 1).shape == (1, 1, 3)


def test_transparency_is_laid_on_grey() -> None:
    pixels = np.array([[[255, 0, 0, 255], [255, 0, 0, 0]]], np.uint8)
    assert opaque(pixels).tolist() == [[[255, 0, 0], [128, 128, 128]]]


def test_grey_becomes_colours() -> None:
    grey = np.array([[7, 9]], np.uint8)
    assert opaque(grey).tolist() == opaque(grey[..., None]).tolist() == [[[7, 7, 7], [9, 9, 9]]]
    colours = np.zeros((1, 1, 3), np.uint8)
    assert opaque(colours) is colours


@pytest.mark.parametrize(
    ("count", "ratio", "shape"), [(1, 2, (64, 64)), (2, 3, (64, 130)), (4, 1, (130, 130)), (3, 0.3, (196, 64))]
)
def test_pictures_side_by_side(count: int, ratio: float, shape: tuple[int, int]) -> None:
    pictures = [np.full((64, 64, 3), 10 * place, np.uint8) for place in range(count)]
    sheet = side_by_side(pictures, ratio)
    assert sheet.shape[:2] == shape
    assert {10 * place for place in range(count)} <= set(np.unique(sheet).tolist())


def test_another_size_is_brought_to_the_first_one() -> None:
    sheet = side_by_side([np.zeros((64, 64, 3), np.uint8), np.full((32, 32, 3), 255, np.uint8)], 3)
    assert sheet.shape == (64, 130, 3)
    assert (sheet[:, 66:] == 255).all()
