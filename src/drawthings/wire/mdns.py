"""Reads the packets with which Draw Things servers announce themselves in a network, the malformed ones too.

The advertiser of the official server on Linux promises four answers and six further records, sends three, and gives the
length of the last one wrongly; a strict reader throws such a packet away. So the counts are ignored here, and after
something that makes no sense the reader goes on where the next plausible record begins.

Source: ``dnssd_advertiser.c``, ``GRPCServerAdvertiser.swift``, ``GRPCServiceBrowser.swift``; RFC 1035 and RFC 6762.
"""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE_TYPE: Final = "_dt-grpc._tcp.local"
"""What servers announce. Source: ``GRPCServerAdvertiser.startAdvertising``."""

SUFFIXES: Final = {"_tls": True, "_notls": False}
"""The end of an instance's name, and whether it means TLS."""

A, PTR, TXT, AAAA, SRV, NSEC, OPT = 1, 12, 16, 28, 33, 47, 41
TYPES: Final = frozenset({A, PTR, TXT, AAAA, SRV, NSEC, OPT})
SIZES: Final = {A: 4, AAAA: 16}
SRV_HEAD_BYTES: Final = 6
HEADER_BYTES: Final = 12
FIXED_BYTES: Final = 10
CACHE_FLUSH: Final = 0x8000
INTERNET: Final = 1
RESPONSE: Final = 0x8000
POINTER: Final = 0xC0
LONGEST_LABEL: Final = 63
MOST_LABELS: Final = 64
LONGEST_PACKET: Final = 9000


class BrokenError(ValueError):
    """Bytes that are no name or no record; stays inside this module."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One record of a packet.

    Attributes:
        name: Whom it is about, as labels in their own case.
        kind: ``A``, ``PTR`` and so on.
        ttl_s: Seconds for which it holds; 0 takes it back.
        target: The name that a PTR or SRV record leads to.
        port: The port of a SRV record.
        address: The address of an A or AAAA record.
    """

    name: tuple[str, ...]
    kind: int
    ttl_s: int
    target: tuple[str, ...] = ()
    port: int = 0
    address: str = ""


def question(service: str = SERVICE_TYPE) -> bytes:
    """Return the packet that asks who offers a service."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in service.split("."))
    return struct.pack(">6H", 0, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", PTR, INTERNET)


def read_packet(data: bytes) -> tuple[Resource, ...]:
    """Return every record of an answer that can be made out.

    Args:
        data: The packet, from anybody.

    Returns:
        The records in their order; none for a question or for bytes that are no such packet. Nothing is raised.
    """
    if not HEADER_BYTES <= len(data) <= LONGEST_PACKET:
        return ()
    flags, questions = struct.unpack_from(">2H", data, 2)
    if not flags & RESPONSE:
        return ()
    return tuple(_records(data, _after_questions(data, questions)))


def server_name(instance: str) -> tuple[str, bool | None]:
    """Return a server's name and whether it speaks TLS, from the name of its announcement.

    A name without suffix does not tell; neither does one that a system made unique by adding something, but there the
    suffix is still found before a number.
    """
    for suffix, tls in SUFFIXES.items():
        if instance.endswith(suffix):
            return instance.removesuffix(suffix), tls
        stem, found, rest = instance.rpartition(suffix)
        number = rest.strip(" -()")
        if found and number.isdigit():
            return f"{stem} {number}", tls
    return instance, None


def _records(data: bytes, offset: int) -> Iterator[Resource]:
    while offset < len(data):
        try:
            resource, start, end = _record(data, offset)
        except BrokenError:
            offset += 1
            continue
        yield resource
        # The length of text is wrong in some packets, in either direction.
        offset = end if resource.kind != TXT or _fits(data, end) else start


def _fits(data: bytes, offset: int) -> bool:
    """Tell whether a packet may go on at a place: it ends there, or a record begins."""
    if offset == len(data):
        return True
    try:
        _record(data, offset)
    except BrokenError:
        return False
    return True


def _record(data: bytes, offset: int) -> tuple[Resource, int, int]:
    """Read a record; return it with the beginning and the end of its content."""
    name, offset = _name(data, offset)
    start = offset + FIXED_BYTES
    if start > len(data):
        raise BrokenError
    kind, group, ttl_s, length = struct.unpack_from(">2HIH", data, offset)
    end = start + length
    plausible = kind in TYPES and (group & ~CACHE_FLUSH == INTERNET or kind == OPT) and (name or kind == OPT)
    if not plausible or SIZES.get(kind, length) != length or (end > len(data) and kind != TXT):
        raise BrokenError
    target: tuple[str, ...] = ()
    port, address = 0, ""
    if kind == SRV:
        if length <= SRV_HEAD_BYTES:
            raise BrokenError
        port = int.from_bytes(data[start + 4 : start + 6], "big")
        target, _ = _name(data, start + SRV_HEAD_BYTES)
    elif kind == PTR:
        target, _ = _name(data, start)
    elif kind in SIZES:
        address = str(ipaddress.ip_address(data[start:end]))
    return Resource(name, kind, ttl_s, target, port, address), start, end if end <= len(data) else start


def _name(data: bytes, offset: int) -> tuple[tuple[str, ...], int]:
    """Read a name; return its labels and where what follows it begins."""
    labels: list[str] = []
    after: int | None = None
    while True:
        if offset >= len(data) or len(labels) > MOST_LABELS:
            raise BrokenError
        length = data[offset]
        if length >= POINTER:
            if offset + 1 >= len(data):
                raise BrokenError
            place = (length & ~POINTER) << 8 | data[offset + 1]
            # Only backwards, so that no circle comes about.
            if place >= offset:
                raise BrokenError
            after = offset + 2 if after is None else after
            offset = place
            continue
        offset += 1
        if length == 0:
            return tuple(labels), offset if after is None else after
        if length > LONGEST_LABEL or offset + length > len(data):
            raise BrokenError
        try:
            labels.append(data[offset : offset + length].decode())
        except UnicodeDecodeError as error:
            raise BrokenError from error
        offset += length


def _after_questions(data: bytes, count: int) -> int:
    offset = HEADER_BYTES
    for _ in range(count):
        try:
            _, offset = _name(data, offset)
        except BrokenError:
            return HEADER_BYTES
        offset += 4
    return offset
