"""What all kinds of clips have in common; what each kind writes is tested beside it."""

import errno
import logging
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from clips import moving, tone
from drawthings.errors import BadValue, OutOfRange, OutputError
from drawthings.media.video import FilmForm, check_writable, film_kind, open_film

FORM = FilmForm(width=64, height=48, fps=16)
KINDS = ["a.mp4", "a.mov", "a.gif", "a.webp", "a.png"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.mp4", "mp4"), ("a.M4V", "mp4"), ("a.mov", "mov"), ("a.gif", "gif"), ("a.webp", "webp"), ("a.png", "frames")],
)
def test_the_suffix_names_the_kind(name: str, kind: str):
    assert film_kind(name) == check_writable(name) == kind


@pytest.mark.parametrize("name", ["a.avi", "a", ".mp4"])
def test_other_suffixes_are_told(name: str):
    with pytest.raises(BadValue, match=r"\.mp4, .*\.gif") as caught:
        film_kind(name)
    assert ".webp" in caught.value.suggestions


def test_without_pyav_and_ffmpeg_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutputError, match="PyAV or the program ffmpeg") as caught:
        open_film(tmp_path / "a.mp4", FORM)
    assert "drawthings[video]" in caught.value.hint
    assert ".gif" in caught.value.hint
    assert not list(tmp_path.iterdir())
    for name in KINDS[2:]:
        assert check_writable(name)


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_overwritten_unless_told(tmp_path: Path, name: str):
    def write(*, overwrite: bool = False) -> Path:
        film = open_film(tmp_path / name, FORM, overwrite=overwrite)
        film.frame(moving(0))
        return film.close()

    first, second = write(), write()
    assert (first.stem, second.stem) == ("a", "a-1")
    if name == "a.png":
        with pytest.raises(BadValue, match="never replaced"):
            write(overwrite=True)
    else:
        assert write(overwrite=True) == first
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("name", KINDS)
def test_a_clip_that_is_abandoned_keeps_its_frames(tmp_path: Path, name: str):
    film = open_film(tmp_path / name, FORM)
    film.frame(moving(0))
    kept = film.abandon()
    assert kept is not None
    assert kept.stem == "a-unfinished"
    assert film.abandon() is None
    assert not film.is_open
    with pytest.raises(OutputError, match="closed"):
        film.frame(moving(1))
    assert list(tmp_path.iterdir()) == [kept]


@pytest.mark.parametrize("name", KINDS)
def test_without_a_frame_nothing_is_left(tmp_path: Path, name: str):
    assert open_film(tmp_path / name, FORM).abandon() is None
    film = open_film(tmp_path / name, FORM)
    with pytest.raises(OutputError, match="no frame"):
        film.close()
    open_film(tmp_path / name, FORM).discard()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", KINDS)
def test_a_frame_that_does_not_fit_leaves_the_clip_as_it_was(tmp_path: Path, name: str):
    film = open_film(tmp_path / name, FORM)
    film.frame(moving(0))
    for wrong in (moving(0, 32, 48), np.zeros((48, 64, 3), np.float32), np.zeros((48, 64, 2), np.uint8)):
        with pytest.raises(BadValue):
            film.frame(wrong)
    film.frame(moving(1))
    assert film.frames == 2
    film.close()


def test_grey_and_transparent_frames_become_rgb(tmp_path: Path):
    from PIL import Image

    film = open_film(tmp_path / "a.png", FORM)
    film.frame(np.full((48, 64, 1), 90, np.uint8))
    film.frame(np.zeros((48, 64, 4), np.uint8))
    folder = film.close()
    colours = [np.asarray(Image.open(folder / f"a-000{number}.png"))[0, 0].tolist() for number in (1, 2)]
    assert colours == [[90, 90, 90], [255, 255, 255]]


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.mp4"])
def test_sound_that_has_no_place_is_told_in_the_log(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture):
    film = open_film(tmp_path / name, FORM)
    film.frame(moving(0))
    with caplog.at_level(logging.WARNING, "drawthings.media"):
        film.sound(tone(24_000, 0.1))
    assert f"{name} takes no sound" in caplog.text
    film.close()


@pytest.mark.parametrize("fps", [0, -1, 241, float("nan"), float("inf"), 1e-9])
def test_a_frame_rate_that_is_none(tmp_path: Path, fps: float):
    with pytest.raises(OutOfRange, match="frames per second"):
        open_film(tmp_path / "a.gif", FilmForm(width=64, height=48, fps=fps))


@pytest.mark.parametrize(("width", "height"), [(0, 48), (16385, 48), (64, 70000)])
def test_a_size_that_is_none(tmp_path: Path, width: int, height: int):
    with pytest.raises(OutOfRange, match="px"):
        open_film(tmp_path / "a.webp", FilmForm(width=width, height=height, fps=16))
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_told_and_the_frames_before_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    film = open_film(tmp_path / "a.png", FORM)
    film.frame(moving(0))

    real = Path.open

    def full(path: Path, *args: Any) -> Any:
        if path.name != "a-0002.png":
            return real(path, *args)
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    film.frame(moving(1))
    film.frame(moving(2))
    with pytest.raises(OutputError, match="the disk is full") as caught:
        film.close()
    assert caught.value.kept == tmp_path / "a-unfinished"
    assert [path.name for path in caught.value.kept.iterdir()] == ["a-0001.png"]


def test_a_clip_that_cannot_even_be_completed_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    film = open_film(tmp_path / "a.gif", FORM)
    film.frame(moving(0))

    def broken() -> None:
        raise OSError(errno.EIO, "the disk is gone")

    monkeypatch.setattr(film._encoder, "finish", broken)
    with pytest.raises(OutputError, match="the disk is gone") as caught:
        film.close()
    assert caught.value.kept is None
    assert "cannot be kept" in caplog.text
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="not a folder"):
        open_film(tmp_path / "file" / "a.gif", FORM)


def test_an_encoder_that_cannot_begin_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_args: object, **_options: object) -> None:
        raise av.error.OSError(errno.EIO, "no encoder today")

    monkeypatch.setattr(av, "open", refuse)
    with pytest.raises(OutputError, match="no encoder today"):
        open_film(tmp_path / "a.mp4", FORM)
    assert not list(tmp_path.iterdir())
