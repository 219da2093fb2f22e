"""Servers that crash on purpose, and come back."""

from __future__ import annotations

import logging
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from barecalls import SLOW_MS, Raw, Serve, order, pictures
from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import ServerError, TlsMismatch

if TYPE_CHECKING:
    from drawthings.server.run import EmbeddedServer


def broken(call: Any) -> tuple[list[Any], grpc.RpcError]:
    seen: list[Any] = []
    with pytest.raises(grpc.RpcError) as caught:
        seen.extend(call)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE  # type: ignore[attr-defined]
    return seen, caught.value


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return False
    return True


def wait_until_back(server: EmbeddedServer, before: int) -> None:
    """Wait until it has another number than before the crash."""
    deadline_s = time.monotonic() + 10
    while server.identifier == before:
        assert time.monotonic() < deadline_s
        threading.Event().wait(0.01)


def test_a_crash_is_no_stop(serve: Serve):
    server, raw = serve(ms_per_step=SLOW_MS)
    call = raw.GenerateImage(order())
    next(call)
    server.crash()
    _, error = broken(call)
    # What a client learns of a process that dies: the connection is gone, and no server said so.
    assert "stopped" not in error.details()  # type: ignore[attr-defined]
    assert "Cancelling all calls" not in error.details()  # type: ignore[attr-defined]
    assert not is_listening(server.port)
    assert server.wait(0)
    assert server.crashes == 1
    server.crash()
    server.stop()
    assert server.crashes == 1
    assert server.received[0].method == "GenerateImage"


def test_stopping_says_so(serve: Serve):
    for reason, words in (("", "stopped by its owner"), ("SIGTERM", "stopped by SIGTERM")):
        server, raw = serve(ms_per_step=SLOW_MS)
        call = raw.GenerateImage(order())
        next(call)
        server.stop(reason=reason)
        _, error = broken(call)
        assert error.details() == words  # type: ignore[attr-defined]


@pytest.mark.parametrize("after", [0, 2])
def test_the_generation_after_so_many_takes_the_server_down(serve: Serve, after: int):
    server, raw = serve(crash_after=after)
    for _ in range(after):
        assert pictures(raw.generate(order(steps=4)))
    seen, _ = broken(raw.GenerateImage(order(steps=4)))
    assert not pictures(seen)
    assert server.wait(10)
    assert not is_listening(server.port)
    assert (server.generations, server.crashes) == (after, 1)


def test_it_comes_back_as_if_started_anew_and_forgets_nothing_of_the_test(
    serve: Serve, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "drawthings.server")
    server, raw = serve(crash_after=1, restart_ms=50)
    port, numbers = server.port, {server.identifier}
    server.faults.normal("Echo")
    for round_ in range(2):
        before = server.identifier
        assert pictures(raw.generate(order(steps=2)))
        broken(raw.GenerateImage(order(steps=2)))
        wait_until_back(server, before)
        numbers.add(server.identifier)
        raw.channel.close()
        raw = Raw(server.address)
        assert server.crashes == round_ + 1
    assert server.port == port
    assert not server.wait(0)
    assert raw.Echo(pb.EchoRequest(), timeout=10).serverIdentifier == server.identifier
    assert len(numbers) == 3
    assert server.faults.unused == ()
    assert [entry.method for entry in server.received] == ["GenerateImage"] * 4 + ["Echo"]
    # A process that starts has no model loaded.
    assert (server.generations, server.model_switches, server.most_at_once) == (2, 2, 1)
    assert "back in 50 ms" in caplog.text
    assert f"back after the crash, at {server.address}" in caplog.text
    raw.channel.close()


def test_one_that_is_stopped_while_it_is_down_stays_down(serve: Serve):
    server, _ = serve(restart_ms=60_000)
    server.crash()
    assert not server.wait(0)
    server.stop()
    assert server.wait(0)
    assert not is_listening(server.port)
    assert server._returning is not None
    server._returning.join(5)
    server._return(type("Gone", (), {"wait": lambda *_: True})())  # a timer that came too late
    assert not is_listening(server.port)


def test_one_that_cannot_come_back_says_so(serve: Serve, caplog: pytest.LogCaptureFixture):
    server, _ = serve(restart_ms=60_000)
    server.crash()
    with socket.create_server(("127.0.0.1", server.port)):
        server._return(type("Gone", (), {"wait": lambda *_: True})())
    assert "cannot come back after the crash" in caplog.text
    assert server.wait(0)
    server.stop()


def test_tls_survives_a_crash_with_the_same_certificate(serve: Serve):
    server, raw = serve(tls=True, restart_ms=10)
    raw.channel.close()
    credentials = grpc.ssl_channel_credentials(server.certificate)
    before = server.identifier
    server.crash()
    wait_until_back(server, before)
    raw = Raw(server.address, credentials)
    assert raw.Hours(pb.HoursRequest(), timeout=10) == pb.HoursResponse()
    raw.channel.close()


def test_the_certificate_that_is_kept_changes_only_when_a_server_has_started(serve: Serve, tmp_path: Any):
    def run(**options: Any) -> EmbeddedServer:
        return serve(tls=True, certificate_folder=tmp_path, **options)[0]

    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(ServerError, match="cannot listen"):
            run(port=taken.getsockname()[1])
        assert list(tmp_path.iterdir()) == []
        first = run(name="studio")
        assert (tmp_path / "server.crt").read_bytes() == first.certificate
        # Another name is no reason to frighten those who know the certificate.
        assert run(name="den").certificate == first.certificate
        (tmp_path / "server.crt").write_bytes(b"broken")
        with pytest.raises(ServerError, match="cannot listen"):
            run(port=taken.getsockname()[1])
        assert (tmp_path / "server.crt").read_bytes() == b"broken"
        assert run().certificate == (tmp_path / "server.crt").read_bytes() != first.certificate
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(TlsMismatch, match="cannot be kept") as caught:
        serve(tls=True, certificate_folder=file / "folder")
    assert "--no-tls" in caught.value.hint
