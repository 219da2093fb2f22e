"""The core of the gateway without HTTP, for tests that look at it alone."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

from drawthings.apps.jobs.core import Jobs
from drawthings.apps.jobs.draft import Draft
from drawthings.apps.jobs.limits import Limits
from drawthings.apps.jobs.owner import Owner
from drawthings.apps.jobs.store import Store
from drawthings.batch._async_pool import AsyncPool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from drawthings.apps.jobs.draft import Verb
    from drawthings.apps.jobs.job import Job
    from drawthings.server.run import EmbeddedServer

ME, YOU = Owner("me"), Owner("you")
WANTED = {"model": "sd_v1.5_f16.ckpt", "width": 128, "height": 128, "steps": 4}


@asynccontextmanager
async def core(*servers: EmbeddedServer, **limits: Any) -> AsyncIterator[Jobs]:
    """Run the core before servers, without HTTP."""
    store = Store()
    async with AsyncPool([f"grpc://{each.address}" for each in servers]) as pool:
        jobs = Jobs(pool, limits=Limits(**limits), store=store)
        await jobs.start()
        await pool.models()
        try:
            yield jobs
        finally:
            await jobs.close()
            store.close()


def draft(seed: int = 1, *, verb: Verb = "generate", outlives: bool = True, **more: Any) -> Draft:
    """Return a small job."""
    given = {name: more.pop(name) for name in ("seeds", "cells", "attach", "fingerprint") if name in more}
    return Draft(verb=verb, prompt="a fox", wanted={**WANTED, "seed": seed, **more}, outlives=outlives, **given)


async def until(job: Job, state: str) -> None:
    """Wait for a state of a job."""
    async with aclosing(job.watch()) as states:
        async for _ in states:
            if job.state == state:
                return
    assert job.state == state
