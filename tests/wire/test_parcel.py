from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from drawthings.errors import BadValue
from drawthings.wire import parcel as module
from drawthings.wire.parcel import Parcel, UploadStep, check_name, chunks

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = bytes(range(256)) * 3


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_BYTES", 500)
    monkeypatch.setattr(module, "CHUNK_BYTES", 200)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.ckpt"
    path.write_bytes(CONTENT)
    return path


def hashed(parcel: Parcel) -> Parcel:
    parcel.open()
    while parcel.hash_block():
        pass
    return parcel


def test_it_is_hashed_and_read_block_by_block(file: Path):
    parcel = Parcel(file)
    assert parcel.sha256 == b""
    for _ in range(2):  # it can be opened again
        hashed(parcel)
        assert (parcel.name, parcel.size, parcel.position) == ("model.ckpt", 768, 768)
        assert parcel.sha256 == hashlib.sha256(CONTENT).digest()
        parcel.rewind()
        blocks = [parcel.read_block(), parcel.read_block(), parcel.read_block()]
        assert blocks == [CONTENT[:500], CONTENT[500:], b""]
        parcel.close()
    assert list(chunks(blocks[0])) == [CONTENT[:200], CONTENT[200:400], CONTENT[400:500]]


def test_it_opens_itself_when_it_is_read(file: Path):
    parcel = Parcel(str(file), "other.ckpt")
    assert parcel.hash_block()
    assert (parcel.name, parcel.position) == ("other.ckpt", 500)
    parcel.close()
    Parcel(file).close()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("", "is empty"),
        ("../model.ckpt", "leads into a folder"),
        ("a\\b", "leads into a folder"),
        ("a:b", "character"),
        ("a\nb", "character"),
        (".hidden", "starts with a dot"),
        ("x ", "ends with one"),
        ("x.PART", "unfinished"),
        ("é" * 121, "240 bytes"),
        ("\udc80", "Unicode"),
    ],
)
def test_unsafe_names_are_refused_before_anything_happens(file: Path, name: str, rule: str):
    with pytest.raises(BadValue, match=rule):
        Parcel(file, name)
    assert check_name("ordinary-1.0_é.ckpt") == "ordinary-1.0_é.ckpt"


def test_what_cannot_be_read_is_told(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "empty").touch()
    for path, words in ((tmp_path / "none", "does not exist"), (tmp_path, "is no file"), (tmp_path / "empty", "empty")):
        with pytest.raises(BadValue, match=words):
            Parcel(path).open()

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(file), "open", refuse)
    with pytest.raises(BadValue, match="cannot be read: permission denied"):
        Parcel(file).open()


def test_a_disk_that_fails_meanwhile_is_told(file: Path):
    parcel = Parcel(file)
    parcel.open()

    class Broken:
        def read(self, _: int) -> bytes:
            raise OSError(5, "Input/output error")

        def close(self) -> None: ...

    parcel._file.close()  # type: ignore[union-attr]
    parcel._file = Broken()  # type: ignore[assignment]
    with pytest.raises(BadValue, match="input/output error"):
        parcel.hash_block()


def test_a_file_that_changes_meanwhile_is_not_sent_to_its_end(file: Path):
    parcel = hashed(Parcel(file))
    parcel.rewind()
    assert parcel.read_block() + parcel.read_block() == CONTENT
    os.utime(file, (1, 1))
    with pytest.raises(BadValue, match="has changed"):
        parcel.read_block()
    parcel.rewind()
    with file.open("r+b") as handle:
        handle.truncate(0)
    with pytest.raises(BadValue, match="shorter"):
        parcel.read_block()
    parcel.close()


def test_progress_goes_from_nothing_to_all():
    step = UploadStep("sending", "a", 5, 10)
    assert step.progress == 0.5
    assert UploadStep("done", "a", 0, 10).progress == 1
    assert UploadStep("hashing", "a", 0, 0).progress == 1
