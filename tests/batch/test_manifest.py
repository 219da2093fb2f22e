from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drawthings.batch.manifest import NAME, Made, Manifest
from drawthings.batch.task import Task
from drawthings.batch.window import Window
from drawthings.errors import BadValue, ManifestMismatch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FACTS = {"seconds": 1.5, "server": "s", "used": "m", "settings": "{}", "tries": 1}


def tasks(count: int, model: str = "", start: int = 0, priority: int = 0) -> Iterator[Task]:
    for number in range(start, start + count):
        yield Task(
            hash=f"{model}{number}", prompt=f"p{number}", wanted={"seed": number}, model=model, priority=priority
        )


@pytest.fixture
def manifest(tmp_path: Path) -> Iterator[Manifest]:
    with Manifest(tmp_path / "b", create=True) as made:
        yield made


def test_jobs_are_added_once(manifest: Manifest):
    assert manifest.add(tasks(5)) == (5, 0)
    assert manifest.add(tasks(7)) == (2, 5)
    assert manifest.counts() == {"waiting": 7, "running": 0, "done": 0, "failed": 0, "poison": 0, "cancelled": 0}
    assert [row.number for row in manifest.waiting("", 3, 0.0)] == [1, 2, 3]


def test_a_list_that_breaks_off_adds_nothing(manifest: Manifest):
    def broken() -> Iterator[Task]:
        yield from tasks(3)
        raise BadValue("line 4")

    with pytest.raises(BadValue):
        manifest.add(broken())
    assert manifest.total == 0


def test_a_job_goes_from_state_to_state(manifest: Manifest):
    manifest.add(tasks(4))
    assert manifest.begin(1, "gpu1")
    manifest.done(1, [Made("1.png", "ab", 7), Made("1-1.png", "cd", 8)], **FACTS)
    manifest.begin(2, "gpu1")
    manifest.failed(2, BadValue("wrong", hint="right"))
    manifest.begin(3, "gpu2")
    manifest.failed(3, BadValue("heavy"), poison=True)
    assert manifest.cancel() == 1
    assert manifest.counts() == {"waiting": 0, "running": 0, "done": 1, "failed": 1, "poison": 1, "cancelled": 1}
    done, failed, *_ = manifest.rows()
    assert done["files"] == [Made("1.png", "ab", 7), Made("1-1.png", "cd", 8)]
    assert (done["seconds"], done["server"], done["tries"]) == (1.5, "s", 1)
    assert (failed["error"], failed["reason"], failed["hint"], failed["tries"]) == ("BadValue", "wrong", "right", 1)
    assert not manifest.begin(4, "gpu1")
    assert manifest.retry([2, 3]) == 2
    assert manifest.retry() == 1
    assert manifest.counts()["waiting"] == 3


def test_a_job_can_wait_for_a_better_time(manifest: Manifest):
    manifest.add(tasks(1))
    manifest.again(1, BadValue("busy"), after=100.0)
    assert manifest.waiting("", 9, 99.0) == []
    assert manifest.next_after(99.0) == 100.0
    assert manifest.waiting("", 9, 100.0)[0].tries == 1
    assert manifest.next_after(100.0) is None


def test_what_was_running_when_the_runner_died_waits_again(tmp_path: Path):
    with Manifest(tmp_path, create=True) as manifest:
        manifest.add(tasks(2))
        manifest.begin(1, "gpu1")
    with Manifest(tmp_path) as manifest:
        assert manifest.counts()["running"] == 1
        manifest.claim()
        assert manifest.counts()["waiting"] == 2
        manifest.begin(1, "gpu1")
        manifest.release(1)
        manifest.release(2)
        assert manifest.counts()["waiting"] == 2


def test_only_one_runner_at_a_time(tmp_path: Path):
    with Manifest(tmp_path, create=True) as first, Manifest(tmp_path) as second:
        first.claim()
        with pytest.raises(ManifestMismatch, match="already"):
            second.claim()
        second.add(tasks(1))
    with Manifest(tmp_path) as third:
        third.claim()


def test_no_manifest_a_broken_one_and_one_of_another_version(tmp_path: Path):
    with pytest.raises(ManifestMismatch, match="no batch"):
        Manifest(tmp_path)
    (tmp_path / NAME).write_bytes(b"no database at all, but long enough to be looked at" * 20)
    with pytest.raises(ManifestMismatch, match="cannot be used"):
        Manifest(tmp_path)
    (tmp_path / "a").mkdir()
    with Manifest(tmp_path / "a", create=True):
        pass
    with sqlite3.connect(tmp_path / "a" / NAME) as database:
        database.execute("UPDATE about SET value = '9' WHERE name = 'version'")
    database.close()
    with pytest.raises(ManifestMismatch, match="version 9"):
        Manifest(tmp_path / "a")


def test_each_model_has_its_share_of_the_window(manifest: Manifest):
    manifest.add([*tasks(100, "x"), *tasks(100, "y"), *tasks(3, "z", priority=5)])
    window = Window(manifest, 30)
    rows = list(window.fill(0.0))
    assert {model: sum(row.model == model for row in rows) for model in "xyz"} == {"x": 10, "y": 10, "z": 3}
    assert "".join(row.model for row in rows[:7]) == "zzzxyxy"
    assert window.ahead() == {"x": 100, "y": 100, "z": 3}
    assert window.left == {"x": 90, "y": 90, "z": 0}
    assert list(window.fill(0.0)) == []
    for row in [row for row in rows if row.model == "x"][:6]:
        manifest.begin(row.number, "s")
        manifest.done(row.number, [], **FACTS)
        window.drop(row)
    more = list(window.fill(0.0))
    assert {row.model for row in more} == {"x"}
    assert [row.number for row in more] == list(range(11, 17))
    assert len(window.taken) == 23


def test_of_the_same_priority_the_nearest_deadline_comes_first(manifest: Manifest):
    manifest.add([*tasks(2), *(replace(task, deadline=900.0 - int(task.hash)) for task in tasks(2, start=5))])
    assert [row.number for row in manifest.waiting("", 9, 0.0)] == [4, 3, 1, 2]


def test_a_higher_priority_comes_first(manifest: Manifest):
    manifest.add([*tasks(3), *tasks(1, start=9, priority=1)])
    assert [row.number for row in manifest.waiting("", 9, 0.0)] == [4, 1, 2, 3]


def test_what_runs_leaves_room_for_what_waits(manifest: Manifest):
    manifest.add(tasks(74))
    window = Window(manifest)
    taken = list(window.fill(0.0, 64))
    assert len(taken) == 64
    for row in taken:
        manifest.begin(row.number, "gpu1")
    assert len(list(window.fill(10.0))) == 10
    assert window.left == {"": 0}
