from __future__ import annotations

import multiprocessing
import os
import stat
import threading
from pathlib import Path

import pytest

from drawthings.errors import BadConfiguration, OutputError
from drawthings.profiles import config_folder
from drawthings.settings import Tls
from drawthings.wire.known import KnownServer, KnownServers

PRINT = "SHA256:" + ":".join(["AB"] * 32)


@pytest.fixture
def known(tmp_path: Path) -> KnownServers:
    return KnownServers(tmp_path / "folder" / "known")


def test_nothing_is_known_at_first_and_nothing_is_made_by_asking(known: KnownServers):
    assert known.get("gpu:1") is None
    assert not known.forget("gpu:1")
    assert not known.path.parent.exists()


def test_what_is_remembered_is_known(known: KnownServers):
    known.remember("gpu:1", PRINT)
    known.remember("[::1]:2", None)
    assert known.get("gpu:1") == KnownServer("gpu:1", PRINT)
    assert known.get("[::1]:2") == KnownServer("[::1]:2", None)
    assert known.get("gpu:2") is None
    words = [line.split() for line in known.path.read_text().splitlines()]
    assert [word[:2] for word in words] == [["gpu:1", PRINT], ["[::1]:2", "tls"]]
    assert all(len(word[2]) == len("2026-11-22") for word in words)


def test_a_server_stands_there_once(known: KnownServers):
    known.remember("gpu:1", PRINT)
    known.remember("gpu:1", None)
    assert known.get("gpu:1") == KnownServer("gpu:1", None)
    assert len(known.path.read_text().splitlines()) == 1
    assert known.forget("gpu:1")
    assert known.path.read_text() == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_reads_it(known: KnownServers):
    known.remember("gpu:1", PRINT)
    assert stat.S_IMODE(known.path.stat().st_mode) == 0o600
    known.path.chmod(0o644)
    known.remember("gpu:1", None)
    assert stat.S_IMODE(known.path.stat().st_mode) == 0o600


def test_a_link_stays_a_link(known: KnownServers, tmp_path: Path):
    known.path.parent.mkdir()
    known.path.symlink_to(tmp_path / "real")
    known.remember("gpu:1", PRINT)
    assert known.path.is_symlink()
    assert "gpu:1" in (tmp_path / "real").read_text()


def test_what_is_not_understood_stays(known: KnownServers):
    known.path.parent.mkdir()
    strange = b"# a comment\n\ngpu:1\ngpu:1 something\n\xff\xfe broken\ngpu:2 SHA256:damaged\n"
    known.path.write_bytes(strange)
    assert known.get("gpu:1") is None
    assert known.get("gpu:2") == KnownServer("gpu:2", "SHA256:damaged")
    known.remember("gpu:1", None)
    assert known.path.read_bytes().startswith(strange)
    assert known.get("gpu:1") == KnownServer("gpu:1", None)


def test_of_two_lines_the_last_counts(known: KnownServers):
    known.path.parent.mkdir()
    known.path.write_text(f"gpu:1 tls\ngpu:1 {PRINT}\n")
    assert known.get("gpu:1") == KnownServer("gpu:1", PRINT)


def test_the_usual_place_is_the_configuration_folder(tmp_path: Path):
    assert KnownServers().path == config_folder() / "known_servers"
    assert tmp_path in KnownServers().path.parents


def test_the_environment_names_another_place_for_connections_made_by_hand_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DRAWTHINGS_KNOWN_SERVERS", "~/seen")
    assert KnownServers(Tls().known_servers).path == tmp_path / "seen"
    assert KnownServers(tmp_path / "own").path == tmp_path / "own"


def test_a_file_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path: Path):
    known = KnownServers(tmp_path)
    with pytest.raises(BadConfiguration, match="cannot be read: is a directory"):
        known.get("gpu:1")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    known = KnownServers(tmp_path / "file" / "known")
    with pytest.raises(OutputError, match="cannot be written") as caught:
        known.remember("gpu:1", PRINT)
    assert caught.value.path == str(known.path)


def test_a_failed_write_leaves_the_old_file_and_no_scraps(known: KnownServers, monkeypatch: pytest.MonkeyPatch):
    known.remember("gpu:1", PRINT)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError, match="permission denied"):
        known.remember("gpu:2", PRINT)
    assert sorted(path.name for path in known.path.parent.iterdir()) == ["known", "known.lock"]
    assert known.get("gpu:1") is not None


def test_without_locks_it_is_written_all_the_same(known: KnownServers, monkeypatch: pytest.MonkeyPatch):
    def refuse(_: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("drawthings.wire.known._lock", refuse)
    known.remember("gpu:1", PRINT)
    assert known.get("gpu:1") is not None


def _write_some(path: Path, who: str) -> None:
    for number in range(10):
        KnownServers(path).remember(f"{who}:{number}", PRINT)


def test_threads_that_write_at_once_lose_nothing(known: KnownServers):
    threads = [threading.Thread(target=_write_some, args=(known.path, f"t{number}")) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(known.path.read_text().splitlines()) == 40


def test_processes_that_write_at_once_lose_nothing(known: KnownServers):
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        pool.starmap(_write_some, [(known.path, f"p{number}") for number in range(2)])
    assert len(known.path.read_text().splitlines()) == 20
