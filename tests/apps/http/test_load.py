"""Many clients at once: each gets a picture of its own or is told when to come again, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from crowd import MODEL, all_at_once, generations
from drawthings.apps.jobs.limits import Limits
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from imagesgateway import running

CLIENTS = 40


def test_everybody_gets_the_right_picture_once() -> None:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, ms_per_step=5)
    with ExitStack() as stack:
        servers = [stack.enter_context(EmbeddedServer(options)) for _ in range(4)]
        gateway = stack.enter_context(running(*servers))
        crowd = asyncio.run(all_at_once(gateway.url, CLIENTS))
        assert crowd.good == list(range(CLIENTS))
        assert crowd.seeds == {seed: seed for seed in range(CLIENTS)}
        assert generations(servers) == CLIENTS
        assert min(server.generations for server in servers) >= CLIENTS // 8, "none looks on while the others work"


def test_a_server_goes_on_with_the_model_that_it_has_loaded() -> None:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, model_switch_ms=300)
    with ExitStack() as stack:
        servers = [stack.enter_context(EmbeddedServer(options)) for _ in range(2)]
        gateway = stack.enter_context(running(*servers))
        crowd = asyncio.run(all_at_once(gateway.url, CLIENTS, (MODEL, "sd_xl_base_1.0_q6p_q8p.ckpt")))
        assert crowd.good == list(range(CLIENTS))
        assert sum(server.model_switches for server in servers) <= 6, "in order it would be nearly all"


def test_who_finds_no_room_is_told_so_and_nobody_is_forgotten() -> None:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, ms_per_step=20)
    with EmbeddedServer(options) as server, running(server, limits=Limits(queued=10)) as gateway:
        crowd = asyncio.run(all_at_once(gateway.url, CLIENTS))
        assert len(crowd.good) + len(crowd.refused) == CLIENTS
        assert crowd.refused
        assert len(crowd.good) >= 10


def test_nobody_loses_a_picture_and_none_is_made_twice_when_servers_die() -> None:
    def options(crash_after: int | None) -> ServerOptions:
        return ServerOptions(tls=False, model_browser=True, sketch=True, ms_per_step=5, crash_after=crash_after)

    with ExitStack() as stack:
        servers = [stack.enter_context(EmbeddedServer(options(after))) for after in (None, 2, None, 8)]
        gateway = stack.enter_context(running(*servers))
        crowd = asyncio.run(all_at_once(gateway.url, CLIENTS))
        assert crowd.good == list(range(CLIENTS))
        assert crowd.seeds == {seed: seed for seed in range(CLIENTS)}
        died = sum(server.crashes for server in servers)
        assert died == 2, "and not on the same job, which would be put aside for that"
        assert generations(servers) == CLIENTS + died, "asked for again is only what died with its server"
        assert sum(server.generations for server in servers) == CLIENTS, "each was made to its end once"
