from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import grpc
import pytest

from barecalls import Raw, Serve, order, pictures
from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import BadValue, ServerError
from drawthings.server import run as module
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer, shared_embedded

if TYPE_CHECKING:
    from pathlib import Path


def test_it_says_first_that_it_is_no_diffusion_model(serve: Serve, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, "drawthings.server"):
        server, _ = serve(shared_secret="open sesame")  # noqa: S106 - it must not show up in the log
    # Servers of earlier tests may still be saying something.
    lines = [line for record in caplog.records if not (line := record.getMessage()).startswith("generation")]
    assert "no diffusion model" in lines[0]
    assert lines[1] == f"listening at {server.address}, plaintext, with a secret"
    assert "sesame" not in caplog.text
    assert "sesame" not in repr(server.options)


def test_a_port_is_chosen_or_given(serve: Serve):
    server, _ = serve()
    assert server.port > 0
    assert server.address == f"127.0.0.1:{server.port}"
    with pytest.raises(ServerError, match=r"cannot listen at 127\.0\.0\.1") as caught:
        serve(port=server.port)
    assert "another port" in caught.value.hint
    with pytest.raises(ServerError, match="cannot listen"):
        serve(address="203.0.113.7")


@pytest.mark.parametrize(
    ("listen", "reached"),
    [
        ("0.0.0.0", "127.0.0.1:"),  # noqa: S104 - the address is what is tested
        ("::1", "[::1]:"),
        ("[::1]", "[::1]:"),
        ("localhost", "localhost:"),
    ],
)
def test_the_address_is_one_that_a_client_here_can_use(serve: Serve, listen: str, reached: str):
    if "::1" in listen:
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
    server, raw = serve(address=listen)
    assert server.address.startswith(reached)
    raw.Hours(pb.HoursRequest(), timeout=10)


def test_tls_with_a_certificate_of_its_own(serve: Serve, tmp_path: Path):
    server, _ = serve(tls=True, certificate_folder=tmp_path, name="studio")
    assert b"BEGIN CERTIFICATE" in server.certificate
    raw = Raw(server.address, grpc.ssl_channel_credentials(server.certificate))
    assert raw.Echo(pb.EchoRequest(name="x"), timeout=10).message == "HELLO x"
    raw.channel.close()
    plain = Raw(server.address)
    with pytest.raises(grpc.RpcError):
        plain.Echo(pb.EchoRequest(), timeout=10)
    plain.channel.close()
    again, _ = serve(tls=True, certificate_folder=tmp_path, name="studio")
    assert again.certificate == server.certificate
    fresh, _ = serve(tls=True)
    assert fresh.certificate not in {b"", server.certificate}


def test_a_stopped_server_is_gone_and_stays_gone(serve: Serve):
    server, raw = serve()
    assert not server.wait(0)
    server.stop()
    server.stop()
    assert server.wait(0)
    with pytest.raises(grpc.RpcError) as caught:
        raw.Hours(pb.HoursRequest(), timeout=10)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    with pytest.raises(ServerError, match="started before"):
        server.start()


def test_stopping_ends_what_runs(serve: Serve):
    server, raw = serve(ms_per_step=60_000)
    call = raw.GenerateImage(order())
    next(call)
    server.stop()
    with pytest.raises(grpc.RpcError):
        list(call)


def test_a_grace_lets_calls_finish(serve: Serve):
    server, raw = serve()
    with server.intercept() as script:
        gate = script.pause(after_messages=1)
        call = raw.GenerateImage(order())
        assert gate.wait()
        gate.open()
        server.stop(grace_s=10)
    assert len(pictures(list(call))) == 1


def test_a_server_that_never_ran_can_be_stopped():
    server = EmbeddedServer()
    server.stop()
    assert server.certificate == b""
    for use in (lambda: server.received, lambda: server.identifier):
        with pytest.raises(ServerError, match="not been started"):
            use()


def test_a_missing_folder_is_told(tmp_path: Path):
    with pytest.raises(BadValue, match="no folder"):
        EmbeddedServer(ServerOptions(tls=False, models_dir=tmp_path / "nowhere")).start()


def test_each_start_has_its_own_number(serve: Serve):
    (one, raw), (two, _) = serve(), serve()
    assert one.identifier != two.identifier
    assert raw.Echo(pb.EchoRequest()).serverIdentifier == one.identifier


def test_requests_are_kept(serve: Serve):
    server, raw = serve(keep_requests=2)
    for name in "abc":
        raw.Echo(pb.EchoRequest(name=name))
    assert [entry.message.name for entry in server.received] == ["b", "c"]


def test_compressed_requests_are_not_understood(serve: Serve):
    _, raw = serve()
    with pytest.raises(grpc.RpcError) as caught:
        raw.Echo(pb.EchoRequest(name="x" * 1000), compression=grpc.Compression.Gzip, timeout=10)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_the_shared_server_is_one_and_speaks_plaintext(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_shared", {})
    server = shared_embedded()
    try:
        assert shared_embedded() is server
        raw = Raw(server.address)
        reply = raw.Echo(pb.EchoRequest(name="x"), timeout=10)
        assert reply.override.models
        raw.channel.close()
        # What a forked process finds is not its own.
        parents = {os.getpid() + 1: server}
        monkeypatch.setattr(module, "_shared", parents)
        other = shared_embedded()
        assert other is not server
        other.stop()
    finally:
        server.stop()


def test_a_program_that_uses_it_ends_by_itself():
    program = (
        "from drawthings.server.run import shared_embedded; import grpc\n"
        "server = shared_embedded(); print(server.address)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, timeout=15, capture_output=True, text=True)
    assert done.stdout.startswith("127.0.0.1:")
    assert done.stderr == ""
