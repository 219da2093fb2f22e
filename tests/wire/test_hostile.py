"""Peers that are no Draw Things server, or a broken one: each gives both clients one typed error within its deadline.

The peers are plain sockets that know just enough of HTTP/2 (RFC 9113) to go wrong at a certain point.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import pytest

from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import (
    Rejected,
    ServerCrashed,
    ServerError,
    TimedOut,
    TlsMismatch,
    Unreachable,
)
from drawthings.settings import Retry, Timeouts
from drawthings.wire._async import AsyncWire
from drawthings.wire._sync import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drawthings.settings import Connection

LIMIT_S: Final = 0.4  # where nothing comes, and the limit has to show
AMPLE_S: Final = 10.0  # where something comes, however busy the machine is
PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1
# HPACK (RFC 7541): indexed ":status 200" and ":status 404", and a content type as a literal.
OK_STATUS, NOT_FOUND_STATUS = b"\x88", b"\x8d"


def literal(name: bytes, value: bytes) -> bytes:
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


GRPC_HEAD: Final = OK_STATUS + literal(b"content-type", b"application/grpc")
MESSAGE: Final = pb.ImageGenerationResponse(generatedImages=[b"picture"]).SerializeToString()

Peer = "Callable[[Http2], None]"


class Http2:
    """The server's end of one connection, after the request has arrived."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.stream = 0

    def exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            data = self.connection.recv(size - len(found))
            if not data:
                raise ConnectionError
            found += data
        return found

    def send(self, kind: int, flags: int = 0, payload: bytes = b"", stream: int | None = None) -> None:
        stream = self.stream if stream is None else stream
        header = struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream)
        self.connection.sendall(header + payload)

    def until_request(self) -> bool:
        """Take part until a call has come as a whole; tell whether one did."""
        if self.exactly(len(PREFACE)) != PREFACE:
            return False
        self.send(SETTINGS, stream=0)
        while True:
            kind, flags, stream, payload = self.frame()
            if kind == SETTINGS and not flags & ACK:
                self.send(SETTINGS, ACK, stream=0)
            elif kind == PING and not flags & ACK:
                self.send(PING, ACK, payload, 0)
            elif kind == HEADERS:
                self.stream = stream
            if kind in {HEADERS, DATA} and flags & END_STREAM:
                return True

    def frame(self) -> tuple[int, int, int, bytes]:
        header = self.exactly(9)
        return header[3], header[4], int.from_bytes(header[5:], "big"), self.exactly(int.from_bytes(header[:3], "big"))

    def answer(self, data: bytes = MESSAGE, *, flag: int = 0, size: int | None = None) -> None:
        """Send headers and a message, or a part of one."""
        self.send(HEADERS, END_HEADERS, GRPC_HEAD)
        self.send(DATA, 0, bytes([flag]) + struct.pack(">I", len(data) if size is None else size) + data)

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def wait_for_the_end(self) -> None:
        with contextlib.suppress(OSError):
            while self.connection.recv(4096):
                pass


@pytest.fixture
def peer() -> Iterator[Callable[..., str]]:
    """Start a server that does with each connection what a function does, each in a thread; give its address."""
    with contextlib.ExitStack() as stack:

        def begin(behave: Callable[[socket.socket], None]) -> str:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def serve(connection: socket.socket) -> None:
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(10)
                    behave(connection)

            def accept() -> None:
                with contextlib.suppress(OSError):
                    while True:
                        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

            thread = threading.Thread(target=accept, daemon=True)
            thread.start()
            stack.callback(thread.join, 5)
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
            return f"127.0.0.1:{listener.getsockname()[1]}"

        yield begin


@pytest.fixture(params=["blocking", "awaiting"])
def ask(request: pytest.FixtureRequest, connection: Callable[..., Connection]) -> Callable[..., ServerError]:
    """Call a server and return the one error that comes of it, in time."""

    def blocking(about: Connection, call: str) -> None:
        with contextlib.closing(Wire(about)) as wire:
            if call == "Echo":
                wire.echo()
            else:
                list(wire.generate(pb.ImageGenerationRequest()))

    async def awaiting(about: Connection, call: str) -> None:
        async with contextlib.aclosing(AsyncWire(about)) as wire:
            if call == "Echo":
                await wire.echo()
            else:
                _ = [message async for message in wire.generate(pb.ImageGenerationRequest())]

    def run(server: str, call: str, limit_s: float = AMPLE_S) -> ServerError:
        about = connection(server, timeouts=Timeouts(limit_s, limit_s, limit_s), retry=Retry(tries=1))
        started_s = time.monotonic()
        with pytest.raises(ServerError) as caught:
            blocking(about, call) if request.param == "blocking" else asyncio.run(awaiting(about, call))
        # The look and the call have a limit each.
        assert time.monotonic() - started_s < 2 * limit_s + AMPLE_S
        assert caught.value.hint
        assert caught.value.address == server
        assert about.tls.known_servers is not None
        assert not about.tls.known_servers.exists()
        return caught.value

    return run


