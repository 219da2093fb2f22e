"""A pytest plugin: a Draw Things server for the tests of your own project, without a GPU.

It is loaded by itself where this package is installed, and costs nothing until a test asks for it::

    def test_the_card_shows_what_was_asked_for(drawthings_server):
        make_card("a red fox")  # your own code, which uses DrawThings() with no address
        assert drawthings_server.received[-1].prompt == "a red fox"

    @pytest.mark.drawthings(ms_per_step=50, shared_secret="s3cret")
    def test_a_slow_server_with_a_secret(drawthings_client): ...

While a test uses the server, the variables ``DRAWTHINGS_SERVER`` and, with a secret, ``DRAWTHINGS_SECRET`` lead to it,
all others of that kind are gone, and certificates are remembered in a folder of the test alone: what the test's own
machine is set to does not count, and is not touched.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drawthings.client._sync import DrawThings
    from drawthings.server.options import ServerOptions
    from drawthings.server.run import EmbeddedServer

MARKER = "drawthings"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, with its meaning."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(**options): how the server of drawthings_server behaves; the keywords of drawthings.ServerOptions",
    )


@pytest.fixture
def drawthings_options(request: pytest.FixtureRequest) -> ServerOptions:
    """How the server behaves: plaintext and with its model browser on, and what the marker ``drawthings`` says.

    Override this fixture to have other options for all tests of a module or a folder.
    """
    from drawthings.server.options import ServerOptions

    options: dict[str, Any] = {"tls": False, "model_browser": True}
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        if marker.args:
            pytest.fail(f"The marker {MARKER} takes keywords only, such as ms_per_step=50; it got {marker.args!r}.")
        options.update(marker.kwargs)
    return ServerOptions(**options)


@pytest.fixture
def drawthings_server(
    drawthings_options: ServerOptions, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedServer]:
    """A server of this test alone, to which ``DrawThings()`` without an address connects meanwhile.

    ``drawthings_server.received`` holds what it was asked, decoded; ``drawthings_server.faults`` queues failures and
    delays, and the test fails in the end when one of them was never used.
    """
    from drawthings.server.run import EmbeddedServer

    _only(monkeypatch, tmp_path_factory.mktemp("drawthings"))
    with EmbeddedServer(drawthings_options) as server:
        scheme = "grpcs" if drawthings_options.tls else "grpc"
        monkeypatch.setenv("DRAWTHINGS_SERVER", f"{scheme}://{server.address}")
        if drawthings_options.shared_secret:
            monkeypatch.setenv("DRAWTHINGS_SECRET", drawthings_options.shared_secret)
        yield server
        unused = server.faults.unused
    if unused:
        pytest.fail(f"The server was to go wrong, but nobody called it for that: {', '.join(unused)}.")


@pytest.fixture
def drawthings_client(drawthings_server: EmbeddedServer) -> Iterator[DrawThings]:  # noqa: ARG001 - it must run
    """A client that is connected to ``drawthings_server``."""
    from drawthings.client._sync import DrawThings

    with DrawThings() as client:
        yield client


def _only(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith("DRAWTHINGS_")]:
        monkeypatch.delenv(name)
    config = folder / "config.toml"
    config.touch()
    monkeypatch.setenv("DRAWTHINGS_CONFIG", str(config))
    monkeypatch.setenv("DRAWTHINGS_KNOWN_SERVERS", str(folder / "known_servers"))
    monkeypatch.setenv("DRAWTHINGS_CACHE", str(folder / "cache"))
