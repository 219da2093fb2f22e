"""Runs the rows: every side once, again and again, so that whatever disturbs the machine disturbs them alike."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

from benches.place import BENCH_CORE, PEER_PYTHON, processors
from benches.side import OURS, PEER, PLAIN, Failed, Stage, whole_process

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benches.side import Side
    from benches.table import Row

BARE = "bare"


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle and the quarters of some ratios."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, ratios: Sequence[float]) -> Spread:
        """Return the spread of at least one ratio."""
        if len(ratios) == 1:
            return cls(ratios[0], ratios[0], ratios[0])
        low, _, high = quantiles(ratios, n=4, method="inclusive")
        return cls(median(ratios), low, high)


@dataclass(slots=True)
class Finding:
    """What came of a row.

    Attributes:
        row: The row.
        taken: For each side what each run took: milliseconds, for memory bytes.
        limit_ms: What no implementation could be faster than, as far as it was measured.
        failed: What went wrong on a side, which has no numbers then.
    """

    row: Row
    taken: dict[str, list[float]] = field(default_factory=dict)
    limit_ms: float | None = None
    failed: dict[str, str] = field(default_factory=dict)

    def ratio(self, side: str) -> Spread | None:
        """Return how a side compares with the other, pair by pair, or None where it was not run.

        For times the ratio says how many times faster we are; for memory, start and limit how many times as much we
        take.
        """
        against = PEER if self.row.kind in {"warm", "cold", "memory"} else BARE
        pairs = list(zip(self.taken.get(side, ()), self.taken.get(against, ()), strict=False))
        if not pairs:
            return None
        faster = self.row.kind in {"warm", "cold"}
        return Spread.of([theirs / ours if faster else ours / theirs for ours, theirs in pairs])

    def reached(self, side: str) -> bool | None:
        """Return whether a side reaches what is wanted of it, or None where nothing is, or where it was not run."""
        wanted, ratio = self.row.wanted[side == PLAIN], self.ratio(side)
        if wanted is None or ratio is None:
            return None
        return ratio.middle >= wanted if self.row.kind in {"warm", "cold"} else ratio.middle <= wanted


class Runner:
    """Runs rows on a stage.

    Args:
        stage: The server and the sides.
        tell: Told what is being run.
        core: Whether there is a native core; without one only its side is left out.
        pairs: How often to run each pair, in place of the row's own number.
    """

    def __init__(self, stage: Stage, tell: Callable[[str], None], *, core: bool, pairs: int | None = None) -> None:
        self._stage = stage
        self._tell = tell
        self._core = core
        self._pairs = pairs
        self._peer = PEER_PYTHON.exists()

    def run(self, row: Row) -> Finding:
        """Run a row on all sides."""
        finding = Finding(row)
        measures = self._measures(row)
        for number in range(self._pairs or row.pairs):
            self._tell(f"{row.title}: {number + 1} of {self._pairs or row.pairs}")
            for side, measure in measures.items():
                if side in finding.failed:
                    continue
                try:
                    finding.taken.setdefault(side, []).append(measure())
                except Failed as failure:
                    finding.failed[side] = str(failure)
                    finding.taken.pop(side, None)
        finding.limit_ms = self._limit_ms(row)
        return finding

    def _measures(self, row: Row) -> dict[str, Callable[[], float]]:
        """Return what is run alternately, by side."""
        if row.kind == "start":
            start = _start_command(row.ours)
            bare = [sys.executable, "-c", row.peer]
            return {BARE: partial(whole_process, bare), OURS: partial(whole_process, start)}
        if row.kind == "limit":
            # The same process on both sides: what counts is what is above the limit here and now.
            ours = self._stage.side(OURS)
            best = {BARE: row.peer, OURS: row.ours} if self._core and BENCH_CORE.exists() else {}
            return {side: partial(self._shortest, ours, name, row.times) for side, name in best.items()}
        sides = [OURS] * self._core + [PLAIN] + [PEER] * self._peer
        single = {"warm": self._warm, "cold": self._cold, "memory": self._memory}[row.kind]
        return {side: partial(single, row, side) for side in sides}

    def _warm(self, row: Row, side: str) -> float:
        return self._shortest(self._stage.side(side), row.peer if side == PEER else row.ours, row.times)

    @staticmethod
    def _shortest(side: Side, name: str, times: int) -> float:
        return min(side.measure(name, times))

    def _cold(self, row: Row, side: str) -> float:
        del row
        return self._stage.cold(side)

    def _memory(self, row: Row, side: str) -> float:
        with closing(self._stage.fresh_side(side)) as fresh:
            return float(fresh.growth(row.peer if side == PEER else row.ours))

    def _limit_ms(self, row: Row) -> float | None:
        if not row.limit or (row.limit.startswith("limit-entropy") and not BENCH_CORE.exists()):
            return None
        try:
            once = median(self._stage.side(OURS).measure(row.limit, 3))
        except Failed:
            return None
        return once * max(1.0, row.streams / processors())


def _start_command(what: str) -> list[str]:
    if not what.startswith("--"):
        return [sys.executable, "-c", what]
    return [str(Path(sys.executable).with_name("drawthings.exe" if sys.platform == "win32" else "drawthings")), what]
