"""Whole batches over real connections, with everything that can go wrong with servers and with the runner."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from PIL import Image

from drawthings.batch.jobs import Entry
from drawthings.batch.manifest import Manifest
from drawthings.batch.pool import Pool
from drawthings.batch.rules import Rules
from drawthings.batch.run import Tally, run_batch
from drawthings.batch.safe import intact
from drawthings.batch.spread import Spreader
from drawthings.errors import ManifestMismatch, OutOfRange, OutputError
from drawthings.media.naming import write_over
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from drawthings.settings import Connection, Secret, Timeouts, Tls

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMALL = {"width": 128, "height": 128, "steps": 1}
QUICK = Rules(wait_s=5, health_s=0.1)
RIGHT = "right"


def entries(count: int, **more: Any) -> list[Entry]:
    return [Entry({"prompt": f"a fox {number}", "seed": number, **SMALL, **more}, "here") for number in range(count)]


def done(folder: Path, servers: list[Any], listed: list[Entry], rules: Rules = QUICK, **options: Any) -> Tally:
    tasks = Spreader().tasks(listed)
    return asyncio.run(run_batch(folder, servers, tasks, rules=rules, **options))


def counts(folder: Path) -> dict[str, int]:
    with Manifest(folder) as manifest:
        return {state: count for state, count in manifest.counts().items() if count}


def checked(folder: Path) -> list[dict[str, Any]]:
    """Return the jobs that are done, after a look whether their files are what the manifest says, and no others."""
    with Manifest(folder) as manifest:
        rows = list(manifest.rows("done"))
    for row in rows:
        assert row["files"]
        assert all(intact(folder, made) for made in row["files"])
    named = {made.path for row in rows for made in row["files"]}
    assert {path.name for path in folder.iterdir() if path.suffix in {".png", ".jpg", ".tmp"}} == named
    return rows


# ------------------------------------------------------------------------------------------------------------- shares


def test_120_jobs_on_unequal_servers_none_lost_none_twice(tmp_path: Path, fleet: Any, addresses: Any):
    fast, slow = fleet(3, ms_per_step=40, fail_rate=0.04), fleet(1, ms_per_step=400, fail_rate=0.04)
    tally = done(tmp_path, addresses(fast, slow), entries(120))
    assert (tally.done, tally.failed, tally.stopped) == (120, 0, None)
    rows = checked(tmp_path)
    assert [row["number"] for row in rows] == list(range(1, 121))
    servers = (*fast.servers, *slow.servers)
    assert sum(server.generations for server in servers) == 120
    assert [server.most_at_once for server in servers] == [1, 1, 1, 1]
    assert all(20 <= server.generations <= 60 for server in fast.servers)
    assert 1 <= slow.servers[0].generations <= 20


def test_models_are_switched_seldom_however_they_are_mixed_and_nobody_idles(tmp_path: Path, fleet: Any, addresses: Any):
    # A tenth of what is usual: half a second for a picture, two for loading a model.
    servers = fleet(4, ms_per_step=50, model_switch_ms=200, catalogue=("v1", "sdxl_base_v0.9", "flux1"))
    with Pool(addresses(servers)[0]) as pool:
        models = [entry.file for entry in pool.models().models[:3]]
    listed = [Entry({"prompt": f"a fox {n}", "seed": n, "model": models[n % 3], **SMALL}, "here") for n in range(100)]
    started = time.monotonic()
    tally = done(tmp_path, addresses(servers), listed)
    took_s = time.monotonic() - started
    assert tally.done == 100
    # Four servers and three models that do not come out even take 4 + 3 - 1 loads, if nobody is to idle.
    assert sum(server.model_switches for server in servers.servers) <= 1.3 * 6
    assert sum(status.busy_s for status in tally.servers) >= 0.8 * took_s * 4


def test_what_is_done_is_not_done_again_and_new_jobs_are_added(tmp_path: Path, fleet: Any, addresses: Any):
    servers = fleet(2)
    assert done(tmp_path, addresses(servers), entries(6)).done == 6
    tally = done(tmp_path, addresses(servers), entries(9))
    assert (tally.before, tally.done) == (6, 3)
    assert sum(server.generations for server in servers.servers) == 9
    assert len(checked(tmp_path)) == 9


def test_pictures_names_forms_and_several_at_once(tmp_path: Path, fleet: Any, addresses: Any):
    source = tmp_path / "in"
    source.mkdir()
    Image.new("RGB", (128, 128), "red").save(source / "photo.png")
    facts = {"prompt": "winter", "seed": 1, "image": "photo.png", "name": "my: photo", "batch_size": 2, **SMALL}
    tally = done(tmp_path / "out", addresses(fleet(1)), [Entry(facts, "here", source)], form="jpg")
    assert tally.done == 1
    (row,) = checked(tmp_path / "out")
    assert [made.path for made in row["files"]] == ["000001-my_-photo.jpg", "000001-my_-photo-1.jpg"]
    with Image.open(tmp_path / "out" / row["files"][0].path) as picture:
        assert (picture.format, picture.size) == ("JPEG", (128, 128))


def test_a_list_that_makes_no_sense_starts_nothing(tmp_path: Path, fleet: Any, addresses: Any):
    servers = fleet(1)
    with pytest.raises(OutOfRange, match="line 2"):
        done(tmp_path, addresses(servers), [*entries(1), Entry({"prompt": "a", "steps": 0}, "line 2")])
    assert counts(tmp_path) == {}
    assert servers.servers[0].generations == 0


def test_two_runners_do_not_share_a_folder(tmp_path: Path, fleet: Any, addresses: Any):
    with Manifest(tmp_path, create=True) as manifest:
        manifest.claim()
        with pytest.raises(ManifestMismatch, match="already"):
            done(tmp_path, addresses(fleet(1)), entries(1))


# ------------------------------------------------------------------------------------------- what happens to servers


@pytest.fixture
def told() -> Iterator[list[str]]:
    """Collect what the library says about servers, whoever else listens."""
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    listener, logger = Listener(logging.WARNING), logging.getLogger("drawthings.batch")
    logger.addHandler(listener)
    yield said
    logger.removeHandler(listener)


def says(said: list[str], address: str, *words: str) -> bool:
    """Return whether a line is about this server and has all these words."""
    return any(address in line and all(word in line for word in words) for line in said)


def all_others_are_done(folder: Path, servers: list[Any], count: int = 24, rules: Rules = QUICK) -> Tally:
    tally = done(folder, servers, entries(count), rules)
    assert (tally.done, tally.stopped) == (count, None)
    assert len(checked(folder)) == count
    return tally


def test_a_server_is_killed(tmp_path: Path, fleet: Any, addresses: Any, told: list[str]):
    dying, steady = fleet(1, crash_after=3), fleet(2)
    tally = all_others_are_done(tmp_path, addresses(dying, steady))
    assert dying.servers[0].crashes == 1
    assert says(told, addresses(dying)[0], "cannot be used")
    assert (tally.servers[0].state, tally.servers[0].done) == ("down", 3)


def test_servers_crash_and_come_back_all_the_time(tmp_path: Path, fleet: Any, addresses: Any):
    servers = fleet(3, crash_after=9, restart_ms=50)
    tally = done(tmp_path, addresses(servers), entries(40), Rules(wait_s=30, health_s=0.1))
    assert tally.stopped is None
    assert counts(tmp_path).get("done", 0) + counts(tmp_path).get("poison", 0) == 40
    assert sum(server.crashes for server in servers.servers) >= 2
    assert len(checked(tmp_path)) >= 38


def test_a_server_freezes_in_the_middle(tmp_path: Path, fleet: Any, addresses: Any, told: list[str]):
    frozen, steady = fleet(1), fleet(1)
    server = frozen.servers[0]
    server.faults.normal()
    gate = server.faults.pause("GenerateImage", after_messages=1)
    for _ in range(3):
        # The greetings that come before it freezes are answered.
        server.faults.normal("Echo")
    for _ in range(200):
        server.faults.silence(30, "Echo")
    slow = Connection(addresses(frozen)[0], timeouts=Timeouts(unary_s=0.3))
    all_others_are_done(tmp_path, [slow, *addresses(steady)], rules=replace(QUICK, frozen_s=0.6))
    assert gate.wait(0)
    assert says(told, addresses(frozen)[0], "cannot be used")
    gate.open()


def test_a_server_comes_back_with_another_catalogue(tmp_path: Path, fleet: Any, addresses: Any, told: list[str]):
    steady = fleet(1, ms_per_step=30)
    first = EmbeddedServer(ServerOptions(tls=False, sketch=True, model_browser=True, catalogue=("v1",), crash_after=2))
    first.start()
    changed: list[EmbeddedServer] = []

    def on_job(number: int, state: str) -> None:
        del number, state
        if first.crashes and not changed:
            options = ServerOptions(tls=False, sketch=True, model_browser=True, catalogue=("flux1",), port=first.port)
            changed.append(EmbeddedServer(options).start())

    listed = entries(24, model="sd_v1.5_f16.ckpt")
    tally = done(tmp_path, [f"grpc://{first.address}", *addresses(steady)], listed, on_job=on_job)
    assert (tally.done, tally.stopped) == (24, None)
    assert changed
    assert changed[0].generations == 0
    assert says(told, first.address, "started anew", "other files")
    changed[0].stop()
    first.stop()


def test_a_server_comes_back_with_another_certificate(tmp_path: Path, fleet: Any, addresses: Any):
    steady = fleet(1, ms_per_step=30)
    trust = Tls(known_servers=tmp_path / "known")
    first = EmbeddedServer(ServerOptions(sketch=True, model_browser=True, catalogue=("v1",), crash_after=2)).start()
    second: list[EmbeddedServer] = []
    troubles: set[str] = set()

    def on_job(number: int, state: str) -> None:
        del number, state
        if first.crashes and not second:
            options = ServerOptions(sketch=True, model_browser=True, catalogue=("v1",), port=first.port)
            second.append(EmbeddedServer(options).start())

    def on_look(tally: Tally, servers: tuple[Any, ...]) -> None:
        del tally
        troubles.update(each.trouble for each in servers)

    changing = Connection(first.address, tls=trust)
    tally = done(tmp_path / "b", [changing, *addresses(steady)], entries(60), on_job=on_job, on_look=on_look)
    assert (tally.done, tally.stopped) == (60, None)
    assert second
    assert second[0].generations == 0
    assert any("certificate" in trouble for trouble in troubles)
    second[0].stop()
    first.stop()


def test_a_wrong_secret(tmp_path: Path, fleet: Any, addresses: Any, told: list[str]):
    closed, steady = fleet(1, shared_secret=RIGHT), fleet(1)
    all_others_are_done(tmp_path, [Connection(addresses(closed)[0], secret=Secret("wrong")), *addresses(steady)])
    assert closed.servers[0].generations == 0
    assert says(told, addresses(closed)[0], "cannot be used", "secret")


def test_a_full_disk_of_a_server(tmp_path: Path, fleet: Any, addresses: Any, told: list[str]):
    full, steady = fleet(1), fleet(1)
    for _ in range(50):
        full.servers[0].faults.fail("GenerateImage", grpc.StatusCode.RESOURCE_EXHAUSTED, "no space left on device")
    all_others_are_done(tmp_path, addresses(full, steady))
    assert full.servers[0].generations == 0
    assert says(told, addresses(full)[0], "left alone", "no space left on device")


def test_a_full_disk_of_ours_stops_the_run_and_loses_nothing(
    tmp_path: Path, fleet: Any, addresses: Any, monkeypatch: pytest.MonkeyPatch
):
    written = []

    def until_full(path: Path, parts: Any) -> Path:
        written.append(path)
        if len(written) > 3:
            raise OutputError(f"{path} cannot be written: No space left on device.", hint="Make room.", path=path)
        return write_over(path, parts)

    monkeypatch.setattr("drawthings.batch.safe.write_over", until_full)
    servers = addresses(fleet(2))
    tally = done(tmp_path, servers, entries(12))
    assert isinstance(tally.stopped, OutputError)
    assert "No space left" in str(tally.stopped)
    assert len(checked(tmp_path)) == tally.done == 3
    assert counts(tmp_path) == {"waiting": 9, "done": 3}
    monkeypatch.undo()
    assert done(tmp_path, servers, []).done == 9


def test_garbage_in_the_place_of_pictures(tmp_path: Path, fleet: Any, addresses: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("drawthings.batch.run.FIRST_PAUSE_S", 0.05)
    broken, steady = fleet(1), fleet(1)
    broken.servers[0].faults.garbage_image()
    broken.servers[0].faults.empty_result()
    broken.servers[0].faults.break_chunk()
    tally = all_others_are_done(tmp_path, addresses(broken, steady))
    assert (tally.repeated, tally.servers[0].failed) == (1, 2), "what cannot be decoded is known here alone"
    assert (tally.servers[1].failed, broken.servers[0].generations > 3) == (0, True)


def test_no_draw_things_server_at_all(tmp_path: Path, fleet: Any, addresses: Any, told: list[str]):
    web = grpc.server(ThreadPoolExecutor(2))
    port = web.add_insecure_port("127.0.0.1:0")
    web.start()
    all_others_are_done(tmp_path, [f"grpc://127.0.0.1:{port}", *addresses(fleet(1))])
    assert says(told, f":{port}", "cannot be used")
    web.stop(None)


def test_a_job_that_takes_servers_down_is_put_aside_with_its_reason(tmp_path: Path, fleet: Any, addresses: Any):
    servers = fleet(3)
    for server in servers.servers:
        server.faults.drop_connection("GenerateImage", after_messages=1)
    tally = done(tmp_path, addresses(servers), entries(1))
    assert (tally.failed, counts(tmp_path)) == (1, {"poison": 1})
    with Manifest(tmp_path) as manifest:
        (row,) = manifest.rows("poison")
        assert row["error"] == "Poisoned"
        assert "went away" in row["reason"]
        assert manifest.retry() == 1
    for server in servers.servers:
        server.faults._queues.clear()
    assert done(tmp_path, addresses(servers), []).done == 1


def test_all_servers_gone_stops_the_run_and_loses_nothing(tmp_path: Path, fleet: Any, addresses: Any):
    servers = fleet(2, crash_after=3)
    tally = done(tmp_path, addresses(servers), entries(20), replace(QUICK, wait_s=0.3))
    assert tally.stopped is not None
    left = counts(tmp_path)
    assert left["waiting"] + left["done"] + left.get("poison", 0) == 20
    all_others = done(tmp_path, addresses(fleet(1)), [])
    assert all_others.done == left["waiting"]


def test_what_no_server_has_fails_and_the_rest_is_done(tmp_path: Path, fleet: Any, addresses: Any):
    listed = [*entries(3), Entry({"prompt": "x", "model": "nothing.ckpt", **SMALL}, "here")]
    tally = done(tmp_path, addresses(fleet(2)), listed)
    assert (tally.done, tally.failed) == (3, 1)
    with Manifest(tmp_path) as manifest:
        (row,) = manifest.rows("failed")
    assert (row["error"], row["tries"]) == ("ModelNotFound", 1)


def test_what_may_pass_is_tried_again_later(
    tmp_path: Path, fleet: Any, addresses: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("drawthings.batch.run.FIRST_PAUSE_S", 0.05)
    servers = fleet(1)
    for _ in range(2):
        servers.servers[0].faults.fail("GenerateImage", grpc.StatusCode.INTERNAL, "busy")
    tally = done(tmp_path, addresses(servers), entries(1), replace(QUICK, tries=1))
    assert (tally.done, tally.repeated) == (1, 2)


def test_a_job_that_is_cancelled_meanwhile_is_left_alone(tmp_path: Path, fleet: Any, addresses: Any):
    servers = fleet(1, ms_per_step=20)

    def on_job(number: int, state: str) -> None:
        del state
        if number == 1:
            with Manifest(tmp_path) as other:
                other.cancel([10])

    tally = done(tmp_path, addresses(servers), entries(10), on_job=on_job)
    assert (tally.done, tally.failed) == (9, 1)
    assert counts(tmp_path) == {"done": 9, "cancelled": 1}


# ------------------------------------------------------------------------------------------ what happens to the runner

RUN = """
import asyncio, json, sys
from pathlib import Path
from drawthings.batch.jobs import read_jobs
from drawthings.batch.rules import Rules
from drawthings.batch.run import run_batch
from drawthings.batch.spread import Spreader

