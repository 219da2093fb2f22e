from __future__ import annotations

import sys
from typing import Any

import pytest
import zeroconf

from drawthings.errors import BadValue, ServerError
from drawthings.server import announce
from drawthings.server.announce import announced


class Speaker:
    """Stands for zeroconf's; real multicast is in tests/wire/test_discovery.py."""

    made: list[Any] = []  # noqa: RUF012 - emptied for each test
    taken: set[str] = set()  # noqa: RUF012 - as above
    trouble: Exception | None = None

    def __init__(self, interfaces: Any) -> None:
        self.interfaces = interfaces
        self.registered: list[Any] = []
        self.closed = False
        Speaker.made.append(self)

    def register_service(self, info: Any) -> None:
        if self.trouble:
            raise self.trouble
        if info.name in self.taken:
            raise zeroconf.NonUniqueNameException
        self.registered.append(info)

    def unregister_service(self, info: Any) -> None:
        self.registered.remove(info)

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def speaker(monkeypatch: pytest.MonkeyPatch) -> type[Speaker]:
    monkeypatch.setattr(zeroconf, "Zeroconf", Speaker)
    monkeypatch.setattr(Speaker, "made", [])
    monkeypatch.setattr(Speaker, "taken", set())
    return Speaker


def test_the_name_tells_about_tls_and_loopback_stays_loopback():
    with announced("my.studio", "127.0.0.1", 7859, tls=True) as name:
        assert name == "my-studio_tls"
        [one] = Speaker.made
        [info] = one.registered
        assert (info.port, info.parsed_addresses(), one.interfaces) == (7859, ["127.0.0.1"], ["127.0.0.1"])
    assert one.closed
    assert not one.registered
    with announced("studio", "localhost", 7859, tls=False) as name:
        assert name == "studio_notls"


def test_a_server_that_listens_everywhere_is_announced_everywhere():
    with announced("studio", "0.0.0.0", 7859, tls=True):  # noqa: S104 - the point of the test
        [one] = Speaker.made
        assert one.interfaces is zeroconf.InterfaceChoice.All
        assert one.registered[0].parsed_addresses() == announce._own_addresses()


def test_another_server_of_the_name_makes_it_choose_the_next_one(monkeypatch: pytest.MonkeyPatch):
    Speaker.taken.add("studio_tls._dt-grpc._tcp.local.")
    with announced("studio", "127.0.0.1", 7859, tls=True) as name:
        assert name == "studio 2_tls"
    monkeypatch.setattr(announce, "MOST_NAMES", 1)
    with pytest.raises(ServerError, match="1 others"), announced("studio", "127.0.0.1", 7859, tls=True):
        pass
    assert all(one.closed for one in Speaker.made)


def test_what_goes_wrong_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Speaker, "trouble", zeroconf.BadTypeInNameException("too long"))
    with pytest.raises(ServerError, match="too long"), announced("studio", "127.0.0.1", 7859, tls=True):
        pass

    def refuse(**_: Any) -> None:
        raise OSError(19, "No such device")

    monkeypatch.setattr(zeroconf, "Zeroconf", refuse)
    with pytest.raises(ServerError, match="no such device"), announced("studio", "127.0.0.1", 7859, tls=True):
        pass
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    with pytest.raises(BadValue, match="not installed"), announced("studio", "127.0.0.1", 7859, tls=True):
        pass
