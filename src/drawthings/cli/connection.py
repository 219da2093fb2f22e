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
    secret = None
    if given["ask_secret"]:
        secret = Secret(click.prompt("Shared secret", hide_input=True, err=True))
    elif given["secret_file"]:
        secret = Secret.from_file(given["secret_file"])
    return Connection.from_environment(
        given["profile"],
        server=given["server"],
        secret=secret,
        tls=given["tls"],
        tls_ca=given["tls_ca"],
        trust=given["trust"] or None,
    )


def watch(*, debug: bool) -> None:
    """Let what the library logs be seen: its warnings, or everything."""
    logger = logging.getLogger("drawthings")
    if not logger.handlers:
        logger.addHandler(_OneLine(logging.DEBUG))
        logger.propagate = False
    logger.setLevel(logging.DEBUG if debug else logging.WARNING)
