"""A gateway that listens, for tests that leave it as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagesgateway import Gateway, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.server.run import EmbeddedServer


@pytest.fixture(scope="module")
def gateway(plain_server: EmbeddedServer) -> Iterator[Gateway]:
    """Yield a gateway without keys and with its page."""
    with running(plain_server, page=True, body_s=1.0) as made:
        yield made
