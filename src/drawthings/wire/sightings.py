"""Puts together what is heard about servers: names, ports and addresses come in any order, in several packets."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING

from drawthings.wire.mdns import AAAA, PTR, SERVICE_TYPE, SRV, A, server_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drawthings.wire.mdns import Resource

TYPE_LABELS = tuple(SERVICE_TYPE.split("."))


@dataclass(frozen=True, slots=True)
class Found:
    """A server that announces itself.

    Attributes:
        name: What it calls itself.
        address: ``host:port``, in the form that names a server everywhere in this package. It says nothing about TLS:
            an announcement may come from anybody, and what a server speaks is found out when it is connected to.
        host: The name of its machine, usually ending in ``.local``.
        port: Its port.
        tls: Whether it says that it speaks TLS; None when it says nothing.
        addresses: All of its numeric addresses that became known, the best one first.
    """

    name: str
    address: str
    host: str
    port: int
    tls: bool | None
    addresses: tuple[str, ...] = ()


@dataclass(slots=True)
class _Instance:
    """What is known about one announcement."""

    name: str
    host: str = ""
    port: int = 0
    sources: set[str] = field(default_factory=set)


class Sightings:
    """Everything heard so far."""

    def __init__(self) -> None:
        self._instances: dict[str, _Instance] = {}
        self._addresses: dict[str, set[str]] = {}

    def hear(self, records: Iterable[Resource], source: str = "") -> None:
        """Note the records of one packet.

        Args:
            records: As ``mdns.read_packet`` gives them; those about other services are passed over.
            source: Who sent the packet. It stands in for an address that nobody tells.
        """
        for record in records:
            if record.kind in {A, AAAA}:
                self._note_address(".".join(record.name), record.address, gone=record.ttl_s == 0)
            elif record.kind == PTR and _is_service(record.name):
                self._note_instance(record.target, source, gone=record.ttl_s == 0)
            elif record.kind == SRV and _is_service(record.name[-len(TYPE_LABELS) :]):
                one = self._note_instance(record.name, source, gone=record.ttl_s == 0)
                if one is not None and record.port:
                    one.host, one.port = ".".join(record.target), record.port

    def add(self, instance: str, host: str, port: int, addresses: Iterable[str]) -> None:
        """Note a server that somebody else has resolved.

        Args:
            instance: The name of the announcement without the type.
            host: The name of the machine.
            port: Its port.
            addresses: Its numeric addresses.
        """
        one = self._instances.setdefault(instance.casefold(), _Instance(instance))
        one.host, one.port = host.rstrip("."), port
        for address in addresses:
            self._note_address(one.host, address, gone=False)

    def remove(self, instance: str) -> None:
        """Forget a server that says goodbye."""
        self._instances.pop(instance.casefold(), None)

    def found(self) -> tuple[Found, ...]:
        """Return the servers of which enough is known, by name."""
        found = []
        for one in self._instances.values():
            addresses = sorted(self._addresses.get(one.host.casefold(), set()) or one.sources, key=_preference)
            if one.port and (addresses or one.host):
                name, tls = server_name(one.name)
                host = addresses[0] if addresses else one.host
                address = f"[{host}]:{one.port}" if ":" in host else f"{host}:{one.port}"
                found.append(Found(name, address, one.host, one.port, tls, tuple(addresses)))
        return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.address)))

    def _note_instance(self, name: tuple[str, ...], source: str, *, gone: bool) -> _Instance | None:
        if len(name) <= len(TYPE_LABELS) or not _is_service(name[-len(TYPE_LABELS) :]):
            return None
        # A name with dots arrives as several labels from a sender that cuts at each dot.
        instance = ".".join(name[: -len(TYPE_LABELS)])
        if gone:
            self.remove(instance)
            return None
        one = self._instances.setdefault(instance.casefold(), _Instance(instance))
        if source:
            one.sources.add(source)
        return one

    def _note_address(self, host: str, address: str, *, gone: bool) -> None:
        known = self._addresses.setdefault(host.rstrip(".").casefold(), set())
        if gone:
            known.discard(address)
        else:
            known.add(address)


def _is_service(name: tuple[str, ...]) -> bool:
    return tuple(label.casefold() for label in name) == TYPE_LABELS


def _preference(address: str) -> tuple[bool, bool, int, str]:
    """Prefer IPv4, whose addresses need no zone, and what is not only link-local."""
    ip = ip_address(address)
    return ip.is_link_local, ip.version != 4, int(ip), address  # noqa: PLR2004 - IPv4
