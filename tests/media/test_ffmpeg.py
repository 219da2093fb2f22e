"""The way without PyAV: what the program is told and given, by a program in its place, and by the real one if any."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from clips import moving, probe, tone
from drawthings.errors import OutputError
from drawthings.media.ffmpeg import FfmpegEncoder
from drawthings.media.video import FilmFile, FilmForm, open_film

Install = Callable[..., Path]
REAL = shutil.which("ffmpeg")
COMMENT = 'a "fox" =;#\\ <&>\nüé 狐'
FORM = FilmForm(width=64, height=48, fps=23.976, audio_rate=24_000, comment=COMMENT, crf=20, preset="fast")

FAKE = """#!{python} -S
import json, os, sys
target = sys.argv[-1]
here = os.path.dirname(os.path.abspath(sys.argv[0]))
run = {{"arguments": sys.argv[1:]}}
for place, word in enumerate(sys.argv):
    if word == "-i" and sys.argv[place + 1].endswith(".txt"):
        run["facts"] = open(sys.argv[place + 1], encoding="utf-8").read()
    if word == "-i" and sys.argv[place + 1].endswith(".wav"):
        run["sound"] = open(sys.argv[place + 1], "rb").read().hex()
if {dies_at} == 0:
    sys.exit("first line\\n[libx264] the encoder is not here\\n")
data = sys.stdin.buffer.read()
run["bytes"] = len(data)
run["red"] = list(data[:: 64 * 48 * 3])
with open(os.path.join(here, "runs.jsonl"), "a") as file:
    file.write(json.dumps(run) + "\\n")
with open(target, "wb") as file:
    file.write(b"film")
count = len(open(os.path.join(here, "runs.jsonl")).readlines())
if count == {dies_at}:
    sys.exit("no room\\n")
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the program in its place is a script")


@pytest.fixture
def program(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    """A function that puts a program in the place of ffmpeg; it writes down what it gets."""
    folder = tmp_path_factory.mktemp("bin")
    monkeypatch.setitem(sys.modules, "av", None)

    def install(dies_at: int = -1) -> Path:
        script = folder / "ffmpeg"
        script.write_text(FAKE.format(python=sys.executable, dies_at=dies_at))
        script.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        return folder / "runs.jsonl"

    return install


def runs(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def write(film: FilmFile, count: int) -> None:
    for index in range(count):
        film.frame(moving(index, film.form.width, film.form.height))


def begin(path: Path, form: FilmForm = FORM) -> FilmFile:
    film = open_film(path, form)
    assert isinstance(film._encoder, FfmpegEncoder)
    return film


def test_frames_go_through_the_pipe_and_sound_through_a_second_run(program: Install, tmp_path: Path):
    seen = program()
    film = begin(tmp_path / "a.mp4")
    for index in range(3):
        film.frame(moving(index))
    film.sound(tone(24_000, 0.1))
    film.sound(tone(24_000, 0.1))
    assert film.close() == tmp_path / "a.mp4"
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    pictures, sound = runs(seen)
    words = " ".join(pictures["arguments"])
    assert pictures["bytes"] == 3 * 64 * 48 * 3
    assert pictures["red"] == [20, 30, 40]
    for part in ("-f rawvideo", "rgb24", "64x48", "24000/1001", "-preset fast", "-crf 20", "-f mp4", "+faststart"):
        assert part in words
    for part in ("out_color_matrix=bt709", "-color_primaries bt709", "-color_trc bt709", "-color_range tv"):
        assert part in words
    assert pictures["facts"] == ';FFMETADATA1\ncomment=a "fox" \\=\\;\\#\\\\ <&>\\\nüé 狐\n'
    assert "-c:v copy" in " ".join(sound["arguments"])
    assert bytes.fromhex(sound["sound"])[:4] == b"RIFF"
    assert len(sound["sound"]) // 2 == 44 + 4800 * 4


def test_odd_sizes_are_made_even(program: Install, tmp_path: Path):
    seen = program()
    film = begin(tmp_path / "a.mov", FilmForm(width=63, height=47, fps=16))
    film.frame(moving(0, 63, 47))
    film.close()
    (only,) = runs(seen)
    assert only["bytes"] == 64 * 48 * 3
    assert "-f mov" in " ".join(only["arguments"])


def test_a_program_that_dies_is_quoted(program: Install, tmp_path: Path):
    program(dies_at=0)
    film = begin(tmp_path / "a.mp4", FilmForm(width=640, height=480, fps=16))
    with pytest.raises(OutputError, match=r"ffmpeg says: \[libx264\] the encoder is not here") as caught:
        write(film, 50)
    assert caught.value.kept is None
    assert not list(tmp_path.iterdir())


def test_a_program_that_dies_at_the_end_is_quoted_too(program: Install, tmp_path: Path):
    program(dies_at=1)
    film = begin(tmp_path / "a.mp4")
    film.frame(moving(0))
    with pytest.raises(OutputError, match="ffmpeg says: no room"):
        film.close()
    assert not list(tmp_path.iterdir())


def test_pictures_are_kept_when_the_sound_fails(program: Install, tmp_path: Path):
    program(dies_at=2)
    film = begin(tmp_path / "a.mp4")
    film.frame(moving(0))
    film.sound(tone(24_000, 0.1))
    with pytest.raises(OutputError, match="no room") as caught:
        film.close()
    assert caught.value.kept == tmp_path / "a-unfinished.mp4"
    assert caught.value.kept.read_bytes() == b"film"
    assert list(tmp_path.iterdir()) == [caught.value.kept]


def test_a_program_that_cannot_be_started_is_told(program: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program()

    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "not for you")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(OutputError, match="permission denied"):
        open_film(tmp_path / "a.mp4", FORM)
    assert not list(tmp_path.iterdir())


def test_discarding_ends_the_program(program: Install, tmp_path: Path):
    program()
    film = begin(tmp_path / "a.mp4")
    film.frame(moving(0))
    film.sound(tone(24_000, 0.1))
    film.discard()
    assert film._encoder._process.returncode is not None
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(REAL is None, reason="no ffmpeg here")
def test_the_real_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "av", None)
        film = begin(tmp_path / "a.mp4")
        for index in range(17):
            film.frame(moving(index))
        film.sound(tone(24_000, 0.7))
        path = film.close()
    found = probe(path)
    assert (found.codec, found.rate, found.colours) == ("h264", Fraction(24000, 1001), (1, 1, 1, 1))
    assert (found.audio_codec, found.audio_rate, found.comment) == ("aac", 24_000, COMMENT)
    for index, frame in enumerate(found.frames):
        assert np.abs(frame.astype(int) - moving(index)).mean() < 4
    assert len(found.frames) == 17
