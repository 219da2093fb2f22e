"""How long a job will take on a server, learned from what earlier jobs took there. No clock, no I/O."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

WEIGHT = 0.3
"""How much the latest measurement counts against all before it."""

COLD_GUESS_S = 8.0
"""What loading a model is taken to cost until it was seen: public figures go from two seconds to over a minute."""


@dataclass(slots=True)
class _Average:
    """A mean in which what is long ago counts less and less."""

    value: float | None = None

    def add(self, measured: float) -> None:
        self.value = measured if self.value is None else self.value + WEIGHT * (measured - self.value)


@dataclass(slots=True)
class Estimates:
    """What is known about times.

    The time of a job is the lead, until the first sampling step, and then so much for each unit of work. The lead
    of a job whose model the server has to load first is kept apart.
    """

    _pace: dict[tuple[str, str], _Average] = field(default_factory=lambda: defaultdict(_Average))
    _warm: dict[tuple[str, str], _Average] = field(default_factory=lambda: defaultdict(_Average))
    _cold: dict[tuple[str, str], _Average] = field(default_factory=lambda: defaultdict(_Average))

    def learn(self, server: str, model: str, work: float, *, lead_s: float, total_s: float, cold: bool) -> None:
        """Take in what a job took.

        Args:
            server: Where it ran.
            model: Its model.
            work: Its size in any unit, the same for all jobs: steps times megapixels, for example.
            lead_s: Seconds until the first sampling step.
            total_s: Seconds in all.
            cold: Whether the server had to load the model for it, as far as is known.
        """
        place = server, model
        (self._cold if cold else self._warm)[place].add(max(0.0, lead_s))
        if work > 0:
            self._pace[place].add(max(0.0, total_s - lead_s) / work)

    def forget(self, server: str) -> None:
        """Forget a server that has gone for good."""
        for known in (self._pace, self._warm, self._cold):
            for place in [place for place in known if place[0] == server]:
                del known[place]

    def run_s(self, server: str, model: str, work: float) -> float | None:
        """Return how long a job takes on a server that has its model loaded; None while nothing is known of either.

        What is not known of this server is taken from the others with the same model, and then from this server with
        other models.
        """
        pace = self._guess(self._pace, server, model)
        if pace is None:
            return None
        return (self._guess(self._warm, server, model) or 0.0) + pace * work

    def switch_s(self, server: str, model: str) -> float:
        """Return how much longer a job takes on a server that has to load the model first."""
        cold = self._guess(self._cold, server, model)
        if cold is None:
            return COLD_GUESS_S
        return max(0.0, cold - (self._guess(self._warm, server, model) or 0.0))

    def _guess(self, known: dict[tuple[str, str], _Average], server: str, model: str) -> float | None:
        own = known.get((server, model))
        if own is not None and own.value is not None:
            return own.value
        for same in (1, 0):
            alike = [each.value for place, each in known.items() if place[same] == (server, model)[same]]
            values = [value for value in alike if value is not None]
            if values:
                return sum(values) / len(values)
        return None
