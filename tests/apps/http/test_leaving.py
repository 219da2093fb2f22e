"""Clients that leave in every state, that dawdle, and that never end."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from drawthings.apps.jobs.limits import Limits
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from hostile import SMALL
from imagesgateway import Gateway, running
from patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOW = ServerOptions(tls=False, model_browser=True, sketch=True, ms_per_step=100)


@pytest.fixture(scope="module")
def slow() -> Iterator[Gateway]:
    with EmbeddedServer(SLOW) as server, running(server, limits=Limits(grace_s=0.2), body_s=0.5) as gateway:
        yield gateway


def opened(gateway: Gateway) -> socket.socket:
    place = urlsplit(gateway.url)
    return socket.create_connection((place.hostname or "", place.port or 0), timeout=10)


def request(path: str, body: bytes, *, more: str = "", length: int | None = None) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{more}"
    return f"{head}Content-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body


def asks(seed: int, **more: Any) -> bytes:
    wanted = {"prompt": "a fox", "size": "128x128", "model": "sd_v1.5_f16.ckpt", "steps": 10, "seed": seed, **more}
    return request("/v1/images/generations", json.dumps(wanted).encode())


def jobs(gateway: Gateway) -> list[Any]:
    assert gateway.jobs is not None
    return list(gateway.jobs._jobs.values())


def with_seed(gateway: Gateway, seed: int) -> Any:
    found = (job for job in jobs(gateway) if job.plans[0].configuration.seed == seed)
    return next(found, None)


def test_who_leaves_while_it_runs_ends_the_generation(slow: Gateway) -> None:
    with opened(slow) as client:
        client.sendall(asks(1))
        job = until(lambda: with_seed(slow, 1))
        until(lambda: job.state == "running")
    until(lambda: job.over)
    assert (job.state, job.reason) == ("cancelled", "nobody waited for it")
    assert slow.jobs is not None
    until(lambda: slow.jobs.servers()[0].state == "idle")  # type: ignore[union-attr]


def test_who_leaves_in_the_line_leaves_it_at_once(slow: Gateway) -> None:
    with opened(slow) as first, opened(slow) as second:
        first.sendall(asks(2))
        until(lambda: with_seed(slow, 2))
        second.sendall(asks(3))
        waiting = until(lambda: with_seed(slow, 3))
        until(lambda: waiting.state == "queued" and waiting.position == 1)
        second.close()
        until(lambda: waiting.state == "cancelled")
        assert not waiting.started
        assert not with_seed(slow, 2).over


def test_who_leaves_a_stream_ends_the_generation(slow: Gateway) -> None:
    with opened(slow) as client:
        client.sendall(asks(4, stream=True, partial_images=2))
        job = until(lambda: with_seed(slow, 4))
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    until(lambda: job.state == "cancelled")


@pytest.fixture
def patient() -> Iterator[Gateway]:
    with EmbeddedServer(SLOW) as server, running(server, limits=Limits(grace_s=60)) as gateway:
        yield gateway


def test_who_sends_it_again_in_time_gets_the_same_job(patient: Gateway) -> None:
    body = {"prompt": "a fox", "size": "128x128", "model": "sd_v1.5_f16.ckpt", "steps": 6, "seed": 5}
    data = json.dumps(body).encode()
    with opened(patient) as first:
        first.sendall(request("/v1/images/generations", data))
        job = until(lambda: with_seed(patient, 5))
        until(lambda: job.state == "running")
    with opened(patient) as again:
        again.sendall(request("/v1/images/generations", data, more="x-stainless-retry-count: 1\r\n"))
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += again.recv(4096)
    assert answer.startswith(b"HTTP/1.1 200")
    assert job.state == "done"
    assert job.attached == 1
    assert len([each for each in jobs(patient) if each.plans[0].configuration.seed == 5]) == 1


def test_a_job_of_the_page_outlives_its_connection(slow: Gateway) -> None:
    with opened(slow) as client:
        client.sendall(request("/api/jobs", json.dumps({**SMALL, "seed": 6, "steps": 5}).encode()))
        job = until(lambda: with_seed(slow, 6))
    until(lambda: job.over)
    assert job.state == "done"


def test_a_body_that_stops_coming_is_not_waited_for(slow: Gateway) -> None:
    with opened(slow) as client:
        client.sendall(request("/api/jobs", b'{"prompt"', length=1000))
        assert client.recv(100).startswith(b"HTTP/1.1 408")


def test_a_body_that_breaks_off_does_no_harm(slow: Gateway) -> None:
    count = len(jobs(slow))
    with opened(slow) as client:
        client.sendall(request("/api/jobs", b'{"prompt"', length=1000))
    with opened(slow) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    assert len(jobs(slow)) == count


def test_a_body_in_chunks_without_end_is_refused_on_its_way(slow: Gateway) -> None:
    head = b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked"
    chunk = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    with opened(slow) as client:
        client.sendall(head + b"\r\n\r\n" + chunk * 34)
        assert client.recv(100).startswith(b"HTTP/1.1 413")  # and not a word of an end was sent


def test_seven_open_streams_of_events_do_not_hold_up_anything(slow: Gateway) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(7):
            client = stack.enter_context(opened(slow))
            client.sendall(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200")
        with opened(slow) as other:
            other.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert other.recv(100).startswith(b"HTTP/1.1 200")
    assert slow.jobs is not None
    until(lambda: len(slow.jobs._ears) == 2)  # type: ignore[union-attr]


def test_requests_in_one_go_are_answered_in_their_order(slow: Gateway) -> None:
    with opened(slow) as client:
        client.sendall(
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        answer = b""
        while answer.count(b"HTTP/1.1") < 2:
            answer += client.recv(4096)
    assert answer.index(b"200") < answer.index(b"404")


@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9\r\n\r\n", bytes(500)])
def test_what_is_no_http_is_not_answered_with_anything_else(slow: Gateway, junk: bytes) -> None:
    with opened(slow) as client:
        client.sendall(junk)
        client.shutdown(socket.SHUT_WR)
        answer = client.recv(1000)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
