"""Whom to trust: nobody needs a bundled certificate, and nothing is taken back quietly.

A certificate that the system trusts for the server's name needs nothing more. Any other is accepted on first sight when
the server is on this machine or in a private network, and remembered; from then on only that certificate counts. For a
public server the user has to say so first. A certificate is written down only when its server has answered a call of
the service: whatever else listens at a wrong port is not taken for the server from then on.

A server counts as private if its name says so (see ``address.py``), or if the address that answered is one of this
machine or of a private network: ``gpu.lan`` and the names that a router gives out need no word. Whoever rules the name
service of a network could therefore lead a first contact to a machine inside it, but not a later one, and never to one
outside. The official server's private key is public, so its certificate tells two servers apart from a third one only
as long as nobody bothers: this protects against mistakes and changes, and as much against attackers as the first
contact did.

Source: ``gRPCServerCLI.swift`` (TLS by default), ``BinaryResources`` (certificate and key of the server).
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from drawthings.errors import (
    BadConfiguration,
    BadValue,
    CertificateChanged,
    CertificateUntrusted,
    OutputError,
    TlsDowngraded,
    TlsMismatch,
)
from drawthings.profiles import reason
from drawthings.wire.known import KnownServer, KnownServers
from drawthings.wire.probe import Probe

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings.settings import Tls, TlsMode
    from drawthings.wire.address import Address
    from drawthings.wire.certificate import Certificate
    from drawthings.wire.probe import Face

logger = logging.getLogger("drawthings.wire")


@dataclass(frozen=True, slots=True)
class Introduction:
    """What is to be written down about a server as soon as it turns out to be a Draw Things server.

    Attributes:
        endpoint: ``host:port``.
        fingerprint: Of its certificate, or None where the system trusts it.
        known: The file to write to.
        before: What stood there when the server was looked at.
    """

    endpoint: str
    fingerprint: str | None
    known: KnownServers
    before: KnownServer | None

    def remember(self) -> None:
        """Write it down, unless somebody else has written about the server meanwhile; that it cannot be is logged."""
        try:
            if self.known.get(self.endpoint) != self.before:
                return
            self.known.remember(self.endpoint, self.fingerprint)
        except (BadConfiguration, OutputError) as error:
            # The connection is as good as on any first contact; only the next one cannot be compared with it.
            logger.warning("%s", error)
            remembered = "but not remembered"
        else:
            remembered = "and remembered"
        if self.fingerprint is not None:
            logger.warning(
                "First contact with %s: its certificate is accepted %s, %s", self.endpoint, remembered, self.fingerprint
            )


@dataclass(frozen=True, slots=True)
class Security:
    """What gRPC needs to connect to the server that was looked at, and to no other.

    Attributes:
        target: The numeric address.
        roots: The certificates to trust as PEM; None for plaintext.
        name: The name to check the server's certificate against; None for plaintext.
        introduction: What to remember once the server has answered a call; None where nothing is new.
    """

    target: str
    roots: bytes | None = None
    name: str | None = None
    introduction: Introduction | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Trusted:
    """What came of the user's word about a server.

    Attributes:
        certificate: What is remembered from now on; None when the server speaks plaintext and so nothing is.
        forgotten: Whether something else was known about it before.
    """

    certificate: Certificate | None
    forgotten: bool


def secure(address: Address, tls: Tls, timeout_s: float) -> Security:
    """Look at a server and decide whether and how to trust it.

    Args:
        address: Where the server is.
        tls: What the user said about encryption and trust. The scheme of the address wins over its mode.
        timeout_s: Seconds for everything together.

    Returns:
        What gRPC needs to connect.

    Raises:
        Unreachable, TimedOut, Rejected: As ``Probe.look``.
        TlsMismatch: TLS on one side only, or a certificate that cannot be used.
        CertificateUntrusted: A public server with a certificate that nobody vouches for.
        CertificateChanged: Not the certificate that was remembered.
        TlsDowngraded: A server once seen with TLS now answers without.
        BadValue: The file of the own authority cannot be used.
        BadConfiguration: The file of known servers cannot be read.
    """
    security = Judge(address, tls, timeout_s).decide()
    kind = "plaintext" if security.name is None else f"TLS, checked as {security.name}"
    logger.debug("Connecting to %s at %s (%s).", address, security.target, kind)
    return security


def trust(address: Address, tls: Tls, timeout_s: float) -> Trusted:
    """Accept what a server is now, whatever was remembered about it.

    Args:
        address: Where the server is.
        tls: Where the known servers are remembered.
        timeout_s: Seconds for everything together.

    Returns:
        What is remembered from now on, and whether something was forgotten for it.

    Raises:
        Unreachable, TimedOut, Rejected: As ``Probe.look``.
        OutputError: It cannot be written down.
    """
    known = KnownServers(tls.known_servers)
    probe = Probe(address, timeout_s)
    certificate = probe.look().certificate
    if certificate is None:
        return Trusted(None, known.forget(address.endpoint))
    before = known.get(address.endpoint)
    fingerprint = None if probe.vouched(certificate) is not None else certificate.fingerprint
    known.remember(address.endpoint, fingerprint)
    return Trusted(certificate, before is not None and before.fingerprint != fingerprint)


def effective_mode(address: Address, tls: Tls) -> TlsMode:
    """Return what to insist on: the scheme of the address wins, and an own authority makes no sense without TLS."""
    if address.scheme != "auto":
        return "on" if address.scheme == "tls" else "off"
    return "on" if tls.mode == "auto" and tls.ca_file is not None else tls.mode


class Judge:
    """The decision about one server; ``secure`` says what comes out."""

    def __init__(self, address: Address, tls: Tls, timeout_s: float) -> None:
        self.address = address
        self.tls = tls
        self.mode = effective_mode(address, tls)
        self.known = KnownServers(tls.known_servers)
        self.entry = None if self.mode == "off" else self.known.get(address.endpoint)
        self.probe = Probe(address, timeout_s)
        # An IPv6 zone is of this machine only and no part of a name.
        self.host = address.host.partition("%")[0]

    def decide(self) -> Security:
        """Return what gRPC needs to connect, or raise why it must not."""
        authority = _read_authority(self.tls.ca_file) if self.tls.ca_file and self.mode != "off" else None
        face = self.probe.look(tls=self.mode != "off")
        if face.certificate is None:
            return self._plaintext(face)
        if authority is not None:
            return self._own_authority(face, face.certificate, authority)
        return self._trusted(face, face.certificate)

    def _plaintext(self, face: Face) -> Security:
        if self.entry is not None:
            raise TlsDowngraded(
                f"The server {self.address} was seen with TLS before and now answers without; nothing was sent.",
                hint=f"If that is meant, forget its certificate: drawthings server trust {self.address.endpoint}",
                address=str(self.address),
            )
        if self.mode == "on":
            raise self._mismatch("answers without TLS", "Use --tls auto, or write grpc:// before the address.")
        if self.mode == "auto" and not self._private(face):
            logger.warning("The connection to %s is not encrypted.", self.address.endpoint)
        return Security(face.target)

    def _own_authority(self, face: Face, certificate: Certificate, authority: str) -> Security:
        self._check_dates(certificate)
        if self.probe.vouched(certificate, authority) is None:
            raise self._mismatch(
                f"has a certificate that the authority in {self.tls.ca_file} did not sign",
                "Check which authority signed it, or leave it out to accept the certificate itself.",
            )
        # A private address often stands in no certificate; the authority's word counts for any server it signed.
        relaxed = self._private(face) or self.address.ip is not None
        if not relaxed and not certificate.covers(self.host):
            raise self._mismatch(
                f"has a certificate for {_listed(certificate)}",
                "Use one of these names, or a certificate for this one.",
            )
        return Security(face.target, authority.encode(), self._name(certificate))

    def _trusted(self, face: Face, certificate: Certificate) -> Security:
        pinned = None if self.entry is None else self.entry.fingerprint
        if pinned == certificate.fingerprint:
            return self._pinned(face, certificate)
        authorities = self.probe.vouched(certificate)
        if authorities is not None:
            new = self._introduction(None) if self.entry is None or pinned is not None else None
            return Security(face.target, certificate.pem + authorities, self.host, new)
        if self.entry is not None:
            raise self._changed(certificate, pinned or "one that the system trusted")
        security = self._pinned(face, certificate)
        if not (self._private(face) or self.tls.trust):
            raise CertificateUntrusted(
                f"The certificate of {self.address} is vouched for by nobody; it is {certificate.fingerprint}.",
                hint="Compare this with the server's, and if it is the same: "
                f"drawthings server trust {self.address.endpoint}",
                address=str(self.address),
                fingerprint=certificate.fingerprint,
            )
        return replace(security, introduction=self._introduction(certificate.fingerprint))

    def _private(self, face: Face) -> bool:
        return self.address.private or face.private

    def _pinned(self, face: Face, certificate: Certificate) -> Security:
        """Trust this very certificate, whoever signed it."""
        self._check_dates(certificate)
        return Security(face.target, certificate.pem, self._name(certificate))

    def _name(self, certificate: Certificate) -> str:
        name = certificate.name_for(self.host)
        if name is None:
            raise self._mismatch(
                "has a certificate without a name, which gRPC cannot check",
                "Make one for the server's name or address.",
            )
        return name

    def _check_dates(self, certificate: Certificate) -> None:
        now = datetime.now(UTC)
        if now > certificate.not_after:
            raise self._mismatch(
                f"has a certificate that expired on {certificate.not_after:%Y-%m-%d}", "Renew it on the server."
            )
        if now < certificate.not_before:
            raise self._mismatch(
                f"has a certificate that is valid only from {certificate.not_before:%Y-%m-%d %H:%M} UTC",
                "Check the clocks of both machines.",
            )

    def _introduction(self, fingerprint: str | None) -> Introduction:
        return Introduction(self.address.endpoint, fingerprint, self.known, self.entry)

    def _changed(self, certificate: Certificate, known: str) -> CertificateChanged:
        return CertificateChanged(
            f"The certificate of {self.address} has changed: it was {known} and is {certificate.fingerprint}; "
            "nothing was sent.",
            hint="If the server was set up anew, accept it: "
            f"drawthings server trust {self.address.endpoint}; if not, somebody else answers in its place.",
            address=str(self.address),
            known=known,
            fingerprint=certificate.fingerprint,
        )

    def _mismatch(self, what: str, hint: str) -> TlsMismatch:
        return TlsMismatch(f"The server {self.address} {what}.", hint=hint, address=str(self.address))


def _read_authority(path: Path) -> str:
    """Read the certificates of an own authority, and make sure that they are some."""
    try:
        text = path.read_text(encoding="ascii", errors="ignore")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        raise BadValue(f"The file {path} holds no certificate in PEM form.", field="tls_ca", value=str(path)) from error
    except OSError as error:
        raise BadValue(
            f"The certificate file {path} cannot be read: {reason(error)}.", field="tls_ca", value=str(path)
        ) from error
    return text


def _listed(certificate: Certificate) -> str:
    return ", ".join(certificate.names) or "nobody"
