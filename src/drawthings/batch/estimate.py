"""How long a job will take on a server, learned from what earlier jobs took there. No clock, no I/O."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

WEIGHT = 0.3
"""How much the latest measurement counts against all before it."""

SHORT_S = 5.0
"""A first job that took less says how long it takes to begin, and little about those after it."""

COLD_GUESS_S = 8.0
"""What loading a model is taken to cost until it was seen: public figures go from two seconds to over a minute."""


class _Table:
    """A mean for each server and model, in which what is long ago counts less and less.

    A rough value counts as long as there is no better one, of this server or of others with the same model: a server
    that had a bad start would otherwise never be asked again.
    """

    def __init__(self) -> None:
        self._by_model: dict[str, dict[str, float]] = defaultdict(dict)
        self._by_server: dict[str, dict[str, float]] = defaultdict(dict)
        self._rough: set[tuple[str, str]] = set()

    def add(self, server: str, model: str, measured: float, *, rough: bool = False) -> None:
        known = self._by_server[server].get(model)
        if known is not None and (server, model) not in self._rough:
            measured = known + WEIGHT * (measured - known)
        elif rough:
            self._rough.add((server, model))
        if not rough:
            self._rough.discard((server, model))
        self._by_server[server][model] = self._by_model[model][server] = measured

    def forget(self, server: str) -> None:
        for model in self._by_server.pop(server, {}):
            del self._by_model[model][server]
            self._rough.discard((server, model))

    def guess(self, server: str, model: str) -> float | None:
        alike = self._by_model.get(model, {})
        own = alike.get(server)
        if own is not None and (server, model) not in self._rough:
            return own
        firm = _mean(value for name, value in alike.items() if (name, model) not in self._rough)
        if own is not None:
            return own if firm is None else min(own, firm)
        return firm or _mean(alike.values()) or _mean(self._by_server.get(server, {}).values())


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return sum(known) / len(known) if known else None


@dataclass(slots=True)
class Estimates:
    """What is known about times.

    The time of a job is the lead, until the first sampling step, and then so much for each unit of work. The lead
    of a job whose model the server has to load first is kept apart.
    """

    _pace: _Table = field(default_factory=_Table)
    _warm: _Table = field(default_factory=_Table)
    _cold: _Table = field(default_factory=_Table)

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
        (self._cold if cold else self._warm).add(server, model, max(0.0, lead_s))
        if work > 0:
            rough = cold and total_s < SHORT_S
            self._pace.add(server, model, max(0.0, total_s - lead_s) / work, rough=rough)

    def forget(self, server: str) -> None:
        """Forget a server that has gone for good."""
        for known in (self._pace, self._warm, self._cold):
            known.forget(server)

    def run_s(self, server: str, model: str, work: float) -> float | None:
        """Return how long a job takes on a server that has its model loaded; None while nothing is known of either.

        What is not known of this server is taken from the others with the same model, and then from this server with
        other models.
        """
        pace = self._pace.guess(server, model)
        if pace is None:
            return None
        return (self._warm.guess(server, model) or 0.0) + pace * work

    def switch_s(self, server: str, model: str) -> float:
        """Return how much longer a job takes on a server that has to load the model first."""
        cold = self._cold.guess(server, model)
        if cold is None:
            return COLD_GUESS_S
        return max(0.0, cold - (self._warm.guess(server, model) or 0.0))