CALLS = pytest.mark.parametrize("call", ["Echo", "GenerateImage"])


# ------------------------------------------------------------------------------------- no gRPC server at all


def say(words: bytes) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(words)
        connection.shutdown(socket.SHUT_WR)
        Http2(connection).wait_for_the_end()

    return behave


def trickle(connection: socket.socket) -> None:
    for byte in bytes.fromhex("000006040000000000"):
        connection.sendall(bytes([byte]))
        threading.Event().wait(0.25)


STRANGERS: Final = {
    "HTTP/1.1": (say(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), Rejected, "it speaks HTTP/1"),
    "SSH": (say(b"SSH-2.0-OpenSSH_9.6\r\n"), Rejected, "its answer is not HTTP/2"),
    "silence": (lambda one: Http2(one).wait_for_the_end(), TimedOut, "took the connection but said nothing"),
    "trickle": (trickle, TimedOut, "began to answer but did not get to the end|said nothing within"),
    "close": (lambda one: one.close(), Unreachable, "closes them at once"),
    # It may come so early that there was no connection yet.
    "reset": (lambda one: Http2(one).reset(), Unreachable, "closes them at once|connection reset by peer"),
}


@CALLS
@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger(ask: Any, peer: Any, name: str, call: str):
    behave, kind, words = STRANGERS[name]
    error = ask(peer(behave), call, LIMIT_S if kind is TimedOut else AMPLE_S)
    assert type(error) is kind
    assert error.args
    assert any(word in str(error) for word in words.split("|")), str(error)


