"""Several embedded servers in one process, side by side on consecutive ports, for tests and demonstrations of pools."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self

from drawthings.errors import OutOfRange
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer

if TYPE_CHECKING:
    from types import TracebackType

HIGHEST_PORT: Final = 65535
MOST: Final = 256
"""How many servers one process may run; each has a painter and up to some hundred waiting calls."""


class Fleet:
    """Servers with the same options but for their ports and the seeds of their failures.

    Args:
        count: How many, 1 to 256.
        options: How each behaves. The first listens at the port they name, the others at the ports after it; with
            port 0 each takes a free one. The failures of server ``n`` (from 0) go by ``fail_seed + n``.

    Attributes:
        servers: The servers, in the order of their ports.

    Raises:
        OutOfRange: There are too few or too many, or no ports left for them.

    Example:
        >>> with Fleet(2, ServerOptions(tls=False)) as fleet:
        ...     len({server.port for server in fleet.servers})
        2
    """

    def __init__(self, count: int, options: ServerOptions | None = None) -> None:
        options = options or ServerOptions()
        if not 1 <= count <= MOST:
            raise OutOfRange(
                f"count is {count}; a fleet has 1 to {MOST} servers.", hint="Choose one of them.", field="count"
            )
        if options.port and options.port + count - 1 > HIGHEST_PORT:
            raise OutOfRange(
                f"From port {options.port} there is no room for {count} servers; the last port is {HIGHEST_PORT}.",
                hint="Choose a lower port, or 0 for free ones.",
                field="port",
            )
        self.servers = tuple(
            EmbeddedServer(
                replace(options, port=options.port + place if options.port else 0, fail_seed=options.fail_seed + place)
            )
            for place in range(count)
        )
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start all; if one cannot be started, those before it are stopped again."""
        with ExitStack() as stack:
            for server in self.servers:
                stack.enter_context(server)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def stop(self, reason: str = "") -> None:
        """Stop all; see ``EmbeddedServer.stop``."""
        enders = [threading.Thread(target=server.stop, kwargs={"reason": reason}) for server in self.servers]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()

    def wait(self) -> None:
        """Wait until the last one is stopped, or has crashed and does not come back."""
        for server in self.servers:
            server.wait()
