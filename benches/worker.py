"""One side of a comparison: a process that runs rows when it is told to, and says how long they took.

It is used by both sides and needs nothing but the standard library. A line on standard input names a row and how often
to run it; a line on standard output answers with milliseconds, or with what went wrong. A row is prepared when it is
first named, and run once for everything that happens only once; neither is measured.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Run = Callable[[], object]
    Preparation = Callable[["Place"], Run]


class Place:
    """What a row may use.

    Args:
        data: The folder with the blobs.
        out: A folder to write into.
        port: The port of the server that answers at once.
        certificate: The file with that server's certificate.
    """

    def __init__(self, data: Path, out: Path, port: int, certificate: Path) -> None:
        self.data = data
        self.out = out
        self.port = port
        self.certificate = certificate

    def blob(self, name: str) -> bytes:
        """Return one of the blobs."""
        return (self.data / f"{name}.bin").read_bytes()

    def film(self) -> list[bytes]:
        """Return the frames of the clip."""
        return [path.read_bytes() for path in sorted(self.data.glob("frame-*.bin"))]


def main(rows: Mapping[str, Preparation]) -> int:
    """Answer until standard input ends.

    Args:
        rows: How each row is prepared; what comes back does it once.
    """
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    data, out, port, certificate = sys.argv[1:5]
    place = Place(Path(data), Path(out), int(port), Path(certificate))
    prepared: dict[str, Run] = {}
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        try:
            name = order["row"]
            if name not in prepared:
                prepared[name] = rows[name](place)
                prepared[name]()
            answer: dict[str, Any] = {"ms": [_once(prepared[name]) for _ in range(order["times"])]}
            if order.get("peak"):
                answer = {"bytes": _growth(rows[order["peak"]](place))}
        except Exception as error:  # noqa: BLE001 - it is told to who asked, and other rows may work
            answer = {"error": f"{type(error).__name__}: {error}"}
        channel.write(json.dumps(answer) + "\n")
        channel.flush()
    return 0


def _once(run: Run) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def _growth(run: Run) -> int:
    """Run once and return by how many bytes the peak of the memory grew, in this process and those it started."""
    gc.collect()
    _trim()
    before = _peak()
    run()
    return _peak() - before


def _trim() -> None:
    """Give back free memory, so that what follows cannot hide in what the preparation left behind."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).malloc_trim(0)
    for process in ("self", *_children()):
        (Path("/proc") / process / "clear_refs").write_text("5")  # the peak begins anew at what is in use now


def _peak() -> int:
    """Return the most memory that this process and those it started have used; what they share counts once."""
    if sys.platform == "linux":
        children = _children()
        return _peak_of("self") + sum(map(_peak_of, children)) - len(children[:1]) * _shared()
    import resource

    # Only these count children that have ended, and in kilobytes everywhere but on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return sum(resource.getrusage(who).ru_maxrss * unit for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _peak_of(process: str) -> int:
    for line in (Path("/proc") / process / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def _shared() -> int:
    """Return how much memory stands in files that are only memory; both ends of such a file map all of it."""
    total = 0
    for file in Path("/proc/self/fd").iterdir():
        if file.is_symlink() and str(file.readlink()).startswith("/memfd:"):
            total += file.stat().st_blocks * 512
    return total


def _children() -> list[str]:
    return [
        child
        for task in Path("/proc/self/task").iterdir()
        for child in (task / "children").read_text().split()
        if (Path("/proc") / child / "status").exists()
    ]
