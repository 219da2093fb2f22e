"""The options of commands that can use several servers at once, and what they mean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from drawthings.cli import completion, options
from drawthings.cli.alias import option
from drawthings.cli.options import _ELSEWHERE as ELSEWHERE
from drawthings.cli.options import CONNECTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings import DrawThings, Pool
    from drawthings.settings import Connection

SERVERS = (
    option(
        "--server",
        "-s",
        "servers",
        multiple=True,
        metavar="ADDRESS",
        also=("--remote-url",),
        is_eager=True,  # completion of names asks which server they are for
        complete=completion.servers,
        help="A server; repeatable, one for each GPU. Default: DRAWTHINGS_SERVER, the profile, localhost:7859.",
    ),
    *CONNECTION[1:],
    *ELSEWHERE,
)


def connections(given: Mapping[str, Any]) -> list[Connection]:
    """Return the connections that the options describe: the same secret and trust for all servers.

    Raises:
        ConfigError: An option, a variable or the configuration file makes no sense.
    """
    from drawthings.cli.connection import connection

    servers = given["servers"] or (None,)
    first = connection({**given, "server": servers[0]})
    return [first, *(replace(first, server=server) for server in servers[1:])]


def painter(given: Mapping[str, Any]) -> DrawThings | Pool:
    """Return the client that the options describe, or a pool where they name several servers."""
    if len(given["servers"]) > 1:
        from drawthings.batch.pool import Pool

        return Pool(connections(given))
    return options.client({**given, "server": next(iter(given["servers"]), None)})
