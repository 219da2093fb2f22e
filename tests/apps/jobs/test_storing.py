"""What a server has made is stored, or it is told why not; nothing of it is lost with something else."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from barejobs import ME, core, draft, until
from drawthings.apps.jobs.store import Store
from drawthings.apps.jobs.turn import Turn
from drawthings.errors import BadValue, NoSuchJob, OutputError
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from hostile import file_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drawthings.apps.jobs.core import Jobs


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with EmbeddedServer(ServerOptions(tls=False, model_browser=True, sketch=True, ms_per_step=5)) as made:
        yield made


def failing(jobs: Jobs, monkeypatch: pytest.MonkeyPatch, error: Exception, *, at: int) -> None:
    """Let one call of the store go wrong, counted from 0."""
    as_usual, calls = jobs.store.put, iter(range(100))

    def put(*given: Any, **named: Any) -> str:
        if next(calls) == at:
            raise error
        return as_usual(*given, **named)

    monkeypatch.setattr(jobs.store, "put", put)


@pytest.mark.parametrize(
    "error", [OutputError("The disk is full."), sqlite3.OperationalError("database is full"), OSError(28, "full")]
)
async def test_what_cannot_be_stored_fails_the_job_and_takes_nothing_with_it(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async with core(server) as jobs:
        failing(jobs, monkeypatch, error, at=1)
        job = await jobs.submit(draft(1, batch_size=3), ME)
        await job.ended()
        assert job.state == "failed"
        assert job.error is not None
        assert [made.index for made in job.made] == [0, 2]


async def test_what_was_finished_before_a_cancellation_stays(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with core(server) as jobs:
        loop, storing, as_usual = asyncio.get_running_loop(), asyncio.Event(), jobs.store.put

        def put(*given: Any, **named: Any) -> str:
            loop.call_soon_threadsafe(storing.set)
            return as_usual(*given, **named)

        monkeypatch.setattr(jobs.store, "put", put)
        job = await jobs.submit(draft(1, batch_size=3), ME)
        await storing.wait()
        await jobs.cancel(job, "its client interrupted it")
        assert (job.state, [made.index for made in job.made]) == ("cancelled", [0, 1, 2])


@pytest.mark.parametrize("how", ["cancelled", "too late"])
async def test_what_had_arrived_when_it_was_given_up_stays(how: str) -> None:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, ms_per_step=100)
    with EmbeddedServer(options) as slow:
        async with core(slow, deadline_s=2.5 if how == "too late" else 60) as jobs:
            job = await jobs.submit(draft(1, batch_count=10, steps=5), ME)
            await until(job, "decoding")
            await until(job, "running")  # the next of its rounds
            if how == "cancelled":
                await jobs.cancel(job, "its client interrupted it")
            await job.ended()
            assert job.state == ("cancelled" if how == "cancelled" else "failed")
            assert 1 <= len(job.made) < 10
            assert [made.index for made in job.made] == list(range(len(job.made)))
            assert jobs.servers()[0].failed == 0


async def test_a_failed_job_keeps_neither_pictures_nor_previews() -> None:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, fail_rate=1.0, ms_per_step=20)
    with EmbeddedServer(options) as broken:
        async with core(broken) as jobs:
            job = await jobs.submit(draft(1, image=file_of("PNG", (128, 128)), verb="edit", steps=20), ME)
            async with aclosing(job.watch()) as states:
                async for _ in states:
                    await job.preview_jpeg()
            assert job.state == "failed"
            await asyncio.sleep(0)
            gc.collect()
            assert not [each for each in gc.get_objects() if isinstance(each, Turn) and each.job is job]
            assert (job.preview, job._shown, job._glimpses) == (None, None, {})


async def test_a_clip_has_its_picture_when_its_frames_are_forgotten(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        wanted = {"model": "wan_v2.1_1.3b_480p_q8p.ckpt", "num_frames": 5}
        job = await jobs.submit(draft(1, verb="video", **wanted), ME)
        await job.ended()
        assert job.error is None
        (made,) = job.made
        jobs._finisher._films.clear()
        assert (await jobs.encoded(made, form="jpeg", max_side=64)).startswith(b"\xff\xd8")
        stored = jobs.store.get(made.id)
        assert stored is not None
        jobs.store.delete(made.id)
        assert not list(stored.path.parent.glob(f"{made.id}*"))


async def test_a_file_that_somebody_removed_is_not_there(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        job = await jobs.submit(draft(1), ME)
        await job.ended()
        stored = jobs.store.get(job.made[0].id)
        assert stored is not None
        stored.path.unlink()
        for form in ("png", "jpeg"):
            with pytest.raises(NoSuchJob):
                await jobs.encoded(job.made[0], form=form)
        with pytest.raises(BadValue):
            await jobs.encoded(job.made[0], form="bmp")


async def test_who_is_being_cancelled_gets_no_newcomers(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        first = await jobs.submit(draft(1, fingerprint="f", steps=150), ME)
        await until(first, "running")
        cancelling = asyncio.ensure_future(jobs.cancel(first, "its client interrupted it"))
        await asyncio.sleep(0)
        again = await jobs.submit(draft(1, fingerprint="f", attach=True), ME)
        await cancelling
        assert again is not first
        await again.ended()
        assert again.state == "done"


async def test_nobody_is_remembered_for_having_asked(server: EmbeddedServer) -> None:
    async with core(server) as jobs:
        await (await jobs.submit(draft(1), ME)).ended()
        assert not jobs._planning


def test_the_index_says_so_when_it_cannot_hold_a_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store._index.close()
    with pytest.raises(OutputError, match="cannot be kept"):
        store.put(b"x", "image/png", poster=b"y")
    assert not [path for path in store.folder.rglob("*") if path.is_file() and "sqlite" not in path.name]
