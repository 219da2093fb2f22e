"""The gateway with its page in a thread, in front of an embedded server."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from drawthings.apps.http.app import make_app
from drawthings.apps.http.settings import GatewaySettings
from drawthings.apps.jobs.core import Jobs
from drawthings.apps.jobs.store import Store
from drawthings.batch._async_pool import AsyncPool
from drawthings.server.run import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drawthings.server.options import ServerOptions


@dataclass(frozen=True)
class Gateway:
    """A running gateway.

    Attributes:
        url: Where its page is.
        server: The embedded server behind it.
    """

    url: str
    server: EmbeddedServer


@contextmanager
def running(folder: Path, options: ServerOptions, settings: GatewaySettings | None = None) -> Iterator[Gateway]:
    """Run a gateway in a thread of its own, in front of a server of its own."""
    with EmbeddedServer(options) as server:
        host = _Host(f"grpc://{server.address}", folder, settings or GatewaySettings(tools=False, drain_s=0))
        thread = threading.Thread(target=host.run, name="gateway", daemon=True)
        thread.start()
        while not host.ready.wait(0.1):
            assert thread.is_alive(), "the gateway did not start"
        try:
            yield Gateway(f"http://127.0.0.1:{host.port}/", server)
        finally:
            host.stop()
            thread.join(10)


class _Host:
    """The gateway's own event loop."""

    def __init__(self, address: str, folder: Path, settings: GatewaySettings) -> None:
        self._address, self._folder, self._settings = address, folder, settings
        self._web: uvicorn.Server | None = None
        self.ready = threading.Event()
        self.port = 0

    def run(self) -> None:
        """Serve until it is stopped."""
        asyncio.run(self._serve())

    def stop(self) -> None:
        """End it; open streams are not waited for."""
        if self._web is not None:
            self._web.should_exit = True

    async def _serve(self) -> None:
        store = Store(self._folder)
        async with AsyncPool([self._address]) as pool:
            app = make_app(Jobs(pool, store=store), self._settings)
            listening = socket.create_server(("127.0.0.1", 0))
            self.port = listening.getsockname()[1]
            self._web = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
            self.ready.set()
            await self._web.serve([listening])
        store.close()
