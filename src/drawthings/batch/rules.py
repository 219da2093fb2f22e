"""How patient a pool is, with calls and with servers."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from drawthings.errors import OutOfRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How patient a pool is.

    Attributes:
        patience_s: After so many seconds a call is not passed over any more for others whose model is loaded.
        tries: How often a call may fail before its error is raised.
        wait_s: How long calls wait, in seconds, when no server is left, before ``Unreachable`` is raised.
        health_s: Every so many seconds a server is asked whether it is there.
        frozen_s: A server that works and has given no sign of life for so many seconds is given up. Loading a large
            model is silent, but does not keep a server from answering questions.

    Raises:
        OutOfRange: One of them is too small.
    """

    patience_s: float = 60.0
    tries: int = 3
    wait_s: float = 60.0
    health_s: float = 10.0
    frozen_s: float = 120.0

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            value, least = getattr(self, name), 1 if name == "tries" else 0
            if not value >= least:
                raise OutOfRange(
                    f"{name} is {value}; it is at least {least}.", hint="Use a larger one.", field=name, value=value
                )


BATCH = Rules(patience_s=math.inf, wait_s=300.0)
"""For work of which only the end counts: nothing is loaded out of turn, and servers have time to come back."""
