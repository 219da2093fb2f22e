"""gRPC's own log lines never reach the terminal, whatever goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from drawthings._generated import imageService_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

START = """
import asyncio, gc, sys
from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import DrawThingsError
from drawthings.settings import Connection, Retry, Timeouts, Tls
from drawthings.wire._async import AsyncWire
from drawthings.wire._sync import Wire

request = pb.ImageGenerationRequest()

def connection(server=sys.argv[1], **changes):
    return Connection(server, **({"retry": Retry(1), "timeouts": Timeouts(10, 10, 10)} | changes))

def told(call):
    try:
        call()
    except DrawThingsError as error:
        print(type(error).__name__)

def both(connection, call):
    wire = Wire(connection)
    told(lambda: wire.echo() if call == "echo" else list(wire.generate(request)))
    wire.close()
    async def run():
        wire = AsyncWire(connection)
        if call == "echo":
            await wire.echo()
        else:
            async for _ in wire.generate(request):
                pass
        await wire.aclose()
    told(lambda: asyncio.run(run()))
"""


def run(code: str, folder: Path, *arguments: object) -> list[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GRPC_", "DRAWTHINGS_"))}
    environment |= {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    # Python's own warning about a fork among threads is none of gRPC's.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", START + code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=18, check=False, env=environment)
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout.split()


@pytest.fixture
def stuck(fake: Any) -> Any:
    def generate(_: Any, context: Any) -> Iterator[Any]:
        yield pb.ImageGenerationResponse()
        ended = threading.Event()
        context.add_callback(ended.set)
        ended.wait(15)

    fake.generate = generate
    return fake


def test_nobody_there(free_port: int, tmp_path: Path):
    assert run("both(connection(), 'echo')", tmp_path, f"127.0.0.1:{free_port}") == ["Unreachable"] * 2


def test_a_tls_mismatch(serve: Callable[..., Any], stranger: Any, tmp_path: Path):
    code = "both(connection(tls=Tls('off')), 'echo')"
    assert run(code, tmp_path, serve(stranger).address) == ["TlsMismatch"] * 2


def test_a_handshake_that_fails_inside_grpc(serve: Callable[..., Any], stranger: Any, issue: Any, tmp_path: Path):
    code = """
from drawthings.wire.tls import Security
from drawthings.wire import _async, _sync
other = open(sys.argv[2], "rb").read()
for twin in (_async, _sync):
    twin.secure = lambda address, *_: Security("ipv4:" + address.endpoint, other, "localhost")
both(connection(), "echo")
both(connection(), "generate")
"""
    (tmp_path / "other.pem").write_bytes(issue().pem)
    found = run(code, tmp_path, serve(stranger).address, tmp_path / "other.pem")
    assert found == ["TlsMismatch"] * 4


def test_a_silent_stream(stuck: Any, tmp_path: Path):
    code = "both(connection(timeouts=Timeouts(10, 10, 0.2)), 'generate')"
    assert run(code, tmp_path, stuck.address) == ["TimedOut"] * 2


def test_a_cancelled_stream(stuck: Any, tmp_path: Path):
    code = """
wire = Wire(connection(timeouts=Timeouts()))
messages = wire.generate(request)
next(messages)
messages.close()
next(wire.generate(request))
gc.collect()
wire.close()

async def run():
    wire = AsyncWire(connection(timeouts=Timeouts()))
    messages = wire.generate(request)
    await anext(messages)
    await messages.aclose()
    async def forever():
        async for _ in wire.generate(request):
            pass
    task = asyncio.create_task(forever())
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    left = wire.generate(request)
    await anext(left)

asyncio.run(run())
print("done")
"""
    assert run(code, tmp_path, stuck.address) == ["done"]


def test_a_program_that_ends_without_closing(stuck: Any, tmp_path: Path):
    code = """
wire = Wire(connection(timeouts=Timeouts()))
messages = wire.generate(request)
next(messages)
left = AsyncWire(connection(timeouts=Timeouts()))
asyncio.run(left.echo())
print("done")
"""
    assert run(code, tmp_path, stuck.address) == ["done"]


def test_a_fork_while_connected(fake: Any, tmp_path: Path):
    code = """
import os, subprocess
wire = Wire(connection())
wire.echo()
subprocess.run([sys.executable, "-c", ""], check=True)
if os.fork() == 0:
    os._exit(0)
os.wait()
wire.echo()
print("done")
"""
    if not hasattr(os, "fork"):
        pytest.skip("no fork here")
    assert run(code, tmp_path, fake.address) == ["done"]


def test_whoever_wants_the_lines_gets_them(monkeypatch: pytest.MonkeyPatch):
    code = "import os, drawthings.wire; print(os.environ['GRPC_VERBOSITY'])"
    for wanted, value in ((None, "NONE"), ("DEBUG", "DEBUG")):
        monkeypatch.delenv("GRPC_VERBOSITY", raising=False)
        if wanted:
            monkeypatch.setenv("GRPC_VERBOSITY", wanted)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == value
