"""Packets as servers announce themselves with, put together by hand."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PTR, TXT, SRV = 12, 16, 33
SERVICE = ("_dt-grpc", "_tcp", "local")


def name(labels: Sequence[str]) -> bytes:
    return b"".join(bytes([len(label.encode())]) + label.encode() for label in labels) + b"\0"


def record(
    labels: Sequence[str], kind: int, content: bytes, *, ttl: int = 120, length: int | None = None, group: int = 0x8001
) -> bytes:
    size = len(content) if length is None else length
    return name(labels) + struct.pack(">2HIH", kind, group, ttl, size) + content


def linux_records(instance: str, *, tls: bool | None, host: str, port: int, ttl: int = 120) -> list[bytes]:
    """Return the three records that the official server sends on Linux; the last one is longer than it says."""
    suffix = {True: "_tls", False: "_notls", None: ""}[tls]
    full = ((instance + suffix).split(".") + list(SERVICE)) if "." in instance else [instance + suffix, *SERVICE]
    return [
        record(SERVICE, PTR, name(full), ttl=ttl),
        record(full, SRV, struct.pack(">3H", 0, 0, port) + name(host.split(".")), ttl=ttl),
        record(full, TXT, b"\x09txtvers=1", ttl=ttl, length=5),
    ]


def linux_packet(instance: str, *, tls: bool | None, host: str, port: int, ttl: int = 120) -> bytes:
    """Return the packet that the official server sends on Linux: four answers and six more are promised."""
    head = struct.pack(">6H", 0, 0x8400, 0, 4, 0, 6)
    return head + b"".join(linux_records(instance, tls=tls, host=host, port=port, ttl=ttl))
