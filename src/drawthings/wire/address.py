"""Text that names a server: ``host``, ``host:port``, ``[v6]:port``, ``grpc://…``, ``grpcs://…`` or ``embedded``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Literal, NoReturn

from drawthings.errors import BadAddress

DEFAULT_PORT: Final = 7859
"""The port of a Draw Things server unless told otherwise. Source: ``gRPCServerCLI.swift``, option ``port``."""

EMBEDDED: Final = "embedded"
HIGHEST_PORT: Final = 65535
LONGEST_NAME: Final = 253
FORMS: Final = "Write host, host:port, [IPv6]:port, grpc://host:port (plaintext), grpcs://host:port (TLS) or embedded."

Scheme = Literal["auto", "tls", "plain"]
SCHEMES: Final[dict[str, Scheme]] = {"grpc": "plain", "grpcs": "tls"}
PREFIXES: Final[dict[Scheme, str]] = {"auto": "", "tls": "grpcs://", "plain": "grpc://"}

PRIVATE_NETWORKS: Final = tuple(
    ip_network(text)
    for text in (
        "127.0.0.0/8",  # loopback
        "::1/128",
        "0.0.0.0/32",  # what servers bind to; as a target it is this machine
        "::/128",
        "10.0.0.0/8",  # RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",  # link-local
        "fe80::/10",
        "fc00::/7",  # unique local
    )
)
# Names that by their registration never belong to the public internet.
PRIVATE_SUFFIXES: Final = (".local", ".localhost", ".internal", ".home.arpa")

LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is; ``str()`` gives the canonical text, which parses to the same address.

    Attributes:
        host: A name in lower case or an IP address, without brackets.
        port: 1 to 65535; 0 only for ``embedded``.
        scheme: What the text said about TLS: ``tls``, ``plain``, or ``auto`` when it said nothing.
        embedded: The server inside this package; it has no host and port before the client has started it.
    """

    host: str
    port: int = DEFAULT_PORT
    scheme: Scheme = "auto"
    embedded: bool = False

    def __str__(self) -> str:
        return EMBEDDED if self.embedded else PREFIXES[self.scheme] + self.endpoint

    @property
    def endpoint(self) -> str:
        """``host:port``, with brackets around an IPv6 address; the same server in any spelling."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def ip(self) -> IPv4Address | IPv6Address | None:
        """The host as an IP address, or None for a name."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None

    @property
    def private(self) -> bool:
        """Whether the server is on this machine or in a private network, as far as its address tells.

        True for loopback, RFC 1918, link-local and unique local addresses, for ``localhost``, for names that end in
        ``.local``, ``.localhost``, ``.internal`` or ``.home.arpa``, and for names of a single label (``gpu1``),
        which only a private network resolves. What another name resolves to is looked at in ``tls.py``.
        """
        ip = self.ip
        if ip is None:
            return "." not in self.host or self.host.endswith(PRIVATE_SUFFIXES)
        return is_private_ip(ip)


def is_private_ip(ip: IPv4Address | IPv6Address) -> bool:
    """Return whether an address belongs to this machine or to a private network: nobody outside can have it."""
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return any(ip in network for network in PRIVATE_NETWORKS if network.version == ip.version)


def parse_address(text: str) -> Address:
    """Read the text that names a server.

    Args:
        text: For example ``studio.local``, ``192.168.1.20:7859``, ``[fe80::1%en0]:7859`` or ``grpcs://gpu1``.

    Returns:
        The address, with the default port 7859 where none is given.

    Raises:
        BadAddress: The text names no server; the message names the rule it breaks.
    """
    if not isinstance(text, str):
        raise BadAddress(f"A server is named by text, not by {type(text).__name__}.", hint=FORMS, field="server")
    if not text:
        raise BadAddress("The server address is empty.", hint=FORMS, field="server", value=text)
    if any(character.isspace() or not character.isprintable() for character in text):
        _refuse(text, "contains a space or a control character")
    if text.lower() == EMBEDDED:
        return Address(EMBEDDED, 0, "plain", embedded=True)
    scheme, rest = _split_scheme(text)
    if "@" in rest:
        # The text is not repeated: what stands before the @ may be a password.
        raise BadAddress("A server address holds no user name or password.", hint=FORMS, field="server")
    if any(mark in rest for mark in "/?#\\"):
        _refuse(text, "contains a path; a gRPC server has none")
    host, port = _split_port(text, rest)
    return Address(_checked_host(text, host), DEFAULT_PORT if port is None else _checked_port(text, port), scheme)


def _refuse(text: str, rule: str, *, hint: str = FORMS) -> NoReturn:
    raise BadAddress(f"The server address {text!r} {rule}.", hint=hint, field="server", value=text)


def _split_scheme(text: str) -> tuple[Scheme, str]:
    name, mark, rest = text.partition("://")
    if not mark:
        return "auto", text
    scheme = SCHEMES.get(name.lower())
    if scheme is not None:
        return scheme, rest
    if name.lower() in {"http", "https"}:
        _refuse(
            text if "@" not in text else f"{name}://…",
            "is a web address, but the server speaks gRPC",
            hint=f"Leave {name}:// away. The app's HTTP API (port 7860) is not its gRPC server (port 7859).",
        )
    _refuse(f"{name}://…", "starts with an unknown scheme")


def _split_port(text: str, rest: str) -> tuple[str, str | None]:
    if rest.startswith("["):
        host, bracket, tail = rest[1:].partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            _refuse(text, "has brackets that do not enclose an IPv6 address")
        if ":" not in host:
            _refuse(text, "has brackets around something that is no IPv6 address")
        return host, tail[1:] if tail else None
    if rest.count(":") > 1:
        return rest, None
    host, colon, port = rest.partition(":")
    return host, port if colon else None


def _checked_port(text: str, port: str) -> int:
    if not (port.isascii() and port.isdigit()):
        _refuse(text, f"has the port {port!r}, which is no number" if port else "ends in a colon without a port")
    if len(port) > len(str(HIGHEST_PORT)) or not 1 <= int(port) <= HIGHEST_PORT:
        _refuse(text, f"has the port {port}, which is outside 1 to {HIGHEST_PORT}")
    return int(port)


def _checked_host(text: str, host: str) -> str:
    if not host:
        _refuse(text, "names no host")
    if ":" in host:
        try:
            return str(IPv6Address(host))
        except ValueError:
            _refuse(text, "is neither host:port nor an IPv6 address")
    name = _ascii_name(text, host).removesuffix(".").lower()
    labels = name.split(".")
    if len(name) > LONGEST_NAME or not all(LABEL.fullmatch(label) for label in labels):
        _refuse(text, f"has the host {host!r}, which is no valid host name")
    if labels[-1].isdigit():
        try:
            return str(IPv4Address(name))
        except ValueError:
            _refuse(text, f"has the host {host!r}, which is no complete IPv4 address")
    return name


def _ascii_name(text: str, host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        _refuse(text, f"has the host {host!r}, which is no valid host name")


def endpoint_of(name: str) -> str:
    """Return a server's host and port, however they are written; what is no address stays as it is."""
    try:
        return parse_address(name).endpoint
    except BadAddress:
        return name
