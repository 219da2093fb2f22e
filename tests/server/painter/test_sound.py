from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drawthings.server.painter.job import Job
from drawthings.server.painter.sound import audio

JOB = Job("a meadow at noon", 64, 64, 1)


@pytest.mark.parametrize("rate", [24_000, 48_000])
def test_sound_has_two_channels_of_the_length_asked_for(rate: int):
    sound = audio(JOB, 1.5, rate)
    assert sound.shape == (2, rate * 3 // 2)
    assert sound.dtype == np.float32
    assert 0.1 < np.abs(sound).max() <= 1
    assert np.abs(sound[:, [0, -1]]).max() < 0.02, "it fades in and out"


def test_sound_repeats_and_depends_on_prompt_and_seed():
    sound = audio(JOB, 0.5, 8000)
    assert np.array_equal(sound, audio(JOB, 0.5, 8000))
    assert not np.array_equal(sound, audio(replace(JOB, prompt="a meadow at night"), 0.5, 8000))
    assert not np.array_equal(sound, audio(replace(JOB, seed=2), 0.5, 8000))


def test_rain_hisses_more_than_a_quiet_day():
    def hiss(prompt: str) -> float:
        spectrum = np.abs(np.fft.rfft(audio(replace(JOB, prompt=prompt), 1.0, 16_000)[0]))
        return float(spectrum[3000:].mean())

    assert hiss("rain") > 5 * hiss("a meadow at noon")
    assert hiss("waves of the sea") > hiss("a meadow at noon")


@pytest.mark.parametrize(("seconds", "rate"), [(0.0, 24_000), (1e-4, 24_000), (0.5, 200)])
def test_very_short_and_very_coarse_sound(seconds: float, rate: int):
    sound = audio(JOB, seconds, rate)
    assert sound.shape[1] >= 1
    assert np.isfinite(sound).all()
