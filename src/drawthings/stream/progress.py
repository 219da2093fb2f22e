"""How far along a generation is, from the signposts that the server announces and passes.

The server announces which stages it will go through and passes them one by one. Each stage has a usual length in
seconds; the share of the announced seconds that lies behind is the progress. Given the time of each signpost, the
usual lengths give way to measured ones. Nothing here reads a clock.
"""

from __future__ import annotations

import math
import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Progress", "Signpost"]


class Signpost(StrEnum):
    """A stage of a generation, in the order in which a server goes through them; the value is the name on the wire."""

    TEXT_ENCODED = "textEncoded"
    IMAGE_ENCODED = "imageEncoded"
    SAMPLING = "sampling"
    IMAGE_DECODED = "imageDecoded"
    SECOND_PASS_IMAGE_ENCODED = "secondPassImageEncoded"  # noqa: S105 - a pass of sampling, no password
    SECOND_PASS_SAMPLING = "secondPassSampling"  # noqa: S105 - a pass of sampling, no password
    SECOND_PASS_IMAGE_DECODED = "secondPassImageDecoded"  # noqa: S105 - a pass of sampling, no password
    FACE_RESTORED = "faceRestored"
    IMAGE_UPSCALED = "imageUpscaled"

    @property
    def words(self) -> str:
        """The name as words, such as ``second pass sampling``."""
        return re.sub("[A-Z]", lambda letter: f" {letter[0].lower()}", self.value)

    @property
    def counted(self) -> bool:
        """Whether the stage consists of steps."""
        return self in {Signpost.SAMPLING, Signpost.SECOND_PASS_SAMPLING}


USUAL_S: dict[Signpost, float] = {
    Signpost.TEXT_ENCODED: 0.56,
    Signpost.IMAGE_ENCODED: 1.0,
    Signpost.SAMPLING: 2.05,
    Signpost.IMAGE_DECODED: 1.9,
    Signpost.SECOND_PASS_IMAGE_ENCODED: 1.0,
    Signpost.SECOND_PASS_SAMPLING: 2.05,
    Signpost.SECOND_PASS_IMAGE_DECODED: 1.9,
    Signpost.FACE_RESTORED: 2.0,
    Signpost.IMAGE_UPSCALED: 5.5,
}
"""Usual seconds of each stage, of the two sampling stages per step. Source: `Defaults.swift`."""

ASSUMED_STEPS = 20
REMOTE_SHARE = 0.1
WORK_END = 0.97
BELOW_ONE = 0.999

_PLACE = {kind: place for place, kind in enumerate(Signpost)}


class Progress:
    """How far along one generation is: a number in [0, 1] that never falls and is 1 only after ``done``.

    A download of files by the server fills the first 10 %, the announced stages lead up to 97 %, and the transfer of
    the results goes on to just below 1. Without an announcement a plain text-to-image run of 20 steps is assumed and
    grows as more shows up.

    Source:
        `GenerationEstimator.swift`, which likewise counts a stage as done when its signpost arrives.
    """

    def __init__(self) -> None:
        self._value = 0.0
        self._start = 0.0
        self._totals = {Signpost.TEXT_ENCODED: 1, Signpost.SAMPLING: ASSUMED_STEPS, Signpost.IMAGE_DECODED: 1}
        self._announced = False
        self._seconds = dict(USUAL_S)
        self._current: Signpost | None = None
        self._step = 0
        self._clock_s: float | None = None
        self._measured: dict[Signpost, tuple[float, int]] = {}
        self._expected_bytes = 0
        self._received_bytes = 0
        self._arrivals = 0

    @property
    def value(self) -> float:
        """How far along the generation is now, in [0, 1]."""
        return self._value

    def announce(self, totals: Mapping[Signpost, int]) -> None:
        """Takes the complete set of expected stages.

        Args:
            totals: The steps of the sampling stages; the number of any other stage is not looked at.
        """
        self._announced = True
        self._totals = {kind: max(0, count) if kind.counted else 1 for kind, count in totals.items()}

    def reach(self, kind: Signpost, step: int = 0, *, now: float | None = None) -> float:
        """Passes a signpost, in whatever order they come.

        Args:
            kind: The stage; it is done, or for the sampling stages has done ``step`` steps.
            step: Steps done.
            now: Seconds on any clock that does not go back, to learn how long the stages take here.

        Returns:
            The progress after it.
        """
        self._measure(kind, step, now)
        self._plan(kind, step)
        if self._current is None or _PLACE[kind] > _PLACE[self._current]:
            self._current, self._step = kind, step
        elif kind is self._current:
            self._step = max(self._step, step)
        return self._rise(self._start + (WORK_END - self._start) * self._share_done())

    def fetch(self, share: float) -> float:
        """Notes how much of the files that the server itself downloads before it starts is there, in [0, 1]."""
        self._start = REMOTE_SHARE
        return self._rise(REMOTE_SHARE * min(1.0, max(0.0, share)))

    def expect(self, size: int) -> float:
        """Notes that the work is done and results of that many bytes follow."""
        self._expected_bytes = max(0, size)
        return self._rise(WORK_END)

    def arrive(self, size: int) -> float:
        """Notes that a piece of the results of that many bytes has arrived."""
        self._received_bytes += size
        self._arrivals += 1
        if self._expected_bytes:
            share = min(1.0, self._received_bytes / self._expected_bytes)
        else:
            share = self._arrivals / (self._arrivals + 1)
        return self._rise(WORK_END + (BELOW_ONE - WORK_END) * share)

    def done(self) -> float:
        """Notes that the stream has ended well; from here on the progress is 1."""
        self._value = 1.0
        return self._value

    def _rise(self, value: float) -> float:
        self._value = max(self._value, min(value, BELOW_ONE))
        return self._value

    def _plan(self, kind: Signpost, step: int) -> None:
        # Encoding the controls is reported as imageEncoded too, always and unannounced, so it may not count.
        if kind not in self._totals and kind is not Signpost.IMAGE_ENCODED:
            self._totals[kind] = ASSUMED_STEPS if kind.counted else 1
        if kind.counted and not self._announced:
            self._totals[kind] = max(self._totals[kind], step + 1)

    def _share_done(self) -> float:
        """The share of the planned seconds that lies before the current place; 0 for a plan of no length."""
        behind = total = 0.0
        here = -1 if self._current is None else _PLACE[self._current]
        for kind, count in self._totals.items():
            length = self._seconds[kind] * count
            total += length
            if _PLACE[kind] < here or (kind is self._current and not kind.counted):
                behind += length
            elif kind is self._current:
                behind += self._seconds[kind] * max(0, min(self._step, count))
        return behind / total if total > 0 else 0.0

    def _measure(self, kind: Signpost, step: int, now: float | None) -> None:
        """Learns a length from the time since the last signpost.

        The time before the first signpost is not counted: most of it may be waiting in the server's queue. Nor is
        the time before the first step, in which the server loads the model.
        """
        if now is None:
            return
        before, self._clock_s = self._clock_s, now
        spent = math.nan if before is None else now - before
        if not 0 <= spent < math.inf or self._current is None:
            return
        if kind is self._current and kind.counted and step > self._step:
            seconds, steps = self._measured.get(kind, (0.0, 0))
            seconds, steps = seconds + spent, steps + step - self._step
            self._measured[kind] = (seconds, steps)
            self._seconds[kind] = seconds / steps
        elif _PLACE[kind] > _PLACE[self._current] and not kind.counted:
            self._seconds[kind] = spent
