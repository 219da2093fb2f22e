"""The batch through Dask workers: in this process, and as machines would be that come and go."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.batch.dask.crew import Crew
from drawthings.batch.dask.hand import Hands
from drawthings.batch.dask.parcel import Fault, Parcel, Piece
from drawthings.batch.jobs import Entry
from drawthings.batch.manifest import Manifest
from drawthings.batch.rules import Rules
from drawthings.batch.run import Tally, run_batch
from drawthings.batch.safe import intact
from drawthings.batch.spread import Spreader
from drawthings.client.result import Result
from drawthings.errors import BadValue, DrawThingsError, Incomplete, Rejected, ServerCrashed, Unreachable
from drawthings.request.configuration import Configuration

if TYPE_CHECKING:
    from pathlib import Path

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.timeout(60)

QUICK = Rules(wait_s=5, health_s=0.3)
SMALL = {"width": 128, "height": 128, "steps": 1}


def entries(count: int, **more: Any) -> list[Entry]:
    return [Entry({"prompt": f"a fox {number}", "seed": number, **SMALL, **more}, "here") for number in range(count)]


async def done(folder: Path, servers: list[str], listed: list[Entry], scheduler: str, **options: Any) -> Tally:
    options.setdefault("rules", QUICK)
    return await run_batch(folder, servers, Spreader().tasks(listed), scheduler=scheduler, **options)


def checked(folder: Path) -> list[dict[str, Any]]:
    with Manifest(folder) as manifest:
        rows = list(manifest.rows("done"))
    assert all(row["files"] and all(intact(folder, made) for made in row["files"]) for row in rows)
    named = {made.path for row in rows for made in row["files"]}
    assert {path.name for path in folder.iterdir() if not path.name.startswith("batch.")} == named
    return rows


def cluster(*names: str) -> Any:
    """Return a scheduler at a TCP address, and a worker for each name."""
    options = {"nthreads": 1, "memory_limit": 0, "dashboard": False, "host": "127.0.0.1"}
    return distributed.SpecCluster(
        workers={name: {"cls": distributed.Worker, "options": options} for name in names},
        scheduler={
            "cls": distributed.Scheduler,
            "options": {"dashboard": False, "port": 0, "host": "127.0.0.1", "protocol": "tcp://"},
        },
        asynchronous=True,
    )


async def test_all_is_done_once_and_each_server_works_on_one_at_a_time(tmp_path: Path, fleet: Any, addresses: Any):
    servers = fleet(3, fail_rate=0.04)
    tally = await done(tmp_path, addresses(servers), entries(30), "inproc")
    assert (tally.done, tally.failed, tally.stopped) == (30, 0, None)
    assert [row["number"] for row in checked(tmp_path)] == list(range(1, 31))
    assert sum(server.generations for server in servers.servers) >= 30
    assert [server.most_at_once for server in servers.servers] == [1, 1, 1]


def test_results_that_nobody_fetches_are_let_go(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("drawthings.batch.dask.hand.KEPT_S", 0.0)
    hands = Hands()
    forgotten = hands.keep(Result((), plan=None))  # type: ignore[arg-type]
    fetched = hands.keep(Result((), plan=None, elapsed_s=2.0))  # type: ignore[arg-type]
    assert hands.take(fetched).elapsed_s == 2.0
    with pytest.raises(KeyError):
        hands.take(forgotten)


async def test_files_are_those_that_come_without_dask(tmp_path: Path, fleet: Any, addresses: Any):
    servers = addresses(fleet(1))
    listed = [Entry({"prompt": "a fox", "seed": 1, "name": "red: fox", "batch_size": 2, **SMALL}, "here")]
    await done(tmp_path / "dask", servers, listed, "inproc", form="jpg")
    await run_batch(tmp_path / "plain", servers, Spreader().tasks(listed), form="jpg", rules=QUICK)
    kept = {path.name: path.read_bytes() for path in (tmp_path / "dask").glob("*.jpg")}
    assert sorted(kept) == ["000001-red_-fox-1.jpg", "000001-red_-fox.jpg"]
    assert kept == {path.name: path.read_bytes() for path in (tmp_path / "plain").glob("*.jpg")}


async def test_a_server_that_crashes_and_one_that_refuses(tmp_path: Path, fleet: Any, addresses: Any):
    dying, closed, steady = fleet(1, crash_after=2), fleet(1, shared_secret="right"), fleet(1)  # noqa: S106
    tally = await done(tmp_path, addresses(dying, closed, steady), entries(15), "inproc")
    assert (tally.done, tally.stopped) == (15, None)
    assert len(checked(tmp_path)) == 15
    assert closed.servers[0].generations == 0
    troubles = {each.server: each.trouble for each in tally.servers}
    assert "secret" in troubles[addresses(closed)[0]]


async def test_a_job_that_makes_no_sense_fails_with_the_error_of_the_server(tmp_path: Path, fleet: Any, addresses: Any):
    listed = [*entries(2), Entry({"prompt": "x", "model": "nothing.ckpt", **SMALL}, "here")]
    tally = await done(tmp_path, addresses(fleet(2)), listed, "inproc")
    assert (tally.done, tally.failed) == (2, 1)
    with Manifest(tmp_path) as manifest:
        (row,) = manifest.rows("failed")
    assert row["error"] == "ModelNotFound"


async def test_a_worker_goes_away_in_the_middle_and_its_job_is_done_elsewhere(
    tmp_path: Path, fleet: Any, addresses: Any
):
    servers = addresses(fleet(2, ms_per_step=60))
    async with cluster(*servers) as workers:
        leaving: list[Any] = []

        def on_job(number: int, state: str) -> None:
            del number, state
            if not leaving:
                leaving.append(workers.workers[servers[0]])
                workers.loop.add_callback(leaving[0].close)

        tally = await done(tmp_path, servers, entries(16), workers.scheduler_address, on_job=on_job)
    assert (tally.done, tally.failed, tally.stopped) == (16, 0, None)
    assert len(checked(tmp_path)) == 16
    assert {each.server: each.state for each in tally.servers}[servers[0]] == "down"


async def test_workers_are_found_by_the_name_of_their_server(tmp_path: Path, fleet: Any, addresses: Any):
    servers = addresses(fleet(2))
    # Another spelling is the same server; and no other worker is used in its place.
    async with cluster(servers[0].removeprefix("grpc://"), "somebody-else") as workers:
        tally = await done(tmp_path, servers, entries(4), workers.scheduler_address)
    assert tally.done == 4
    states = {each.server: (each.done, each.trouble) for each in tally.servers}
    assert states[servers[0]] == (4, "")
    assert "No Dask worker is there for" in states[servers[1]][1]


async def test_no_worker_at_all_stops_the_run_and_loses_nothing(tmp_path: Path, fleet: Any, addresses: Any):
    servers = addresses(fleet(1))
    async with cluster() as workers:
        tally = await done(
            tmp_path, servers, entries(2), workers.scheduler_address, rules=Rules(wait_s=0.2, health_s=0.1)
        )
    assert isinstance(tally.stopped, Unreachable)
    with Manifest(tmp_path) as manifest:
        assert manifest.counts()["waiting"] == 2
    assert (await done(tmp_path, servers, [], "inproc")).done == 2


def test_what_is_no_scheduler():
    with pytest.raises(BadValue, match="'gpu1' is none"):
        Crew("gpu1", [])


async def test_no_scheduler_answers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("drawthings.batch.dask.crew.CONNECT_S", 0.3)
    with pytest.raises(Unreachable, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        async with Crew("tcp://127.0.0.1:1", []):
            pass


def test_only_our_own_errors_cross():
    broken = Fault.of(KeyError("something of a library"), "gpu1:7859")
    assert isinstance(broken.error, ServerCrashed)
    assert "gpu1:7859" in str(broken.error)
    ours = Incomplete("It broke off.")
    ours.__cause__ = Rejected("No.", hint="Ask for less.")
    crossed = pickle.loads(pickle.dumps(Fault.of(ours, "gpu1:7859")))  # noqa: S301 - made a line before
    with pytest.raises(DrawThingsError) as caught:
        crossed.thrown()
    assert type(caught.value) is Incomplete
    assert type(caught.value.__cause__) is Rejected
    assert caught.value.__cause__.hint == "Ask for less."


def test_a_parcel_is_kept_like_a_result(tmp_path: Path):
    pieces = (Piece(".png", b"one", "sum1", 5), Piece("-1.png", b"two", "sum2", 6))
    made = Parcel(pieces, "m.ckpt", Configuration(), 1.5).keep(tmp_path, 7, "fox")
    assert [(each.path, each.sha256, each.seed) for each in made] == [
        ("000007-fox.png", "sum1", 5),
        ("000007-fox-1.png", "sum2", 6),
    ]
    assert (tmp_path / "000007-fox-1.png").read_bytes() == b"two"


def test_the_command_line_and_no_word_of_dask(tmp_path: Path, fleet: Any, addresses: Any):
    jobs, folder = tmp_path / "jobs.txt", tmp_path / "out"
    jobs.write_text("a fox\na hare\n", encoding="utf-8")
    asked = [f"-s{address}" for address in addresses(fleet(2))]
    words = ["batch", "run", str(jobs), "-o", str(folder), "--size", "128", "--steps", "1", "--seed", "1", *asked]
    command = [sys.executable, "-m", "drawthings", *words, "--scheduler"]
    wrong = subprocess.run([*command, "main"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "The scheduler 'main' is none." in wrong.stderr
    right = subprocess.run([*command, "local"], capture_output=True, text=True, check=True)
    assert right.stdout == f"{folder}\n"
    assert "2 done" in right.stderr
    assert "distributed" not in right.stderr
    assert len(checked(folder)) == 2