def encrypted(issued: Any, folder: Path, alpn: list[str], then: Callable[[Any], None]) -> Callable[..., None]:
    (folder / "pem").write_bytes(issued.key_pem + issued.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pem")
    if alpn:
        context.set_alpn_protocols(alpn)

    def behave(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            then(wrapped)

    return behave


@CALLS
def test_a_web_server_with_tls(ask: Any, peer: Any, stranger: Any, tmp_path: Path, call: str):
    web = encrypted(stranger, tmp_path, ["http/1.1"], say(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    error = ask(peer(web), call)
    assert type(error) is Rejected
    assert "speaks TLS but not HTTP/2" in str(error)


@CALLS
@pytest.mark.parametrize("words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"\xff" * 64])
def test_something_else_behind_a_good_handshake(  # noqa: PLR0917 - fixtures
    ask: Any, peer: Any, stranger: Any, tmp_path: Path, call: str, words: bytes
):
    error = ask(peer(encrypted(stranger, tmp_path, ["h2"], say(words))), call)
    assert isinstance(error, Unreachable | ServerCrashed | Rejected)
    assert not isinstance(error, TlsMismatch)


@CALLS
def test_silence_behind_a_good_handshake(ask: Any, peer: Any, stranger: Any, tmp_path: Path, call: str):
    def nothing(connection: Any) -> None:
        Http2(connection).wait_for_the_end()

    error = ask(peer(encrypted(stranger, tmp_path, ["h2"], nothing)), call, LIMIT_S)
    assert isinstance(error, TimedOut | Unreachable)


# ------------------------------------------------------------------------- HTTP/2 that goes wrong at the request


def drip(one: Http2) -> None:
    """Begin a message and never end it, with bytes all along."""
    one.answer(b"", size=1000)
    with contextlib.suppress(OSError):
        while True:
            one.send(DATA, 0, b"x")
            threading.Event().wait(0.05)


def garbage(one: Http2) -> None:
    one.connection.sendall(b"\xff\x00garbage" * 40)
    one.wait_for_the_end()


def goaway(code: int, last: int = 0) -> Callable[[Http2], None]:
    def behave(one: Http2) -> None:
        one.send(GOAWAY, 0, struct.pack(">II", last, code) + b"too_many_pings", 0)

    return behave


def rst_stream(code: int) -> Callable[[Http2], None]:
    def behave(one: Http2) -> None:
        one.send(RST_STREAM, 0, struct.pack(">I", code))
        one.wait_for_the_end()

    return behave


def head(block: bytes, *, ends: bool) -> Callable[[Http2], None]:
    def behave(one: Http2) -> None:
        one.send(HEADERS, END_HEADERS | (END_STREAM if ends else 0), block)
        if not ends:
            one.send(DATA, END_STREAM, b"<html>")
        one.wait_for_the_end()

    return behave


def cut(one: Http2) -> None:
    """End the stream in the middle of a message."""
    one.answer(MESSAGE[:3], size=len(MESSAGE))
    one.send(DATA, END_STREAM)
    one.wait_for_the_end()


def packed(one: Http2) -> None:
    """Send a message that claims to be compressed, without having said how."""
    one.answer(flag=1)
    one.wait_for_the_end()


BROKEN: Final = {
    "silence": (Http2.wait_for_the_end, {TimedOut}),
    "close": (lambda one: one.connection.close(), {ServerCrashed}),
    "reset": (Http2.reset, {ServerCrashed}),
    "garbage": (garbage, {ServerCrashed}),
    "goaway": (goaway(0), {ServerCrashed}),
    "enhance your calm": (goaway(11), {ServerCrashed}),
    "internal error": (rst_stream(2), {ServerCrashed}),
    "refused stream": (rst_stream(7), {ServerCrashed}),
    "not found": (head(NOT_FOUND_STATUS + literal(b"content-type", b"text/html"), ends=False), {Rejected}),
    "a web page": (head(OK_STATUS + literal(b"content-type", b"text/html"), ends=False), {Rejected, ServerCrashed}),
    "an end without a status": (head(GRPC_HEAD, ends=True), {ServerCrashed}),
    "half a message": (cut, {ServerCrashed}),
    "packed": (packed, {ServerCrashed, Rejected}),
    "drip": (drip, {TimedOut}),
}
MID_STREAM = ("silence", "close", "reset", "garbage", "goaway", "internal error")


def http2(then: Callable[[Http2], None]) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        one = Http2(connection)
        if one.until_request():
            then(one)

    return behave


@CALLS
@pytest.mark.parametrize("name", BROKEN)
def test_a_server_that_breaks_at_the_request(ask: Any, peer: Any, name: str, call: str):
    behave, kinds = BROKEN[name]
    assert type(ask(peer(http2(behave)), call, LIMIT_S if TimedOut in kinds else AMPLE_S)) in kinds


@pytest.fixture(params=["blocking", "awaiting"])
def stream(request: pytest.FixtureRequest, connection: Callable[..., Connection]) -> Callable[..., Any]:
    """Read a generation; return what came, and the error at the end."""

    def blocking(about: Connection, note: Callable[[Any], None]) -> None:
        with contextlib.closing(Wire(about)) as wire:
            for message in wire.generate(pb.ImageGenerationRequest()):
                note(message)

    async def awaiting(about: Connection, note: Callable[[Any], None]) -> None:
        async with contextlib.aclosing(AsyncWire(about)) as wire:
            async for message in wire.generate(pb.ImageGenerationRequest()):
                note(message)

    def run(server: str, arrived: threading.Event, limit_s: float = AMPLE_S) -> tuple[list[Any], ServerError]:
        about = connection(server, timeouts=Timeouts(AMPLE_S, limit_s, limit_s), retry=Retry(tries=3, first_s=0.001))
        got: list[Any] = []

        def note(message: Any) -> None:
            got.append(message)
            arrived.set()

        with pytest.raises(ServerError) as caught:
            blocking(about, note) if request.param == "blocking" else asyncio.run(awaiting(about, note))
        return got, caught.value

    return run


@pytest.mark.parametrize("name", MID_STREAM)
def test_a_server_that_breaks_in_the_middle(stream: Any, peer: Any, name: str):
    requests: list[Http2] = []
    arrived = threading.Event()

    def behave(one: Http2) -> None:
        requests.append(one)
        one.answer()
        # What has not been read when a connection breaks is lost with it.
        arrived.wait(5)
        BROKEN[name][0](one)

    got, error = stream(peer(http2(behave)), arrived, 5 * LIMIT_S if name == "silence" else AMPLE_S)
    assert [message.generatedImages[0] for message in got] == [b"picture"]
    assert {type(error)} == BROKEN[name][1]
    assert len(requests) == 1


@pytest.mark.parametrize("name", ["close", "reset", "garbage", "goaway", "internal error"])
def test_a_request_that_breaks_the_server_is_sent_once(stream: Any, peer: Any, name: str):
    """Whatever is left of the server would be broken by it again."""
    requests: list[Http2] = []

    def behave(one: Http2) -> None:
        requests.append(one)
        BROKEN[name][0](one)

    got, error = stream(peer(http2(behave)), threading.Event())
    assert (got, type(error)) == ([], ServerCrashed)
    assert len(requests) == 1
