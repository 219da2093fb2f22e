"""The steps that the command's tests do not reach."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from drawthings._generated import imageService_pb2 as pb
from drawthings.client import examination
from drawthings.client.examination import examine, examine_async
from drawthings.errors import BadAddress, ServerCrashed, TimedOut
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from drawthings.settings import Connection, Secret

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    with EmbeddedServer(ServerOptions(tls=False)) as running:
        yield running


def test_it_can_be_awaited(server: EmbeddedServer):
    seen = asyncio.run(examine_async(Connection(server.address)))
    assert (seen.tls, seen.secret_accepted, seen.browsable, seen.restarted) == (False, True, False, False)
    assert seen.round_trip_ms is not None


def test_the_embedded_server_can_be_looked_at():
    assert examine("embedded").browsable is True


def test_a_server_that_restarts_meanwhile_is_noticed(server: EmbeddedServer):
    with server.intercept() as script:
        script.queue("Echo", lambda answers: (pb.EchoReply(serverIdentifier=1) for _ in answers))
        assert examine(Connection(server.address)).restarted


def test_a_greeting_that_waits_for_its_turn_is_told_from_a_dead_server(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(examination, "LONGEST_ANSWER_S", 0.3)
    with server.intercept() as script:
        script.silence(5, "Echo")
        seen = examine(Connection(server.address))
        assert isinstance(seen.failure, TimedOut)
        assert seen.answers_others
        script.silence(5, "Echo")
        script.silence(5, "Hours")
        assert not examine(Connection(server.address)).answers_others


def test_a_server_that_breaks_in_the_middle(server: EmbeddedServer):
    with server.intercept() as script:
        script.drop_connection("Echo")
        assert isinstance(examine(Connection(server.address)).failure, ServerCrashed)
        script.drop_connection("FilesExist")
        seen = examine(Connection(server.address), "some.ckpt")
        assert isinstance(seen.failure, ServerCrashed)
        assert seen.browsable is False


def test_whether_a_secret_is_wanted_may_stay_unknown(server: EmbeddedServer):
    with server.intercept() as script:
        script.normal("Echo")
        script.fail("Echo", grpc.StatusCode.INTERNAL)
        seen = examine(Connection(server.address, secret=Secret("hush")))
    assert (seen.secret_accepted, seen.secret_wanted) == (True, None)


def test_a_name_service_that_hangs(monkeypatch: pytest.MonkeyPatch):
    def late(*_: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr(examination, "aside_sync", late)
    assert "name service said nothing" in examine(Connection("studio.local")).name_error


def test_the_next_address_of_a_name_is_tried(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch):
    calls = []
    as_usual = socket.create_connection

    def connect(where: Any, timeout: float) -> socket.socket:
        calls.append(where)
        if len(calls) == 1:
            raise TimeoutError
        return as_usual(where, timeout)

    two = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, server.port)) for ip in ("127.0.0.2", "127.0.0.1")]
    monkeypatch.setattr(examination, "aside_sync", lambda *_: two)
    monkeypatch.setattr(socket, "create_connection", connect)
    seen = examine(Connection(server.address))
    assert (seen.port_error, seen.tls) == ("", False)
    assert seen.addresses == ("127.0.0.2", "127.0.0.1")


def test_a_firewall_that_swallows_everything(monkeypatch: pytest.MonkeyPatch):
    def late(*_: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", late)
    monkeypatch.setattr(examination, "USUAL_PORTS", ())
    assert "firewall" in examine(Connection("127.0.0.1:7")).port_error


def test_an_address_that_makes_no_sense_is_raised():
    with pytest.raises(BadAddress):
        examine(Connection("http://x"))
