"""What the tests of all dialects share: what a server has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drawthings import DrawThings

if TYPE_CHECKING:
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.server.run import EmbeddedServer


@pytest.fixture(scope="session")
def catalogue(plain_server: EmbeddedServer) -> Catalogue:
    with DrawThings(f"grpc://{plain_server.address}") as client:
        return client.models()
