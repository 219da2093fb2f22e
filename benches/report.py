"""The findings as a table: for the terminal, and as Markdown for docs/performance.md."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benches.place import PEER_PYTHON, processors
from benches.run import BARE
from benches.side import OURS, PEER, PLAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benches.run import Finding

HEADS = ("row", "wanted", "with core", "without", "peer", "limit", "ratio with core", "ratio without")
PACKAGES = ("numpy", "isal", "rms-fpzip", "grpcio", "pillow", "av")
PEER_PACKAGES = ("drawthings-py", "numpy", "fpzip", "grpclib", "pillow", "imageio-ffmpeg")
_MEGABYTE = 1e6


def machine(core: str) -> list[str]:
    """Return lines that say on what machine and with what the findings were made.

    Args:
        core: What decodes fpzip streams here.
    """
    now = dt.datetime.now(dt.UTC).date().isoformat()
    own = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return [
        f"{now}: {_processor()}, {processors()} cores, {platform.system()} {platform.release()} ({platform.machine()})",
        f"Python {platform.python_version()}; {own}; {core}",
        f"Peer: {_peer_versions()}",
        f"Load average at the start, over 1, 5 and 15 minutes: {_load()}",
    ]


def rows(findings: Sequence[Finding]) -> list[tuple[str, ...]]:
    """Return the table's lines, a text for each of ``HEADS``."""
    return [_line(finding) for finding in findings]


def as_text(findings: Sequence[Finding]) -> str:
    """Return the table for a terminal."""
    lines = [HEADS, *rows(findings)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in lines)


def as_markdown(findings: Sequence[Finding], about: Sequence[str]) -> str:
    """Return the table, and on what machine it was made, as Markdown."""
    table = [HEADS, ("---",) * len(HEADS), *rows(findings)]
    lines = ["| " + " | ".join(text.replace("|", "/") for text in line) + " |" for line in table]
    return "\n".join([*(f"- {line}" for line in about), "", *lines, ""])


def failures(findings: Sequence[Finding]) -> list[str]:
    """Return a line for each side that could not run a row."""
    return [f"{each.row.title}, {side}: {reason}" for each in findings for side, reason in each.failed.items()]


def _line(finding: Finding) -> tuple[str, ...]:
    row = finding.row
    theirs = PEER if PEER in finding.taken else BARE
    return (
        row.title,
        _wanted(finding),
        *(_amount(finding, side) for side in (OURS, PLAIN, theirs)),
        "" if finding.limit_ms is None else _milliseconds(finding.limit_ms),
        *(_ratio(finding, side) for side in (OURS, PLAIN)),
    )


def _wanted(finding: Finding) -> str:
    if finding.row.wanted == (None, None):
        return ""
    sign = "≥" if finding.row.kind in {"warm", "cold"} else "≤"
    told = [f"{sign} {value:.3g}" if value is not None else "none" for value in finding.row.wanted]
    return told[0] if finding.row.wanted[1] is None else " / ".join(told)


def _amount(finding: Finding, side: str) -> str:
    taken = finding.taken.get(side)
    if not taken:
        return "failed" if side in finding.failed else ""
    middle = median(taken)
    return f"{middle / _MEGABYTE:.1f} MB" if finding.row.kind == "memory" else _milliseconds(middle)


def _milliseconds(value: float) -> str:
    return f"{value:.3g} ms" if value < 1000 else f"{value / 1000:.2f} s"  # noqa: PLR2004 - a second


def _ratio(finding: Finding, side: str) -> str:
    spread = finding.ratio(side)
    if spread is None:
        return ""
    mark = {True: " ✓", False: " ✗", None: ""}[finding.reached(side)]
    return f"{spread.middle:.3g} ({spread.low:.3g} to {spread.high:.3g}){mark}"


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _load() -> str:
    try:
        return ", ".join(f"{load:.1f}" for load in os.getloadavg())
    except (AttributeError, OSError):
        return "not known"


def _peer_versions() -> str:
    if not PEER_PYTHON.exists():
        return "not installed"
    code = f"import importlib.metadata as m; print(', '.join(f'{{n}} {{m.version(n)}}' for n in {PEER_PACKAGES!r}))"
    done = subprocess.run([str(PEER_PYTHON), "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "broken"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
