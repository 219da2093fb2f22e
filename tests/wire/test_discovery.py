"""Servers are found over real multicast on the loopback; skipped only where the machine has none."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from announcements import linux_packet
from drawthings.server.announce import announced
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from drawthings.wire import discovery
from drawthings.wire.discovery import GROUP, PORT, Browser, discover, discover_async, listening_socket
from patience import LIMIT_S, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drawthings.wire.sightings import Found

LOOPBACK = ("127.0.0.1",)
OURS = f"dt-test-{os.getpid()}"  # the tests may run twice on one machine
ANYWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound to it


def send(data: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaker:
        speaker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK[0]))
        speaker.sendto(data, (GROUP, PORT))


@pytest.fixture
def _multicast() -> None:
    """Make sure that what is sent on the loopback is heard there."""
    try:
        with listening_socket(LOOPBACK) as listener:
            listener.settimeout(2)
            send(b"drawthings test")
            while listener.recv(9000) != b"drawthings test":
                continue
    except OSError as error:
        pytest.skip(f"no multicast on the loopback: {error}")


def until_found(
    browser: Browser, enough: Callable[[tuple[Found, ...]], bool], limit_s: float = LIMIT_S
) -> tuple[Found, ...]:
    until(lambda: enough(browser.found()), limit_s)
    return browser.found()


@pytest.fixture
def two() -> Iterator[dict[str, EmbeddedServer]]:
    """Run two servers and announce them, one with TLS and one without."""
    with contextlib.ExitStack() as stack:
        servers = {
            name: stack.enter_context(EmbeddedServer(ServerOptions(tls=tls, name=name)))
            for name, tls in ((f"{OURS}-studio", True), (f"{OURS}-garage", False))
        }
        with ThreadPoolExecutor() as pool:
            running = [
                pool.submit(stack.enter_context, announced(name, "127.0.0.1", one.port, tls=one.options.tls))
                for name, one in servers.items()
            ]
            for one in running:
                one.result()
        yield servers


@pytest.mark.usefixtures("_multicast")
def test_two_servers_are_found_with_their_tls_state_within_three_seconds(two: dict[str, EmbeddedServer]):
    with Browser(interfaces=LOOPBACK) as browser:
        found = until_found(browser, lambda found: set(two) <= {one.name for one in found}, 3.0)
    by_name = {one.name: one for one in found}
    for name, server in two.items():
        assert by_name[name].tls is server.options.tls
        assert by_name[name].address == server.address


@pytest.mark.usefixtures("_multicast")
def test_the_command_announces_its_server_when_asked():
    name = f"{OURS}-command"
    command = [sys.executable, "-m", "drawthings.cli.main", "server", "run", "--port", "0", "--no-tls", "--announce"]
    with (
        subprocess.Popen([*command, "--name", name], stderr=subprocess.DEVNULL) as running,
        Browser(interfaces=LOOPBACK) as browser,
    ):
        try:
            found = until_found(browser, lambda found: any(one.name == name for one in found))
        finally:
            running.terminate()
    assert [one.tls for one in found if one.name == name] == [False]


@pytest.mark.usefixtures("_multicast")
def test_malformed_packets_are_heard_though_nobody_asked():
    name = f"{OURS}-linux"
    with Browser(interfaces=LOOPBACK) as browser:
        send(b"\x00\x00\x84\x00 nonsense")
        send(linux_packet(name, tls=True, host=f"{name}.local", port=7861))
        found = until_found(browser, lambda found: any(one.name == name for one in found))
        [one] = [one for one in found if one.name == name]
        assert (one.address, one.tls) == ("127.0.0.1:7861", True)
        send(linux_packet(name, tls=True, host=f"{name}.local", port=7861, ttl=0))
        until_found(browser, lambda found: not any(one.name == name for one in found))


@pytest.mark.usefixtures("_multicast")
def test_it_works_without_zeroconf(monkeypatch: pytest.MonkeyPatch, two: dict[str, EmbeddedServer]):
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    monkeypatch.setitem(sys.modules, "ifaddr", None)
    assert discovery._own_addresses() == (ANYWHERE,)
    monkeypatch.setattr(discovery, "ASK_AGAIN_S", 0.3)
    with Browser(interfaces=LOOPBACK) as browser:
        until_found(browser, lambda found: set(two) <= {one.name for one in found})


@pytest.mark.usefixtures("_multicast")
def test_looking_for_a_while():
    started_s = time.monotonic()
    assert isinstance(discover(0.2, interfaces=LOOPBACK), tuple)
    assert time.monotonic() - started_s >= 0.2
    assert isinstance(asyncio.run(discover_async(0.1, interfaces=LOOPBACK)), tuple)


def test_a_network_without_multicast_finds_nothing_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    import zeroconf

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(19, "No such device")

    monkeypatch.setattr(zeroconf, "Zeroconf", refuse)
    monkeypatch.setattr(discovery, "listening_socket", refuse)
    caplog.set_level(logging.WARNING)
    assert discover(0.01) == ()
    assert "cannot be listened to: no such device" in caplog.text


def test_an_interface_that_does_not_exist_is_an_error_of_the_socket():
    with pytest.raises(OSError):  # noqa: PT011 - the number differs between systems
        listening_socket(["203.0.113.77"])


def test_own_addresses_begin_with_the_preferred_interface():
    own = discovery._own_addresses()
    assert own[0] == ANYWHERE
    assert "127.0.0.1" in own


class _Broken:
    """A socket that fails when it is read, or asks in vain."""

    def settimeout(self, _: float) -> None: ...

    def sendto(self, *_: Any) -> None:
        raise OSError(101, "Network is unreachable")

    def recvfrom(self, _: int) -> None:
        raise OSError(9, "Bad file descriptor")


def test_a_socket_that_fails_ends_the_listening_quietly():
    browser = Browser()
    browser._hear(_Broken(), ask=True)  # type: ignore[arg-type]
    assert browser.found() == ()


def test_what_zeroconf_tells_is_taken_over():
    class Info:
        server, port = "studio.local.", 7859

        def parsed_scoped_addresses(self) -> list[str]:
            return ["10.0.0.5"]

    class Zeroconf:
        info: Any = None

        def get_service_info(self, *_: Any, **__: Any) -> Any:
            return self.info

    class Change:
        name = "Added"

    browser, fake, change = Browser(), Zeroconf(), Change()
    full = ("_dt-grpc._tcp.local.", "studio_tls._dt-grpc._tcp.local.")
    browser._changed(fake, *full, change)
    assert browser.found() == ()
    fake.info = Info()
    browser._changed(fake, *full, change)
    assert [one.address for one in browser.found()] == ["10.0.0.5:7859"]
    change.name = "Removed"
    browser._changed(fake, *full, change)
    assert browser.found() == ()
