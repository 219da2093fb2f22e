from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings.server.painter.scene.figure import (
    Pose,
    blob,
    both,
    box,
    draw,
    fill,
    line,
    mirrored,
    oval,
    placed,
    poly,
    shadow,
    shining,
    union,
    veil,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.server.painter.scene.sheet import Sheet

RED = (1.0, 0.0, 0.0)


def test_shapes_lie_where_they_were_put():
    assert box(RED, (0, 0), (1, 2)).outlines[0].max(0).tolist() == [1, 2]
    ring = oval(RED, (1, 1), (0.5, 0.25)).outlines[0]
    assert ring.max(0).tolist() == pytest.approx([1.5, 1.25])
    assert oval(RED, (0, 0), (0.5, 0.25), turn=0.25).outlines[0].max(0).tolist() == pytest.approx([0.25, 0.5], abs=1e-3)
    assert line(RED, 0.2, (0, 0), (1, 0)).outlines[0][:, 1].max() == pytest.approx(0.1)
    assert line(RED, (0.2, 0.4), (0, 0), (1, 0)).outlines[0][:, 1].max() == pytest.approx(0.2)
    assert len(union(RED, [[(0, 0), (1, 0), (0, 1)]] * 5).outlines) == 5


def test_shapes_are_mirrored_moved_and_turned():
    part = poly(RED, (1, 0), (2, 0), (2, 1))
    assert mirrored([part])[0].outlines[0][:, 0].max() == -1
    assert len(both(part)) == 2
    moved = placed([part], by=(1, 1), size=2)[0].outlines[0]
    assert moved[0].tolist() == [3, 1]
    turned = placed([part], turn=0.25)[0].outlines[0]
    assert turned[0].tolist() == pytest.approx([0, 1], abs=1e-6)


def test_parts_can_shine_and_veil():
    part = box(RED, (0, 0), (1, 1))
    assert (shining(part).glow, shining(part).fade) == (True, 0.0)
    assert (veil(part, 0.3, 0.1).opacity, veil(part, 0.3, 0.1).soft) == (0.3, 0.1)


@pytest.mark.parametrize("tall", [20, 150, 400])
def test_filling_paints_later_parts_over_earlier_ones(tall: float):
    parts = [box(RED, (-0.4, 0), (0.4, 0.9), fade=0), box((0.0, 0.0, 1.0), (-0.2, 0.4), (0.2, 0.6), fade=0, glow=True)]
    size = int(tall * 1.2)
    rgb, alpha, glow = fill(parts, Pose(size / 2, size * 0.95, tall), (0, 0, size, size))
    middle, corner = (round(size * 0.95 - tall * 0.5), size // 2), (0, 0)
    assert rgb[middle].tolist() == pytest.approx([0, 0, 1], abs=0.01)
    assert (alpha[middle], glow[middle], alpha[corner]) == (1, 1, 0)
    edge = (alpha > 0.05) & (alpha < 0.95)
    assert (rgb[edge][:, 0] > 0.9).all(), "soft edges keep the colour of their part"


def test_a_fade_darkens_downwards_and_a_negative_one_upwards():
    for fade, sign in ((0.4, 1), (-0.4, -1)):
        rgb, _, _ = fill([box((0.5, 0.5, 0.5), (-0.5, 0), (0.5, 1), fade=fade)], Pose(50, 100, 100), (0, 0, 100, 100))
        assert sign * (rgb[10, 50, 0] - rgb[90, 50, 0]) > 0.1


def test_a_figure_is_lit_hazy_and_glows(grey_sheet: Sheet, plan_of: Callable[..., Any]):
    parts = [box((0.8, 0.8, 0.8), (-0.4, 0), (0.4, 1)), box((1.0, 0.9, 0.5), (-0.1, 0.4), (0.1, 0.6), glow=True)]
    pose = Pose(48, 60, 40)
    draw(grey_sheet, plan_of("field at night"), parts, pose)
    assert grey_sheet.rgb[55, 40].mean() < 0.5 < grey_sheet.rgb[40, 48].mean()
    near = grey_sheet.rgb[50, 38].copy()
    draw(grey_sheet, plan_of("field at night"), parts, pose, distance=0.9)
    assert np.abs(grey_sheet.rgb[50, 38] - near).max() > 0.02


def test_half_a_figure_shows_what_is_behind(grey_sheet: Sheet, plan_of: Callable[..., Any]):
    draw(grey_sheet, plan_of("field at noon"), [box((1.0, 1.0, 1.0), (-0.5, 0), (0.5, 1))], Pose(48, 60, 40), power=0.5)
    assert 0.6 < grey_sheet.rgb[40, 48].mean() < 0.85


def test_a_figure_outside_the_sheet_paints_nothing(grey_sheet: Sheet, plan_of: Callable[..., Any]):
    draw(grey_sheet, plan_of("field"), [blob(RED, (0, 0), (1, 0), (0, 1))], Pose(-900, 40, 30))
    draw(grey_sheet, plan_of("field"), [box(RED, (0, 0), (1, 1)), box(RED, (900, 0), (901, 1))], Pose(200, 40, 0.1))
    assert (grey_sheet.rgb == 0.5).all()


def test_a_flipped_figure_looks_the_other_way():
    outline = poly(RED, (0, 0), (1, 0), (1, 1)).outlines[0]
    assert Pose(10, 20, 4).pixels(outline).max(0).tolist() == [14, 20]
    assert Pose(10, 20, 4, flip=True).pixels(outline).min(0).tolist() == [6, 16]


def test_a_shadow_darkens_the_ground(grey_sheet: Sheet, plan_of: Callable[..., Any]):
    shadow(grey_sheet, plan_of("field at noon"), Pose(48, 50, 40), 0.3)
    assert grey_sheet.rgb[50, 48].mean() < 0.45
    assert grey_sheet.rgb[5, 5].mean() == 0.5
    before = grey_sheet.rgb.copy()
    shadow(grey_sheet, plan_of("field at noon"), Pose(-900, 50, 40), 0.3)
    assert np.array_equal(grey_sheet.rgb, before)
