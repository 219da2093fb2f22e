"""Starting and stopping an embedded server."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import grpc

from drawthings.errors import ServerError
from drawthings.server.certificate import ANY_ADDRESS, kept_identity, make_identity, names_for
from drawthings.server.faults import Script
from drawthings.server.folder import FolderStore
from drawthings.server.line import Line
from drawthings.server.options import ServerOptions
from drawthings.server.pool import DaemonPool, as_thread_pool
from drawthings.server.service import MOST_WAITING, Service
from drawthings.server.store import MemoryStore, Store
from drawthings.server.zoo import built_in_files, zoo_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from drawthings.server.certificate import Identity
    from drawthings.server.record import Received

_log = logging.getLogger("drawthings.server")

MOST_REQUEST_BYTES = 1 << 30
"""Bytes of a request, as in the official server: 1 GiB."""

THREADS = MOST_WAITING + 64
"""Enough for every generation that may wait, and for calls beside them."""

CLOSING_S = 2.0
"""How long ``stop`` waits for calls that have been told to end; what still works then ends with the program."""

HONEST = "There is no diffusion model here: a small deterministic program draws the pictures, going by the words."

_CHANNEL = (
    ("grpc.max_receive_message_length", MOST_REQUEST_BYTES),
    ("grpc.max_send_message_length", -1),
    # Two servers on one port would take turns; the second is to fail instead.
    ("grpc.so_reuseport", 0),
    # Only identity: a compressed request gets UNIMPLEMENTED, as from the official server.
    ("grpc.compression_enabled_algorithms_bitset", 1),
    ("grpc.max_concurrent_streams", 100),
)


class EmbeddedServer:
    """A whole server inside this program, without a GPU.

    It speaks the whole protocol; what it answers is drawn by a small deterministic painter. Use it as a context
    manager, or call ``start`` and ``stop``. All of it can be used from several threads.

    Args:
        options: How it behaves.

    Example:
        >>> with EmbeddedServer(ServerOptions(tls=False)) as server:
        ...     server.address.startswith("127.0.0.1:")
        True
    """

    def __init__(self, options: ServerOptions | None = None) -> None:
        self.options = options or ServerOptions()
        self._server: grpc.Server | None = None
        self._service: Service | None = None
        self._line: Line | None = None
        self._identity: Identity | None = None
        self._port = 0
        self._stopped = threading.Event()

    # ------------------------------------------------------------------------------------------- start and stop

    def start(self) -> Self:
        """Start to listen.

        Raises:
            ServerError: The port cannot be used, or the server has been started before.
            BadValue: The models folder does not exist.
            TlsMismatch: A certificate is needed and cannot be made.
        """
        if self._server is not None:
            raise ServerError("This server has been started before.", hint="Make a new one.", address=self.address)
        options = self.options
        store: Store = FolderStore(options.models_dir) if options.models_dir else MemoryStore(built_in_files())
        identity = self._make_identity() if options.tls else None
        server = grpc.server(as_thread_pool(DaemonPool(THREADS)), options=_CHANNEL)
        port = _bind(server, options, identity)
        line = Line()
        service = Service(options, store, zoo_of(store), line)
        server.add_generic_rpc_handlers((service.handler(),))
        server.start()
        self._server, self._service, self._line, self._port = server, service, line, port
        self._identity = identity
        _log.info(HONEST)
        secret = "with" if options.shared_secret else "without"
        _log.info("listening at %s, %s, %s a secret", self.address, "TLS" if options.tls else "plaintext", secret)
        return self

    def stop(self, grace_s: float | None = None) -> None:
        """Stop listening and end what runs; does nothing on a server that is not running.

        Args:
            grace_s: How long calls may go on; None ends them at once.
        """
        server, service, line = self._server, self._service, self._line
        if server is None or service is None or line is None or self._stopped.is_set():
            return
        self._stopped.set()
        done = server.stop(grace_s)
        if grace_s is not None:
            done.wait(grace_s)
        if service.script is not None:
            service.script.open_gates()
        line.close()
        done.wait(CLOSING_S)
        _log.info("stopped")

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until somebody stops the server; return whether that has happened."""
        return self._stopped.wait(timeout_s)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # ------------------------------------------------------------------------------------------- what it is

    @property
    def port(self) -> int:
        """The port it listens at."""
        return self._port

    @property
    def address(self) -> str:
        """Where a client on this computer finds it, as ``host:port``."""
        host = self.options.address
        if host in ANY_ADDRESS:
            host = "127.0.0.1"
        return f"[{host}]:{self._port}" if ":" in host and not host.startswith("[") else f"{host}:{self._port}"

    @property
    def certificate(self) -> bytes:
        """The certificate as PEM, or nothing without TLS."""
        return self._identity.certificate if self._identity else b""

    @property
    def identifier(self) -> int:
        """The number by which a client tells this start of the server from another."""
        return self._running.identifier

    @property
    def received(self) -> tuple[Received, ...]:
        """The latest requests, oldest first, with what the server made of them."""
        return self._running.record.entries()

    @contextmanager
    def intercept(self) -> Iterator[Script]:
        """Answer calls by a script.

        Yields:
            The script, to queue answers in and to see the calls.

        Raises:
            AssertionError: At the end, if an answer was left over.
            ServerError: There is a script already, or the server is not running.
        """
        service = self._running
        if service.script is not None:
            raise ServerError("There is a script in force already.", hint="Queue the answers in that one.")
        script = service.script = Script()
        try:
            yield script
        finally:
            service.script = None
            script.open_gates()
        if script.unused:
            raise AssertionError(f"No call took the queued answers for {', '.join(script.unused)}.")

    @property
    def _running(self) -> Service:
        if self._service is None:
            raise ServerError("This server has not been started.", hint="Use it in a with statement, or call start().")
        return self._service

    def _make_identity(self) -> Identity:
        names = names_for(self.options.address, self.options.server_name)
        folder = self.options.certificate_folder
        return kept_identity(folder, names) if folder else make_identity(names)


def _bind(server: grpc.Server, options: ServerOptions, identity: Identity | None) -> int:
    host = options.address
    target = f"[{host}]:{options.port}" if ":" in host and not host.startswith("[") else f"{host}:{options.port}"
    try:
        if identity is None:
            port = server.add_insecure_port(target)
        else:
            port = server.add_secure_port(target, grpc.ssl_server_credentials([(identity.key, identity.certificate)]))
    except RuntimeError:
        port = 0
    if port == 0:
        raise ServerError(
            f"The server cannot listen at {target}: the port is taken, or the address is not one of this computer.",
            hint="Stop what uses it, or choose another port (0 takes a free one).",
            address=target,
        )
    return port


_shared_lock = threading.Lock()
_shared: dict[int, EmbeddedServer] = {}


def shared_embedded() -> EmbeddedServer:
    """Return the server behind the address ``embedded``: one for the whole process, started when first needed.

    It speaks plaintext on a free loopback port, lists what it has, and stops when the program ends. A forked process
    gets one of its own.
    """
    with _shared_lock:
        server = _shared.get(os.getpid())
        if server is None:
            _shared.clear()
            server = EmbeddedServer(
                ServerOptions(tls=False, model_browser=True, name="embedded", keep_requests=0)
            ).start()
            _shared[os.getpid()] = server
            atexit.register(server.stop)
        return server
