import errno
import os
from pathlib import Path

import pytest

from drawthings.errors import OutputError
from drawthings.media import draft as module
from drawthings.media.draft import Draft, failure


def written(path: Path, *, overwrite: bool = False) -> Path:
    draft = Draft(path, overwrite=overwrite)
    draft.path.write_bytes(b"new")
    return draft.keep()


def test_a_file_takes_the_next_free_name(tmp_path: Path):
    target = tmp_path / "new" / "a.mp4"
    assert [written(target).name for _ in range(3)] == ["a.mp4", "a-1.mp4", "a-2.mp4"]
    assert len(list(target.parent.iterdir())) == 3


def test_until_it_is_kept_only_a_hidden_file_is_there(tmp_path: Path):
    draft = Draft(tmp_path / "a.mp4")
    (only,) = tmp_path.iterdir()
    assert only.name.startswith(".drawthings-")
    draft.discard()
    draft.discard()
    assert not list(tmp_path.iterdir())


def test_overwriting_replaces_the_file_behind_a_link(tmp_path: Path):
    real = tmp_path / "real.mp4"
    real.write_bytes(b"old")
    link = tmp_path / "link.mp4"
    link.symlink_to(real)
    assert written(link, overwrite=True) == link
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_an_unfinished_one_replaces_nothing(tmp_path: Path):
    for expected in ("a-unfinished.mp4", "a-unfinished-1.mp4"):
        draft = Draft(tmp_path / "a.mp4", overwrite=True)
        assert draft.keep(unfinished=True).name == expected


def test_a_folder_takes_the_next_free_name(tmp_path: Path):
    (tmp_path / "clip").write_bytes(b"a file of that name")
    (tmp_path / "clip-1").mkdir()
    (tmp_path / "clip-1" / "theirs").touch()
    draft = Draft(tmp_path / "clip", folder=True)
    (draft.path / "ours").touch()
    assert draft.keep() == tmp_path / "clip-2"
    assert [path.name for path in (tmp_path / "clip-2").iterdir()] == ["ours"]
    assert [path.name for path in (tmp_path / "clip-1").iterdir()] == ["theirs"]


def test_a_name_that_is_taken_in_the_last_moment_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    draft = Draft(tmp_path / "clip", folder=True)
    real, looks = os.path.lexists, []

    def taken_after_the_look(path: object) -> bool:
        looks.append(path)
        if len(looks) == 1:
            (tmp_path / "clip").mkdir()
            (tmp_path / "clip" / "theirs").touch()
            return False
        return real(str(path))

    monkeypatch.setattr(module.os.path, "lexists", taken_after_the_look)
    assert draft.keep() == tmp_path / "clip-1"
    assert (tmp_path / "clip" / "theirs").exists()


def test_a_folder_that_cannot_be_named_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    draft = Draft(tmp_path / "clip", folder=True)

    def full(_self: Path, _name: Path) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OutputError, match="the disk is full"):
        draft.keep()
    assert not list(tmp_path.iterdir())


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path):
    with pytest.raises(OutputError, match="it is a folder") as caught:
        Draft(tmp_path)
    assert caught.value.path == tmp_path
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="a file, not a folder"):
        Draft(tmp_path / "file" / "a.mp4")


def test_the_error_names_what_was_kept():
    error = failure(Path("a.mp4"), OSError(errno.ENOSPC, "x"), kept=Path("a-unfinished.mp4"))
    assert error.kept == Path("a-unfinished.mp4")
    assert "a-unfinished.mp4" in error.hint
    assert str(failure(Path("a.mp4"), ValueError("odd"))) == "'a.mp4' cannot be written: odd."
