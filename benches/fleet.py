"""The pool and the batch on fleets of embedded servers: ``python -m benches.fleet [shares] [dask] …``.

The servers run in a process of their own and draw sketches, so that what is measured is our side: how near to the ideal
time a run comes, what is lost when the runner is killed, how much memory and time a job takes, and how many servers one
process can feed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from PIL import Image

from drawthings import AsyncDrawThings
from drawthings.batch.jobs import Entry
from drawthings.batch.manifest import Manifest
from drawthings.batch.rules import Rules
from drawthings.batch.run import run_batch
from drawthings.batch.safe import intact
from drawthings.batch.spread import Spreader
from drawthings.errors import ManifestMismatch
from drawthings.request.build import Contents
from drawthings.server.fleet import Fleet
from drawthings.server.options import ServerOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from drawthings.batch.run import Tally

SELF = [sys.executable, "-m", "benches.fleet"]
RULES = Rules(wait_s=120.0, health_s=5.0, patience_s=float("inf"))
FAST_MS, SLOW_MS, FAILING = 50, 200, 0.04
KILLS = 50
KILL_MS = 200
MIB = 1 << 20
MODEL = "sd_v1.5_f16.ckpt"
UNLIMITED = "grpc.max_receive_message_length"


class Servers:
    """Fleets in another process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("The servers are started without pipes.")
        self.process = process
        self._asked, self._told = process.stdin, process.stdout
        self.addresses: list[str] = self._line()

    def _line(self) -> Any:  # noqa: ANN401 - what the other side says
        return json.loads(self._told.readline())

    def counts(self) -> dict[str, list[int]]:
        """Return what each server has counted."""
        self._asked.write("counts\n")
        self._asked.flush()
        counts: dict[str, list[int]] = self._line()
        return counts


class Apart:
    """Servers in a process each, as they are in life: none takes another one's time."""

    def __init__(self, each: Sequence[Servers]) -> None:
        self._each = each
        self.addresses = [address for one in each for address in one.addresses]

    def counts(self) -> dict[str, list[int]]:
        """Return what each server has counted."""
        told = [one.counts() for one in self._each]
        return {name: [number for each in told for number in each[name]] for name in told[0]}


@contextlib.contextmanager
def divided(servers: Sequence[Servers]) -> Iterator[None]:
    """Give the servers half of the processors and us the other half, as if they were other machines; Linux only."""
    every = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if len(every) < 2:  # noqa: PLR2004 - a half for each
        yield
        return
    half = len(every) // 2
    for each in servers:
        os.sched_setaffinity(each.process.pid, every[half:])
    os.sched_setaffinity(0, every[:half])
    try:
        yield
    finally:
        os.sched_setaffinity(0, every)


@contextlib.contextmanager
def apart(*fleets: dict[str, Any]) -> Iterator[Apart]:
    """Start each fleet in a process of its own, on processors of their own where there are several."""
    with contextlib.ExitStack() as stack:
        started = [stack.enter_context(servers(each)) for each in fleets]
        with divided(started):
            yield Apart(started)


