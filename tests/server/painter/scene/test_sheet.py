from __future__ import annotations

import numpy as np
import pytest

from drawthings.server.painter.scene.sheet import Sheet


def test_paint_goes_where_the_mask_is(grey_sheet: Sheet):
    mask = np.zeros((10, 20), np.float32)
    mask[2:5, 3:9] = 1
    grey_sheet.lay(mask, (1.0, 0.0, 0.0), 30, 40)
    assert grey_sheet.rgb[42, 33].tolist() == [1, 0, 0]
    assert (grey_sheet.rgb[..., 0] == 1).sum() == 18
    assert grey_sheet.cover.sum() == 18


@pytest.mark.parametrize("shape", [(3,), (64, 96, 3), (64, 1, 3)])
def test_rows_that_are_opaque_are_copied_whatever_the_colour_is_made_of(grey_sheet: Sheet, shape: tuple[int, ...]):
    mask = np.ones((64, 96), np.float32)
    mask[:10] = 0
    mask[10:20] = 0.5
    grey_sheet.lay(mask, np.full(shape, 0.9, np.float32))
    assert grey_sheet.rgb[5].max() == 0.5
    assert grey_sheet.rgb[15, 5, 0] == pytest.approx(0.7)
    assert grey_sheet.rgb[40].min() == pytest.approx(0.9)
    assert grey_sheet.cover[:, 0].tolist() == [0] * 10 + [0.5] * 10 + [1] * 44


def test_an_empty_mask_paints_nothing(grey_sheet: Sheet):
    grey_sheet.lay(np.zeros((64, 96), np.float32), (1.0, 1.0, 1.0))
    assert (grey_sheet.rgb == 0.5).all()


def test_light_never_overflows(grey_sheet: Sheet):
    for _ in range(3):
        grey_sheet.shine(np.ones((64, 96), np.float32) * 0.8, (1.0, 0.5, 0.0))
    assert 0.9 < grey_sheet.rgb[..., 0].max() <= 1
    assert grey_sheet.rgb[..., 2].max() == 0.5
    assert grey_sheet.cover.max() == 0


def test_a_halo_is_brightest_in_its_middle_and_ends(grey_sheet: Sheet):
    grey_sheet.halo(48, 32, (1.0, 1.0, 1.0), (4, 0.8))
    assert grey_sheet.rgb[32, 48, 0] > 0.8
    assert grey_sheet.rgb[0, 0, 0] == 0.5
    before = grey_sheet.rgb.copy()
    grey_sheet.halo(-500, -500, (1.0, 1.0, 1.0), (4, 0.8))
    assert np.array_equal(grey_sheet.rgb, before)


def test_stamps_may_lie_outside(grey_sheet: Sheet):
    corners = np.array([(10, 10), (20, 10), (20, 20), (10, 20)], np.float32)
    grey_sheet.stamp(corners, (1.0, 1.0, 1.0), 0.5)
    assert grey_sheet.rgb[15, 15].tolist() == [0.75] * 3
    grey_sheet.stamp(corners + 40, (1.0, 1.0, 1.0), 1.0, soft=2)
    assert 0.5 < grey_sheet.rgb[55, 48, 0] < 0.9
    before = grey_sheet.rgb.copy()
    grey_sheet.stamp(corners - 400, (1.0, 1.0, 1.0), 1.0, soft=2)
    assert np.array_equal(grey_sheet.rgb, before)


def test_below_a_line_everything_is_covered(grey_sheet: Sheet):
    line = np.linspace(20, 30, 96, dtype=np.float32)
    mask, top = grey_sheet.below(line)
    assert (top, mask.shape) == (19, (45, 96))
    assert mask[0].max() == 0
    assert mask[-1].min() == 1
    assert len(grey_sheet.below(line, 0.6)[0]) == int(0.6 * 64) + 1 - 19
    assert len(grey_sheet.below(line - 500)[0]) == 64
    assert len(grey_sheet.below(line + 500)[0]) == 1


def test_layers_remember_what_was_behind(grey_sheet: Sheet):
    grey_sheet.lay(np.ones((64, 96), np.float32), (0.2, 0.2, 0.2))
    grey_sheet.lift()
    grey_sheet.lay(np.full((64, 96), 0.5, np.float32), (1.0, 1.0, 1.0))
    behind, cover = grey_sheet.layers[0]
    assert behind.max() == pytest.approx(0.2)
    assert cover.min() == 1
    assert grey_sheet.cover.max() == 0.5
    assert grey_sheet.unit == 64
    assert Sheet(100, 50).unit == pytest.approx(60)
