from __future__ import annotations

import hashlib

from drawthings.server.store import MemoryStore, toy_content


def test_files_are_there_with_hashes_of_their_own():
    store = MemoryStore(["b.ckpt", "a.CKPT", "notes.txt"])
    assert store.models() == ["a.CKPT", "b.ckpt"]
    assert store.has("notes.txt")
    assert store.sha256("b.ckpt") == hashlib.sha256(toy_content("b.ckpt")).digest()
    assert store.sha256("a.CKPT") != store.sha256("b.ckpt")
    assert store.sha256("c.ckpt") == b""
    assert not store.has("c.ckpt")
    assert store.custom("custom.json") == b""


def test_an_upload_shows_when_it_is_complete():
    store = MemoryStore([])
    upload = store.begin("new.ckpt")
    upload.write(b"ab")
    upload.write(b"c")
    assert store.begin("new.ckpt") is None
    assert not store.has("new.ckpt")
    upload.finish()
    upload.discard()
    assert store.sha256("new.ckpt") == hashlib.sha256(b"abc").digest()
    assert store.begin("new.ckpt") is not None


def test_a_discarded_upload_leaves_nothing():
    store = MemoryStore(["old.ckpt"])
    upload = store.begin("old.ckpt")
    upload.write(b"x")
    upload.discard()
    assert store.sha256("old.ckpt") == hashlib.sha256(toy_content("old.ckpt")).digest()
    assert store.begin("old.ckpt") is not None
    store.remove("old.ckpt")
    assert not store.has("old.ckpt")
