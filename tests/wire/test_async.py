"""The calls of the service. The synchronous form is generated from this by ``scripts/unasync.py``."""

from __future__ import annotations

import dataclasses
import logging
import threading
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import (
    BadAddress,
    BadValue,
    Cancelled,
    CertificateChanged,
    Exhausted,
    Rejected,
    SecretRequired,
    ServerCrashed,
    TimedOut,
    TlsDowngraded,
    Unreachable,
)
from drawthings.settings import Connection, Retry, Secret, Timeouts
from drawthings.wire import probe
from drawthings.wire._async import AsyncWire
from drawthings.wire.known import KnownServers
from drawthings.wire.tls import secure
from patience import parted_async

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

OK = pb.ImageGenerationResponse(generatedImages=[b"picture"])
FAST = Retry(tries=3, first_s=0.001)


@pytest.fixture
async def wire(connection: Callable[..., Connection]) -> AsyncIterator[Callable[..., AsyncWire]]:
    opened: list[AsyncWire] = []

    def wire(server: Any, **changes: Any) -> AsyncWire:
        opened.append(AsyncWire(connection(server, **changes)))
        return opened[-1]

    yield wire
    for one in opened:
        await one.aclose()


async def read(messages: Any, into: list[Any] | None = None) -> list[Any]:
    got: list[Any] = [] if into is None else into
    async for message in messages:
        got += [message]
    return got


def abort(code: grpc.StatusCode, details: str = "because") -> Callable[..., Any]:
    def answer(_: Any, context: grpc.ServicerContext) -> Any:
        context.abort(code, details)

    return answer


def failing(times: int, code: grpc.StatusCode, then: Any) -> Callable[..., Any]:
    """Fail some times, then answer."""
    left = iter([code] * times)

    def answer(_: Any, context: grpc.ServicerContext) -> Any:
        if now := next(left, None):
            context.abort(now, "because")
        return then

    return answer


# ------------------------------------------------------------------------------------------------ single questions


async def test_the_questions_and_their_answers(fake: Any, wire: Callable[..., AsyncWire]):
    one = wire(fake)
    assert (await one.echo()).message == "HELLO drawthings"
    assert (await one.echo("me")).message == "HELLO me"
    assert list((await one.files_exist(["a", "b"], ["b"])).existences) == [True, True]
    assert (await one.hours()).thresholds.plus == 2
    assert (await one.pubkey("me")).pubkey == "key"
    [files] = fake.calls(pb.FileListRequest)
    assert (list(files.files), list(files.filesWithHash)) == (["a", "b"], ["b"])
    assert fake.metadata[0]["user-agent"].startswith("drawthings/")
    assert not any(request.HasField("sharedSecret") for request in fake.received)


