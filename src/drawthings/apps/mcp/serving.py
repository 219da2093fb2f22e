"""The life of ``drawthings mcp``: servers, core and tools are put together, served, and taken apart again."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp.server.stdio import stdio_server

from drawthings.apps.http.keys import Keys
from drawthings.apps.jobs.core import Jobs
from drawthings.apps.jobs.store import Store
from drawthings.apps.mcp.lines import Lines
from drawthings.apps.mcp.mounted import PATH, Locked, mounted
from drawthings.apps.mcp.roots import Roots
from drawthings.apps.mcp.server import make_server
from drawthings.apps.mcp.shelf import Shelf
from drawthings.apps.mcp.studio import Studio
from drawthings.batch._async_pool import AsyncPool
from drawthings.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from starlette.types import ASGIApp

    from drawthings.settings import Connection

DRAIN_S = 0.0
"""The client is gone when this ends, and nobody would see what comes after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What is served, and how.

    Attributes:
        connections: The Draw Things servers.
        folders: Where pictures may be read.
        save: Where results are saved, or None.
        place: Host and port for HTTP; None for standard input and output.
        key_file: The keys that callers over HTTP need, or None.
    """

    connections: Sequence[Connection]
    folders: Sequence[Path] = ()
    save: Path | None = None
    place: tuple[str, int] | None = None
    key_file: Path | None = None


@asynccontextmanager
async def studio(serving: Serving) -> AsyncIterator[Studio]:
    """Put everything together that tools work with, and take it apart at the end.

    Raises:
        ConfigError: A folder or an address makes no sense.
    """
    roots = Roots(serving.folders)
    async with AsyncPool(serving.connections) as pool:
        store = Store()
        jobs = Jobs(pool, store=store)
        shelf = None if serving.save is None else Shelf(jobs, serving.save)
        await jobs.start()
        try:
            yield Studio(jobs, roots, shelf, serving.connections[0].model)
        finally:
            await jobs.close(DRAIN_S)
            if shelf is not None:
                await shelf.close()
            store.close()


async def serve(serving: Serving, tell: Callable[[str], None]) -> None:
    """Serve until the client goes away, or for ever over HTTP.

    Args:
        serving: What, and how.
        tell: Takes lines for the person who started it.
    """
    async with studio(serving) as made:
        if serving.place is None:
            await over_stdio(made)
        else:
            await over_http(made, serving.place, serving.key_file, tell)


async def over_stdio(made: Studio) -> None:
    """Serve one client over standard input and output, until it closes them."""
    server = make_server(made)
    # Whatever a library writes to standard output meanwhile goes to standard error.
    async with stdio_server(stdin=Lines()) as (reading, writing):  # type: ignore[arg-type] # it is only iterated
        await server.run(reading, writing, server.create_initialization_options())


async def over_http(made: Studio, place: tuple[str, int], key_file: Path | None, tell: Callable[[str], None]) -> None:
    """Serve clients over HTTP until Ctrl-C.

    Args:
        made: What the tools work with.
        place: Host and port.
        key_file: The keys that callers need, or None.
        tell: Takes a line for the person who started it.

    Raises:
        ConfigError: The port cannot be listened at, or the file of keys cannot be used.
    """
    import uvicorn

    keys = None if key_file is None else Keys.read(key_file)
    # Clients that still wait a second after Ctrl-C are cut off, and their jobs cancelled.
    config = uvicorn.Config(application(made, keys), log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    with _listening(place) as listening:
        host, port = listening.getsockname()[:2]
        tell(f"Listening at http://{f'[{host}]' if ':' in host else host}:{port}{PATH}. Ctrl-C stops.")
        await uvicorn.Server(config).serve(sockets=[listening])


def application(made: Studio, keys: Keys | None) -> ASGIApp:
    """Return the tools as a web application of their own, behind keys if there are any."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    tools = mounted(made)
    endpoint = tools.app if keys is None else Locked(tools.app, keys)
    return Starlette(routes=[Route(PATH, endpoint)], lifespan=lambda _: tools.running())


def _listening(place: tuple[str, int]) -> socket.socket:
    family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    try:
        return socket.create_server(place, family=family)
    except OSError as error:
        what = f"Port {place[1]} cannot be listened at: {error.strerror}."
        raise ConfigError(what, hint="Name another one; 0 takes a free one.", field="http", value=place[1]) from error
