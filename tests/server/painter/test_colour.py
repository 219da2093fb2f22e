from __future__ import annotations

import numpy as np
import pytest

from drawthings.server.painter.colour import (
    BLACK,
    WHITE,
    contrast,
    gradient,
    ink,
    inks,
    luma,
    mix,
    recolour,
    saturate,
    shade,
    times,
    turn,
)


def test_inks_are_read_from_hexadecimal():
    assert ink("ff8000") == (1.0, 128 / 255, 0.0)
    assert inks("000000 ffffff") == (BLACK, WHITE)


def test_mixing_and_lighting():
    assert mix(BLACK, WHITE, 0.25) == (0.25, 0.25, 0.25)
    assert times((0.5, 0.5, 0.5), (3.0, 1.0, 0.0)) == (1.0, 0.5, 0.0)
    assert shade((0.5, 0.5, 0.5), 2.0) == WHITE
    assert sum(shade((0.5, 0.5, 0.5), 0.5)) < 1.5 < sum(shade((0.5, 0.5, 0.5), 1.2))


def test_a_third_of_a_turn_makes_red_green():
    assert turn((1.0, 0.0, 0.0), 1 / 3) == pytest.approx((0.0, 1.0, 0.0))
    assert turn((0.8, 0.2, 0.2), 0.0, 0.0) == pytest.approx((0.5, 0.5, 0.5))


def test_saturation_and_contrast():
    picture = np.array([[[0.9, 0.4, 0.1]]], np.float32)
    grey = saturate(picture, 0)
    assert np.ptp(grey) < 1e-6
    assert grey[0, 0, 0] == pytest.approx(luma(picture)[0, 0], abs=1e-6)
    assert contrast(picture, 2, 0.5)[0, 0].tolist() == pytest.approx([1.3, 0.3, -0.3])


def test_recolouring_keeps_the_brightness_order_and_takes_the_hue():
    ramp = np.repeat(np.linspace(0.1, 0.9, 9, dtype=np.float32)[None, :, None], 3, 2)
    blue = recolour(ramp, (0.18, 0.44, 0.87), 1.0)
    assert (blue[..., 2] > blue[..., 0]).all()
    assert (np.diff(luma(blue)[0]) > 0).all()
    assert np.array_equal(recolour(ramp, (1.0, 0.0, 0.0), 0.0), ramp)


def test_a_gradient_meets_its_stops():
    stops = ((0.0, BLACK), (0.5, (1.0, 0.0, 0.0)), (1.0, WHITE))
    colours = gradient(stops, np.array([[-1.0, 0.0, 0.25, 0.5, 1.0, 2.0]], np.float32))
    assert colours[0, :, 0].tolist() == pytest.approx([0, 0, 0.5, 1, 1, 1])
    assert colours[0, :, 1].tolist() == pytest.approx([0, 0, 0, 0, 1, 1])