async def test_the_secret_goes_with_what_wants_it(
    fake: Any, wire: Callable[..., AsyncWire], caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    one = wire(fake, secret=Secret("hunter2"))
    request = pb.ImageGenerationRequest(prompt="a fox", sharedSecret="older")
    await one.echo()
    await one.files_exist(["a"])
    await read(one.generate(request))
    assert [got.sharedSecret for got in fake.received] == ["hunter2"] * 3
    assert fake.received[-1].prompt == "a fox"
    assert request.sharedSecret == "older"
    assert "hunter2" not in caplog.text + repr(one) + str(vars(one))


async def test_a_greeting_that_refuses_the_secret_is_no_error(fake: Any, wire: Callable[..., AsyncWire]):
    fake.echo = lambda *_: pb.EchoReply(sharedSecretMissing=True)
    assert (await wire(fake).echo()).sharedSecretMissing


async def test_a_late_answer_is_told(fake: Any, wire: Callable[..., AsyncWire]):
    over = threading.Event()
    fake.echo = fake.files = lambda *_: over.wait(10) and pb.EchoReply()
    one = wire(fake, timeouts=Timeouts(5, 0.2, 0.2), retry=FAST)
    with pytest.raises(TimedOut, match=r"did not answer Echo within 0\.2 s"):
        await one.echo()
    with pytest.raises(TimedOut, match=r"did not answer FilesExist within 0\.2 s"):
        await one.files_exist(["a"])
    assert len(fake.received) == 2
    over.set()


async def test_hashes_may_take_as_long_as_silence_may(fake: Any, wire: Callable[..., AsyncWire]):
    limits: list[float] = []

    def files(_: Any, context: grpc.ServicerContext) -> Any:
        limits.append(context.time_remaining() or 0)
        return pb.FileExistenceResponse()

    fake.files = files
    one = wire(fake, timeouts=Timeouts(5, 5, 500))
    await one.files_exist(["a"])
    await one.files_exist(["a"], ["a"])
    assert limits[0] < 10
    assert 400 < limits[1] < 510


async def test_an_answer_that_is_none_is_told(fake: Any, wire: Callable[..., AsyncWire]):
    fake.echo = lambda *_: b"\xff\xff\xff"
    with pytest.raises(Rejected, match="to Echo cannot be read"):
        await wire(fake, retry=FAST).echo()
    assert len(fake.received) == 1


# ------------------------------------------------------------------------------------------------------- streams


async def test_messages_of_any_size_come_in_order(fake: Any, wire: Callable[..., AsyncWire]):
    sizes = [0, 1, 4 << 20, 5 << 20]
    fake.generate = lambda *_: iter([pb.ImageGenerationResponse(generatedImages=[bytes(size)]) for size in sizes])
    got = [len(message.generatedImages[0]) async for message in wire(fake).generate(pb.ImageGenerationRequest())]
    assert got == sizes


async def test_requests_may_be_large(fake: Any, wire: Callable[..., AsyncWire]):
    request = pb.ImageGenerationRequest(contents=[bytes(6 << 20)])
    assert await read(wire(fake).generate(request)) == [OK]
    assert fake.received[0] == request


async def test_a_request_that_cannot_be_sent_is_told(fake: Any, wire: Callable[..., AsyncWire]):
    class Huge:
        contents = (b"a picture",)

        def SerializeToString(self) -> bytes:  # noqa: N802 - the name is protobuf's
            raise ValueError("exceeds maximum protobuf size of 2GB")

    with pytest.raises(BadValue, match="too large to be sent"):
        await read(wire(fake).generate(Huge()))
    assert not fake.received


async def test_closing_the_iterator_cancels_on_the_server(fake: Any, wire: Callable[..., AsyncWire]):
    over = threading.Event()

    def generate(*_: Any) -> Any:
        yield OK
        over.wait(10)

    fake.generate = generate
    async with aclosing(wire(fake).generate(pb.ImageGenerationRequest())) as messages:
        async for message in messages:
            assert message == OK
            break
    assert fake.cancelled.wait(5)
    over.set()


async def test_silence_is_told_and_cancels_on_the_server(fake: Any, wire: Callable[..., AsyncWire]):
    over = threading.Event()

    def generate(*_: Any) -> Any:
        yield OK
        over.wait(10)

    fake.generate = generate
    got: list[Any] = []
    one = wire(fake, timeouts=Timeouts(5, 5, 0.2), retry=FAST)
    with pytest.raises(TimedOut, match=r"said nothing for 0\.2 s during GenerateImage"):
        await read(one.generate(pb.ImageGenerationRequest()), got)
    assert got == [OK]
    assert fake.cancelled.wait(5)
    assert len(fake.received) == 1
    over.set()


async def test_without_a_limit_silence_may_last(fake: Any, wire: Callable[..., AsyncWire]):
    one = wire(fake, timeouts=Timeouts(5, 5, None))
    assert await read(one.generate(pb.ImageGenerationRequest())) == [OK]


async def test_a_message_that_is_none_is_told(fake: Any, wire: Callable[..., AsyncWire]):
    fake.generate = lambda *_: iter([OK, b"\xff\xff\xff"])
    got: list[Any] = []
    with pytest.raises(ServerCrashed, match="to GenerateImage cannot be read"):
        await read(wire(fake, retry=FAST).generate(pb.ImageGenerationRequest()), got)
    assert got == [OK]


# ------------------------------------------------------------------------------------------------- trying again


async def test_what_may_succeed_later_is_asked_again(fake: Any, wire: Callable[..., AsyncWire]):
    for code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED):
        fake.echo = failing(2, code, pb.EchoReply(message="HELLO"))
        assert (await wire(fake, retry=FAST).echo()).message == "HELLO"
    fake.generate = failing(2, grpc.StatusCode.RESOURCE_EXHAUSTED, iter([OK]))
    assert await read(wire(fake, retry=FAST).generate(pb.ImageGenerationRequest())) == [OK]


