"""A gentle chord for clips with sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.noise import between, key_of, stream
from drawthings.server.painter.words import read_prompt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drawthings.server.painter.job import Job

_DARK = frozenset({"night", "storm", "dusk", "space", "deep"})
_MAJOR, _MINOR = (0, 4, 7, 12, 14), (0, 3, 7, 12, 15)


def audio(job: Job, seconds: float, rate: int) -> NDArray[np.float32]:
    """Make the sound of a clip: a soft chord, minor in the dark, with rain, wind or waves where the prompt has them.

    Args:
        job: Prompt and seed choose key, chord and noise.
        seconds: Length.
        rate: Samples per second.

    Returns:
        Two channels of samples in [-1, 1], shape (2, samples) float32.
    """
    count = max(1, round(seconds * rate))
    brief = read_prompt(job.prompt, job.negative_prompt)
    key = key_of("sound", brief.key, job.seed_of(0))
    time = np.arange(count, dtype=np.float64) / rate
    root = 110 * 2 ** (key % 12 / 12)
    total = np.zeros((2, count))
    chord = _MINOR if brief.hour in _DARK else _MAJOR
    for number, note in enumerate(chord):
        pitch = root * 2 ** (note / 12)
        if pitch * 3 > rate / 2:
            continue
        start = number * min(0.35, seconds / 12)
        swell = np.clip((time - start) / 0.6, 0, 1) * np.exp(-np.clip(time - start - 0.6, 0, None) * 0.12)
        tone = (
            np.sin(2 * np.pi * pitch * time)
            + 0.3 * np.sin(4 * np.pi * pitch * time)
            + 0.08 * np.sin(6 * np.pi * pitch * time)
        )
        shimmer = 1 + 0.12 * np.sin(2 * np.pi * between(0.2, 0.7, key, "shimmer", number) * time)
        side = 0.5 + 0.4 * np.sin(number * 2.1 + key % 7)
        total += np.outer((1 - side, side), tone * swell * shimmer) * 0.16
    total += _weather(brief.weather, brief.place, key, count, rate)
    fade = np.clip(np.minimum(time, time[-1] - time) / min(0.05, max(seconds / 4, 1e-3)), 0, 1)
    peak = float(np.abs(total).max()) or 1.0
    out: NDArray[np.float32] = (total * fade * (0.7 / max(peak, 0.7))).astype(np.float32)
    return out


def _weather(weather: tuple[str, ...], place: str, key: int, count: int, rate: int) -> NDArray[np.float64]:
    """Return the noise of rain, wind or waves."""
    if not weather and place not in {"sea", "beach", "lake"}:
        return np.zeros((2, count))
    hiss = stream(key, "hiss").standard_normal((2, count))
    window = max(1, int(rate / (6000 if {"rain", "storm"} & set(weather) else 900)))
    sums = np.cumsum(hiss, axis=1)
    soft = hiss.copy()
    soft[:, window:] = (sums[:, window:] - sums[:, :-window]) / window**0.5
    swell = 0.6 + 0.4 * np.sin(np.arange(count) / rate * 2 * np.pi * 0.14)
    return soft * swell * 0.035
