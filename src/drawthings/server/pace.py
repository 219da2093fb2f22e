"""How long a generation takes besides painting, and which ones go wrong by themselves: what makes a toy a rehearsal."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import grpc

from drawthings.server.refusal import Refusal

if TYPE_CHECKING:
    import threading

    from drawthings.server.counts import Counts
    from drawthings.server.options import ServerOptions

MADE_TO_FAIL = "This generation was made to fail (fail_rate)."


class Pace:
    """The pace of one server from its start to its end or crash.

    Every wait ends at once when the generation is cancelled, and only the painter waits: other calls are answered.

    Args:
        options: How the server behaves.
        counts: What it counts.
    """

    def __init__(self, options: ServerOptions, counts: Counts) -> None:
        self._options = options
        self._counts = counts
        self._loaded = ""
        self._done = 0

    def load(self, model: str, cancelled: threading.Event) -> None:
        """Take the time of loading a model, unless it is the one of the generation before."""
        if model != self._loaded:
            self._loaded = model
            self._counts.switch()
            cancelled.wait(self._options.model_switch_ms / 1000)

    def step(self, started_s: float, cancelled: threading.Event, *, share: float = 1.0) -> None:
        """Take what is left of the time of a sampling step, or of a part of it.

        Args:
            started_s: When it began, by ``time.monotonic``.
            cancelled: Set when nobody wants the result any more.
            share: Which part of the step, 0 to 1.
        """
        left_s = started_s + share * self._options.ms_per_step / 1000 - time.monotonic()
        if left_s > 0:
            cancelled.wait(left_s)

    def finish(self) -> None:
        """Count a generation that ran to its end."""
        self._done += 1
        self._counts.finish()

    def check(self, number: int) -> None:
        """Let a generation go wrong if it is its turn.

        Raises:
            Refusal: It is to fail; whether depends on the seed and its number alone.
        """
        options = self._options
        if options.fail_rate and random.Random(f"{options.fail_seed} {number}").random() < options.fail_rate:  # noqa: S311 - no secret
            raise Refusal(grpc.StatusCode.INTERNAL, MADE_TO_FAIL)

    @property
    def crashes_now(self) -> bool:
        """Whether the generation that runs now takes the server down."""
        return self._options.crash_after is not None and self._done >= self._options.crash_after
