"""The certificate for HTTPS, tried before anything else begins."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from drawthings.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

NEW_PAIR = "openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=localhost -keyout key.pem -out cert.pem"


class _Locked(Exception):
    """A key wants a password."""


def check_certificate(certificate: Path, key: Path) -> None:
    """Refuse a certificate or key that cannot be served with.

    Args:
        certificate: A PEM file, with those of the authorities in between behind it if there are any.
        key: The PEM file of its key.

    Raises:
        ConfigError: One of the files cannot be read or holds something else, or they do not belong together.
    """
    for path, what in ((certificate, "certificate"), (key, "key")):
        _check_readable(path, what)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=_ask)
    except _Locked:
        raise _refused(
            f"The key {key} is locked with a password.",
            f"Unlock it into another file: openssl pkey -in {key} -out unlocked.pem",
            key,
        ) from None
    except ssl.SSLError as error:
        if error.reason and "MISMATCH" in error.reason:
            raise _refused(f"The key {key} does not belong to the certificate {certificate}.", None, key) from error
        what = f"{certificate} and {key} are no certificate and its key in PEM: {error.reason or error}."
        raise _refused(what, None, certificate) from error


def _check_readable(path: Path, what: str) -> None:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise _refused(f"The {what} {path} cannot be read: {error.strerror or error}.", None, path) from error


def _refused(message: str, hint: str | None, path: Path) -> ConfigError:
    return ConfigError(message, hint=hint or f"This makes a pair: {NEW_PAIR}", field="tls", value=str(path))


def _ask() -> str:
    """Do not ask: nobody may be there, and the next start would ask again."""
    raise _Locked
