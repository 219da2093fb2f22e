from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from drawthings.server.painter.noise import between, coin, enlarge, fractal, key_of, profile, stream, unit


def test_keys_name_their_parts():
    assert key_of("a", 1) == key_of("a", 1)
    assert len({key_of("a", 1), key_of("a", "1"), key_of("a1"), key_of(1, "a"), key_of("a", 1.0), key_of()}) == 6


def test_keys_do_not_depend_on_the_process():
    script = "from drawthings.server.painter.noise import key_of; print(key_of('fox', 42))"
    answers = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    }
    assert answers == {f"{key_of('fox', 42)}\n"}


def test_streams_repeat():
    assert stream("x").random(4).tolist() == stream("x").random(4).tolist()
    assert stream("x").random(4).tolist() != stream("y").random(4).tolist()


def test_numbers_stay_in_their_range():
    numbers = [between(-2, 3, n) for n in range(200)]
    assert all(-2 <= number < 3 for number in numbers)
    assert min(numbers) < -1.5
    assert max(numbers) > 2.5
    assert all(0 <= unit(n) < 1 for n in range(50))
    assert 60 < sum(coin("toss", n) for n in range(200)) < 140


@pytest.mark.parametrize("shape", [(8, 8), (64, 200), (600, 1000), (1000, 30)])
def test_fractal_noise_fills_its_shape_and_is_centred(shape: tuple[int, int]):
    plane = fractal(shape, 7, cells=5, octaves=6)
    assert plane.shape == shape
    assert plane.dtype == np.float32
    assert abs(float(plane.mean())) < 0.6
    assert 0.05 < float(plane.std()) < 1.2


def test_more_octaves_are_rougher_and_other_keys_are_other_noise():
    smooth, rough = (fractal((128, 128), 3, cells=3, octaves=n) for n in (1, 5))
    assert np.abs(np.diff(rough, axis=0)).mean() > 1.5 * np.abs(np.diff(smooth, axis=0)).mean()
    assert not np.array_equal(rough, fractal((128, 128), 4, cells=3, octaves=5))


def test_stretched_noise_is_wider_than_tall():
    plane = fractal((128, 128), 3, cells=8, octaves=2, stretch=6)
    assert np.abs(np.diff(plane, axis=0)).mean() > 2 * np.abs(np.diff(plane, axis=1)).mean()


def test_a_profile_is_a_continuous_line():
    line = profile(500, 9, cells=4, octaves=4)
    assert line.shape == (500,)
    assert np.abs(np.diff(line)).max() < 0.35
    assert line.max() - line.min() > 0.5


def test_enlarging_to_the_same_shape_changes_nothing():
    plane = np.ones((4, 5), np.float32)
    assert enlarge(plane, (4, 5)) is plane
    assert enlarge(plane, (8, 9)).shape == (8, 9)
