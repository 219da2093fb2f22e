"""Waiting for what comes about by itself: as short as it takes, and long enough for a busy machine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
LIMIT_S = 30.0


def until(found: Callable[[], T], limit_s: float = LIMIT_S) -> T:
    """Return what is found as soon as it is something."""
    end_s = time.monotonic() + limit_s
    while not (value := found()):
        assert time.monotonic() < end_s, "it did not come to pass"
        time.sleep(0.01)
    return value
