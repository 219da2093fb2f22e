"""The gateway over real HTTP in a thread, and pictures in the forms in which OpenAI's clients send and get them."""

from __future__ import annotations

import asyncio
import base64
import io
import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from PIL import Image

from drawthings.apps.http.app import make_app
from drawthings.apps.http.settings import GatewaySettings
from drawthings.apps.jobs.core import Jobs
from drawthings.apps.jobs.store import Store
from drawthings.batch._async_pool import AsyncPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drawthings.apps.jobs.job import Job
    from drawthings.apps.jobs.limits import Limits
    from drawthings.server.run import EmbeddedServer

SD = "sd_v1.5_f16.ckpt"


def png(image: Image.Image) -> bytes:
    """Return a picture as the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def opened(data: bytes | str | None) -> Image.Image:
    """Return a picture from bytes or base64."""
    assert data
    image = Image.open(io.BytesIO(base64.b64decode(data) if isinstance(data, str) else data))
    image.load()
    return image


@dataclass
class Gateway:
    """A running gateway.

    Attributes:
        url: Its root, without a slash at the end.
        server: The first server behind it.
        jobs: Its core, to be looked at.
    """

    url: str = ""
    server: EmbeddedServer | None = None
    jobs: Jobs | None = None

    def generations(self) -> int:
        """Return how many generations its server was asked for."""
        assert self.server is not None
        return self.server.asked

    def all_jobs(self) -> list[Job]:
        """Return every job, whoever asked for it."""
        assert self.jobs is not None
        return list(self.jobs._jobs.values())

    def until(self, holds: Callable[[], bool], limit_s: float = 10.0) -> None:
        """Wait until something holds of the jobs, which is looked at after each of their changes."""
        assert self.jobs is not None
        happened = threading.Event()
        forget = self.jobs.listen(lambda _: happened.set() if holds() else None)
        try:
            assert holds() or happened.wait(limit_s)
        finally:
            forget()


class Host(uvicorn.Server):
    """A web server that tells when it listens."""

    ready: threading.Event

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        self.ready.set()


class Listener(logging.Handler):
    """Notices when certain words are logged, from whatever thread."""

    def __init__(self, words: str) -> None:
        super().__init__(logging.INFO)
        self.heard = threading.Event()
        self._words = words

    def emit(self, record: logging.LogRecord) -> None:
        """Look at a line."""
        if self._words in record.getMessage():
            self.heard.set()


@contextmanager
def hearing(words: str) -> Iterator[threading.Event]:
    """Tell when the embedded servers log certain words."""
    log, listener = logging.getLogger("drawthings.server"), Listener(words)
    level = log.level
    log.addHandler(listener)
    log.setLevel(logging.INFO)
    try:
        yield listener.heard
    finally:
        log.removeHandler(listener)
        log.setLevel(level)


@contextmanager
def running(
    *servers: EmbeddedServer, limits: Limits | None = None, strip_metadata: bool = False, **settings: Any
) -> Iterator[Gateway]:
    """Run a gateway in front of servers."""
    gateway = Gateway(server=servers[0])
    hosts: list[Host] = []
    ready = threading.Event()
    addresses = [f"grpc://{server.address}" for server in servers]

    async def serve() -> None:
        store = Store()
        async with AsyncPool(addresses) as pool:
            gateway.jobs = Jobs(pool, limits=limits, store=store, strip_metadata=strip_metadata)
            app = make_app(gateway.jobs, GatewaySettings(**{"page": False, "tools": False, "drain_s": 0.0, **settings}))
            host = Host(uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=1))
            host.ready = ready
            hosts.append(host)
            await host.serve()
        store.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="gateway", daemon=True)
    thread.start()
    assert ready.wait(10), "the gateway did not start"
    gateway.url = f"http://127.0.0.1:{hosts[0].servers[0].sockets[0].getsockname()[1]}"
    try:
        yield gateway
    finally:
        hosts[0].should_exit = True
        thread.join(10)
