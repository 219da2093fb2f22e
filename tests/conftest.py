"""What all tests share: nothing of the user's own settings, and a server to talk to."""

from __future__ import annotations

import logging
import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.server.run import EmbeddedServer

# A test's time says how busy the machine is, and nothing of the code.
settings.register_profile("drawthings", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("drawthings")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell ignores Ctrl-C for its background jobs, and programs started by the tests would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "the server that tests/conformance talks to")
    group.addoption("--server", default="embedded", help="address of a real server; default: embedded ones")
    group.addoption("--server-secret", default=None, help="its shared secret")
    group.addoption("--server-model", default=None, help="a model on it that is quick")
    group.addoption("--server-may-write", action="store_true", help="allow to upload a small file into its folder")


@pytest.fixture(autouse=True)
def _nothing_of_the_user(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep variables, the configuration file and the known servers of whoever runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith("DRAWTHINGS_") and name != "DRAWTHINGS_NATIVE"]:
        monkeypatch.delenv(name)
    folder = tmp_path_factory.mktemp("own")
    config = folder / "config.toml"
    config.touch()
    monkeypatch.setenv("DRAWTHINGS_CONFIG", str(config))
    monkeypatch.setenv("DRAWTHINGS_KNOWN_SERVERS", str(folder / "known_servers"))
    monkeypatch.setenv("DRAWTHINGS_CACHE", str(folder / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """Take back what the command line sets up for its one process, for the tests that follow in this one."""
    logger = logging.getLogger("drawthings")
    before = list(logger.handlers), logger.propagate, logger.level
    yield
    logger.handlers[:], logger.propagate, level = before
    logger.setLevel(level)


@pytest.fixture(scope="session")
def plain_server() -> Iterator[EmbeddedServer]:
    """One plaintext server with its model browser on, for tests that leave it as it was."""
    from drawthings.server.options import ServerOptions
    from drawthings.server.run import EmbeddedServer

    with EmbeddedServer(ServerOptions(tls=False, model_browser=True)) as server:
        yield server


@pytest.fixture
def address(plain_server: EmbeddedServer) -> str:
    return f"grpc://{plain_server.address}"
