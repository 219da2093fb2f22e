"""Moving pictures, a tone, and a look into a finished file that shares no code with what wrote it."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path


def moving(index: int, width: int = 64, height: int = 48) -> np.ndarray:
    """A smooth picture whose red says which one it is."""
    y, x = np.mgrid[0:height, 0:width]
    picture = np.empty((height, width, 3), np.uint8)
    picture[..., 0] = 20 + 10 * index % 220
    picture[..., 1] = 60 + 120 * y // height
    picture[..., 2] = 60 + 120 * x // width
    return picture


def tone(rate: int, seconds: float) -> np.ndarray:
    """A tone on the left, half as loud on the right."""
    wave = 0.5 * np.sin(np.arange(round(rate * seconds)) * 2 * np.pi * 440 / rate)
    return np.stack([wave, wave / 2]).astype(np.float32)


class Alive:
    """Stands in for the decoder and counts the pictures that are in memory at the same time.

    A blob is one byte, and the first byte of its picture is the same.
    """

    def __init__(self, width: int = 64, height: int = 48) -> None:
        self.now = self.most = 0
        self._shape = (height, width, 3)
        self._change = threading.Condition()

    def decode(self, blob: bytes) -> np.ndarray:
        pixels = np.full(self._shape, blob[0], np.uint8)
        with self._change:
            self.now += 1
            self.most = max(self.most, self.now)
            self._change.notify_all()
        weakref.finalize(pixels, self._gone)
        return pixels

    def reached(self, count: int) -> bool:
        """Wait until so many have been in memory at a time."""
        with self._change:
            return self._change.wait_for(lambda: self.most >= count, 10)

    def _gone(self) -> None:
        with self._change:
            self.now -= 1


@dataclass
class Probe:
    """What a file says of itself and what comes out of it."""

    container: str
    comment: str
    frames: list[np.ndarray]
    luma: np.ndarray
    codec: str
    layout: str
    rate: Fraction
    duration_s: float
    colours: tuple[int, int, int, int]
    audio_codec: str | None
    audio_rate: int | None
    samples: np.ndarray


def probe(path: Path) -> Probe:
    with av.open(str(path)) as file:
        video = file.streams.video[0]
        context = video.codec_context
        decoded = list(file.decode(video))
        frames = [frame.to_ndarray(format="rgb24") for frame in decoded]
        luma = decoded[0].to_ndarray(format="yuv420p")[: decoded[0].height]
        audio = next(iter(file.streams.audio), None)
        samples = np.zeros((2, 0), np.float32)
        if audio is not None:
            file.seek(0)
            samples = np.concatenate([piece.to_ndarray() for piece in file.decode(audio)], axis=1)
        return Probe(
            container=file.format.name,
            comment=file.metadata.get("comment", ""),
            frames=frames,
            luma=luma,
            codec=context.name,
            layout=context.pix_fmt or "",
            rate=Fraction(video.average_rate or 0),
            duration_s=float((video.duration or 0) * (video.time_base or 0)),
            colours=(context.colorspace, context.color_primaries, context.color_trc, context.color_range),
            audio_codec=audio.codec_context.name if audio else None,
            audio_rate=audio.codec_context.sample_rate if audio else None,
            samples=samples,
        )