@pytest.mark.parametrize("connected", [True, False])
async def test_a_generation_that_may_have_arrived_is_not_sent_again(
    fake: Any, wire: Callable[..., AsyncWire], connected: bool
):
    """It would take the server down as often as it gets up."""
    fake.generate = abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")
    one = wire(fake, retry=FAST)
    if connected:
        await one.hours()
    with pytest.raises(ServerCrashed, match="broke on GenerateImage: Socket closed"):
        await read(one.generate(pb.ImageGenerationRequest()))
    assert len(fake.calls(pb.ImageGenerationRequest)) == 1


async def test_a_generation_that_found_no_connection_is_sent_again(
    fake: Any, serve: Callable[..., Any], wire: Callable[..., AsyncWire], monkeypatch: pytest.MonkeyPatch
):
    one = wire(fake, retry=FAST)
    await one.hours()
    fake.stop()
    await parted_async(one._channel)
    again: list[Any] = []

    def come_back(*given: Any) -> Any:
        again.append(serve(port=fake.port))
        return secure(*given)

    monkeypatch.setattr("drawthings.wire._async.secure", come_back)
    assert await read(one.generate(pb.ImageGenerationRequest())) == [OK]
    assert len(again[0].received) == 1
    assert not fake.calls(pb.ImageGenerationRequest)


async def test_tries_come_to_an_end(fake: Any, wire: Callable[..., AsyncWire]):
    fake.echo = fake.generate = abort(grpc.StatusCode.RESOURCE_EXHAUSTED)
    with pytest.raises(Exhausted, match="because"):
        await wire(fake, retry=FAST).echo()
    with pytest.raises(Exhausted, match="because"):
        await read(wire(fake, retry=FAST).generate(pb.ImageGenerationRequest()))
    assert len(fake.received) == 6


async def test_what_the_server_thought_about_is_not_asked_again(fake: Any, wire: Callable[..., AsyncWire]):
    fake.echo = fake.generate = abort(grpc.StatusCode.INVALID_ARGUMENT)
    with pytest.raises(Rejected, match="refused Echo: because"):
        await wire(fake, retry=FAST).echo()
    fake.generate = abort(grpc.StatusCode.INTERNAL)
    with pytest.raises(ServerCrashed, match="broke on GenerateImage: because"):
        await read(wire(fake, retry=FAST).generate(pb.ImageGenerationRequest()))
    assert len(fake.received) == 2


async def test_a_generation_that_has_begun_is_not_asked_for_again(fake: Any, wire: Callable[..., AsyncWire]):
    def generate(_: Any, context: grpc.ServicerContext) -> Any:
        yield pb.ImageGenerationResponse()
        context.abort(grpc.StatusCode.UNAVAILABLE, "going down")

    fake.generate = generate
    with pytest.raises(ServerCrashed, match="in the middle of its answer to GenerateImage: going down"):
        await read(wire(fake, retry=FAST).generate(pb.ImageGenerationRequest()))
    assert len(fake.received) == 1


# --------------------------------------------------------------------------------------------------- wrong secrets


@pytest.mark.parametrize("secret", [None, Secret("wrong")])
async def test_the_greeting_tells_that_the_secret_is_wrong(fake: Any, wire: Callable[..., AsyncWire], secret: Any):
    fake.echo = lambda *_: pb.EchoReply(sharedSecretMissing=True)
    fake.generate = fake.files = abort(grpc.StatusCode.INTERNAL, "unknown error processing request")
    one = wire(fake, secret=secret, retry=FAST)
    with pytest.raises(SecretRequired, match="GenerateImage: the shared secret is") as caught:
        await read(one.generate(pb.ImageGenerationRequest()))
    assert "DRAWTHINGS_SECRET" in caught.value.hint
    with pytest.raises(SecretRequired, match="FilesExist: the shared secret is"):
        await one.files_exist(["a"])
    assert "wrong" not in str(caught.value)


