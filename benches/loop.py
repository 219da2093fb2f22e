"""Threads and asyncio: do four decodings share the processors, and does an event loop stay awake meanwhile?

``python -m benches.loop`` prints both, each beside what the machine does at the moment with no work of ours: on a busy
one even an idle loop is late. It ends with 1 if a bound is missed.
"""

from __future__ import annotations

import asyncio
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import TYPE_CHECKING

from benches import blobs
from benches.place import processors
from benches.side import Stage
from drawthings import AsyncDrawThings, Connection, Tls
from drawthings.tensor.core import which
from drawthings.tensor.pixels import blob_to_pixels

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

IMAGES = 4
ROUNDS = 5
WANTED_SPEEDUP = 1.8
MOST_BLOCKED_MS = 10.0
TICK_S = 0.001
IDLE_S = 1.0


def speedup() -> tuple[float, float]:
    """Return how many times faster four pictures are decoded in four threads than one after the other, and the limit.

    The limit is the same comparison for hashing, which needs nothing but a processor.
    """
    tensors = [blobs.read(f"fpzip-1024-{index}") for index in range(IMAGES)]
    return _speedup(blob_to_pixels, tensors), _speedup(_hash_for_long, tensors)


async def blocked() -> dict[str, float]:
    """Return by how many milliseconds at most an event loop was late while different things went on."""
    tensor = blobs.read("fpzip-2048-0")
    raw = blobs.read("raw-2048-0")
    late = {"nothing": await _latest(lambda: asyncio.sleep(IDLE_S))}
    late["decoding 2048² in a thread"] = await _latest(lambda: asyncio.to_thread(blob_to_pixels, tensor))
    late["decoding 2048² raw in a thread"] = await _latest(lambda: asyncio.to_thread(blob_to_pixels, raw))
    return late


async def _generating() -> float:
    with Stage("fpzip-2048-0") as stage:
        connection = Connection(server=f"127.0.0.1:{stage.port}", tls=Tls(known_servers=stage.out / "known_servers"))
        async with AsyncDrawThings(connection=connection) as client:

            async def generate() -> None:
                result = await client.generate("a red fox", width=2048, height=2048, steps=1, seed=1)
                await asyncio.to_thread(result.save, stage.out / "picture.png", overwrite=True)

            await generate()  # what is imported the first time is not asked about
            return await _latest(generate)


async def _latest(work: Callable[[], Awaitable[object]]) -> float:
    """Return by how many milliseconds at most a tick came late while some work was done, the best of some rounds."""
    return min([await _latest_once(work) for _ in range(ROUNDS)])


async def _latest_once(work: Callable[[], Awaitable[object]]) -> float:
    worst = 0.0

    async def tick() -> None:
        nonlocal worst
        while True:
            due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            worst = max(worst, (time.perf_counter() - due) * 1000)

    ticking = asyncio.create_task(tick())
    await work()
    ticking.cancel()
    return worst


def _speedup(work: Callable[[bytes], object], tensors: list[bytes]) -> float:
    work(tensors[0])
    ratios = []
    with ThreadPoolExecutor(IMAGES) as pool:
        list(pool.map(work, tensors))  # starts the threads
        for _ in range(ROUNDS):
            started = time.perf_counter()
            for tensor in tensors:
                work(tensor)
            between = time.perf_counter()
            list(pool.map(work, tensors))
            ratios.append((between - started) / (time.perf_counter() - between))
    return median(ratios)


def _hash_for_long(tensor: bytes) -> None:
    import hashlib

    for _ in range(10):
        hashlib.sha512(tensor).digest()


def main() -> int:
    """Measure and print both."""
    blobs.ensure()
    print(f"{which()}; {processors()} processors")
    ratio, limit = speedup()
    print(f"four pictures in four threads: {ratio:.2f} times as fast (hashing: {limit:.2f}); wanted {WANTED_SPEEDUP}")
    late = asyncio.run(blocked())
    for name, worst in late.items():
        print(f"the event loop was late by {worst:5.1f} ms at most with {name}; wanted {MOST_BLOCKED_MS:.0f}")
    receiving = asyncio.run(_generating())
    print(f"the event loop was late by {receiving:5.1f} ms at most with receiving and saving 2048²; no bound")
    slow = max(late.values()) > MOST_BLOCKED_MS
    return 1 if slow or ratio < WANTED_SPEEDUP else 0


if __name__ == "__main__":
    sys.exit(main())
