"""A certificate of the server's own, made when it is first needed.

The official server uses one whose key is published with its source, so that it proves nothing. This one is made on
the spot, with the ``cryptography`` package if it is installed, else with the ``openssl`` program.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import logging
import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from drawthings.errors import TlsMismatch

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = logging.getLogger("drawthings.server")

VALID_DAYS = 3650
ALWAYS = ("localhost", "127.0.0.1", "::1")
ANY_ADDRESS = frozenset({"", "0.0.0.0", "::", "[::]"})  # noqa: S104 - these are what it is compared with
CERTIFICATE_FILE = "server.crt"
KEY_FILE = "server.key"
_NOTE = "Names: "


@dataclass(frozen=True, slots=True)
class Identity:
    """What a server shows to its clients.

    Attributes:
        certificate: PEM, public.
        key: PEM, secret.
    """

    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        return "Identity(…)"


def default_folder() -> Path:
    """Return the folder in which a server that runs for itself keeps its certificate."""
    import platformdirs

    return Path(platformdirs.user_data_dir("drawthings")) / "server"


def names_for(address: str, name: str) -> tuple[str, ...]:
    """Return the names and addresses a certificate is to be good for.

    Args:
        address: Where the server listens.
        name: What it calls itself.
    """
    own = [] if address in ANY_ADDRESS else [address.strip("[]")]
    for host in (name, f"{name}.local" if name and "." not in name else "", socket.gethostname()):
        with contextlib.suppress(UnicodeError):
            host.encode("ascii")
            own += [host] if host and not set(host) - _HOST_CHARACTERS else []
    return tuple(dict.fromkeys((*ALWAYS, *own)))


_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")


def make_identity(names: Sequence[str]) -> Identity:
    """Make a new certificate that is good for some names, and its key.

    Args:
        names: Host names and addresses; the first is the certificate's own name.

    Raises:
        TlsMismatch: Neither the package nor the program is installed.
    """
    try:
        import cryptography  # noqa: F401 - only whether it is there
    except ImportError:
        return _with_openssl(names)
    return _with_cryptography(names)


def kept_identity(folder: Path, names: Sequence[str]) -> Identity | None:
    """Return the certificate kept in a folder, or None if there is none that still counts.

    Clients remember the certificate and not its names, so one for other names is kept as well: a new one would be
    refused by all of them. That is logged.

    Args:
        folder: Where certificate and key are kept.
        names: What the certificate should be good for.
    """
    try:
        identity = Identity((folder / CERTIFICATE_FILE).read_bytes(), (folder / KEY_FILE).read_bytes())
        if _last_day(identity.certificate) <= dt.datetime.now(dt.UTC).date():
            _log.warning("the certificate in %s is too old; clients will notice the new one", folder)
            return None
    except (OSError, ValueError):
        return None
    had = _names(identity.certificate)
    if missing := [name for name in names if name not in had]:
        _log.warning(
            "the certificate in %s is not for %s; clients know it, so it stays. Delete it there for a new one.",
            folder,
            ", ".join(missing),
        )
    return identity


def noted_identity(names: Sequence[str]) -> Identity:
    """Make a new certificate that can be kept: one that says for what names it is, and until when.

    Raises:
        TlsMismatch: It cannot be made.
    """
    identity = make_identity(names)
    # Readers of PEM skip what stands before the first dashed line.
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=VALID_DAYS - 1)
    note = f"{_NOTE}{', '.join(names)}\nUntil: {until.isoformat()}\n"
    return Identity(note.encode() + identity.certificate, identity.key)


def keep_identity(folder: Path, identity: Identity) -> None:
    """Write a certificate and its key into a folder, in place of older ones.

    Args:
        folder: Where they are kept; it is made if needed, the key readable for its owner only.
        identity: What ``noted_identity`` made.

    Raises:
        TlsMismatch: They cannot be written.
    """
    certificate, key = folder / CERTIFICATE_FILE, folder / KEY_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(key, identity.key, 0o600)
        _write(certificate, identity.certificate, 0o644)
    except OSError as error:
        raise TlsMismatch(
            f"The certificate cannot be kept in {folder}: {error.strerror or error}.",
            hint="Make the folder writable, or start the server without TLS (--no-tls).",
        ) from error
    _log.info("the certificate is kept in %s", folder)


def _names(certificate: bytes) -> list[str]:
    line = next((line for line in certificate.splitlines() if line.startswith(_NOTE.encode())), b"")
    return line.decode(errors="replace").removeprefix(_NOTE).split(", ")


def _last_day(certificate: bytes) -> dt.date:
    line = next((line for line in certificate.splitlines() if line.startswith(b"Until: ")), b"Until: ")
    return dt.date.fromisoformat(line.removeprefix(b"Until: ").decode())


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file that has its permissions from its first byte on."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    beside.replace(path)


def _with_cryptography(names: Sequence[str]) -> Identity:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(ip) if (ip := _ip(name)) else x509.DNSName(name) for name in names]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Identity(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def _with_openssl(names: Sequence[str]) -> Identity:
    program = shutil.which("openssl")
    if program is None:
        raise TlsMismatch(
            "The server cannot make a certificate: neither the package cryptography nor the program openssl is there.",
            hint="Install drawthings[server-tls], or start the server without TLS (--no-tls).",
        )
    alternatives = ",".join(f"IP:{name}" if _ip(name) else f"DNS:{name}" for name in names)
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = Path(folder) / KEY_FILE, Path(folder) / CERTIFICATE_FILE
        command = [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        command += ["-keyout", str(key), "-out", str(certificate), "-days", str(VALID_DAYS), "-sha256"]
        command += ["-subj", f"/CN={names[0]}", "-addext", f"subjectAltName={alternatives}"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603 - fixed program, checked names
        except (OSError, subprocess.SubprocessError) as error:
            raise TlsMismatch(
                f"The program openssl could not make a certificate: {error}.",
                hint="Install drawthings[server-tls], or start the server without TLS (--no-tls).",
            ) from error
        return Identity(certificate.read_bytes(), key.read_bytes())


def _ip(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
