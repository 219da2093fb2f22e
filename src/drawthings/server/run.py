"""Starting and stopping an embedded server, and letting it crash."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import grpc

from drawthings.errors import ServerError, TlsMismatch
from drawthings.server.certificate import (
    ANY_ADDRESS,
    keep_identity,
    kept_identity,
    make_identity,
    names_for,
    noted_identity,
)
from drawthings.server.faults import Script
from drawthings.server.folder import FolderStore
from drawthings.server.line import Line
from drawthings.server.memory import Memory
from drawthings.server.options import ServerOptions
from drawthings.server.pool import DaemonPool, as_thread_pool
from drawthings.server.refusal import Refusal
from drawthings.server.service import MOST_WAITING, Service
from drawthings.server.sockets import break_connections
from drawthings.server.store import MemoryStore, Store
from drawthings.server.zoo import built_in_files, chosen_files, zoo_of

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

ENDING_S = 0.3
"""How long calls that were told to end have to pass that on, before their connection ends."""

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

    For tests of clients it remembers what it was asked (``received``), goes wrong on request (``faults``,
    ``intercept``, ``crash``, and the options from ``ms_per_step`` on), and counts (``most_at_once``,
    ``model_switches``, ``generations``); a crash does not make it forget these.

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
        self._store: Store | None = None
        self._identity: Identity | None = None
        self._memory = Memory(self.options)
        self._port = 0
        self._intercepted = False
        self._changing = threading.RLock()
        self._stopped = threading.Event()
        self._returning: threading.Timer | None = None

    # ------------------------------------------------------------------------------------------- start and stop

    def start(self) -> Self:
        """Start to listen.

        Raises:
            ServerError: The port cannot be used, or the server has been started before.
            BadValue: The models folder does not exist.
            TlsMismatch: A certificate is needed and cannot be made.
        """
        if self._store is not None:
            raise ServerError("This server has been started before.", hint="Make a new one.", address=self.address)
        options = self.options
        store = FolderStore(options.models_dir) if options.models_dir else MemoryStore(_installed(options))
        names = names_for(options.address, options.server_name)
        folder = options.certificate_folder
        kept = kept_identity(folder, names) if options.tls and folder else None
        identity = (kept or (noted_identity(names) if folder else make_identity(names))) if options.tls else None
        self._listen(store, identity, options.port)
        if identity is not None and folder is not None and kept is None:
            # Only now: a start that fails takes no certificate away from a server that runs.
            try:
                keep_identity(folder, identity)
            except TlsMismatch:
                self.stop()
                raise
        _log.info(HONEST)
        secret = "with" if options.shared_secret else "without"
        _log.info("listening at %s, %s, %s a secret", self.address, "TLS" if options.tls else "plaintext", secret)
        return self

    def stop(self, grace_s: float | None = None, *, reason: str = "") -> None:
        """Stop listening and end what runs; does nothing on a server that is not running.

        Generations under way end with the status UNAVAILABLE and the reason, which a crash has no time to tell.

        Args:
            grace_s: How long calls may go on; None ends them at once.
            reason: Who or what stops it, such as ``SIGTERM``.
        """
        with self._changing:
            if self._store is None or self._stopped.is_set():
                return
            self._stopped.set()
            if self._returning is not None:
                self._returning.cancel()
            server, service, line = self._server, self._service, self._line
            self._server = None
        if server is None or service is None or line is None:
            return
        if grace_s is not None:
            server.stop(grace_s).wait(grace_s)
        service.end_all(Refusal(grpc.StatusCode.UNAVAILABLE, f"stopped by {reason or 'its owner'}"))
        done = server.stop(ENDING_S)
        self._memory.script.open_gates()
        line.close()
        done.wait(CLOSING_S)
        _log.info("stopped")

    def crash(self) -> None:
        """Break all connections and stop listening without a word, as when the process dies.

        With ``restart_ms`` it comes back at the same port, with another ``identifier`` and no model loaded. Does
        nothing on a server that is not running.
        """
        with self._changing:
            server, line = self._server, self._line
            if server is None or line is None or self._stopped.is_set():
                return
            self._server = None
            self._memory.counts.crash()
            break_connections(self._port)
            done = server.stop(None)
            line.close()
            back_ms = self.options.restart_ms
            if back_ms is None:
                self._stopped.set()
            else:
                self._returning = threading.Timer(back_ms / 1000, self._return, (done,))
                self._returning.daemon = True
                self._returning.start()
        _log.info("crashed on purpose; %s", "it is gone" if back_ms is None else f"back in {back_ms} ms")

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until somebody stops the server, or it crashes for good; return whether that has happened."""
        return self._stopped.wait(timeout_s)

    def _listen(self, store: Store, identity: Identity | None, port: int) -> None:
        """Let a service listen that has just been made, as by a process that has just been started."""
        options = self.options
        server = grpc.server(as_thread_pool(DaemonPool(THREADS)), options=_CHANNEL)
        bound = _bind(server, options.address, port, identity)
        line = Line()
        service = Service(options, store, zoo_of(store), line, memory=self._memory, crash=self._crash_aside)
        server.add_generic_rpc_handlers((service.handler(),))
        server.start()
        self._server, self._service, self._line = server, service, line
        self._store, self._identity, self._port = store, identity, bound

    def _return(self, gone: threading.Event) -> None:
        """Come back after a crash."""
        gone.wait(CLOSING_S)
        with self._changing:
            if self._stopped.is_set() or self._store is None:
                return
            try:
                self._listen(self._store, self._identity, self._port)
            except ServerError as error:
                _log.error("cannot come back after the crash: %s", error)
                self._stopped.set()
                return
        _log.info("back after the crash, at %s", self.address)

    def _crash_aside(self) -> None:
        """Crash from a thread of its own: the painter that calls this is a part of what ends."""
        threading.Thread(target=self.crash, name="drawthings-crash", daemon=True).start()

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
        """The latest requests, oldest first, read out and with what the server made of them."""
        return self._running.memory.record.entries()

    @property
    def faults(self) -> Script:
        """The script in force, to queue failures, delays and answers in; see ``drawthings.server.faults``.

        Inside of ``intercept`` it is the script of that; what is queued outside waits as long as the server runs.
        """
        return self._memory.script

    @property
    def generations(self) -> int:
        """How many generations ran to their end."""
        return self._memory.counts.done

    @property
    def asked(self) -> int:
        """How many generations it was asked for, those that were refused, cancelled or lost in a crash included."""
        return self._memory.counts.begun

    @property
    def most_at_once(self) -> int:
        """The most generations that were here at the same time, waiting or running; 1 if nobody sent two at once."""
        return self._memory.counts.most_at_once

    @property
    def model_switches(self) -> int:
        """How often a generation needed another model than the one before it; the first one counts."""
        return self._memory.counts.model_switches

    @property
    def crashes(self) -> int:
        """How often it has crashed on purpose."""
        return self._memory.counts.crashes

    @contextmanager
    def intercept(self) -> Iterator[Script]:
        """Answer calls by a script.

        Yields:
            The script, to queue answers in and to see the calls.

        Raises:
            AssertionError: At the end, if an answer was left over.
            ServerError: There is a script already, or the server is not running.
        """
        memory = self._running.memory
        with self._changing:
            if self._intercepted:
                raise ServerError("There is a script in force already.", hint="Queue the answers in that one.")
            self._intercepted = True
            before, script = memory.script, Script()
            memory.script = script
        try:
            yield script
        finally:
            memory.script = before
            self._intercepted = False
            script.open_gates()
        if script.unused:
            raise AssertionError(f"No call took the queued answers for {', '.join(script.unused)}.")

    @property
    def _running(self) -> Service:
        if self._service is None:
            raise ServerError("This server has not been started.", hint="Use it in a with statement, or call start().")
        return self._service


def _installed(options: ServerOptions) -> tuple[str, ...]:
    return built_in_files() if options.catalogue is None else chosen_files(options.catalogue)


def _bind(server: grpc.Server, host: str, port: int, identity: Identity | None) -> int:
    target = f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"
    try:
        if identity is None:
            bound = server.add_insecure_port(target)
        else:
            bound = server.add_secure_port(target, grpc.ssl_server_credentials([(identity.key, identity.certificate)]))
    except RuntimeError:
        bound = 0
    if bound == 0:
        raise ServerError(
            f"The server cannot listen at {target}: the port is taken, or the address is not one of this computer.",
            hint="Stop what uses it, or choose another port (0 takes a free one).",
            address=target,
        )
    return bound


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
