"""Clips: what a video model's result is, and the file it becomes."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from clips import Alive, moving, probe, tone
from drawthings import DrawThings
from drawthings.client.film import Film, is_film
from drawthings.errors import BadValue, OutputError, Truncated
from drawthings.media import belt
from drawthings.media.metadata import read_metadata
from drawthings.tensor.codec import encode_tensor
from drawthings.tensor.pixels import pixels_to_blob

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings import EmbeddedServer, Plan
    from drawthings.tensor.codec import CodecName

LTX, WAN = "ltx_2.3_22b_distilled_1.1_q8p.ckpt", "wan_v2.1_1.3b_480p_q8p.ckpt"
SMALL = {"width": 128, "height": 128, "steps": 1, "seed": 7}
WIDE, HIGH, COUNT = 832, 480, 81


@pytest.fixture(scope="module")
def film(plain_server: EmbeddedServer) -> Film:
    """Nine frames with sound from the embedded server."""
    with DrawThings(f"grpc://{plain_server.address}") as client:
        result = client.generate("a <lighthouse> & 狐", model=LTX, num_frames=9, **SMALL)
    assert is_film(result.plan)
    return Film.of(result)


@pytest.fixture(scope="module")
def plan(film: Film) -> Plan:
    return film.plan


def test_what_a_clip_knows(film: Film) -> None:
    assert (len(film), film.fps, film.size, film.seed, film.model) == (9, 25.0, (128, 128), 7, LTX)
    assert film.duration_s == pytest.approx(9 / 25)
    assert film.audio_rate == 48_000
    assert film.sound.shape == (2, round(48_000 * 9 / 25))
    assert film.elapsed_s > 0
    assert film.configuration.num_frames == 9
    assert film.notes == film.plan.notes
    assert len(repr(film)) < 100


def test_a_picture_of_another_family_is_no_film(plain_server: EmbeddedServer) -> None:
    with DrawThings(f"grpc://{plain_server.address}") as client:
        plan = client.prepare("x", model="realdream_15sd15_q6p_q8p.ckpt", batch_size=4, num_frames=14)
    assert not is_film(plan)


def test_frames_come_in_order_one_by_one_or_all(film: Film, tmp_path: Path) -> None:
    every = list(film.frames())
    assert len(every) == 9
    for index in (0, 4, -1):
        assert np.array_equal(film.frame(index), every[index])
    last = film.picture(-1)
    assert (last.index, last.seed) == (8, 7)
    assert np.array_equal(last.pixels, every[-1])
    assert last.save(tmp_path / "last.png").name == "last.png"


def test_frames_need_not_be_looked_at_to_the_end(film: Film) -> None:
    frames = film.frames()
    assert next(frames).shape == (128, 128, 3)
    frames.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("drawthings-belt")]


def test_the_frames_before_a_broken_one_all_come(film: Film, plan: Plan) -> None:
    broken = Film((*film.blobs[:5], film.blobs[5][:100], *film.blobs[6:]), plan)
    come: list[np.ndarray] = []
    with pytest.raises(Truncated):
        come.extend(broken.frames())
    assert len(come) == 5


def test_only_a_few_frames_are_ever_decoded_at_a_time(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    alive = Alive()
    monkeypatch.setattr("drawthings.tensor.pixels.blob_to_pixels", alive.decode)
    for count, frame in enumerate(Film(tuple(bytes([index]) for index in range(60)), plan).frames()):
        assert frame[0, 0, 0] == count
        del frame
    assert count == 59
    # One is in the hands of this loop.
    assert alive.most <= belt.CLIP_ROOM + 1


def test_the_file_holds_frames_sound_and_settings(film: Film, tmp_path: Path) -> None:
    seen: list[int] = []
    path = film.save(tmp_path / "{model}-{seed}.mp4", on_frame=seen.append)
    assert path == tmp_path / "ltx_2.3_22b_distilled_1.1_q8p-7.mp4"
    assert seen == sorted(seen)
    assert seen[-1] == 9
    found = probe(path)
    assert (len(found.frames), found.rate, found.audio_rate) == (9, 25, 48_000)
    for index in (0, 8):
        assert np.abs(found.frames[index].astype(int) - film.frame(index)).mean() < 8
    document = json.loads(found.comment)
    assert (document["c"], document["seed"], document["v2"]["numFrames"]) == ("a <lighthouse> & 狐", 7, 9)
    again = film.save(f"{tmp_path}/", fps=12.5)
    assert again.name == "ltx_2.3_22b_distilled_1.1_q8p-7-1.mp4"
    assert float(probe(again).rate) == 12.5


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_animations(film: Film, tmp_path: Path, suffix: str) -> None:
    path = film.save(tmp_path / f"a.{suffix}")
    with Image.open(path) as image:
        assert (image.n_frames, image.size) == (9, (128, 128))
    if suffix == "webp":
        found = read_metadata(path.read_bytes())
        assert found is not None
        assert found.document["c"] == "a <lighthouse> & 狐"


def test_numbered_pictures_are_the_frames_themselves(film: Film, tmp_path: Path) -> None:
    folder = film.save(tmp_path / "a.png")
    assert len(list(folder.iterdir())) == 10
    for index in (0, 8):
        path = folder / f"a-000{index + 1}.png"
        with Image.open(path) as image:
            assert np.array_equal(np.asarray(image), film.frame(index))
        found = read_metadata(path.read_bytes())
        assert found is not None
        assert found.document["seed"] == 7


def test_sound_alone(film: Film, plan: Plan, tmp_path: Path) -> None:
    assert film.save_sound(tmp_path / "a.wav").stat().st_size == 44 + 4 * film.sound.shape[1]
    with pytest.raises(OutputError, match="no sound"):
        Film(film.blobs, plan).save_sound(tmp_path / "b.wav")


def test_a_broken_frame_ends_the_clip_there(film: Film, plan: Plan, tmp_path: Path) -> None:
    broken = Film((*film.blobs[:5], film.blobs[5][:100], *film.blobs[6:]), plan)
    with pytest.raises(Truncated):
        broken.save(tmp_path / "a.mp4")
    (kept,) = tmp_path.iterdir()
    assert kept.name == "a-unfinished.mp4"
    assert len(probe(kept).frames) == 5


def test_a_wrong_suffix_is_told_before_anything_is_decoded(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="avi"):
        Film((b"no tensor",), plan).save(tmp_path / "a.avi")


def long_film(plan: Plan, codec: CodecName) -> Film:
    """81 frames of 832x480 with 81 / 25 seconds of sound in two pieces; every ninth frame looks the same."""
    nine = [pixels_to_blob(moving(index, WIDE, HIGH), codec) for index in range(9)]
    sound = tone(48_000, COUNT / 25)
    audio = tuple(encode_tensor(piece, codec="auto") for piece in (sound[:, :50_000], sound[:, 50_000:]))
    return Film(tuple(nine[index % 9] for index in range(COUNT)), plan, audio)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("suffix", "codec"), [("mp4", "fpzip"), ("gif", "raw"), ("webp", "raw"), ("png", "raw")])
def test_a_long_clip_takes_the_memory_of_less_than_ten_frames(
    film: Film, tmp_path: Path, suffix: str, codec: CodecName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(belt, "processors", lambda: 16)
    received = long_film(film.plan, codec)
    # Modules, tables and decoding processes are there before the measurement begins.
    film.save(tmp_path / f"small.{suffix}")
    tracemalloc.start()
    try:
        path = received.save(tmp_path / f"long.{suffix}")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * WIDE * HIGH * 3
    check = {"mp4": check_video, "png": check_pictures}.get(suffix, check_animation)
    check(path)


def check_video(path: Path) -> None:
    found = probe(path)
    assert "mp4" in found.container
    assert (found.codec, found.layout, found.rate, len(found.frames)) == ("h264", "yuv420p", 25, COUNT)
    assert found.duration_s == pytest.approx(COUNT / 25, abs=0.01)
    assert found.colours == (1, 1, 1, 1)
    assert (found.audio_codec, found.audio_rate) == ("aac", 48_000)
    assert found.samples.shape[1] / 48_000 == pytest.approx(COUNT / 25, abs=0.05)
    for index in range(0, COUNT, 10):
        assert found.frames[index].shape == (HIGH, WIDE, 3)
        assert np.abs(found.frames[index].astype(int) - moving(index % 9, WIDE, HIGH)).mean() < 4
    if (ffprobe := shutil.which("ffprobe")) is not None:
        check_by_ffprobe(ffprobe, path)


def check_by_ffprobe(ffprobe: str, path: Path) -> None:
    command = [ffprobe, "-v", "error", "-show_streams", "-of", "json", str(path)]
    video, audio = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"]
    tags = [video[name] for name in ("color_space", "color_primaries", "color_transfer", "color_range")]
    assert tags == ["bt709", "bt709", "bt709", "tv"]
    assert (video["nb_frames"], video["avg_frame_rate"], audio["sample_rate"]) == ("81", "25/1", "48000")


def check_animation(path: Path) -> None:
    with Image.open(path) as image:
        assert (image.n_frames, image.size) == (COUNT, (WIDE, HIGH))
        for index in range(0, COUNT, 20):
            image.seek(index)
            shown = np.asarray(image.convert("RGB")).astype(int)
            assert np.abs(shown - moving(index % 9, WIDE, HIGH)).mean() < 6


def check_pictures(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir())
    assert names == [*(f"long-{number:04}.png" for number in range(1, COUNT + 1)), "long.wav"]
    with Image.open(folder / "long-0081.png") as image:
        assert np.array_equal(np.asarray(image), moving(80 % 9, WIDE, HIGH))