@contextlib.contextmanager
def servers(*fleets: dict[str, Any]) -> Iterator[Servers]:
    """Start fleets; each is ``count`` and the options of its servers."""
    command = [*SELF, "serve", json.dumps(fleets)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Servers(process)
        finally:
            process.terminate()


def serve(told: str) -> None:
    """Run fleets until standard input ends."""
    usual = {"tls": False, "sketch": True, "model_browser": True, "catalogue": ["v1"], "keep_requests": 0}
    started = []
    for place, each in enumerate(json.loads(told)):
        wanted = {**usual, "fail_seed": 100 * place, **each}
        wanted["catalogue"] = tuple(wanted["catalogue"])
        started.append(Fleet(wanted.pop("count"), ServerOptions(**wanted)).__enter__())
    every = [server for fleet in started for server in fleet.servers]
    print(json.dumps([f"grpc://{server.address}" for server in every]), flush=True)
    names = ("asked", "generations", "most_at_once", "model_switches")
    for _ in sys.stdin:
        print(json.dumps({name: [getattr(server, name) for server in every] for name in names}), flush=True)


def entries(count: int, size: int = 128) -> Iterator[Entry]:
    """Yield so many different jobs of one step."""
    for number in range(count):
        facts = {"prompt": f"a fox {number}", "seed": number, "width": size, "height": size, "steps": 1}
        yield Entry(facts, f"job {number}")


def batch(folder: Path, fleet: Servers, listed: Iterator[Entry], **options: Any) -> Tally:  # noqa: ANN401 - of run_batch
    """Do a batch in this process."""
    return asyncio.run(run_batch(folder, fleet.addresses, Spreader().tasks(listed), rules=RULES, **options))


async def request() -> bytes:
    """Return a job as it goes over the wire."""
    async with AsyncDrawThings("embedded") as client:
        plan = await client.prepare("a fox", model=MODEL, width=128, height=128, steps=1, seed=1)
        return plan.request(Contents()).SerializeToString()


def bare_s(addresses: Sequence[str], asked: bytes, times: int = 20) -> list[float]:
    """Return how long a call takes on each server, all kept busy at once by gRPC alone, without any of our code."""

    def calls(address: str) -> float:
        with grpc.insecure_channel(address.removeprefix("grpc://"), options=[(UNLIMITED, -1)]) as channel:
            call = channel.unary_stream("/ImageGenerationService/GenerateImage")
            took: list[float] = []
            while len(took) < times:
                started = time.monotonic()
                with contextlib.suppress(grpc.RpcError):
                    list(call(asked))
                    took.append(time.monotonic() - started)
        return statistics.median(took)

    with ThreadPoolExecutor(len(addresses)) as threads:
        return list(threads.map(calls, addresses))


@contextlib.contextmanager
def timed(*wanted_ms: float) -> Iterator[tuple[Apart, Callable[[], list[float]]]]:
    """Start a server for each time that a call shall take, and yield them with what tells how long bare calls take now.

    The embedded server adds some milliseconds to what it is told to take for a step; they are measured and taken off.
    """
    asked, raw = asyncio.run(request()), {"count": 1, "response_compression": False}
    with apart(*({**raw, "ms_per_step": ms} for ms in wanted_ms)) as fleet:
        added_ms = [each * 1000 - ms for each, ms in zip(bare_s(fleet.addresses, asked), wanted_ms, strict=True)]
    paces = [max(0.0, ms - added) for ms, added in zip(wanted_ms, added_ms, strict=True)]
    failing = [{**raw, "fail_rate": FAILING, "fail_seed": 100 * place} for place in range(len(paces))]
    with apart(*({**each, "ms_per_step": pace} for each, pace in zip(failing, paces, strict=True))) as fleet:
        yield fleet, partial(bare_s, fleet.addresses, asked)


def shares(count: int, folder: Path, scheduler: str | None = None) -> None:
    """Four servers of 50, 50, 50 and 200 ms, every 25th call failing."""
    named_ms = [FAST_MS, FAST_MS, FAST_MS, SLOW_MS]
    with timed(*named_ms) as (fleet, bare):
        earlier, before = bare(), fleet.counts()
        started = time.monotonic()
        tally = batch(folder / "b", fleet, entries(count), scheduler=scheduler)
        whole_s = time.monotonic() - started
        after = fleet.counts()
        paces = [statistics.mean(pair) for pair in zip(earlier, bare(), strict=True)]
    asked, made = (sum(after[name]) - sum(before[name]) for name in ("asked", "generations"))
    with Manifest(folder / "b") as manifest:
        rows = list(manifest.rows("done"))
    took_s = max(row["ended"] for row in rows) - min(row["ended"] - row["seconds"] for row in rows)
    rates = [1000 / ms for ms in named_ms]
    ideal_s, bare_ideal_s = count / sum(rates), count / sum(1 / pace for pace in paces)
    # A call that fails takes half of its time from its server, whoever hands out the calls.
    failing = 1 + (asked - made) / 2 / count
    done = Counter(row["server"] for row in rows)
    got = [done[address] for address in fleet.addresses]
    off = max(abs(mine / (count * rate / sum(rates)) - 1) for mine, rate in zip(got, rates, strict=True))
    print(f"ideal {ideal_s:.2f} s, taken {took_s:.2f} s: {took_s / ideal_s:.3f} of it")
    shown = ", ".join(f"{pace * 1000:.1f}" for pace in paces)
    print(
        f"  bare calls took {shown} ms before and after: ideal {bare_ideal_s:.2f} s, {took_s / bare_ideal_s:.3f} of it"
    )
    of_all = took_s / ideal_s / failing
    print(f"  {asked - made} of {asked} calls failed in their middle: with those in the ideal {of_all:.3f}")
    print(f"  with starting and ending {whole_s:.2f} s; shares {got}, off by {off:.0%} at most")
    print(f"  done {tally.done}, failed {tally.failed}, pictures {made}, at once {max(after['most_at_once'])}")


def dask(count: int, folder: Path) -> None:
    """The same through Dask."""
    shares(count, folder, "inproc")


def kill(count: int, folder: Path) -> None:
    """The runner is killed at random instants; at the end everything is there."""
    times = max(1, min(KILLS, count // 20))
    luck = random.Random(7)  # noqa: S311 - instants need no secrecy
    begun = 0
    with servers({"count": 4, "ms_per_step": KILL_MS}) as fleet:
        command = [*SELF, "work", str(count), str(folder / "b"), *fleet.addresses]
        for _ in range(times):
            before, _ = _progress(folder / "b")
            with subprocess.Popen(command) as runner:
                while _progress(folder / "b")[0] == before and runner.poll() is None:
                    time.sleep(0.02)
                time.sleep(luck.random())
                runner.kill()
            begun += _progress(folder / "b")[1]
        early, _ = _progress(folder / "b")
        command = [sys.executable, "-m", "drawthings", "batch", "resume", str(folder / "b"), "-q"]
        subprocess.run([*command, *(f"-s{address}" for address in fleet.addresses)], check=True)
        made = sum(fleet.counts()["generations"])
    with Manifest(folder / "b") as manifest:
        rows = list(manifest.rows())
        whole = sum(
            all(intact(manifest.folder, each) and _opens(folder / "b" / each.path) for each in row["files"])
            for row in rows
            if row["files"]
        )
    named = {each.path for row in rows for each in row["files"]}
    found = {path.name for path in (folder / "b").iterdir() if not path.name.startswith("batch.")}
    done = sum(row["state"] == "done" for row in rows)
    print(f"killed {times} times, {early} done until then; after resume {done} of {count}, {whole} whole")
    print(f"  manifest and disk agree: {named == found}; {made} calls: {made - count} again, {begun} were in flight")
    if not (done == whole == count and named == found and made - count <= begun):
        raise SystemExit("Something was lost, or made again for nothing.")


def _progress(folder: Path) -> tuple[int, int]:
    """Return how many jobs are done, and how many in flight."""
    with contextlib.suppress(ManifestMismatch), Manifest(folder) as manifest:
        counts = manifest.counts()
        return counts["done"], counts["running"]
    return 0, 0


def _opens(path: Path) -> bool:
    with Image.open(path) as picture:
        picture.load()
    return True


def memory(count: int, folder: Path) -> None:
    """Many jobs: the memory of the runner, and how much of a processor a job takes."""
    _many(count, folder / "raw", 512, compressed=False)
    _many(max(100, count // 20), folder / "fpzip", 1024, compressed=True)


def _many(count: int, folder: Path, size: int, *, compressed: bool) -> None:
    seen: list[float] = []
    ended = 0

    def on_job(number: int, state: str) -> None:
        nonlocal ended
        del number, state
        ended += 1
        if ended % 100 == 0:
            seen.append(resident())

    with servers({"count": 8, "response_compression": compressed}) as fleet:
        before = resource.getrusage(resource.RUSAGE_SELF)
        started = time.monotonic()
        tally = batch(folder, fleet, entries(count, size), on_job=on_job)
        took_s = time.monotonic() - started
        after = resource.getrusage(resource.RUSAGE_SELF)
    busy_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    kind = "fpzip" if compressed else "raw"
    print(
        f"{tally.done} jobs of {size}x{size} {kind}: {took_s:.1f} s, {busy_s / count * 1000:.1f} ms of a processor each"
    )
    print(f"  memory after 100 jobs {seen[0]:.0f} MiB, at most {max(seen):.0f} MiB, at the end {seen[-1]:.0f} MiB")


def resident() -> float:
    """Return the memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def throughput(count: int, folder: Path) -> None:
    """How many simulated servers of a second per picture one process can feed."""
    print("servers  jobs/s  of the ideal")
    for many in (1, 2, 4, 8, 16, 32, 64):
        jobs = min(count, 6 * many)
        with servers({"count": many, "ms_per_step": 1000}) as fleet:
            started = time.monotonic()
            batch(folder / str(many), fleet, entries(jobs))
            rate = jobs / (time.monotonic() - started)
        print(f"{many:7}  {rate:6.1f}  {rate / many:.2f}")


WORK: dict[str, tuple[Callable[[int, Path], None], int]] = {
    "shares": (shares, 400),
    "dask": (dask, 400),
    "kill": (kill, 1000),
    "memory": (memory, 10_000),
    "servers": (throughput, 400),
}


def main(given: Sequence[str]) -> None:
    """Measure what is asked for."""
    if given[:1] == ["serve"]:
        serve(given[1])
        return
    if given[:1] == ["work"]:
        tasks = Spreader().tasks(entries(int(given[1])))
        asyncio.run(run_batch(given[2], given[3:], tasks, rules=RULES))
        return
    parser = argparse.ArgumentParser(
        prog="python -m benches.fleet", description=__doc__.split("\n", 1)[0] if __doc__ else ""
    )
    parser.add_argument("what", nargs="*", choices=[*WORK, []], help="what to measure; by default everything")
    parser.add_argument("--jobs", type=int, help="how many jobs; by default what the measurement is made for")
    wanted = parser.parse_args(given)
    for name in wanted.what or WORK:
        measure, usual = WORK[name]
        folder = Path(tempfile.mkdtemp(prefix="drawthings-fleet-"))
        print(f"-- {name}")
        try:
            measure(wanted.jobs or usual, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
