"""Which jobs of a manifest are in memory: a few of each model, however many there are."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.batch.manifest import Manifest, Row

MOST = 128
"""How many jobs are in memory for text; with several models each has its share, so that all of them are seen."""

LEAST_OF_MODEL = 4

LOOK_S = 1.0
"""Counting what waits takes longer the more there is, so that is not done after each job."""


class Window:
    """Takes jobs out of a manifest, a few at a time.

    Args:
        manifest: The manifest.
        most: How many jobs there may be.

    Attributes:
        taken: The jobs that are in memory, by number.
        left: How many jobs wait in the manifest that are not, by model as it was named.
    """

    def __init__(self, manifest: Manifest, most: int = MOST) -> None:
        self.taken: dict[int, Row] = {}
        self.left: dict[str, int] = {}
        self._manifest = manifest
        self._most = most
        self._here: dict[str, int] = {}
        self._share = 0
        self._look_at = 0.0

    def fill(self, now: float, most: int | None = None) -> Iterator[Row]:
        """Yield the jobs that are to be taken in now.

        Args:
            now: The time of the day.
            most: How many there may be by now, at most.
        """
        if now < self._look_at and not self._thin():
            return
        self._look_at = now + LOOK_S
        waiting = self._manifest.left()
        room = min(self._most, most or self._most)
        self._share = share = max(LEAST_OF_MODEL if most is None else 1, room // max(1, len(waiting)))
        self.left = {}
        found: list[list[Row]] = []
        for model, count in waiting.items():
            here = self._here.get(model, 0)
            self.left[model] = max(0, count - here)
            if here <= share // 2 and self.left[model]:
                found.append(self._take(model, share, now))
        # The first of each model come first, lest all servers load the same one.
        mixed = (row for rows in itertools.zip_longest(*found) for row in rows if row is not None)
        yield from sorted(mixed, key=lambda row: (-row.priority, row.deadline))

    def _take(self, model: str, share: int, now: float) -> list[Row]:
        """Take in jobs of a model until it has its share."""
        rows = []
        for row in self._manifest.waiting(model, share + self._here.get(model, 0), now):
            if row.number not in self.taken and self._here.get(model, 0) < share:
                self.taken[row.number] = row
                self._here[model] = self._here.get(model, 0) + 1
                self.left[model] -= 1
                rows.append(row)
        return rows

    def ahead(self) -> dict[str, int]:
        """Return how many jobs have not ended, by model as it was named."""
        models = {*self.left, *self._here}
        counts = {model: self.left.get(model, 0) + self._here.get(model, 0) for model in models}
        return {model: count for model, count in counts.items() if count}

    def _thin(self) -> bool:
        """Return whether of a model that waits hardly any jobs are here."""
        return not self.taken or any(
            left and self._here.get(model, 0) <= self._share // 2 for model, left in self.left.items()
        )

    def drop(self, row: Row) -> None:
        """Let go of a job that ended, or that waits in the manifest again."""
        del self.taken[row.number]
        self._here[row.model] -= 1
