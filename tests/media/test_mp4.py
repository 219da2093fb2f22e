import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from clips import moving, probe, tone
from drawthings.errors import OutputError
from drawthings.media.video import FilmForm, open_film

COMMENT = json.dumps({"c": 'a "fox" =;#\\ <&>\nüé 狐 🦊'}, ensure_ascii=False)


def write(path: Path, form: FilmForm, frames: int = 17, seconds: float = 1) -> Path:
    film = open_film(path, form)
    for index in range(frames):
        film.frame(moving(index, form.width, form.height))
    if form.audio_rate and seconds:
        film.sound(tone(form.audio_rate, seconds)[:, :1000])
        film.sound(tone(form.audio_rate, seconds)[:, 1000:])
    return film.close()


@pytest.mark.parametrize("suffix", ["mp4", "m4v", "mov"])
def test_the_file_says_and_holds_what_went_in(tmp_path: Path, suffix: str):
    form = FilmForm(width=64, height=48, fps=16, audio_rate=24_000, comment=COMMENT)
    found = probe(write(tmp_path / f"a.{suffix}", form))
    assert "mp4" in found.container
    assert (found.codec, found.layout, found.rate) == ("h264", "yuv420p", Fraction(16))
    assert found.duration_s == pytest.approx(17 / 16, abs=0.002)
    assert found.colours == (1, 1, 1, 1)
    assert found.comment == COMMENT
    assert len(found.frames) == 17
    for index, frame in enumerate(found.frames):
        assert np.abs(frame.astype(int) - moving(index)).mean() < 4
    assert (found.audio_codec, found.audio_rate) == ("aac", 24_000)
    left, right = found.samples
    assert left.size == pytest.approx(24_000, abs=2048)
    assert np.sqrt(np.mean(left**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)
    assert np.sqrt(np.mean(right**2)) == pytest.approx(0.25 / np.sqrt(2), rel=0.1)


def test_the_colours_are_converted_with_the_matrix_that_is_named(tmp_path: Path):
    film = open_film(tmp_path / "a.mp4", FilmForm(width=64, height=48, fps=16, crf=0))
    film.frame(np.full((48, 64, 3), (0, 200, 0), np.uint8))
    found = probe(film.close())
    assert found.luma.mean() == pytest.approx(16 + 219 * 0.7152 * 200 / 255, abs=1.5)


@pytest.mark.parametrize(
    ("fps", "rate"), [(23.976, "24000/1001"), (29.97, "30000/1001"), (12.5, "25/2"), (24, "24"), (1, "1")]
)
def test_broken_rates(tmp_path: Path, fps: float, rate: str):
    found = probe(write(tmp_path / "a.mp4", FilmForm(width=64, height=48, fps=fps), 5))
    assert found.rate == Fraction(rate)
    assert len(found.frames) == 5


def test_odd_sizes_are_made_even_by_repeating_the_edge(tmp_path: Path):
    film = open_film(tmp_path / "a.mp4", FilmForm(width=63, height=47, fps=16))
    film.frame(moving(3, 63, 47))
    (frame,) = probe(film.close()).frames
    assert frame.shape == (48, 64, 3)
    assert np.abs(frame[:47, :63].astype(int) - moving(3, 63, 47)).mean() < 4


def test_a_clip_whose_sound_never_came_has_no_track_for_it(tmp_path: Path):
    found = probe(write(tmp_path / "a.mp4", FilmForm(width=64, height=48, fps=16, audio_rate=48_000), 5, 0))
    assert found.audio_codec is None
    assert len(found.frames) == 5


def test_sound_lies_beside_its_pictures_and_the_index_in_front(tmp_path: Path):
    path = write(tmp_path / "a.mp4", FilmForm(width=64, height=48, fps=16, audio_rate=48_000), 48, 3)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(path)) as file:
        kinds = [packet.stream.type for packet in file.demux() if packet.size]
    first_half = kinds[: len(kinds) // 2]
    assert set(first_half) == {"video", "audio"}


def test_pyav_errors_are_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    film = open_film(tmp_path / "a.mp4", FilmForm(width=64, height=48, fps=16))
    for index in range(3):
        film.frame(moving(index))
    real = film._encoder._file

    class Broken:
        def mux(self, _packets: object) -> None:
            raise av.error.OSError(28, "No space left on device")

        def close(self) -> None:
            real.close()

    monkeypatch.setattr(film._encoder, "_file", Broken())
    with pytest.raises(OutputError, match="the disk is full") as caught:
        film.frame(moving(3))
    assert isinstance(caught.value.__cause__, OSError)
    assert isinstance(caught.value.__cause__.__cause__, av.FFmpegError)
    assert not list(tmp_path.iterdir())


def test_a_preset_that_does_not_exist_is_told(tmp_path: Path):
    film = open_film(tmp_path / "a.mp4", FilmForm(width=64, height=48, fps=16, preset="hasty"))
    with pytest.raises(OutputError, match="cannot be written"):
        film.frame(moving(0))
    assert not list(tmp_path.iterdir())
