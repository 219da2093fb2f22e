"""The command line's batch, killed at random instants: what is there afterwards is whole, and all of it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from drawthings.batch.manifest import Manifest
from drawthings.batch.safe import intact

if TYPE_CHECKING:
    from pathlib import Path

JOBS, KILLS = 120, 5
COMMAND = [sys.executable, "-m", "drawthings", "batch"]


def progress(folder: Path) -> tuple[int, int]:
    """Return how many jobs are done, and how many in flight."""
    if not (folder / "batch.sqlite").exists():
        return 0, 0
    with Manifest(folder) as manifest:
        counts = manifest.counts()
    return counts["done"], counts["running"]


@pytest.mark.timeout(60)
def test_killed_at_random_instants_and_resumed(tmp_path: Path, fleet: Any, addresses: Any):
    servers = fleet(2, ms_per_step=15)
    jobs, folder = tmp_path / "jobs.jsonl", tmp_path / "out"
    lines = [{"prompt": f"a fox {n}", "seed": n, "width": 128, "height": 128, "steps": 1} for n in range(JOBS)]
    jobs.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    asked = [f"-s{address}" for address in addresses(servers)]
    luck, in_flight = random.Random(3), 0
    for _ in range(KILLS):
        before, _ = progress(folder)
        instant = luck.random() / 5
        with subprocess.Popen([*COMMAND, "run", str(jobs), "-o", str(folder), "-q", *asked]) as runner:
            while progress(folder)[0] < before + 3 and runner.poll() is None:
                time.sleep(0.01)
            # Not for something to be ready: the instant itself is what is tried.
            time.sleep(instant)
            runner.kill()
        in_flight += progress(folder)[1]
    assert 3 * KILLS <= progress(folder)[0] < JOBS
    subprocess.run([*COMMAND, "resume", str(folder), "-q", *asked], check=True, stdout=subprocess.DEVNULL)

    with Manifest(folder) as manifest:
        rows = list(manifest.rows())
    assert [(row["number"], row["state"]) for row in rows] == [(n, "done") for n in range(1, JOBS + 1)]
    assert all(intact(folder, made) for row in rows for made in row["files"])
    named = {made.path for row in rows for made in row["files"]}
    assert {path.name for path in folder.iterdir() if not path.name.startswith("batch.")} == named
    for name in named:
        with Image.open(folder / name) as picture:
            picture.load()
            assert picture.size == (128, 128)
    made = sum(server.generations for server in servers.servers)
    assert JOBS <= made <= JOBS + in_flight
