"""A batch over several machines, shown on one: ``python scripts/machines.py [JOBS]`` (as root, on Linux).

Three network namespaces stand for three machines on one network: ``main`` with the Dask scheduler and the runner, and
two hosts with two embedded servers and two workers each. In the middle the cable of one host is pulled. At the end all
jobs have to be done, each file has to be whole, and the servers must never have had two jobs at once.

Nothing outside the namespaces is touched, and they are removed at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from drawthings.batch.jobs import Entry
from drawthings.batch.manifest import Manifest
from drawthings.batch.rules import Rules
from drawthings.batch.run import run_batch
from drawthings.batch.safe import intact
from drawthings.batch.spread import Spreader

if TYPE_CHECKING:
    from collections.abc import Iterator

NETWORK = "10.77.0"
MAIN = f"{NETWORK}.1"
HOSTS = {"north": f"{NETWORK}.2", "south": f"{NETWORK}.3"}
SCHEDULER = f"tcp://{MAIN}:8786"
SERVERS = [f"{address}:{port}" for address in HOSTS.values() for port in (7859, 7860)]
JOBS = 120
CUT_AT = 0.3
PACE_MS = 400


def ip(*words: str) -> None:
    """Run ``ip``."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextlib.contextmanager
def network(mark: str) -> Iterator[dict[str, str]]:
    """Yield the names of the namespaces: ``main``, with a switch in it, and a cable from there to each host."""
    names = {name: f"{mark}-{name}" for name in ("main", *HOSTS)}
    with contextlib.ExitStack() as stack:
        for name in names.values():
            ip("netns", "add", name)
            stack.callback(ip, "netns", "del", name)
            ip("-n", name, "link", "set", "lo", "up")
        main = names["main"]
        ip("-n", main, "link", "add", "switch", "type", "bridge")
        ip("-n", main, "addr", "add", f"{MAIN}/24", "dev", "switch")
        ip("-n", main, "link", "set", "switch", "up")
        for host, address in HOSTS.items():
            ip("-n", main, "link", "add", host, "type", "veth", "peer", "name", "cable", "netns", names[host])
            ip("-n", main, "link", "set", host, "master", "switch", "up")
            ip("-n", names[host], "addr", "add", f"{address}/24", "dev", "cable")
            ip("-n", names[host], "link", "set", "cable", "up")
        yield names


@contextlib.contextmanager
def running(namespace: str, log: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of this environment on a machine."""
    words = ["ip", "netns", "exec", namespace, sys.executable, "-m", *command]
    with log.open("wb") as out, subprocess.Popen(words, stdout=out, stderr=out) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def machines(names: dict[str, str], folder: Path, stack: contextlib.ExitStack) -> None:
    """Start everything but the runner."""
    dask = ("dask", "scheduler", "--host", MAIN, "--port", "8786", "--no-dashboard")
    stack.enter_context(running(names["main"], folder / "scheduler.log", *dask))
    for host, address in HOSTS.items():
        pace = ("--ms-per-step", str(PACE_MS), "--sketch", "--model-browser", "--count", "2")
        server = ("drawthings", "server", "run", "--no-tls", "--address", address, "--port", "7859", *pace)
        stack.enter_context(running(names[host], folder / f"{host}-servers.log", *server))
        for port in (7859, 7860):
            kind = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", f"{address}:{port}")
            worker = ("dask", "worker", SCHEDULER, *kind)
            stack.enter_context(running(names[host], folder / f"{host}-{port}.log", *worker))


def work(folder: str, count: int) -> None:
    """Be the runner."""
    facts = {"width": 128, "height": 128, "steps": 1}
    listed = (Entry({"prompt": f"a fox {number}", "seed": number, **facts}, "here") for number in range(count))
    rules = Rules(wait_s=60, health_s=1, frozen_s=20)
    tally = asyncio.run(run_batch(folder, SERVERS, Spreader().tasks(listed), rules=rules, scheduler=SCHEDULER))
    for status in tally.servers:
        print(f"  {status.server}: {status.state}, {status.done} done {status.trouble}", flush=True)
    if tally.stopped is not None:
        raise SystemExit(str(tally.stopped))


def done(batch: Path) -> int:
    """Return how many jobs are done."""
    if not (batch / "batch.sqlite").exists():
        return 0
    with Manifest(batch) as manifest:
        return manifest.counts()["done"]


def show(folder: Path, count: int) -> None:
    """Run a batch, pull a cable in the middle, and look at what came of it.

    Raises:
        SystemExit: Something was lost.
    """
    batch, started = folder / "batch", time.monotonic()
    with network(f"dt{os.getpid()}") as names, contextlib.ExitStack() as stack:
        machines(names, folder, stack)
        words = ["ip", "netns", "exec", names["main"], sys.executable, __file__, "work", str(batch), str(count)]
        with subprocess.Popen(words) as runner:
            while done(batch) < CUT_AT * count and runner.poll() is None:
                time.sleep(0.2)
            ip("-n", names["main"], "link", "set", "south", "down")
            before = done(batch)
            print(f"{before} of {count} done after {time.monotonic() - started:.1f} s; south is cut off", flush=True)
            runner.wait()
        if runner.returncode:
            raise SystemExit("The runner gave up.")
    with Manifest(batch) as manifest:
        rows = list(manifest.rows("done"))
    whole = sum(bool(row["files"]) and all(intact(batch, made) for made in row["files"]) for row in rows)
    shares = Counter(row["server"] for row in rows)
    print(f"{len(rows)} of {count} done, {whole} whole, after {time.monotonic() - started:.1f} s: {dict(shares)}")
    if not (len(rows) == whole == count and before < count and len(shares) == len(SERVERS)):
        raise SystemExit("That is not what was to be shown.")


def allowed() -> bool:
    """Return whether namespaces can be made here."""
    if shutil.which("ip") is None:
        return False
    name = f"dt{os.getpid()}-try"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode == 0
    if made:
        ip("netns", "del", name)
    return made


def main() -> None:
    """Show it, or say why not."""
    if sys.argv[1:2] == ["work"]:
        work(sys.argv[2], int(sys.argv[3]))
        return
    if not allowed():
        print("Network namespaces are not allowed here (iproute2 and root are needed), so nothing is shown.")
        return
    with tempfile.TemporaryDirectory(prefix="drawthings-machines-") as name:
        show(Path(name), int(sys.argv[1]) if sys.argv[1:] else JOBS)


if __name__ == "__main__":
    main()
