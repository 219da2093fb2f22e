"""The sides of a comparison as the driver sees them: long-lived processes, and processes that live for one run."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from benches.place import DATA, PEER_PYTHON, ROOT, clean_environment
from drawthings import Tls
from drawthings.wire.address import parse_address
from drawthings.wire.tls import trust

if TYPE_CHECKING:
    from types import TracebackType

OURS, PLAIN, PEER = "ours", "plain", "peer"
"""With the native core, without it, and the peer."""

TRUST_S = 10.0
DONE = b"done"
"""What a process that is measured from its start writes when its file is there."""

COLD_OURS = """
import sys
from drawthings import DrawThings
with DrawThings(f"127.0.0.1:{sys.argv[1]}") as server:
    result = server.generate("a red fox", model="flux_1_schnell_q8p.ckpt", width=1024, height=1024, steps=4, seed=1)
    result.save(sys.argv[2], overwrite=True)
    print("done", flush=True)
"""

COLD_PEER = """
import asyncio, sys
from drawthings_py import Configs, DrawThings, RequestBuilder
async def main():
    service = DrawThings.grpc(port=int(sys.argv[1]), progressbar=False, disable_messages=True)
    from drawthings_py.grpc import grpc_service
    grpc_service.ssl_context.load_verify_locations(sys.argv[3])
    async with service:
        settings = dict(model="flux_1_schnell_q8p.ckpt", width=1024, height=1024, steps=4, seed=1)
        (image,) = await service.generate(RequestBuilder(Configs.create(settings), "a red fox"))
        image.to_file(sys.argv[2])
        print("done", flush=True)
asyncio.run(main())
"""


class Failed(Exception):
    """A row could not be run on one side."""


class Side:
    """A process that runs rows when it is told to.

    Args:
        command: How it is started.
        environment: Its environment variables.
    """

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
        )

    def measure(self, row: str, times: int = 1) -> list[float]:
        """Run a row.

        Args:
            row: Its name.
            times: How often.

        Returns:
            Milliseconds of each run.

        Raises:
            Failed: It could not be run.
        """
        answer: list[float] = self._ask({"row": row, "times": times})["ms"]
        return answer

    def growth(self, row: str) -> int:
        """Return by how many bytes the peak of the memory grows in a first run of a row, behind a small one."""
        return int(self._ask({"row": "small", "times": 1, "peak": row})["bytes"])

    def close(self) -> None:
        """End the process."""
        with self._process:
            _of(self._process.stdin).close()

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        stdin, stdout = _of(self._process.stdin), _of(self._process.stdout)
        stdin.write(json.dumps(order) + "\n")
        stdin.flush()
        line = stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": "the process has ended"}
        if "error" in answer:
            raise Failed(answer["error"])
        return answer


class Stage:
    """The server and everything else that a run needs; a context manager.

    Args:
        picture: The blob that the server answers with; in slices if it is large, which the peer cannot read.
    """

    def __init__(self, picture: str = "fpzip-1024-0") -> None:
        self._picture = picture
        self._stack = ExitStack()
        self._sides: dict[str, Side] = {}

    def __enter__(self) -> Self:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="drawthings-bench-")))
        self.out = folder
        self.certificate = folder / "server.pem"
        command = [sys.executable, "-m", "benches.server", str(self.certificate), self._picture]
        server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=clean_environment()
        )
        self._stack.callback(_end, server)
        self.port = int(_of(server.stdout).readline())
        # Who generates twice has met the server before.
        trust(parse_address(f"127.0.0.1:{self.port}"), Tls(known_servers=folder / "known_servers"), TRUST_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def side(self, name: str) -> Side:
        """Return the long-lived process of a side; it is started when it is first asked for."""
        if name not in self._sides:
            self._sides[name] = self.fresh_side(name)
            self._stack.callback(self._sides[name].close)
        return self._sides[name]

    def fresh_side(self, name: str) -> Side:
        """Start a process of a side; the caller closes it."""
        python, module = (PEER_PYTHON, "benches.peer") if name == PEER else (sys.executable, "benches.ours")
        arguments = [str(DATA), str(self.out), str(self.port), str(self.certificate)]
        return Side([str(python), "-m", module, *arguments], self.environment(name))

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment variables of a side."""
        if name == PEER:
            return clean_environment()
        switch = {"DRAWTHINGS_NATIVE": "0"} if name == PLAIN else {}
        return clean_environment(DRAWTHINGS_KNOWN_SERVERS=str(self.out / "known_servers"), **switch)

    def cold(self, name: str) -> float:
        """Return the milliseconds from the start of a process to its picture on the disk."""
        python, script = (PEER_PYTHON, COLD_PEER) if name == PEER else (sys.executable, COLD_OURS)
        command = [str(python), "-c", script, str(self.port), str(self.out / f"cold-{name}.png"), str(self.certificate)]
        started = time.perf_counter()
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.environment(name)
        ) as process:
            for line in _of(process.stdout):
                if line.strip() == DONE:
                    return (time.perf_counter() - started) * 1000
        raise Failed("the process ended without a picture")


def whole_process(command: list[str]) -> float:
    """Return the milliseconds from the start of a process to its end.

    Raises:
        Failed: It failed.
    """
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    spent = (time.perf_counter() - started) * 1000
    if done.returncode != 0:
        raise Failed(f"{command[0]} ended with {done.returncode}")
    return spent


def _end(server: subprocess.Popen[str]) -> None:
    with server:
        _of(server.stdin).close()


def _of(pipe: IO[Any] | None) -> IO[Any]:
    assert pipe is not None  # noqa: S101 - it was asked for
    return pipe
