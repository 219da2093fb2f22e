"""The server under test: embedded ones with the options a test asks for, or yours, where it has them."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.errors import DrawThingsError
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from drawthings.settings import Connection, Secret, Timeouts
from drawthings.wire._sync import Wire
from drawthings.wire.tls import secure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

QUICK_MODEL = "realdream_15sd15_q6p_q8p.ckpt"


@dataclass(frozen=True)
class Target:
    """A running server.

    Attributes:
        connection: How to reach it, with the right secret.
        model: A model that is there.
        embedded: The server itself when it is one of ours, for a look at what it received.
    """

    connection: Connection
    model: str
    embedded: EmbeddedServer | None = None

    @contextmanager
    def wire(self, **changes: Any) -> Iterator[Wire]:
        with closing(Wire(replace(self.connection, **changes))) as wire:
            yield wire


@pytest.fixture
def serve(request: pytest.FixtureRequest) -> Callable[..., AbstractContextManager[Target]]:
    """Return a function that gives a server with certain options, or skips where yours has others."""
    if request.config.getoption("--server") == "embedded":
        return _embedded
    return lambda **options: _remote(request.config, options)


@contextmanager
def _embedded(**options: Any) -> Iterator[Target]:
    with EmbeddedServer(ServerOptions(**{"tls": False, "model_browser": True, **options})) as server:
        scheme = "grpcs" if server.options.tls else "grpc"
        secret = Secret(server.options.shared_secret) if server.options.shared_secret else None
        connection = Connection(server=f"{scheme}://{server.address}", secret=secret)
        yield Target(connection, QUICK_MODEL, server)


@contextmanager
def _remote(config: pytest.Config, options: dict[str, Any]) -> Iterator[Target]:
    secret = config.getoption("--server-secret")
    connection = Connection(
        server=config.getoption("--server"),
        secret=Secret(secret) if secret else None,
        timeouts=Timeouts(silence_s=None),
    )
    wire = Wire(connection)
    try:
        reply = wire.echo()
        tls = secure(wire.address, connection.tls, connection.timeouts.connect_s).roots is not None
    except DrawThingsError as error:
        pytest.skip(f"{connection.server}: {error}")
    finally:
        wire.close()
    facts = {"model_browser": reply.HasField("override"), "tls": tls}
    for name, has in facts.items():
        if name in options and options[name] != has:
            pytest.skip(f"your server has {name} {has}, this test is about {options[name]}")
    if options.get("shared_secret") and not secret:
        pytest.skip("your server wants no shared secret, or --server-secret does not name it")
    if options.get("faithful"):
        pytest.skip("only the embedded server can be told to be faithful")
    yield Target(connection, config.getoption("--server-model") or QUICK_MODEL)
