"""Many clients at once: each gets a picture of its own or is told when to come again, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from crowd import all_at_once, generations
from drawthings.apps.jobs.limits import Limits
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from imagesgateway import running

CLIENTS = 40


def test_everybody_gets_the_right_picture_once() -> None:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, ms_per_step=5, keep_requests=1000)
    with ExitStack() as stack:
        servers = [stack.enter_context(EmbeddedServer(options)) for _ in range(4)]
        gateway = stack.enter_context(running(*servers))
        crowd = asyncio.run(all_at_once(gateway.url, CLIENTS))
        assert crowd.good == list(range(CLIENTS))
        assert crowd.seeds == {seed: seed for seed in range(CLIENTS)}
        assert generations(servers) == CLIENTS


def test_who_finds_no_room_is_told_so_and_nobody_is_forgotten() -> None:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, ms_per_step=20)
    with EmbeddedServer(options) as server, running(server, limits=Limits(queued=10)) as gateway:
        crowd = asyncio.run(all_at_once(gateway.url, CLIENTS))
        assert len(crowd.good) + len(crowd.refused) == CLIENTS
        assert crowd.refused
        assert len(crowd.good) >= 10


def test_nobody_loses_a_picture_when_a_server_dies() -> None:
    def options(crash_after: int | None) -> ServerOptions:
        return ServerOptions(tls=False, model_browser=True, sketch=True, ms_per_step=5, crash_after=crash_after)

    with ExitStack() as stack:
        servers = [stack.enter_context(EmbeddedServer(options(after))) for after in (None, 3, None, 5)]
        gateway = stack.enter_context(running(*servers))
        crowd = asyncio.run(all_at_once(gateway.url, CLIENTS))
        assert crowd.good == list(range(CLIENTS))
        assert crowd.seeds == {seed: seed for seed in range(CLIENTS)}
