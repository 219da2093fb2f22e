"""``server status``, ``server trust``, and ``server run`` as a process of its own."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc
import pytest

from barecalls import Raw, order, pictures
from drawthings._generated import imageService_pb2 as pb
from drawthings.cli.connection import watch
from drawthings.cli.main import main
from drawthings.errors import ServerCrashed
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from drawthings.settings import Connection, Retry, Tls
from drawthings.wire._sync import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_status(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["server", "status", address]) == 0
    shown = capsys.readouterr().out
    assert "HELLO drawthings" in shown
    assert "on" in shown


def test_status_as_json(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["server", "status", "--server", address, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["server"] == address
    assert told["model browser"] == "on"
    assert told["models"] > 30


def test_status_names_a_wrong_secret(capsys: pytest.CaptureFixture[str]) -> None:
    with EmbeddedServer(ServerOptions(tls=False, shared_secret="hush")) as server:  # noqa: S106 - a test's secret
        assert main(["server", "status", server.address]) == 1
    shown = capsys.readouterr()
    assert "wanted" in shown.out
    assert "unknown" in shown.out
    assert "DRAWTHINGS_SECRET" in shown.err


def test_limits(plain_server: EmbeddedServer, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["server", "limits", address]) == 0
    assert capsys.readouterr().out == "The server sets no limits.\n"
    told = pb.ComputeUnitThreshold(community=10.5, plus=40, expireAt=1_900_000_000)
    with plain_server.intercept() as script:
        for _ in range(2):
            script.queue("Hours", lambda _: iter([pb.HoursResponse(thresholds=told)]))
        assert main(["server", "limits", address]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split() for line in lines] == [
            ["community:", "10.5"],
            ["plus:", "40.0"],
            ["until:", "2030-03-17T17:46:40+00:00"],
        ]
        assert main(["server", "limits", "--server", address, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["plus"] == 40


def test_key(plain_server: EmbeddedServer, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["server", "key", address]) == 0
    assert capsys.readouterr().out == "The server signs nothing.\n"
    with plain_server.intercept() as script:
        for _ in range(2):
            script.queue("Pubkey", lambda _: iter([pb.PubkeyResponse(pubkey="KEY")]))
        assert main(["server", "key", address]) == 0
        assert main(["server", "key", address, "--json"]) == 0
    assert capsys.readouterr().out == 'KEY\n{"key": "KEY"}\n'


def test_a_changed_certificate_is_refused_until_trusted(capsys: pytest.CaptureFixture[str]) -> None:
    with EmbeddedServer(ServerOptions()) as server:
        assert main(["server", "status", server.address]) == 0
        assert "SHA256" in capsys.readouterr().err
        port = server.port
    with EmbeddedServer(ServerOptions(port=port)) as server:
        assert main(["server", "status", server.address]) == 3
        assert f"drawthings server trust {server.address}" in capsys.readouterr().err
        assert main(["server", "trust", server.address]) == 0
        assert "SHA256" in capsys.readouterr().out
        assert main(["server", "status", server.address]) == 0
        port = server.port
    with EmbeddedServer(ServerOptions(port=port, tls=False)) as server:
        assert main(["server", "status", server.address]) == 3
        assert main(["server", "trust", server.address]) == 0
        assert "plaintext" in capsys.readouterr().out
        assert main(["server", "status", server.address]) == 0


def test_trust_says_what_there_was_to_forget(capsys: pytest.CaptureFixture[str]) -> None:
    with EmbeddedServer(ServerOptions(tls=False)) as server:
        assert main(["server", "trust", server.address]) == 0
    told = capsys.readouterr().out
    assert "there is no certificate to trust, and none was known" in told
    assert "forgotten" not in told


def test_the_embedded_server_needs_no_trust(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: pytest.fail("a name was looked up"))
    assert main(["server", "trust", "embedded"]) == 0
    assert "needs no trust" in capsys.readouterr().out


@pytest.mark.parametrize("debug", [False, True])
def test_the_embedded_servers_own_lines_are_for_whoever_runs_one(
    capsys: pytest.CaptureFixture[str], debug: bool
) -> None:
    watch(debug=debug)
    logging.getLogger("drawthings.wire").warning("about the connection")
    logging.getLogger("drawthings.server").warning("about the server")
    shown = capsys.readouterr().err
    assert "about the connection" in shown
    assert ("about the server" in shown) is debug


# ------------------------------------------------------------------------------------------------------- run


@contextmanager
def running(*arguments: str, servers: int = 1, cwd: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run servers as a process of their own; give it and their addresses."""
    command = [sys.executable, "-m", "drawthings.cli.main", "server", "run", "--no-tls", "--port", "0", *arguments]
    with subprocess.Popen(command, cwd=cwd, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            addresses: list[str] = []
            while len(addresses) < servers:
                line = process.stderr.readline()
                assert line, "it ended before it listened"
                addresses += [line.split()[2]] if line.startswith("Listening on") else []
            yield process, addresses
        finally:
            process.kill()


def test_sigterm_in_the_middle_of_a_call_is_told_as_what_it_is(tmp_path: Path) -> None:
    with running("--ms-per-step", "60000", cwd=tmp_path) as (process, [address]):
        wire = Wire(Connection(address, tls=Tls("off"), retry=Retry(tries=1)))
        messages = wire.generate(order())
        next(messages)
        process.send_signal(signal.SIGTERM)
        with pytest.raises(ServerCrashed) as caught:
            list(messages)
        wire.close()
        assert f"The server {address} was stopped in the middle of its answer to GenerateImage" in str(caught.value)
        assert "stopped by SIGTERM" in str(caught.value)
        _, rest = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Stopped by SIGTERM." in rest


def test_a_fleet_with_its_troubles(tmp_path: Path) -> None:
    options = ("--count", "2", "--ms-per-step", "1", "--model-switch-ms", "1", "--crash-after", "1", "--seed", "4")
    with running(*options, servers=2, cwd=tmp_path) as (process, addresses):
        assert len(set(addresses)) == 2
        for address in addresses:
            raw = Raw(address)
            assert pictures(raw.generate(order()))
            with pytest.raises(grpc.RpcError):
                raw.generate(order())
            raw.channel.close()
        _, rest = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "Crashed, as it was told to." in rest


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--catalogue", "flux_1"), "nothing called 'flux_1'"),
        (("--port", "65535", "--count", "2"), "no room for 2"),
        (("--fail-rate", "2"), "not in the range"),
    ],
)
def test_what_makes_no_sense_is_told(options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["server", "run", "--no-tls", *options]) == 2
    assert words in capsys.readouterr().err
