"""How much the gateway takes on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much the gateway takes on.

    Attributes:
        queued: Jobs that may wait.
        owner_queued: Jobs of one owner that may wait.
        rate: Jobs that one key, or one address without a key, may ask for in a minute; None for as many as they like.
        pictures: Pictures of one job.
        cells: Places of a grid.
        pixels: Pixels of all pictures of one job together, without an upscaler.
        input_pixels: Pixels of all pictures that come with a job.
        deadline_s: Seconds after which a job is given up.
        grace_s: Seconds that a job goes on when nobody waits for it any more.
        attach_s: Seconds for which a request that is sent again gets the finished job.
        kept_jobs: Ended jobs that are remembered.
        kept_s: Seconds for which they are.
    """

    queued: int = 100
    owner_queued: int = 20
    rate: int | None = None
    pictures: int = 10
    cells: int = 64
    pixels: int = 1 << 24
    input_pixels: int = 120_000_000
    deadline_s: float = 1800.0
    grace_s: float = 2.0
    attach_s: float = 600.0
    kept_jobs: int = 1000
    kept_s: float = 3600.0