async def test_the_greeting_tells_that_the_secret_is_right(fake: Any, wire: Callable[..., AsyncWire]):
    fake.generate = abort(grpc.StatusCode.INTERNAL, "unknown error processing request")
    with pytest.raises(Rejected, match="gave no reason"):
        await read(wire(fake, secret=Secret("right")).generate(pb.ImageGenerationRequest()))


@pytest.mark.parametrize("echo", [abort(grpc.StatusCode.UNIMPLEMENTED), lambda *_: b"\xff\xff"])
async def test_without_a_greeting_a_secret_is_probably_wrong(
    fake: Any, wire: Callable[..., AsyncWire], echo: Callable[..., Any]
):
    fake.echo = echo
    fake.generate = abort(grpc.StatusCode.INTERNAL, "unknown error processing request")
    with pytest.raises(SecretRequired, match="probably not the one"):
        await read(wire(fake, secret=Secret("wrong")).generate(pb.ImageGenerationRequest()))
    with pytest.raises(Rejected, match="gave no reason"):
        await read(wire(fake).generate(pb.ImageGenerationRequest()))


# -------------------------------------------------------------------------------------------------- the connection


@pytest.mark.parametrize(("server", "message"), [("embedded", "before it is started"), ("http://gpu", "web address")])
def test_an_address_that_cannot_be_used_is_told_at_once(
    connection: Callable[..., Connection], server: str, message: str
):
    with pytest.raises(BadAddress, match=message):
        AsyncWire(connection(server))


async def test_nobody_there(free_port: int, wire: Callable[..., AsyncWire]):
    one = wire(f"127.0.0.1:{free_port}", retry=FAST)
    with pytest.raises(Unreachable, match="connection refused"):
        await one.echo()
    with pytest.raises(Unreachable, match="connection refused"):
        await read(one.generate(pb.ImageGenerationRequest()))


async def test_a_name_service_that_hangs_is_left_behind(
    wire: Callable[..., AsyncWire], monkeypatch: pytest.MonkeyPatch
):
    over = threading.Event()
    monkeypatch.setattr(probe.socket, "getaddrinfo", lambda *_, **__: over.wait(10) and [])
    monkeypatch.setattr("drawthings.wire._async.SLACK_S", 0.05)
    with pytest.raises(Unreachable, match=r"The name gpu was not looked up within 0\.05 s") as caught:
        await wire("gpu", timeouts=Timeouts(0.05), retry=FAST).echo()
    over.set()
    assert caught.value.waited


async def test_a_server_that_comes_back_is_found_again(
    fake: Any, serve: Callable[..., Any], wire: Callable[..., AsyncWire]
):
    one = wire(fake, retry=FAST)
    await one.echo()
    fake.stop()
    with pytest.raises(Unreachable):
        await one.echo()
    assert one._channel is None
    again = serve(port=fake.port)
    assert (await one.echo()).message == "HELLO drawthings"
    assert len(again.received) == 1


async def test_a_server_that_starts_to_speak_tls_is_followed(
    fake: Any, serve: Callable[..., Any], stranger: Any, wire: Callable[..., AsyncWire]
):
    one = wire(fake, retry=FAST)
    await one.echo()
    fake.stop()
    serve(stranger, port=fake.port)
    assert (await one.echo()).message == "HELLO drawthings"


async def test_another_certificate_under_way_is_refused(
    serve: Callable[..., Any], stranger: Any, issue: Callable[..., Any], wire: Callable[..., AsyncWire]
):
    fake = serve(stranger)
    one = wire(fake, retry=FAST)
    await one.echo()
    fake.stop()
    other = serve(issue(), port=fake.port)
    with pytest.raises(CertificateChanged, match="has changed"):
        await one.echo()
    other.stop()
    serve(port=fake.port)
    with pytest.raises(TlsDowngraded, match="nothing was sent"):
        await read(one.generate(pb.ImageGenerationRequest()))


