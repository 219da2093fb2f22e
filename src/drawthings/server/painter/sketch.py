"""Pictures that cost next to nothing, for fleets of servers in one process: two colours that run into each other."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from drawthings.server.painter.job import Job, Picture


def sketch(job: Job, index: int = 0, *, four_channels: bool = False) -> Picture:
    """Sketch one picture of a job.

    Args:
        job: What to paint; words, model, seed and size count, and nothing else.
        index: Which picture of the batch.
        four_channels: Whether it has an alpha channel, as the first.

    Returns:
        Pixels (height, width, 3 or 4) float32, colours in [-1, 1], alpha 1; the same request gives the same picture.
    """
    words = f"{job.prompt}\0{job.negative_prompt}\0{job.model}\0{job.seed_of(index)}"
    colours = np.frombuffer(hashlib.sha256(words.encode()).digest()[:6], np.uint8).reshape(2, 3)
    first, last = (colours / np.float32(127.5) - 1).astype(np.float32)
    share = np.linspace(0, 1, job.width, dtype=np.float32)[:, None]
    picture = np.broadcast_to(first + (last - first) * share, (job.height, job.width, 3))
    if four_channels:
        picture = np.concatenate([np.ones((job.height, job.width, 1), np.float32), picture], axis=-1)
    return np.ascontiguousarray(picture)
