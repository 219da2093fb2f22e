"""The connection that the command line's options describe."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli.screen.foreground import tell
from drawthings.settings import Connection, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping


class _OneLine(logging.Handler):
    """Shows the library's warnings, such as a certificate accepted at first sight, as plain lines.

    What the embedded server has to say is for whoever runs one; here it is shown with ``--debug`` only.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Leave the embedded server's lines out, unless everything is to be seen."""
        debugging = logging.getLogger("drawthings").level <= logging.DEBUG
        return debugging or not record.name.startswith("drawthings.server")

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line on standard error; a closed one is no reason to lose a picture."""
        tell(record.getMessage())


def connection(given: Mapping[str, Any]) -> Connection:
    """Return the connection, and let the library's warnings be seen.

    Raises:
        ConfigError: An option, a variable or the configuration file makes no sense.
    """
    watch(debug=given["debug"])
    return Connection.from_environment(
        given["profile"],
        server=_server(given),
        secret=_secret(given),
        tls=given["tls"] or {True: "on", False: "off"}.get(given.get("remote_tls")),  # type: ignore[arg-type] # or None
        tls_ca=given["tls_ca"],
        trust=given["trust"] or None,
    )


def _server(given: Mapping[str, Any]) -> str | None:
    """Return the address; the official command line has the port apart."""
    port = given.get("remote_port")
    if port is None:
        return given["server"]  # type: ignore[no-any-return]
    return f"{given['server'] or 'localhost'}:{port}"


def _secret(given: Mapping[str, Any]) -> Secret | None:
    if given["ask_secret"]:
        return Secret(click.prompt("Shared secret", hide_input=True, err=True))
    if given["secret_file"]:
        return Secret.from_file(given["secret_file"])
    return Secret(given["remote_shared_secret"]) if given.get("remote_shared_secret") else None


def watch(*, debug: bool) -> None:
    """Let what the library logs be seen: its warnings, or everything."""
    logger = logging.getLogger("drawthings")
    if not logger.handlers:
        logger.addHandler(_OneLine(logging.DEBUG))
        logger.propagate = False
    logger.setLevel(logging.DEBUG if debug else logging.WARNING)
