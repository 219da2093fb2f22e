"""How often somebody may ask: a bucket of tokens for everybody, kept as one moment each."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE_S = 60.0
MOST_NAMES = 10_000
SLACK = 1e-6
"""What a sum of floating-point seconds may be off, as a part of a token."""


class Rate:
    """Lets everybody ask so often within a minute, each counted alone.

    Everybody has a bucket of tokens: a request takes one, and they come back evenly. So nobody has more than
    ``per_minute`` and ``burst`` together in any minute, and ``per_minute`` in the long run. Of a bucket nothing is kept
    but the moment at which it will be full again; a full one is forgotten.

    Args:
        per_minute: How many tokens come back in a minute.
        burst: How many a full bucket holds: so many requests may come at once. By default as many as come back.
        clock: Tells the time in seconds; never goes back.
        most: So many buckets are remembered. Beyond that, the one that was used longest ago counts as full.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        burst: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST_NAMES,
    ) -> None:
        self._token_s = MINUTE_S / per_minute
        self._bucket_s = self._token_s * (per_minute if burst is None else burst)
        self._clock, self._most = clock, most
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, name: str) -> float:
        """Take a token of somebody, if there is one.

        Returns:
            0 when there was one, else the seconds until there is.
        """
        now = self._clock()
        full_at = max(now, self._full_at.get(name, now)) + self._token_s
        short_s = full_at - now - self._bucket_s
        if short_s > SLACK * self._token_s:
            return short_s
        self._full_at[name] = full_at
        self._full_at.move_to_end(name)
        self._forget(now)
        return 0.0

    def give_back(self, name: str) -> None:
        """Return the token of a request from which nothing came."""
        if name in self._full_at:
            self._full_at[name] -= self._token_s

    def __len__(self) -> int:
        """Return how many buckets are remembered."""
        return len(self._full_at)

    def _forget(self, now: float) -> None:
        while self._full_at:
            name, full_at = next(iter(self._full_at.items()))
            if full_at > now and len(self._full_at) <= self._most:
                return
            del self._full_at[name]
