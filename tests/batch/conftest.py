from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drawthings.server.fleet import Fleet
from drawthings.server.options import ServerOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def fleet() -> Iterator[Callable[..., Fleet]]:
    """Start fleets of quick plaintext servers; they are stopped at the end."""
    started: list[Fleet] = []

    def start(count: int, **options: object) -> Fleet:
        usual = {"tls": False, "sketch": True, "model_browser": True, "catalogue": ("v1",), "ms_per_step": 5}
        made = Fleet(count, ServerOptions(**{**usual, **options}))  # type: ignore[arg-type] # names of options
        started.append(made.__enter__())
        return made

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def addresses() -> Callable[..., list[str]]:
    return lambda *fleets: [f"grpc://{server.address}" for each in fleets for server in each.servers]
