"""The table of what strength leaves of the steps, by the function that the client itself counts with."""

from __future__ import annotations

from book.markdown import table
from drawthings.catalogue.schedule import auto_shift, executed_steps

STRENGTHS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
STEPS = 30
SIDE_PX = 1024


def strength() -> str:
    """Return how many steps are taken, for a plain schedule and for the one that flow models choose."""
    head = ("strength", *(f"{each:g}" for each in STRENGTHS))
    rows = [
        (f"steps taken of {STEPS}, shift {shift:.3g}", *(_taken(each, shift) for each in STRENGTHS))
        for shift in (1.0, auto_shift(SIDE_PX, SIDE_PX))
    ]
    return table(head, rows)


def _taken(strength: float, shift: float) -> str:
    return str(executed_steps(STEPS, strength, shift, flow=True))
