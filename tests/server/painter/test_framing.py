from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drawthings.server.painter.dials import Dials
from drawthings.server.painter.framing import framed
from drawthings.server.painter.job import Job

JOB = Job("a fox", 128, 64, 1)
ROWS, COLUMNS = (plane.astype(np.float32) for plane in np.mgrid[0:64, 0:128])


def test_nothing_is_cut_without_being_told():
    assert framed(ROWS, JOB) is ROWS


@pytest.mark.parametrize(("top", "left"), [(200, 0), (0, 200), (200, 200)])
def test_a_crop_cuts_its_side(top: int, left: int):
    job = replace(JOB, dials=Dials(crop_top=top, crop_left=left))
    rows, columns = framed(ROWS, job), framed(COLUMNS, job)
    assert rows.shape == ROWS.shape
    # The side that is named is cut alone; the other one, from both ends, to keep the shape.
    assert (rows[-1].mean() > 62) == (top > 0)
    assert (columns[:, -1].mean() > 126) == (left > 0)
    assert rows[0].mean() > 3
    assert columns[:, 0].mean() > 6


@pytest.mark.parametrize(("width", "height", "cut"), [(512, 64, (0, 1)), (128, 256, (1, 0)), (256, 128, (0, 0))])
def test_a_target_of_another_shape_is_cut_out(width: int, height: int, cut: tuple[int, int]):
    job = replace(JOB, dials=Dials(target_image_width=width, target_image_height=height))
    rows, columns = framed(ROWS, job), framed(COLUMNS, job)
    assert (int(rows[0].mean() > 2), int(columns[:, 0].mean() > 2)) == cut


def test_planes_and_pictures_are_cut_alike():
    job = replace(JOB, dials=Dials(crop_top=300))
    picture = framed(np.stack([ROWS, COLUMNS, ROWS], -1), job)
    assert np.array_equal(picture[..., 0], framed(ROWS, job))
    assert np.array_equal(picture[..., 1], framed(COLUMNS, job))
