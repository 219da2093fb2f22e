"""Thousands of generations in one process: does anything grow?

``python -m benches.soak [--generations N] [--picture SIDE]`` runs them with the synchronous client and then with the
asynchronous one, each against an embedded server in the same process; every picture is decoded and saved. Memory,
threads and open files are looked at after the warm-up, on the way and at the end. It ends with 1 if something grew.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benches.place import clean_environment
from drawthings import AsyncDrawThings, Connection, DrawThings, EmbeddedServer, ServerOptions, Tls

if TYPE_CHECKING:
    from collections.abc import Callable

WARM_UP = 200
LOOKS = 10
OPTIONS = ServerOptions(model_browser=True)
MOST_GROWTH = 4e6
"""Bytes that the memory may differ by between two looks without anything being kept: the allocator's own moods."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the process holds at one moment."""

    done: int
    memory: int
    threads: int
    files: int

    @classmethod
    def now(cls, done: int) -> Look:
        """Look, after everything that can be given back has been."""
        gc.collect()
        return cls(done, _memory(), threading.active_count(), _files())

    def __str__(self) -> str:
        return (
            f"{self.done:6} generations: {self.memory / 1e6:7.1f} MB, {self.threads} threads, {self.files} open files"
        )


class Watch:
    """Looks at the process now and then.

    Args:
        generations: How many there will be.
    """

    def __init__(self, generations: int) -> None:
        self._every = max(1, (generations - WARM_UP) // LOOKS)
        self._looks: list[Look] = []

    def after(self, done: int) -> None:
        """Take note that so many are done."""
        if done >= WARM_UP and (done - WARM_UP) % self._every == 0:
            self._looks.append(Look.now(done))
            print(self._looks[-1], flush=True)

    def verdict(self) -> list[str]:
        """Return what grew: the memory in the last third of the looks against the first, threads and files exactly."""
        third = max(1, len(self._looks) // 3)
        early, late = self._looks[:third], self._looks[-third:]
        # The smallest of several looks, because memory in use for a moment is none that is kept.
        grown = min(look.memory for look in late) - min(look.memory for look in early)
        found = [f"the memory grew by {grown / 1e6:.1f} MB"] if grown > MOST_GROWTH else []
        for name in ("threads", "files"):
            before, after = getattr(early[0], name), getattr(late[-1], name)
            if after > before:
                found.append(f"{name}: {before} became {after}")
        return found


def sync(server: EmbeddedServer, folder: Path, wanted: argparse.Namespace) -> Watch:
    """Generate with the synchronous client."""
    watch = Watch(wanted.generations)
    with DrawThings(connection=_connection(server, folder)) as client:
        for done in range(1, wanted.generations + 1):
            result = client.generate(f"a red fox number {done}", **_settings(wanted, done))
            result.save(folder / "sync.png", overwrite=True)
            assert result.picture.pixels.shape[0] == wanted.picture  # noqa: S101 - it has to be the real thing
            watch.after(done)
    return watch


def asynchronous(server: EmbeddedServer, folder: Path, wanted: argparse.Namespace) -> Watch:
    """Generate with the asynchronous client."""

    async def run() -> Watch:
        watch = Watch(wanted.generations)
        async with AsyncDrawThings(connection=_connection(server, folder)) as client:
            for done in range(1, wanted.generations + 1):
                result = await client.generate(f"a red fox number {done}", **_settings(wanted, done))
                await asyncio.to_thread(result.save, folder / "async.png", overwrite=True)
                assert result.picture.pixels.shape[0] == wanted.picture  # noqa: S101 - as above
                watch.after(done)
        return watch

    return asyncio.run(run())


def main() -> int:
    """Run both and say what grew."""
    parser = argparse.ArgumentParser(prog="python -m benches.soak", description="Does anything grow?")
    parser.add_argument("--generations", type=int, default=2000)
    parser.add_argument("--picture", type=int, default=128, help="side of the pictures in pixels")
    wanted = parser.parse_args()
    if wanted.generations < WARM_UP + LOOKS:
        parser.error(f"{WARM_UP} generations are for warming up; ask for {WARM_UP + LOOKS} at least.")
    os.environ.clear()
    os.environ.update(clean_environment())
    rounds: dict[str, Callable[[EmbeddedServer, Path, argparse.Namespace], Watch]]
    rounds = {"synchronous": sync, "asynchronous": asynchronous}
    grown: list[str] = []
    with tempfile.TemporaryDirectory(prefix="drawthings-soak-") as folder, EmbeddedServer(OPTIONS) as server:
        for name, run in rounds.items():
            print(f"{name} client", flush=True)
            started = time.monotonic()
            grown += [f"{name}: {what}" for what in run(server, Path(folder), wanted).verdict()]
            print(f"{(time.monotonic() - started) / wanted.generations * 1000:.1f} ms a generation\n")
    print("\n".join(grown) or "Nothing grew.")
    return 1 if grown else 0


def _settings(wanted: argparse.Namespace, seed: int) -> dict[str, Any]:
    return {"width": wanted.picture, "height": wanted.picture, "steps": 1, "seed": seed}


def _connection(server: EmbeddedServer, folder: Path) -> Connection:
    return Connection(server=server.address, tls=Tls(known_servers=folder / "known_servers"))


def _memory() -> int:
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    import resource

    # Without /proc there is only the peak.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _files() -> int:
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return sum(1 for _ in Path(folder).iterdir())
        except OSError:
            continue
    return 0


if __name__ == "__main__":
    sys.exit(main())