folder, jobs, *servers = sys.argv[1:]
said = lambda number, state: print(state, flush=True)
asyncio.run(run_batch(folder, servers, Spreader().tasks(read_jobs(jobs)), on_job=said))
"""


def test_a_runner_that_is_killed_loses_nothing_and_repeats_only_what_was_in_flight(
    tmp_path: Path, fleet: Any, addresses: Any
):
    servers = fleet(2, ms_per_step=15)
    jobs, folder = tmp_path / "jobs.jsonl", tmp_path / "out"
    lines = [json.dumps({"prompt": f"a fox {n}", "seed": n, **SMALL}) for n in range(60)]
    jobs.write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "-c", RUN, str(folder), str(jobs), *addresses(servers)]
    kills = 3
    for stop_after in (5, 9, 14):
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ.copy()) as runner:
            assert runner.stdout is not None
            for _ in range(stop_after):
                runner.stdout.readline()
            runner.kill()
    assert counts(folder).get("done", 0) >= 28 - kills
    assert subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=60).returncode == 0
    rows = checked(folder)
    assert [row["number"] for row in rows] == list(range(1, 61))
    assert counts(folder) == {"done": 60}
    # In flight: one on each server, and what was made but not written down yet.
    made = sum(server.generations for server in servers.servers)
    assert 60 <= made <= 60 + kills * (len(servers.servers) + 4)


def test_a_picture_is_the_same_whenever_it_is_made(tmp_path: Path, fleet: Any, addresses: Any):
    servers = addresses(fleet(2))
    sums = []
    for name in ("first", "second"):
        done(tmp_path / name, servers, entries(4))
        sums.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((tmp_path / name).glob("*.png"))])
    assert sums[0] == sums[1]


def test_a_manifest_that_cannot_be_written_stops_the_run_and_loses_nothing(
    tmp_path: Path, fleet: Any, addresses: Any, monkeypatch: pytest.MonkeyPatch
):
    as_usual, calls = Manifest.done, iter(range(100))

    def done_until_full(self: Manifest, *given: Any, **named: Any) -> Any:
        if next(calls) > 2:
            raise sqlite3.OperationalError("database or disk is full")
        return as_usual(self, *given, **named)

    monkeypatch.setattr(Manifest, "done", done_until_full)
    servers = addresses(fleet(2))
    tally = done(tmp_path, servers, entries(12))
    assert isinstance(tally.stopped, OutputError)
    assert "disk is full" in str(tally.stopped)
    assert counts(tmp_path) == {"waiting": 9, "done": 3}
    monkeypatch.undo()
    assert done(tmp_path, servers, []).done == 9
    assert counts(tmp_path) == {"done": 12}
