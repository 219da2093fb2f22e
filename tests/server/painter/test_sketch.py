from __future__ import annotations

from dataclasses import replace

import numpy as np

from drawthings.server.painter.job import Job
from drawthings.server.painter.sketch import sketch

JOB = Job(prompt="a fox", width=96, height=64, seed=7, model="m.ckpt")


def test_the_same_words_and_seed_give_the_same_colours():
    first = sketch(JOB)
    assert first.shape == (64, 96, 3)
    assert first.dtype == np.float32
    assert np.abs(first).max() <= 1
    assert np.array_equal(first, sketch(replace(JOB)))
    for other in (replace(JOB, seed=8), replace(JOB, prompt="a cat"), replace(JOB, model="n.ckpt")):
        assert not np.array_equal(first, sketch(other))
    assert not np.array_equal(first, sketch(JOB, 1))


def test_a_transparent_one_is_opaque():
    layer = sketch(JOB, four_channels=True)
    assert layer.shape == (64, 96, 4)
    assert (layer[..., 0] == 1).all()
    assert np.array_equal(layer[..., 1:], sketch(JOB))
