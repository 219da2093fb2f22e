"""Lets an embedded server be found in the local network, as the official one is (Bonjour, mDNS)."""

from __future__ import annotations

import contextlib
import logging
import socket
from typing import TYPE_CHECKING, Any, Final

from drawthings.errors import BadValue, ServerError
from drawthings.server.certificate import ANY_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_log = logging.getLogger("drawthings.server")

SERVICE_TYPE: Final = "_dt-grpc._tcp.local."
SUFFIXES: Final = {True: "_tls", False: "_notls"}
MOST_NAMES: Final = 20
"""How many names are tried when others have taken them."""


@contextlib.contextmanager
def announced(name: str, address: str, port: int, *, tls: bool) -> Iterator[str]:
    """Announce a server as long as the ``with`` block lasts.

    Args:
        name: What the server calls itself; a number is added when another one is called so.
        address: The address it listens at. One that listens everywhere is announced everywhere, with all addresses
            of this machine, and one on loopback only there.
        port: Its port.
        tls: Whether it speaks TLS; clients see that at the end of the announced name.

    Yields:
        The name as announced, with its suffix.

    Raises:
        BadValue: The package zeroconf is not installed.
        ServerError: The network takes no announcements.

    Source:
        ``GRPCServerAdvertiser.startAdvertising``.
    """
    try:
        import zeroconf
    except ImportError as error:
        raise BadValue(
            "A server can be announced only with the package zeroconf, which is not installed.",
            hint="pip install 'drawthings[discovery]', or leave --announce away.",
            field="announce",
        ) from error
    everywhere = address in ANY_ADDRESS
    where: Any = zeroconf.InterfaceChoice.All if everywhere else [_numeric(address)]
    try:
        speaker = zeroconf.Zeroconf(interfaces=where)
    except OSError as error:
        raise ServerError(
            f"The server cannot be announced at {address}: {(error.strerror or str(error)).lower()}.",
            hint="The network may allow no multicast; clients can still be given the address.",
        ) from error
    try:
        addresses = _own_addresses() if everywhere else where
        info = _registered(speaker, name, addresses, port, SUFFIXES[tls])
        instance = info.name.removesuffix(f".{SERVICE_TYPE}")
        _log.info("announced as %s", instance)
        yield instance
        speaker.unregister_service(info)
    finally:
        speaker.close()


def _registered(speaker: Any, name: str, addresses: Sequence[str], port: int, suffix: str) -> Any:  # noqa: ANN401 - of an optional library
    """Announce under the first free name."""
    import zeroconf

    host = _host_label()
    stem = name.replace(".", "-")
    for number in range(1, MOST_NAMES + 1):
        called = stem if number == 1 else f"{stem} {number}"
        info = zeroconf.ServiceInfo(
            SERVICE_TYPE,
            f"{called}{suffix}.{SERVICE_TYPE}",
            port=port,
            parsed_addresses=list(addresses),
            server=f"{host}.local.",
            properties={"txtvers": "1"},
        )
        try:
            speaker.register_service(info)
        except zeroconf.NonUniqueNameException:
            continue
        except zeroconf.Error as error:
            raise ServerError(
                f"The server cannot be announced as {name!r}: {error}.", hint="Choose another --name."
            ) from error
        return info
    raise ServerError(
        f"The server cannot be announced: {MOST_NAMES} others are called {name!r}.", hint="Choose another --name."
    )


def _host_label() -> str:
    """Return the name of this machine without its domain."""
    return socket.gethostname().partition(".")[0] or "drawthings"


def _numeric(address: str) -> str:
    bare = address.strip("[]")
    found = socket.getaddrinfo(bare, None, type=socket.SOCK_STREAM)
    return str(found[0][4][0])


def _own_addresses() -> list[str]:
    """Return the IPv4 addresses of this machine, those that others can reach where there are any."""
    import ifaddr

    own = [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    return [ip for ip in own if not ip.startswith("127.")] or own
