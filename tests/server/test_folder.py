from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from drawthings.errors import BadValue
from drawthings.server import folder as module
from drawthings.server.folder import FolderStore


@pytest.fixture
def store(folder: Path):
    (folder / "b.ckpt").write_bytes(b"bb")
    (folder / "A.CKPT").write_bytes(b"a")
    (folder / "empty.ckpt").write_bytes(b"")
    (folder / ".hidden.ckpt").write_bytes(b"h")
    (folder / "readme.txt").write_bytes(b"t")
    (folder / "folder.ckpt").mkdir()
    (folder / "folder.ckpt" / "inner.ckpt").write_bytes(b"i")
    return FolderStore(folder)


def test_only_visible_files_with_contents_are_listed(store: FolderStore):
    assert store.models() == ["A.CKPT", "b.ckpt"]


def test_existence_goes_by_the_name_inside_the_folder(store: FolderStore, folder: Path):
    assert store.has("b.ckpt")
    assert store.has("empty.ckpt")
    assert store.has("readme.txt")
    outside = folder.parent / "outside.ckpt"
    outside.write_bytes(b"x")
    for name in ("folder.ckpt", "nothing.ckpt", "../outside.ckpt", str(outside), "folder.ckpt/inner.ckpt", ""):
        assert not store.has(name)
        assert store.sha256(name) == b""


def test_a_hash_is_read_again_only_when_the_file_changed(
    store: FolderStore, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    reads = []
    original = hashlib.file_digest
    monkeypatch.setattr(module.hashlib, "file_digest", lambda *args: reads.append(1) or original(*args))
    assert store.sha256("b.ckpt") == hashlib.sha256(b"bb").digest()
    assert store.sha256("b.ckpt") == hashlib.sha256(b"bb").digest()
    assert len(reads) == 1
    (folder / "b.ckpt").write_bytes(b"changed")
    assert store.sha256("b.ckpt") == hashlib.sha256(b"changed").digest()


def test_what_cannot_be_read_has_no_hash(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def refuse(*_args: object) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(Path, "open", refuse)
    assert store.sha256("b.ckpt") == b""
    assert "cannot read b.ckpt" in caplog.text


def test_custom_files_are_read(
    store: FolderStore, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    assert store.custom("custom.json") == b""
    (folder / "custom.json").write_bytes(b"[]")
    assert store.custom("custom.json") == b"[]"
    monkeypatch.setattr(module, "LARGEST_CUSTOM", 1)
    assert store.custom("custom.json") == b""
    assert "larger than" in caplog.text
    (folder / "custom_lora.json").mkdir()
    monkeypatch.setattr(module, "LARGEST_CUSTOM", 1 << 30)
    assert store.custom("custom_lora.json") == b""
    assert "cannot read" in caplog.text


def test_an_upload_is_beside_its_place_until_it_is_complete(store: FolderStore, folder: Path):
    upload = store.begin("b.ckpt")
    upload.write(b"new ")
    upload.write(b"contents")
    assert (folder / "b.ckpt").read_bytes() == b"bb"
    assert (folder / "b.ckpt.part").exists()
    assert store.begin("b.ckpt") is None
    upload.finish()
    upload.discard()
    assert (folder / "b.ckpt").read_bytes() == b"new contents"
    assert not (folder / "b.ckpt.part").exists()


def test_a_discarded_upload_leaves_nothing(store: FolderStore, folder: Path):
    upload = store.begin("c.ckpt")
    upload.write(b"x")
    upload.discard()
    upload.discard()
    assert not (folder / "c.ckpt.part").exists()
    store.begin("c.ckpt").discard()


def test_what_a_broken_upload_left_is_taken_away_and_links_are_not_followed(store: FolderStore, folder: Path):
    victim = folder.parent / "victim"
    victim.write_bytes(b"precious")
    (folder / "d.ckpt.part").symlink_to(victim)
    upload = store.begin("d.ckpt")
    upload.write(b"x")
    upload.finish()
    assert victim.read_bytes() == b"precious"
    assert (folder / "d.ckpt").read_bytes() == b"x"


def test_a_failed_start_does_not_block_the_name(store: FolderStore, folder: Path):
    (folder / "e.ckpt.part").mkdir()
    with pytest.raises(OSError, match=r"e\.ckpt\.part"):
        store.begin("e.ckpt")
    (folder / "e.ckpt.part").rmdir()
    store.begin("e.ckpt").discard()


def test_a_missing_folder_is_told(folder: Path):
    with pytest.raises(BadValue, match="There is no folder"):
        FolderStore(folder / "nowhere")
