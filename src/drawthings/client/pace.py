"""How long it still takes, from what was measured; no number is better than a wild one. Nothing here reads a clock."""

from __future__ import annotations

from collections import deque
from statistics import median

LATEST = 8
"""How many of the last steps count: enough for a steady median, few enough to follow a server that slows down."""

LEAST_STEPS = 2
"""How many must have been seen before the others are guessed from them."""

LATE = 3.0
"""A step that takes so many times the usual is no longer one to count on."""

LEAST_S = 1.0
"""Seconds that a transfer must have run before its speed says something."""

LONGEST_S = 24 * 3600.0
"""More than a day is not told: nothing measured in minutes can know it."""


class Pace:
    """The time that steps take, from when each was reported."""

    def __init__(self) -> None:
        self._lengths: deque[float] = deque(maxlen=LATEST)
        self._step: int | None = None
        self._at_s = 0.0

    @property
    def step_s(self) -> float | None:
        """Seconds of a usual step, or None before two have been seen."""
        return median(self._lengths) if len(self._lengths) >= LEAST_STEPS else None

    def mark(self, step: int, now_s: float) -> None:
        """Note that so many steps are done.

        The first step is left out: it loads the model. When the steps start over, or another pass begins, they are
        measured anew.
        """
        before, self._step = self._step, step
        if before is not None and step == before:
            return
        if before is not None and step < before:
            self._lengths.clear()
        elif before:
            self._lengths.append((now_s - self._at_s) / (step - before))
        self._at_s = now_s

    def restart(self) -> None:
        """Forget where the steps were, but not how long they take, for a request of the same kind."""
        self._step = None

    def left_s(self, steps: int, now_s: float) -> float | None:
        """Return the seconds until all steps are done.

        Args:
            steps: Steps in all.
            now_s: The time now, on the clock of ``mark``.

        Returns:
            The seconds, or None when nothing is known: too few steps so far, or one that takes far longer than usual.
        """
        step_s = self.step_s
        if step_s is None or self._step is None or steps < self._step:
            return None
        running_s = now_s - self._at_s
        if self._step < steps and running_s > LATE * step_s + LEAST_S:
            return None
        return max(0.0, (steps - self._step) * step_s - min(running_s, step_s))


class Speed:
    """How fast bytes move: the mean over the whole transfer, which bursts do not shake."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None
        self._last = (0.0, 0)

    def mark(self, done: int, now_s: float) -> None:
        """Note that so many bytes are there; fewer than before begin another transfer."""
        if self._first is None or done < self._last[1]:
            self._first = (now_s, done)
        self._last = (now_s, done)

    def left_s(self, total: int, now_s: float) -> float | None:
        """Return the seconds until all bytes are there, or None while nothing is known."""
        if self._first is None:
            return None
        started_s, at_first = self._first
        spent_s, moved = now_s - started_s, self._last[1] - at_first
        if moved <= 0 or spent_s < LEAST_S:
            return None
        return max(0.0, (total - self._last[1]) * spent_s / moved)


def duration(seconds: float) -> str:
    """Say a length of time as one would: finely when it is short, roughly when it is long."""
    whole = max(1, round(seconds))
    if whole < 20:  # noqa: PLR2004 - so short that each second is told
        return f"{whole} s"
    if whole < 120:  # noqa: PLR2004 - two minutes
        return f"{5 * round(whole / 5)} s"
    minutes = round(whole / 60)
    if minutes < 60:  # noqa: PLR2004 - minutes of an hour
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02} min"


def elapsed(seconds: float) -> str:
    """Say how long something runs already, as a clock does."""
    minutes, whole = divmod(int(max(0.0, seconds)), 60)
    return f"{minutes}:{whole:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{whole:02}"  # noqa: PLR2004
