"""The gateway under a crowd: ``python -m benches.gateway``.

Four embedded servers, the gateway and the clients are processes of their own, and the servers draw sketches, so that
what is measured is the gateway: what it adds to one picture, whether two hundred clients at once are all answered or
refused, whether its memory grows, and whether anything is lost when a server is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from crowd import Crowd, all_at_once, direct_s, one_by_one

if TYPE_CHECKING:
    from collections.abc import Iterator

DRAWTHINGS = [sys.executable, "-m", "drawthings"]
CLIENTS, SERVERS, ROUNDS, SINGLE = 200, 4, 15, 60
MOST_ADDED_MS = 10.0


@contextlib.contextmanager
def started(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a command that listens, and yield it with the address that it tells."""
    process = subprocess.Popen([*DRAWTHINGS, *words], stderr=subprocess.PIPE, text=True)
    try:
        found = None
        while found is None:
            line = process.stderr.readline() if process.stderr is not None else ""
            if not line:
                raise RuntimeError(f"{' '.join(words)} did not start.")
            found = re.search(r"\S+:\d+\b", line.partition("Listening")[2])
        # Nobody reads on, so what else it says must not fill the pipe: the gateway's lines go to a thread.
        _drain(process)
        yield process, found[0]
    finally:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()


def _drain(process: subprocess.Popen[str]) -> None:
    import threading

    threading.Thread(target=lambda: list(process.stderr or ()), daemon=True).start()


def memory_mb(process: subprocess.Popen[str]) -> float:
    """Return the memory that a process has now, in megabytes; Linux only."""
    text = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", text)
    return int(found[1]) / 1024 if found else 0.0


def told(crowd: Crowd) -> str:
    """Return what became of a crowd, and fail when anybody got nothing or somebody else's picture."""
    if len(crowd.good) + len(crowd.refused) != len(crowd.statuses):
        raise RuntimeError(f"Some were neither answered nor refused: {set(crowd.statuses.values())}.")
    if any(seed != got for seed, got in crowd.seeds.items()):
        raise RuntimeError("Somebody got the picture of somebody else.")
    return f"{len(crowd.good)} answered, {len(crowd.refused)} refused, median {statistics.median(crowd.took_s):.2f} s"


def main() -> None:
    """Print the figures."""
    serving = ("server", "run", "--no-tls", "--sketch", "--model-browser", "--port", "0")
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(started(*serving)) for _ in range(SERVERS)]
        places = [word for _, address in servers for word in ("--server", f"grpc://{address}")]
        limits = ("--max-queue", str(CLIENTS), "--max-queue-each", str(CLIENTS), "--no-gallery", "--port", "0")
        gateway, url = stack.enter_context(started("serve", *places, *limits))
        address = url.rstrip("/") if url.startswith("http") else f"http://{url.rstrip('/')}"
        asyncio.run(one_by_one(address, 5, 0))
        bare_ms = direct_s(servers[0][1], SINGLE) * 1000
        through_ms = statistics.median(asyncio.run(one_by_one(address, SINGLE, 100))) * 1000
        print(f"one picture: {bare_ms:.1f} ms by itself, {through_ms:.1f} ms through the gateway")
        print(f"added: {through_ms - bare_ms:.1f} ms (at most {MOST_ADDED_MS:g})")
        for number in range(ROUNDS):
            crowd = asyncio.run(all_at_once(address, CLIENTS))
            print(f"round {number + 1}: {told(crowd)}, memory {memory_mb(gateway):.0f} MB")
        crowd = asyncio.run(_while_one_dies(address, servers[0][0]))
        print(f"with a server killed in the middle: {told(crowd)}")


async def _while_one_dies(url: str, server: subprocess.Popen[str]) -> Crowd:
    asking = asyncio.ensure_future(all_at_once(url, CLIENTS))
    await asyncio.sleep(0.5)
    server.kill()
    return await asking


if __name__ == "__main__":
    main()
