"""Many jobs and many servers: what is in memory, and who gets how much, without a look at the clock."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from drawthings.batch.jobs import Entry
from drawthings.batch.manifest import Manifest
from drawthings.batch.rules import Rules
from drawthings.batch.run import run_batch
from drawthings.batch.spread import Spreader
from drawthings.batch.task import Task, digest
from drawthings.batch.window import MOST, Window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMALL = {"width": 128, "height": 128, "steps": 1}


def tasks(count: int, models: int) -> Iterator[Task]:
    for number in range(count):
        yield Task(hash=digest(number), prompt="a fox", wanted={"seed": number}, model=f"m{number % models}")


def test_of_10_000_jobs_a_few_are_in_memory_and_all_have_their_turn(tmp_path: Path):
    with Manifest(tmp_path, create=True) as manifest:
        assert manifest.add(tasks(10_000, 3)) == (10_000, 0)
        window, now, most, seen = Window(manifest), 0.0, 0, Counter[int]()
        while manifest.counts()["waiting"]:
            now += 2.0
            seen.update(row.number for row in window.fill(now))
            most = max(most, len(window.taken))
            for row in list(window.taken.values()):
                manifest.begin(row.number, "a server")
                window.drop(row)
        assert most <= MOST
        assert len(seen) == 10_000
        assert set(seen.values()) == {1}


def test_64_servers_never_work_on_two_at_a_time(tmp_path: Path, fleet: Any, addresses: Any):
    servers = fleet(64, ms_per_step=300)
    listed = [Entry({"prompt": f"a fox {n}", "seed": n, **SMALL}, "here") for n in range(96)]
    made = Spreader().tasks(listed)
    tally = asyncio.run(run_batch(tmp_path, addresses(servers), made, rules=Rules(wait_s=10)))
    assert (tally.done, tally.failed, tally.stopped) == (96, 0, None)
    assert max(server.most_at_once for server in servers.servers) == 1
    assert sum(server.generations for server in servers.servers) == 96


def test_four_servers_share_by_their_pace(tmp_path: Path, fleet: Any, addresses: Any):
    fast, slow = fleet(3, ms_per_step=100), fleet(1, ms_per_step=800)
    listed = [Entry({"prompt": f"a fox {n}", "seed": n, **SMALL}, "here") for n in range(50)]
    made = Spreader().tasks(listed)
    tally = asyncio.run(run_batch(tmp_path, addresses(fast, slow), made, rules=Rules(wait_s=10)))
    assert tally.done == 50
    counts = [server.generations for server in (*fast.servers, *slow.servers)]
    assert sum(counts) == 50
    assert counts[3] < min(counts[:3])
