from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.apps.mcp.server import make_server
from drawthings.apps.mcp.serving import Serving, studio
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from drawthings.settings import Connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from mcp.server.lowlevel import Server

    from drawthings.apps.mcp.studio import Studio


@pytest.fixture(scope="session")
def sketcher() -> Iterator[EmbeddedServer]:
    """A server whose pictures take no time; tests leave it as it was."""
    with EmbeddedServer(ServerOptions(tls=False, model_browser=True, sketch=True)) as server:
        yield server


@pytest.fixture
def slow() -> Iterator[EmbeddedServer]:
    """A server that takes its time for each step."""
    options = ServerOptions(tls=False, model_browser=True, sketch=True, catalogue=("v1",), ms_per_step=50)
    with EmbeddedServer(options) as server:
        yield server


@pytest.fixture
async def studios() -> AsyncIterator[Callable[..., Awaitable[Studio]]]:
    """Put together what tools work with, in front of the servers given; taken apart at the end."""
    async with AsyncExitStack() as stack:

        async def begin(*servers: EmbeddedServer, **how: Any) -> Studio:
            connections = [Connection(server=f"grpc://{server.address}") for server in servers]
            return await stack.enter_async_context(studio(Serving(connections=connections, **how)))

        yield begin


@pytest.fixture
async def made(studios: Callable[..., Awaitable[Studio]], sketcher: EmbeddedServer) -> Studio:
    return await studios(sketcher)


@pytest.fixture
async def server(made: Studio) -> Server[Any]:
    return make_server(made)
