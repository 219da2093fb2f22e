from __future__ import annotations

import socket
from contextlib import closing

import grpc
import pytest

from barecalls import Raw, order, pictures
from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import OutOfRange, ServerError
from drawthings.server.fleet import Fleet
from drawthings.server.options import ServerOptions

PLAIN = ServerOptions(tls=False)


def free_row(count: int) -> int:
    """Return a port after which as many are free as are wanted."""
    for start in range(20_000, 30_000, count):
        try:
            for port in range(start, start + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return start
    pytest.skip("no free ports in a row")


def test_servers_on_consecutive_ports_work_side_by_side():
    port = free_row(3)
    with Fleet(3, ServerOptions(tls=False, port=port, fail_seed=5)) as fleet:
        assert [server.port for server in fleet.servers] == [port, port + 1, port + 2]
        assert [server.options.fail_seed for server in fleet.servers] == [5, 6, 7]
        raws = [Raw(server.address) for server in fleet.servers]
        calls = [raw.GenerateImage(order(steps=1)) for raw in raws]
        assert [len(pictures(list(call))) for call in calls] == [1, 1, 1]
        assert [server.most_at_once for server in fleet.servers] == [1, 1, 1]
        assert len({server.identifier for server in fleet.servers}) == 3
        for raw in raws:
            raw.channel.close()
    assert all(server.wait(0) for server in fleet.servers)
    fleet.wait()


def test_with_port_0_each_takes_a_free_one():
    with Fleet(3, PLAIN) as fleet:
        assert len({server.port for server in fleet.servers}) == 3


def test_one_that_cannot_start_takes_the_others_back():
    port = free_row(2)
    with socket.create_server(("127.0.0.1", port + 1)):
        fleet = Fleet(2, ServerOptions(tls=False, port=port))
        with pytest.raises(ServerError, match="cannot listen"), fleet:
            pytest.fail("half a fleet started")
    assert fleet.servers[0].wait(0)
    with Fleet(2, ServerOptions(tls=False, port=port)):
        pass


def test_stopping_tells_everybody_why():
    with Fleet(2, ServerOptions(tls=False, ms_per_step=60_000)) as fleet:
        raws = [Raw(server.address) for server in fleet.servers]
        calls = [raw.GenerateImage(order()) for raw in raws]
        for call in calls:
            next(call)
        fleet.stop("SIGTERM")
        for call, raw in zip(calls, raws, strict=True):
            with pytest.raises(grpc.RpcError) as caught:
                list(call)
            assert caught.value.details() == "stopped by SIGTERM"
            raw.channel.close()


def test_a_crash_of_one_is_its_own():
    with Fleet(2, PLAIN) as fleet:
        fleet.servers[0].crash()
        with closing(Raw(fleet.servers[1].address).channel) as channel:
            ask = channel.unary_unary("/ImageGenerationService/Hours")
            assert ask(pb.HoursRequest().SerializeToString(), timeout=5) == b""
        assert [server.crashes for server in fleet.servers] == [1, 0]


@pytest.mark.parametrize(
    ("count", "port", "words"), [(0, 0, "count is 0"), (257, 0, "count is 257"), (3, 65534, "no room for 3")]
)
def test_impossible_fleets_are_told(count: int, port: int, words: str):
    with pytest.raises(OutOfRange, match=words):
        Fleet(count, ServerOptions(port=port))
