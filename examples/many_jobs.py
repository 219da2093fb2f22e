"""Many pictures over several servers, such as ``python examples/many_jobs.py gpu1:7859 gpu2:7859``.

Start it again after whatever interrupted it, and it goes on.
"""

import asyncio
import sys

from drawthings.batch.jobs import listed_jobs
from drawthings.batch.run import run_batch
from drawthings.batch.spread import Spreader

JOBS = [
    {"prompt": f"a {colour} fox in {place}", "seed": seed, "width": 512, "height": 512, "steps": 8}
    for colour in ("red", "silver")
    for place in ("snow", "a harbour", "a library")
    for seed in range(10)
]


async def main(servers: list[str]) -> None:
    """Do the jobs."""
    tally = await run_batch(
        "foxes",
        servers,
        Spreader().tasks(listed_jobs(JOBS)),
        on_job=lambda number, state: print(f"job {number}: {state}"),
    )
    print(f"{tally.before + tally.done} of {tally.total} done, {tally.failed} failed; they are in foxes/")
    if tally.stopped is not None:
        print(f"Stopped: {tally.stopped} {tally.stopped.hint}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:] or ["embedded"]))
