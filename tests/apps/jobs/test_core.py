"""Jobs over real servers: fair, followed, given up, never made twice, never lost."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from barejobs import ME, YOU, core, draft, until
from drawthings.apps.jobs.owner import Owner
from drawthings.errors import GatewayClosing, ModelNotFound, NoSuchJob, QueueFull, TimedOut
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.apps.jobs.core import Jobs
    from drawthings.apps.jobs.job import Job


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with EmbeddedServer(ServerOptions(tls=False, model_browser=True, sketch=True, ms_per_step=25)) as made:
        yield made


async def unwatched(jobs: Jobs, job: Job) -> None:
    """Wait for the end of a job without being somebody who waits for it."""
    ended = asyncio.Event()
    deaf = jobs.listen(lambda each: ended.set() if each is job and job.over else None)
    await ended.wait()
    deaf()


async def test_a_job_goes_through_all_states_and_its_files_are_there(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        job = await jobs.submit(draft(), ME)
        seen: list[str] = []
        progress: list[float] = []
        async for each in job.watch():
            seen.append(each.state)
            progress.append(each.progress)
        assert set(seen) >= {"running", "done"}
        assert progress == sorted(progress)
        assert (seen[-1], progress[-1]) == ("done", 1.0)
        made = job.made[0]
        assert (made.seed, made.width, made.height, made.kind) == (1, 128, 128, "image")
        assert (await jobs.encoded(made))[:8] == b"\x89PNG\r\n\x1a\n"
        assert (await jobs.encoded(made, "jpeg", quality=70, max_side=64))[:3] == b"\xff\xd8\xff"
        assert jobs.find(job.id, ME) is job
        with pytest.raises(NoSuchJob):
            jobs.find(job.id, YOU)


async def test_owners_take_turns_and_positions_are_told(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        mine = [await jobs.submit(draft(seed), ME) for seed in range(4)]
        yours = await jobs.submit(draft(9), YOU)
        assert [job.position for job in mine] == [None, 1, 3, 4]
        assert yours.position == 2
        await asyncio.gather(*(job.ended() for job in (*mine, yours)))
        assert sorted([*mine, yours], key=lambda job: job.started) == [mine[0], mine[1], yours, mine[2], mine[3]]


async def test_no_more_is_handed_out_than_there_are_servers(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        made = [await jobs.submit(draft(seed), ME) for seed in range(3)]
        while not all(job.over for job in made):
            assert sum(job.state in {"starting", "running"} for job in made) <= 1
            await asyncio.sleep(0)
        assert all(job.state == "done" for job in made)


async def test_several_seeds_become_results_in_their_order(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        job = await jobs.submit(draft(seeds=(7, 5, 6)), ME)
        await job.ended()
        assert [made.seed for made in job.made] == [7, 5, 6]
        assert [made.index for made in job.made] == [0, 1, 2]


async def test_cells_of_a_grid_are_made_one_by_one(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        job = await jobs.submit(draft(cells=({"steps": 1}, {"steps": 2, "prompt": "a cat"})), ME)
        await job.ended()
        settings = [(made.plan.configuration.steps, made.plan.order.prompt) for made in job.made]
        assert settings == [(1, "a fox"), (2, "a cat")]


async def test_what_cannot_be_asked_for_is_told_before_anybody_waits(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        with pytest.raises(ModelNotFound):
            await jobs.submit(draft(model="nothing.ckpt"), ME)
        assert jobs.of(ME) == []


async def test_a_full_line_says_when_to_come_again(server: EmbeddedServer) -> None:
    async with core(server, owner_queued=2, queued=3) as jobs:
        for seed in range(3):
            await jobs.submit(draft(seed), ME)
        with pytest.raises(QueueFull) as mine:
            await jobs.submit(draft(9), ME)
        assert 2 <= mine.value.retry_s <= 120
        await jobs.submit(draft(9), YOU)
        with pytest.raises(QueueFull, match="everybody"):
            await jobs.submit(draft(9), Owner("third"))


async def test_a_retry_gets_the_same_job_even_while_that_is_looked_at(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        before = server.asked
        first, again = await asyncio.gather(
            jobs.submit(draft(3, fingerprint="f"), ME), jobs.submit(draft(3, fingerprint="f", attach=True), ME)
        )
        other = await jobs.submit(draft(3, fingerprint="f", attach=True), YOU)
        assert first is again
        assert other is not first
        await asyncio.gather(first.ended(), other.ended())
        assert await jobs.submit(draft(3, fingerprint="f", attach=True), ME) is first
        assert server.asked == before + 2


async def test_who_stops_watching_a_job_that_runs_lets_it_end_after_a_moment(server: EmbeddedServer) -> None:
    async with core(server, grace_s=0.05) as jobs:
        job = await jobs.submit(draft(1, outlives=False, steps=100), ME)
        await until(job, "running")
        await unwatched(jobs, job)
        assert (job.state, job.reason) == ("cancelled", "nobody waited for it")


async def test_whom_nobody_ever_watched_ends_as_well(server: EmbeddedServer) -> None:
    async with core(server, grace_s=0.05) as jobs:
        job = await jobs.submit(draft(1, outlives=False, steps=100), ME)
        await unwatched(jobs, job)
        assert job.state == "cancelled"


async def test_who_comes_back_in_time_keeps_it(server: EmbeddedServer) -> None:
    async with core(server, grace_s=1.0) as jobs:
        job = await jobs.submit(draft(1, outlives=False, steps=20), ME)
        await until(job, "running")
        await job.ended()
        assert job.state == "done"


async def test_cancelling_frees_the_server_for_the_next(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        long, next_ = await jobs.submit(draft(1, steps=150), ME), await jobs.submit(draft(2), ME)
        await until(long, "running")
        await jobs.cancel(long, "asked for")
        await next_.ended()
        assert (long.state, next_.state) == ("cancelled", "done")
        await jobs.cancel(next_, "too late")
        assert next_.state == "done"


async def test_first_goes_before_its_owners_others(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        made = [await jobs.submit(draft(seed), ME) for seed in range(3)]
        jobs.first(made[2])
        assert [job.position for job in made] == [None, 2, 1]


async def test_a_job_that_takes_too_long_is_given_up(server: EmbeddedServer) -> None:
    async with core(server, deadline_s=0.3) as jobs:
        running, waiting = await jobs.submit(draft(1, steps=150), ME), await jobs.submit(draft(2, steps=150), ME)
        await asyncio.gather(running.ended(), waiting.ended())
        assert isinstance(running.error, TimedOut)
        assert isinstance(waiting.error, TimedOut)


async def test_closing_lets_what_runs_finish_and_takes_nothing_more(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        running, waiting = await jobs.submit(draft(1), ME), await jobs.submit(draft(2), ME)
        await until(running, "running")
        await jobs.close(10)
        assert (running.state, waiting.state) == ("done", "failed")
        assert isinstance(waiting.error, GatewayClosing)
        with pytest.raises(GatewayClosing):
            await jobs.submit(draft(3), ME)


async def test_a_server_that_dies_loses_no_job() -> None:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, ms_per_step=5)
    with (
        EmbeddedServer(options) as good,
        EmbeddedServer(ServerOptions(tls=False, model_browser=True, sketch=True, ms_per_step=5, crash_after=1)) as bad,
    ):
        async with core(good, bad) as jobs:
            made = [await jobs.submit(draft(seed), ME) for seed in range(8)]
            await asyncio.gather(*(job.ended() for job in made))
            assert [job.state for job in made] == ["done"] * 8
            assert [job.made[0].seed for job in made] == list(range(8))


async def test_an_ended_job_keeps_no_pictures_and_a_preview_is_made_once(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        job = await jobs.submit(draft(steps=30), ME)
        async with aclosing(job.watch()) as states:
            async for _ in states:
                if job.preview is not None:
                    break
        one, two = await asyncio.gather(job.preview_jpeg(64), job.preview_jpeg(64))
        assert one is two
        assert one is not None
        await job.ended()
        assert job.preview is None
        assert job.made[0].plan.order.image is None
