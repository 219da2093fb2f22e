"""What a certificate says: its names, its dates and its fingerprint. No I/O.

Python reads a certificate out only after its chain was verified, and the ones met here are mostly signed by nobody the
system knows. So the few fields that count are read from the DER bytes (X.509, RFC 5280) here.
"""

from __future__ import annotations

import hashlib
import re
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from typing import Final

from drawthings.errors import TlsMismatch

SEQUENCE: Final = 0x30
OCTETS: Final = 0x04
UTC_TIME: Final = 0x17
UTF16_TEXT: Final = 0x1E
LATIN_TEXT: Final = 0x14  # T61, read as Latin-1 by everyone
VERSION: Final = 0xA0  # [0] of the certificate
EXTENSIONS: Final = 0xA3  # [3] of the certificate
DNS_NAME: Final = 0x82  # [2] of an alternative name
IP_ADDRESS: Final = 0x87  # [7] of an alternative name
COMMON_NAME: Final = bytes.fromhex("550403")  # 2.5.4.3
ALTERNATIVE_NAMES: Final = bytes.fromhex("551d11")  # 2.5.29.17

LONG_FORM: Final = 0x80
UTC_TIME_PIVOT: Final = 50  # two-digit years below it are in this century
TIME_TEXT: Final = re.compile("[0-9]{14}Z")
IP_BYTES: Final = (4, 16)

# What may stand in a name that is shown; a certificate can hold anything, line breaks and terminal controls included.
DNS_TEXT: Final = re.compile(rb"[A-Za-z0-9*_.-]+")

# gRPC accepts an entry with a wildcard only where at least two labels follow it.
WILDCARD: Final = re.compile(r"\*(\.[^.*]+){2,}")

Item = tuple[int, bytes]
"""A DER tag and what it holds."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's certificate.

    Attributes:
        der: Its bytes.
        dns: The host names it is for; some may be wildcards.
        ips: The IP addresses it is for.
        common_name: The name of its subject, or an empty string.
        not_before: When it begins to count.
        not_after: When it ceases to count.
    """

    der: bytes = field(repr=False)
    dns: tuple[str, ...]
    ips: tuple[str, ...]
    common_name: str
    not_before: datetime
    not_after: datetime

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate, with the digits that ``openssl x509 -fingerprint -sha256`` shows."""
        return "SHA256:" + hashlib.sha256(self.der).digest().hex(":").upper()

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return ssl.DER_cert_to_PEM_cert(self.der).encode()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that the certificate is for, to be shown."""
        return (*self.dns, *self.ips) or ((self.common_name,) if self.common_name else ())

    def covers(self, host: str) -> bool:
        """Tell whether the certificate is for this host name or IP address."""
        try:
            ip = str(ip_address(host))
        except ValueError:
            return any(_matches(pattern, host) for pattern in self.dns)
        return ip in self.ips

    def name_for(self, host: str) -> str | None:
        """Return a name that a check of this certificate accepts: the host itself if it can be, else any other.

        gRPC cannot leave the check of the name out. Where the certificate itself is what is trusted, it is therefore
        given a name that stands in it; the common name counts only where there is no host name besides.

        Returns:
            The name, or None when the certificate has none that would pass.
        """
        if self.covers(host):
            return host
        concrete = [name for name in self.dns if "*" not in name]
        made = [f"drawthings{name[1:]}" for name in self.dns if WILDCARD.fullmatch(name)]
        last = [self.common_name] if self.common_name and not self.dns else []
        return next(iter([*concrete, *self.ips, *made, *last]), None)


def read_certificate(der: bytes) -> Certificate:
    """Read a certificate from its DER bytes.

    Raises:
        TlsMismatch: They are no X.509 certificate.
    """
    try:
        fields = _items(_items(_items(der)[0][1])[0][1])
        if fields[0][0] == VERSION:
            fields = fields[1:]
        # Serial number, signature algorithm, issuer, validity, subject, public key; then what may be left out.
        validity = _items(fields[3][1])
        dns, ips = _alternative_names(fields[6:])
        return Certificate(
            der=der,
            dns=dns,
            ips=ips,
            common_name=_common_name(fields[4][1]),
            not_before=_time(validity[0]),
            not_after=_time(validity[1]),
        )
    except (IndexError, ValueError) as error:
        raise TlsMismatch("The server's certificate cannot be read.", hint="Make a new one on the server.") from error


def _matches(pattern: str, host: str) -> bool:
    pattern, host = pattern.lower(), host.lower()
    if WILDCARD.fullmatch(pattern):
        first, _, rest = host.partition(".")
        return bool(first) and rest == pattern[2:]
    return pattern == host


def _items(data: bytes) -> list[Item]:
    """Split the content of a DER sequence into its items."""
    items = []
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length >= LONG_FORM:
            digits = length - LONG_FORM
            length = int.from_bytes(data[at : at + digits], "big")
            at += digits
        if at + length > len(data):
            raise ValueError("an item is longer than what holds it")
        items.append((tag, data[at : at + length]))
        at += length
    return items


def _common_name(subject: bytes) -> str:
    for _, relative in _items(subject):
        for _, pair in _items(relative):
            (_, identifier), (tag, text) = _items(pair)[:2]
            if identifier == COMMON_NAME:
                name = text.decode({UTF16_TEXT: "utf-16-be", LATIN_TEXT: "latin-1"}.get(tag, "utf-8"))
                return name if name.isprintable() else ""
    return ""


def _alternative_names(fields: list[Item]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    dns: list[str] = []
    ips: list[str] = []
    for extension in (item for tag, wrapped in fields if tag == EXTENSIONS for item in _items(_items(wrapped)[0][1])):
        parts = _items(extension[1])
        if parts[0][1] != ALTERNATIVE_NAMES or parts[-1][0] != OCTETS:
            continue
        for tag, value in _items(_items(parts[-1][1])[0][1]):
            if tag == DNS_NAME and DNS_TEXT.fullmatch(value):
                dns.append(value.decode("ascii"))
            elif tag == IP_ADDRESS and len(value) in IP_BYTES:
                ips.append(str(ip_address(value)))
    return tuple(dns), tuple(ips)


def _time(item: Item) -> datetime:
    tag, value = item
    text = value.decode("ascii")
    if tag == UTC_TIME:
        text = ("20" if int(text[:2]) < UTC_TIME_PIVOT else "19") + text
    if not TIME_TEXT.fullmatch(text):
        raise ValueError("a time is written in another way")
    return datetime.fromisoformat(f"{text[:8]}T{text[8:]}")