async def test_a_certificate_is_remembered_when_its_server_has_answered(
    serve: Callable[..., Any], stranger: Any, wire: Callable[..., AsyncWire], caplog: pytest.LogCaptureFixture
):
    fake = serve(stranger)
    fake.echo = fake.generate = abort(grpc.StatusCode.UNIMPLEMENTED)
    one = wire(fake)
    known = KnownServers(one.connection.tls.known_servers)
    with pytest.raises(Rejected):
        await one.echo()
    with pytest.raises(Rejected):
        await read(one.generate(pb.ImageGenerationRequest()))
    fake.echo = lambda *_: b"\xff\xff\xff"
    with pytest.raises(Rejected):
        await one.echo()
    assert not known.path.exists()
    assert "First contact" not in caplog.text
    fake.generate = lambda *_: iter([OK, OK])
    assert len(await read(one.generate(pb.ImageGenerationRequest()))) == 2
    assert known.get(fake.address).fingerprint == stranger.fingerprint
    await one.hours()
    assert caplog.text.count("accepted and remembered") == 1


async def test_a_stranger_that_answers_no_call_leaves_no_trace(
    serve: Callable[..., Any], stranger: Any, issue: Callable[..., Any], wire: Callable[..., AsyncWire]
):
    fake = serve(issue())
    fake.echo = abort(grpc.StatusCode.UNIMPLEMENTED)
    one = wire(fake)
    with pytest.raises(Rejected):
        await one.echo()
    fake.stop()
    serve(stranger, port=fake.port)
    assert (await wire(fake).echo()).message == "HELLO drawthings"


async def test_tls_end_to_end(
    serve: Callable[..., Any], issue: Callable[..., Any], root: Any, wire: Callable[..., AsyncWire], tmp_path: Any
):
    (tmp_path / "ca.pem").write_bytes(root.pem)
    for names in (
        {"ips": ()},
        {"dns": ()},
        {"dns": (), "ips": (), "common_name": "My Mac"},
        {"dns": ("*.a.b",), "ips": ()},
    ):
        fake = serve(issue(**names, by=root))
        pinning = wire(fake)
        assert await read(pinning.generate(pb.ImageGenerationRequest())) == [OK]
        tls = dataclasses.replace(pinning.connection.tls, ca_file=tmp_path / "ca.pem")
        assert await read(wire(fake, tls=tls).generate(pb.ImageGenerationRequest())) == [OK]


@pytest.fixture
def system_root(root: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the system trust the test authority."""
    (tmp_path / "root.pem").write_bytes(root.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
    return root


async def test_the_systems_trust_end_to_end(
    serve: Callable[..., Any], issue: Callable[..., Any], system_root: Any, wire: Callable[..., AsyncWire]
):
    fake = serve(issue(by=system_root))
    for server in (f"localhost:{fake.port}", f"grpcs://127.0.0.1:{fake.port}"):
        assert (await wire(server).echo()).message == "HELLO drawthings"


async def test_a_closed_connection_stays_closed(fake: Any, wire: Callable[..., AsyncWire]):
    one = wire(fake)
    await one.echo()
    await one.aclose()
    await one.aclose()
    with pytest.raises(Cancelled, match="was closed"):
        await one.echo()
    with pytest.raises(Cancelled, match="was closed"):
        await read(one.generate(pb.ImageGenerationRequest()))


async def test_closing_cancels_what_is_under_way(fake: Any, wire: Callable[..., AsyncWire]):
    over = threading.Event()

    def generate(*_: Any) -> Any:
        yield OK
        over.wait(10)

    fake.generate = generate
    one = wire(fake)
    messages = one.generate(pb.ImageGenerationRequest())
    assert await anext(messages) == OK
    await one.aclose()
    with pytest.raises(Cancelled):
        await anext(messages)
    assert fake.cancelled.wait(5)
    over.set()
