"""Finds the servers that announce themselves in the local network (Bonjour, mDNS).

Asking and reading is done by ``zeroconf`` where it is installed. Beside it a plain socket listens, because the official
server on Linux answers no questions, speaks only now and then (after 1, 2, 4, 8 and 16 s, then every minute), and in
packets that a strict reader throws away. Without ``zeroconf`` the socket asks by itself, on the default interface.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from drawthings.wire.aside import aside_async
from drawthings.wire.mdns import LONGEST_PACKET, SERVICE_TYPE, question, read_packet
from drawthings.wire.sightings import Found, Sightings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

logger = logging.getLogger("drawthings.wire")

GROUP: Final = "224.0.0.251"
PORT: Final = 5353
ASK_AGAIN_S: Final = 1.0
WAKE_S: Final = 0.1
RESOLVE_MS: Final = 1000


def discover(seconds: float = 3.0, *, interfaces: Sequence[str] = ()) -> tuple[Found, ...]:
    """Look for servers in the local network.

    Args:
        seconds: How long to look. A server on Linux may need up to a minute to be heard.
        interfaces: IPv4 addresses of the interfaces to look at; by default all of them.

    Returns:
        The servers by name, each once. Where a network allows no multicast it is empty, and a warning is logged.

    Example:
        >>> from drawthings import DrawThings, discover
        >>> for found in discover(3):  # doctest: +SKIP
        ...     print(found.name, found.address, "TLS" if found.tls else "")
        >>> server = DrawThings(discover(3)[0].address)  # doctest: +SKIP
    """
    with Browser(interfaces=interfaces) as browser:
        due_s = time.monotonic() + seconds
        while (left_s := due_s - time.monotonic()) > 0:
            time.sleep(min(left_s, WAKE_S))
        return browser.found()


async def discover_async(seconds: float = 3.0, *, interfaces: Sequence[str] = ()) -> tuple[Found, ...]:
    """Look for servers in the local network while the event loop goes on; see ``discover``."""
    return await aside_async(partial(discover, seconds, interfaces=interfaces), None)


class Browser:
    """Looks for servers as long as its ``with`` block lasts.

    Args:
        interfaces: IPv4 addresses of the interfaces to look at; by default all of them.
    """

    def __init__(self, *, interfaces: Sequence[str] = ()) -> None:
        self._interfaces = tuple(interfaces)
        self._sightings = Sightings()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._stack = contextlib.ExitStack()

    def found(self) -> tuple[Found, ...]:
        """Return the servers found so far, by name."""
        with self._lock:
            return self._sightings.found()

    def __enter__(self) -> Self:
        asked = self._ask_by_zeroconf()
        self._listen(ask=not asked)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self._stack.close()

    # ------------------------------------------------------------------------------------------------- the socket

    def _listen(self, *, ask: bool) -> None:
        try:
            listener = self._stack.enter_context(listening_socket(self._interfaces))
        except OSError as error:
            logger.warning(
                "Announcements of servers cannot be listened to: %s.", (error.strerror or str(error)).lower()
            )
            return
        self._thread = threading.Thread(
            target=self._hear, args=(listener,), kwargs={"ask": ask}, name="drawthings-discovery", daemon=True
        )
        self._thread.start()

    def _hear(self, listener: socket.socket, *, ask: bool) -> None:
        listener.settimeout(WAKE_S)
        next_s = time.monotonic()
        while not self._over.is_set():
            if ask and time.monotonic() >= next_s:
                next_s = time.monotonic() + ASK_AGAIN_S
                self._ask(listener)
            try:
                data, sender = listener.recvfrom(LONGEST_PACKET)
            except TimeoutError:
                continue
            except OSError as error:
                logger.debug("Listening to announcements ended: %s", error)
                return
            records = read_packet(data)
            with self._lock:
                self._sightings.hear(records, str(sender[0]))

    def _ask(self, listener: socket.socket) -> None:
        for interface in self._interfaces or ("",):
            with contextlib.suppress(OSError):
                if interface:
                    listener.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
                listener.sendto(question(), (GROUP, PORT))

    # --------------------------------------------------------------------------------------------------- zeroconf

    def _ask_by_zeroconf(self) -> bool:
        """Let zeroconf browse; return whether it does."""
        try:
            import zeroconf
        except ImportError:
            logger.debug("zeroconf is not installed, so only the default interface is asked.")
            return False
        where: Any = list(self._interfaces) or zeroconf.InterfaceChoice.All
        try:
            asking = zeroconf.Zeroconf(interfaces=where)
        except OSError as error:
            logger.debug("zeroconf does not start: %s", error)
            return False
        self._stack.callback(asking.close)
        browser = zeroconf.ServiceBrowser(asking, f"{SERVICE_TYPE}.", handlers=[self._changed])
        self._stack.callback(browser.cancel)
        return True

    def _changed(self, zeroconf: Any, service_type: str, name: str, state_change: Any) -> None:  # noqa: ANN401 - of an optional library
        instance = name.removesuffix(f".{service_type}")
        if state_change.name == "Removed":
            with self._lock:
                self._sightings.remove(instance)
            return
        # Called in the thread of the browser, which may wait; the answers arrive in another one.
        info = zeroconf.get_service_info(service_type, name, timeout=RESOLVE_MS)
        if info is not None and info.port:
            with self._lock:
                self._sightings.add(instance, info.server or "", info.port, info.parsed_scoped_addresses())


def listening_socket(interfaces: Sequence[str] = ()) -> socket.socket:
    """Open a socket that hears announcements, beside others that do.

    Args:
        interfaces: IPv4 addresses of the interfaces to listen at; by default those that the system chooses.

    Raises:
        OSError: The system does not allow it, or none of the interfaces can take part.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("", PORT))
        _join_all(listener, interfaces or _own_addresses())
    except BaseException:
        listener.close()
        raise
    return listener


def _join_all(listener: socket.socket, interfaces: Sequence[str]) -> None:
    last: OSError | None = None
    joined = 0
    for interface in interfaces:
        try:
            member = socket.inet_aton(GROUP) + socket.inet_aton(interface)
            listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
            joined += 1
        except OSError as error:
            last = error
    if not joined and last is not None:
        raise last


def _own_addresses() -> tuple[str, ...]:
    """Return the IPv4 addresses of this machine, and 0.0.0.0 for the interface that the system prefers."""
    preferred = "0.0.0.0"  # noqa: S104 - nothing is bound to it
    try:
        import ifaddr
    except ImportError:
        return (preferred,)
    own = (str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4)
    return tuple(dict.fromkeys((preferred, *own)))
