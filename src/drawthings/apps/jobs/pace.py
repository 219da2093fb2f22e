"""How long jobs take, learnt from those that were done. Nothing here waits."""

from __future__ import annotations

LATEST = 0.3
"""How much the latest job counts against all before it."""


class Pace:
    """Seconds for a unit of work, by model; for a model that was not seen yet, that of all models."""

    def __init__(self) -> None:
        self._rates: dict[str, float] = {}

    def note(self, model: str, work: float, seconds: float) -> None:
        """Learn from a generation that was done."""
        rate = seconds / max(work, 1e-9)
        for name in (model, ""):
            before = self._rates.get(name, rate)
            self._rates[name] = before + LATEST * (rate - before)

    def seconds(self, model: str, work: float) -> float | None:
        """Return how long a generation will probably take; None before the first one was done."""
        rate = self._rates.get(model, self._rates.get(""))
        return None if rate is None else rate * work
