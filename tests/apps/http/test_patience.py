"""How long a connection may take for the head of a request, under a clock that the test moves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from drawthings.apps.http.patience import HEAD_S, PatientProtocol

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n"
KEEP_ALIVE_S = 5.0


class Timer:
    """A call that is to be made later."""

    def __init__(self, due: float, call: Callable[[], None]) -> None:
        self.due, self.call, self.waits = due, call, True

    def cancel(self) -> None:
        self.waits = False


class Clock:
    """The part of an event loop that a protocol uses; time passes when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []

    def call_later(self, delay: float, call: Callable[[], None]) -> Timer:
        self.timers.append(Timer(self.now + delay, call))
        return self.timers[-1]

    def create_task(self, work: Coroutine[Any, Any, None], **_: Any) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(work)

    def pending(self) -> list[Timer]:
        return sorted((timer for timer in self.timers if timer.waits), key=lambda timer: timer.due)

    def pass_by(self, seconds: float) -> None:
        end = self.now + seconds
        while (pending := self.pending()) and pending[0].due <= end:
            self.now = pending[0].due
            pending[0].cancel()
            pending[0].call()
        self.now = end


class Wire(asyncio.Transport):
    """A connection without a network."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.sent, self.closed = b"", False

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        self.sent += bytes(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class Client:
    """A client, the connection, and an application that answers when it is told to."""

    def __init__(self) -> None:
        self.clock, self.wire, self.may_answer = Clock(), Wire(), asyncio.Event()
        how: dict[str, Any] = {"interface": "asgi3", "ws": "none", "proxy_headers": False, "log_config": None}
        config = uvicorn.Config(self._answer, http=PatientProtocol, timeout_keep_alive=int(KEEP_ALIVE_S), **how)
        self.protocol = PatientProtocol(config, ServerState(), {}, self.clock)  # type: ignore[arg-type]
        self.protocol.connection_made(self.wire)

    async def _answer(self, _scope: Any, _receive: Any, send: Any) -> None:
        await self.may_answer.wait()
        self.may_answer.clear()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    def dribbles(self, data: bytes, every_s: float) -> float:
        """Send byte after byte until the connection is closed or there are no more; return how long it took."""
        began = self.clock.now
        for byte in data:
            if self.wire.closed:
                break
            self.protocol.data_received(bytes([byte]))
            self.clock.pass_by(every_s)
        return self.clock.now - began

    async def is_answered(self) -> int:
        """Let the application answer; return how many answers there are in all."""
        self.may_answer.set()
        for _ in range(10):
            await asyncio.sleep(0)
        return self.wire.sent.count(b"HTTP/1.1 200")


@pytest.fixture
async def client() -> Client:
    return Client()


async def test_who_says_nothing_is_not_waited_for(client: Client) -> None:
    client.clock.pass_by(HEAD_S - 0.1)
    assert not client.wire.closed
    client.clock.pass_by(0.2)
    assert client.wire.closed
    assert client.wire.sent == b""


async def test_a_byte_now_and_then_does_not_buy_time(client: Client) -> None:
    assert client.dribbles(REQUEST, 1.0) == pytest.approx(HEAD_S, abs=1.0)
    assert client.wire.closed


async def test_a_slow_head_that_is_there_in_time_is_answered(client: Client) -> None:
    client.dribbles(REQUEST, HEAD_S / (len(REQUEST) + 1))
    assert await client.is_answered() == 1
    assert not client.wire.closed


async def test_an_answer_and_a_body_may_take_as_long_as_they_like(client: Client) -> None:
    client.protocol.data_received(POST + b"1")
    client.clock.pass_by(1000)
    client.dribbles(b"2345", 100)
    client.clock.pass_by(1000)
    assert not client.wire.closed
    assert await client.is_answered() == 1


async def test_a_further_head_is_waited_for_from_its_first_byte(client: Client) -> None:
    client.protocol.data_received(REQUEST)
    assert await client.is_answered() == 1
    client.clock.pass_by(KEEP_ALIVE_S - 0.1)
    assert not client.wire.closed
    assert client.dribbles(REQUEST, 1.0) == pytest.approx(HEAD_S, abs=1.0)
    assert client.wire.closed


async def test_a_connection_is_used_again_and_again(client: Client) -> None:
    for number in range(1, 8):
        client.dribbles(REQUEST, 0.1)
        assert await client.is_answered() == number
        client.clock.pass_by(KEEP_ALIVE_S - 0.1)
    assert not client.wire.closed
    client.clock.pass_by(0.2)
    assert client.wire.closed


async def test_half_a_head_behind_a_request_does_not_end_its_answer_nor_lives_for_ever(client: Client) -> None:
    client.protocol.data_received(REQUEST + REQUEST[:10])
    client.clock.pass_by(1000)
    assert not client.wire.closed
    assert await client.is_answered() == 1
    client.clock.pass_by(KEEP_ALIVE_S - 1)
    assert client.dribbles(REQUEST[10:], 1.0) == pytest.approx(HEAD_S, abs=1.0)
    assert client.wire.closed


async def test_two_requests_in_one_go_are_both_answered(client: Client) -> None:
    client.protocol.data_received(REQUEST + REQUEST)
    assert await client.is_answered() == 1
    client.clock.pass_by(1000)
    assert not client.wire.closed
    assert await client.is_answered() == 2


@pytest.mark.parametrize("sent", [b"", REQUEST[:7], REQUEST])
async def test_nothing_is_left_to_do_for_a_connection_that_is_gone(client: Client, sent: bytes) -> None:
    if sent:
        client.protocol.data_received(sent)
    client.protocol.connection_lost(None)
    assert client.clock.pending() == []
    await client.is_answered()
