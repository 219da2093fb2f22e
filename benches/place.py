"""Where the benchmarks keep what they need; all of it is made by ``make bench`` and ignored by git."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "benches"

DATA = HERE / ".data"
"""Blobs and pictures; made once."""

PHOTOS = HERE / ".photos"
"""scikit-image and scikit-learn unpacked, for the photographs they ship; they are never imported."""

PEER_PYTHON = HERE / ".peer" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
"""The interpreter of the environment with the peer in it."""

BENCH_CORE = ROOT / "build" / ("_core_bench" + {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so"))
"""The native core with the loop that measures the limit; ``scripts/native.py --bench`` makes it."""


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment for a process that is measured: without anybody's settings of ours, and what is given.

    Args:
        more: Variables to set.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DRAWTHINGS_")}
    return kept | more


def processors() -> int:
    """Return how many processors this program may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows let a program use all of them
        return os.cpu_count() or 1
