"""How long each sampling step took, as numbers and as a chart. The chart is plain SVG and needs no plotting library."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from drawthings.errors import BadValue
from drawthings.stream.events import Sampling, SecondPassSampling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 34, 40
"""Margins around the bars."""

PAPER, INK, FAINT, BAR, SECOND_BAR = "#fafaf8", "#202124", "#dcdcd8", "#4a7fb5", "#c9803f"
"""A paper of its own, so that the chart can be read on dark pages, too."""

LINES, LABELS = 4, 12
"""About how many lines go across, and how many steps are named at most."""


@dataclass(frozen=True, slots=True)
class Step:
    """One sampling step.

    Attributes:
        number: Which step of its request, from 1.
        seconds: How long it took.
        second_pass: Whether it belongs to the second pass.
    """

    number: int
    seconds: float
    second_pass: bool = False


class StepTimes:
    """Measures how long each sampling step takes, and draws it.

    Give it to a call as ``on_event``. In a notebook a cell that ends with it shows the chart. The first step of a
    request contains whatever the server still had to load.

    Args:
        clock: Tells the time in seconds.

    Example:
        >>> from drawthings import DrawThings, StepTimes
        >>> times = StepTimes()
        >>> with DrawThings("embedded") as server:
        ...     result = server.generate("a red fox", width=256, height=256, steps=4, seed=1, on_event=times)
        >>> [step.number for step in times.steps]
        [1, 2, 3, 4]
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.steps: list[Step] = []
        self._clock = clock
        self._last: tuple[bool, int, float] | None = None

    def __call__(self, *told: Any) -> None:  # noqa: ANN401 - an event, or the place of a grid and an event
        """Take an event of a stream, of a grid together with the place it belongs to."""
        event = told[-1]
        if not isinstance(event, Sampling | SecondPassSampling):
            return
        now_s, second_pass = self._clock(), isinstance(event, SecondPassSampling)
        last, self._last = self._last, (second_pass, event.step, now_s)
        if last is None or last[0] != second_pass or event.step <= last[1]:
            # Another pass or another request begins, or the same step is told twice.
            return
        count = event.step - last[1]
        each_s = (now_s - last[2]) / count
        self.steps += [Step(last[1] + more, each_s, second_pass) for more in range(1, count + 1)]

    @property
    def seconds(self) -> tuple[float, ...]:
        """The seconds of each step, one after the other."""
        return tuple(step.seconds for step in self.steps)

    def svg(self) -> str:
        """Return the chart: a bar for each step, and a line at the usual time.

        Raises:
            BadValue: No step was measured.
        """
        if not self.steps:
            raise BadValue(
                "There is nothing to draw: no step was measured.",
                hint="Give it to a call: server.generate(…, on_event=times).",
                field="steps",
            )
        return _chart(self.steps)

    def __repr__(self) -> str:
        if not self.steps:
            return "StepTimes(no steps yet)"
        return f"StepTimes({len(self.steps)} steps, usually {_time(median(self.seconds))})"

    def _repr_svg_(self) -> str | None:
        return self.svg() if self.steps else None


def _chart(steps: Sequence[Step]) -> str:
    usual_s, most_s = median(step.seconds for step in steps), max(step.seconds for step in steps)
    gap_s = _round_gap((most_s or 1e-3) / LINES)
    top_s = gap_s * max(1, math.ceil(most_s / gap_s))
    pixels_per_s = (HEIGHT - TOP - BOTTOM) / top_s
    label = f"{len(steps)} steps, usually {_time(usual_s)} each"
    title = f"Time of each step: usually {_time(usual_s)}, {_time(sum(step.seconds for step in steps))} in all"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{label}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="6" fill="{PAPER}"/>',
        f'<g font-family="system-ui,sans-serif" font-size="12" fill="{INK}">',
        f'<text x="{LEFT}" y="20">{title}</text>',
        *_lines(gap_s, top_s, pixels_per_s),
        *_bars(steps, pixels_per_s),
        _line(HEIGHT - BOTTOM - usual_s * pixels_per_s, INK, ' stroke-dasharray="4 3"'),
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">step</text>',
        "</g></svg>",
    ]
    return "\n".join(parts)


def _lines(gap_s: float, top_s: float, pixels_per_s: float) -> list[str]:
    parts = []
    for number in range(round(top_s / gap_s) + 1):
        y = HEIGHT - BOTTOM - number * gap_s * pixels_per_s
        parts.append(_line(y, FAINT))
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_time(number * gap_s)}</text>')
    return parts


def _bars(steps: Sequence[Step], pixels_per_s: float) -> list[str]:
    room = (WIDTH - LEFT - RIGHT) / len(steps)
    width = min(40.0, 0.8 * room)
    every = -(-len(steps) // LABELS)
    parts = []
    for place, step in enumerate(steps):
        middle, height = LEFT + (place + 0.5) * room, step.seconds * pixels_per_s
        colour, words = (SECOND_BAR, "second pass, ") if step.second_pass else (BAR, "")
        parts.append(
            f'<rect x="{middle - width / 2:.1f}" y="{HEIGHT - BOTTOM - height:.1f}" width="{width:.1f}" '
            f'height="{height:.1f}" fill="{colour}"><title>{words}step {step.number}: {_time(step.seconds)}</title>'
            "</rect>"
        )
        if place % every == 0:
            y = HEIGHT - BOTTOM + 16
            parts.append(f'<text x="{middle:.1f}" y="{y}" text-anchor="middle">{step.number}</text>')
    return parts


def _line(y: float, colour: str, more: str = "") -> str:
    return f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}"{more}/>'


def _round_gap(seconds: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    power: float = 10.0 ** math.floor(math.log10(seconds))
    return next((digit * power for digit in (1, 2, 5) if seconds <= digit * power), 10 * power)


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if 0 < seconds < 1 else f"{seconds:.3g} s"
