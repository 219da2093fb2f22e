"""The life of ``drawthings serve``: servers, core and application are put together, served, and taken apart again."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import uvicorn

from drawthings.apps.http.app import make_app
from drawthings.apps.http.certificate import check_certificate
from drawthings.apps.http.patience import PatientProtocol
from drawthings.apps.http.settings import GatewaySettings
from drawthings.apps.jobs.core import Jobs
from drawthings.apps.jobs.limits import Limits
from drawthings.apps.jobs.store import Store
from drawthings.batch._async_pool import AsyncPool
from drawthings.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import FrameType

    from drawthings.settings import Connection

MOST_CONNECTIONS = 2000
LAST_S, LAST_IN_HASTE_S = 5.0, 0.5
"""Seconds that open answers have to end after all jobs have."""
NEVER_S = 60
"""uvicorn's own patience with them, after which it cancels; it is not meant to be needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What is served, and where.

    Attributes:
        connections: The Draw Things servers.
        host: The address to listen at.
        port: The port; 0 takes a free one.
        settings: How it shows itself.
        limits: How much it takes on.
        gallery: Where results are kept; None for a folder that goes with the program.
        file_ttl_s: For so many seconds whoever knows the address of a result may have it.
        strip_metadata: Whether pictures that are handed out say nothing about how they were made.
        certificate: A certificate and its key, for HTTPS; None for HTTP.
    """

    connections: Sequence[Connection]
    host: str = "127.0.0.1"
    port: int = 7860
    settings: GatewaySettings = field(default_factory=GatewaySettings)
    limits: Limits = field(default_factory=Limits)
    gallery: Path | None = None
    file_ttl_s: float = 3600.0
    strip_metadata: bool = False
    certificate: tuple[Path, Path] | None = None


def check_place(host: str, settings: GatewaySettings) -> None:
    """Refuse to listen where strangers could ask.

    Raises:
        ConfigError: Other machines can reach the address, and neither keys nor trusted networks are set.
    """
    if is_loopback(host) or settings.keys or settings.trust:
        return
    raise ConfigError(
        f"At {host} other machines could use the gateway, and nothing says who may.",
        hint="Give --api-key-file FILE, or --trust NETWORK, or leave --host out.",
        field="host",
        value=host,
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Host(uvicorn.Server):
    """uvicorn's server, which lets running jobs finish when it is told to stop, and is told twice to stop at once.

    Args:
        config: As of ``uvicorn.Server``.
        jobs: The core.
        drain_s: How long running jobs have.
        tell: Takes lines for the person who started it.

    Attributes:
        hurried: Whether it was told twice.
    """

    def __init__(self, config: uvicorn.Config, jobs: Jobs, drain_s: float, tell: Callable[[str], None]) -> None:
        super().__init__(config)
        self.hurried = False
        self._jobs, self._drain_s, self._tell = jobs, drain_s, tell
        self._loop = asyncio.get_running_loop()
        self._draining: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; the second time, stop at once."""
        del sig, frame
        self._loop.call_soon_threadsafe(self._stop)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, and close the connections of answers that do not: to whoever makes them, the client has left."""
        cutting = self._loop.call_later(LAST_S, self._cut)
        try:
            await super().shutdown(sockets)
        finally:
            cutting.cancel()

    def _stop(self) -> None:
        if self._draining is None:
            self._draining = asyncio.ensure_future(self._drain())
            return
        self.hurried = True
        self._draining.cancel()
        self._loop.call_later(LAST_IN_HASTE_S, self._cut)

    async def _drain(self) -> None:
        self._tell("Stopping: running jobs may finish. Ctrl-C again stops at once.")
        try:
            await self._jobs.close(self._drain_s)
        except asyncio.CancelledError:  # the second Ctrl-C
            await self._jobs.close()
        finally:
            self.should_exit = True

    def _cut(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()


async def serve(serving: Serving, tell: Callable[[str], None]) -> bool:
    """Serve until Ctrl-C.

    Args:
        serving: What, and where.
        tell: Takes lines for the person who started it.

    Returns:
        Whether running jobs were allowed to finish; not so after a second Ctrl-C.

    Raises:
        ConfigError: It cannot listen there, or should not, or the certificate cannot be used.
        OutputError: The gallery's folder cannot be used.
    """
    check_place(serving.host, serving.settings)
    if serving.certificate is not None:
        check_certificate(*serving.certificate)
    with (
        closing(_listening(serving.host, serving.port)) as listening,
        closing(Store(serving.gallery, ttl_s=serving.file_ttl_s)) as store,
    ):
        async with AsyncPool(serving.connections) as pool:
            jobs = Jobs(pool, limits=serving.limits, store=store, strip_metadata=serving.strip_metadata)
            app = make_app(jobs, serving.settings)
            host = Host(_config(app, serving), jobs, serving.settings.drain_s, tell)
            what = "page, /v1, /sdapi/v1" + (", /mcp" if app.state.tools else "")
            tell(f"Listening at {address_of(listening, serving)} ({what}). Ctrl-C stops.")
            await host.serve([listening])
            return not host.hurried


def address_of(listening: socket.socket, serving: Serving) -> str:
    """Return the address that a person types into a browser."""
    host, port = listening.getsockname()[:2]
    scheme = "http" if serving.certificate is None else "https"
    if ipaddress.ip_address(host).is_unspecified:
        host = socket.gethostname()
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"


def _config(app: object, serving: Serving) -> uvicorn.Config:
    certificate = serving.certificate
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Whoever asks could say in a header that somebody else does.
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=NEVER_S,
        ssl_certfile=None if certificate is None else certificate[0],
        ssl_keyfile=None if certificate is None else certificate[1],
    )


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise ConfigError(
            f"{host}:{port} cannot be listened at: {error.strerror or error}.",
            hint="Choose another --port; 0 takes a free one.",
            field="port",
            value=port,
        ) from error
