"""What the two forms do not share: tasks and event loops here, threads and Ctrl-C there."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import pytest

from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import Cancelled, ServerCrashed, TimedOut
from drawthings.settings import Retry, Timeouts
from drawthings.wire._async import AsyncWire
from drawthings.wire._sync import Wire
from drawthings.wire.calls import AsyncReader, Reader, ask_async, ask_sync, home_async, home_sync
from drawthings.wire.status import ClosedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drawthings.settings import Connection

OK = pb.ImageGenerationResponse(generatedImages=[b"picture"])
REQUEST = pb.ImageGenerationRequest()


@pytest.fixture
def endless(fake: Any) -> Iterator[Any]:
    """Return a server that sends one message and then nothing."""
    over = threading.Event()

    def generate(*_: Any) -> Iterator[Any]:
        yield OK
        over.wait(15)

    def echo(*_: Any) -> Any:
        fake.asked.set()
        return over.wait(15) and pb.EchoReply()

    fake.generate, fake.echo, fake.asked = generate, echo, threading.Event()
    yield fake
    over.set()


# --------------------------------------------------------------------------------------------- tasks and event loops


async def test_cancelling_the_task_cancels_the_generation(endless: Any, connection: Callable[..., Connection]):
    wire = AsyncWire(connection(endless))
    first = asyncio.Event()

    async def run() -> None:
        async for _ in wire.generate(REQUEST):
            first.set()

    task = asyncio.create_task(run())
    await first.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(endless.cancelled.wait, 5)
    await wire.aclose()


async def test_cancelling_the_task_cancels_the_question(endless: Any, connection: Callable[..., Connection]):
    wire = AsyncWire(connection(endless))
    task = asyncio.create_task(wire.echo())
    assert await asyncio.to_thread(endless.asked.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await wire.aclose()


async def test_a_limit_around_the_call_is_the_callers_own(endless: Any, connection: Callable[..., Connection]):
    wire = AsyncWire(connection(endless))

    async def run() -> None:
        async for _ in wire.generate(REQUEST):
            pass

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(run(), 0.3)
    assert await asyncio.to_thread(endless.cancelled.wait, 5)
    await wire.aclose()


async def test_closing_while_others_wait_is_told_to_them(endless: Any, connection: Callable[..., Connection]):
    wire = AsyncWire(connection(endless))
    messages = wire.generate(REQUEST)
    assert await anext(messages) == OK
    waiting = [asyncio.create_task(anext(messages)), asyncio.create_task(wire.echo())]  # type: ignore[arg-type]
    assert await asyncio.to_thread(endless.asked.wait, 5)
    await wire.aclose()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [Cancelled, Cancelled]


async def test_many_calls_share_one_connection(fake: Any, connection: Callable[..., Connection]):
    wire = AsyncWire(connection(fake))
    replies = await asyncio.gather(*(wire.echo(str(number)) for number in range(20)))
    assert [reply.message for reply in replies] == [f"HELLO {number}" for number in range(20)]
    await wire.aclose()


def test_one_wire_serves_one_event_loop_after_another(fake: Any, connection: Callable[..., Connection]):
    wire = AsyncWire(connection(fake))

    async def both() -> list[Any]:
        await wire.echo()
        async with aclosing(wire.generate(REQUEST)) as messages:
            return [message async for message in messages]

    assert asyncio.run(both()) == [OK]
    assert asyncio.run(both()) == [OK]
    asyncio.run(wire.aclose())


async def test_a_closed_channel_is_told_by_both_forms(fake: Any):
    target = f"127.0.0.1:{fake.port}"
    blocking = grpc.insecure_channel(target)
    blocking.close()
    with pytest.raises(ClosedError):
        ask_sync(blocking, "Echo", b"", 5)
    with pytest.raises(ClosedError):
        Reader(blocking, "GenerateImage", b"", 5)
    awaiting = grpc.aio.insecure_channel(target)
    await awaiting.close()
    with pytest.raises((ClosedError, grpc.aio.UsageError)):
        await ask_async(awaiting, "Echo", b"", 5)
    with pytest.raises(ClosedError):
        AsyncReader(awaiting, "GenerateImage", b"", 5)


async def test_a_channel_closed_behind_the_wire_is_told(fake: Any, connection: Callable[..., Connection]):
    wire = AsyncWire(connection(fake))
    await wire.echo()
    assert wire._channel is not None
    await wire._channel.close()
    for call in (wire.echo(), anext(wire.generate(REQUEST))):
        with pytest.raises(Cancelled, match="connection was closed"):
            await call
    twin = Wire(connection(fake))
    twin.echo()
    assert twin._channel is not None
    twin._channel.close()
    with pytest.raises(Cancelled, match="connection was closed"):
        twin.echo()
    with pytest.raises(Cancelled, match="connection was closed"):
        next(twin.generate(REQUEST))


async def test_a_channel_belongs_to_its_loop():
    assert home_async() is asyncio.get_running_loop()
    assert home_sync() is None


# ------------------------------------------------------------------------------------------------ threads and Ctrl-C


def test_threads_share_one_connection(fake: Any, connection: Callable[..., Connection]):
    wire = Wire(connection(fake))
    got: list[Any] = []

    def ask() -> None:
        got.append(wire.echo().message)
        got.extend(wire.generate(REQUEST))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 16
    wire.close()


def test_a_generation_left_to_the_garbage_is_cancelled(endless: Any, connection: Callable[..., Connection]):
    messages = Wire(connection(endless)).generate(REQUEST)
    assert next(messages) == OK
    del messages
    assert endless.cancelled.wait(5)


def test_one_generation_breaking_leaves_its_error_to_the_others(endless: Any, connection: Callable[..., Connection]):
    wire = Wire(connection(endless))
    one, other = wire.generate(REQUEST), wire.generate(REQUEST)
    assert (next(one), next(other)) == (OK, OK)
    endless.stop()
    for messages in (one, other):
        with pytest.raises(ServerCrashed, match="in the middle"):
            next(messages)


def test_time_of_the_reader_is_no_silence(fake: Any, connection: Callable[..., Connection]):
    read = threading.Event()

    def generate(*_: Any) -> Iterator[Any]:
        yield OK
        read.wait(10)
        yield OK

    fake.generate = generate
    messages = Wire(connection(fake, timeouts=Timeouts(5, 5, 0.15))).generate(REQUEST)
    next(messages)
    # Longer than the limit: what the reader does meanwhile is its own business.
    threading.Event().wait(0.4)
    read.set()
    assert next(messages) == OK
    messages.close()


def test_silence_is_not_waited_for_again(endless: Any, connection: Callable[..., Connection]):
    wire = Wire(connection(endless, timeouts=Timeouts(5, 5, 0.1), retry=Retry(5, first_s=0)))
    with pytest.raises(TimedOut):
        list(wire.generate(REQUEST))
    assert len(endless.received) == 1


INTERRUPTED = """
import signal, sys
from drawthings._generated import imageService_pb2 as pb
from drawthings.settings import Connection, Timeouts
from drawthings.wire._sync import Wire

wire = Wire(Connection(sys.argv[1], timeouts=Timeouts(silence_s=None if sys.argv[3] == "None" else 60)))
print("connected", wire.hours().thresholds.plus, flush=True)
try:
    if sys.argv[2] == "echo":
        wire.echo()
    else:
        for message in wire.generate(pb.ImageGenerationRequest()):
            print("message", flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
@pytest.mark.parametrize(("call", "silence"), [("generate", "60"), ("generate", "None"), ("echo", "60")])
def test_ctrl_c_ends_a_call_at_once(endless: Any, tmp_path: Path, call: str, silence: str):
    command = [sys.executable, "-c", INTERRUPTED, endless.address, call, silence]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"HOME": str(tmp_path)}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "connected 2.0\n"
        if call == "generate":
            assert process.stdout.readline() == "message\n"
        else:
            assert endless.asked.wait(5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=5)
    assert (out, err, process.returncode) == ("interrupted\n", "", 0)
    if call == "generate":
        assert endless.cancelled.wait(5)
