"""Finished files: kept, found, limited, and there again after a restart."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from drawthings.apps.jobs import store as module
from drawthings.apps.jobs.store import Store
from drawthings.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "gallery")
    yield made
    made.close()


def put(store: Store, prompt: str = "a fox", scope: str = "me", size: int = 10) -> str:
    return store.put(bytes(size), "image/png", scope=scope, job="j", facts={"prompt": prompt, "kind": "image"})


def test_a_file_is_found_with_everything_that_was_told(store: Store) -> None:
    name = store.put(b"abc", "image/webp", scope="me", job="j", facts={"prompt": "ä fox"})
    found = store.get(name)
    assert found is not None
    assert (found.read(), found.media_type, found.size, found.scope, found.job) == (b"abc", "image/webp", 3, "me", "j")
    assert found.facts == {"prompt": "ä fox"}
    assert found.expires == found.created + store.ttl_s


def test_names_cannot_be_guessed_and_never_are_paths(store: Store) -> None:
    names = {put(store) for _ in range(50)}
    assert len(names) == 50
    assert all(len(name) == 22 and "/" not in name and "." not in name for name in names)
    assert store.get("../gallery.sqlite3") is None


def test_the_folder_is_private(store: Store) -> None:
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


def test_it_is_there_again_after_a_restart(tmp_path: Path) -> None:
    first = Store(tmp_path)
    name = put(first)
    first.star(name, starred=True)
    first.close()
    again = Store(tmp_path)
    found = again.get(name)
    assert found is not None
    assert (found.starred, again.size) == (True, 10)
    again.close()


def test_without_a_folder_everything_goes_with_it() -> None:
    store = Store()
    put(store)
    folder = store.folder
    store.close()
    assert not folder.exists()


def test_the_latest_come_first_page_by_page_and_each_owner_sees_their_own(store: Store) -> None:
    names = [put(store, f"fox {number}") for number in range(5)]
    put(store, scope="other")
    first = store.recent("me", limit=2)
    assert [each.id for each in first] == names[:2:-1]
    assert [each.id for each in store.recent("me", limit=9, before=first[-1].id)] == names[2::-1]
    assert store.recent("nobody") == []


@pytest.mark.parametrize(("query", "count"), [("fox", 2), ("RED fox", 1), ("100%", 1), ("_", 0), ("'; DROP TABLE", 0)])
def test_words_are_looked_for_as_they_are(store: Store, query: str, count: int) -> None:
    put(store, "a red fox")
    put(store, "a 100% blue fox")
    assert len(store.recent("me", query=query)) == count


def test_what_is_thrown_away_can_be_brought_back(store: Store) -> None:
    name = put(store)
    store.throw_away(name)
    assert store.get(name) is None
    assert store.recent("me") == []
    assert store.get(name, binned=True) is not None
    store.restore(name)
    assert store.get(name) is not None


def test_the_bin_is_emptied_after_a_week(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = put(store), put(store)
    store.throw_away(old)
    monkeypatch.setattr(module, "BIN_S", -1.0)
    store.sweep()
    assert store.get(old, binned=True) is None
    assert store.get(new) is not None
    assert store.size == 10


def test_the_bin_goes_first_then_what_nobody_looked_at_and_stars_never(tmp_path: Path) -> None:
    store = Store(tmp_path, most_bytes=40)
    starred, binned, old, new = (put(store) for _ in range(4))
    store.star(starred, starred=True)
    store.throw_away(binned)
    put(store)
    assert store.get(binned, binned=True) is None
    wanted = store.get(old)
    assert wanted is not None
    wanted.read()
    assert store.get(new) is not None  # being listed is not being looked at
    put(store)
    assert store.get(new) is None
    assert store.get(starred) is not None
    assert store.get(old) is not None
    assert store.size <= 40
    store.close()


def test_deleting_takes_the_file_away(store: Store) -> None:
    name = put(store)
    found = store.get(name)
    assert found is not None
    store.delete(name)
    store.delete(name)
    assert not found.path.exists()
    assert store.size == 0


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot hold the gallery"):
        Store(tmp_path / "file" / "below")
