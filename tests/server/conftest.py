"""Servers on loopback."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from barecalls import Raw, Running, Serve
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers with options of the test's choice; they end with the test."""
    with contextlib.ExitStack() as stack:

        def start(**options: Any) -> Running:
            server = stack.enter_context(EmbeddedServer(ServerOptions(**{"tls": False, **options})))
            raw = Raw(server.address)
            stack.callback(raw.channel.close)
            return server, raw

        yield start


@pytest.fixture(scope="session")
def strict() -> Iterator[Running]:
    """One strict server for all tests that change nothing about it."""
    with EmbeddedServer(ServerOptions(tls=False, model_browser=True, name="tester")) as server:
        raw = Raw(server.address)
        yield server, raw
        raw.channel.close()


@pytest.fixture(scope="session")
def faithful() -> Iterator[Running]:
    """One faithful server for all tests that change nothing about it."""
    with EmbeddedServer(ServerOptions(tls=False, faithful=True, response_compression=False)) as server:
        raw = Raw(server.address)
        yield server, raw
        raw.channel.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty models folder."""
    models = tmp_path / "models"
    models.mkdir()
    return models
