"""A clip that is written while its frames arrive."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import wait
from dataclasses import replace
from typing import TYPE_CHECKING

import grpc
import numpy as np
import pytest

from clips import Alive, moving, probe, tone
from drawthings import DrawThings
from drawthings.client.recorder import FilmWriter
from drawthings.errors import BadValue, Incomplete, OutputError, Truncated
from drawthings.media.belt import CLIP_ROOM
from drawthings.media.video import FilmFile
from drawthings.stream.events import AudioArrived, ImageArrived, TextEncoded
from drawthings.tensor.codec import encode_tensor
from drawthings.tensor.pixels import pixels_to_blob

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from drawthings import EmbeddedServer, Plan
    from drawthings.client.answers import StreamEvent

LTX = "ltx_2_19b_distilled_q6p.ckpt"
SOUND = encode_tensor(tone(24_000, 0.2))


@pytest.fixture(scope="module")
def client(plain_server: EmbeddedServer) -> Iterator[DrawThings]:
    with DrawThings(f"grpc://{plain_server.address}") as client:
        yield client


@pytest.fixture(scope="module")
def plan(client: DrawThings) -> Plan:
    return client.prepare("waves", model=LTX, num_frames=9, width=128, height=128, steps=1, seed=1)


def arrived(index: int) -> ImageArrived:
    return ImageArrived(index, pixels_to_blob(moving(index)), progress=0.9)


def record(writer: FilmWriter, events: Iterable[StreamEvent]) -> None:
    with writer:
        for event in events:
            writer.take(event)


def broken_by(error: BaseException, events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
    yield from events
    raise error


def test_a_stream_becomes_a_file(client: DrawThings, plan: Plan, tmp_path: Path) -> None:
    writer = FilmWriter(tmp_path / "a.mp4", plan, keep_blobs=True)
    record(writer, client.stream(plan))
    found = probe(writer.path)
    assert (len(found.frames), found.rate, found.audio_rate) == (9, 25, 24_000)
    assert (writer.frames, writer.size, writer.samples) == (9, (128, 128), round(24_000 * 9 / 25))
    assert writer.film is not None
    assert len(writer.film) == 9
    assert np.array_equal(writer.film.sound.shape, (2, writer.samples))


def test_frames_are_written_as_they_come_and_not_kept(plan: Plan, tmp_path: Path) -> None:
    writer = FilmWriter(tmp_path / "a.png", plan)
    assert not list(tmp_path.iterdir())
    for index in range(30):
        writer.take(arrived(index))
        # So many may be on their way to the file, no more.
        assert writer.frames >= index + 1 - CLIP_ROOM
    writer.take(TextEncoded(progress=0.1))
    writer.take(AudioArrived(0, SOUND, progress=0.9))
    assert writer.frames == 30
    with pytest.raises(OutputError, match="not written"):
        _ = writer.path
    assert writer.close() == writer.path == writer.kept == tmp_path / "a"
    assert writer.film is None
    assert len(list(writer.path.iterdir())) == 31
    assert not film_threads()


def film_threads() -> list[threading.Thread]:
    names = ("drawthings-frames", "drawthings-film", "drawthings-belt")
    return [thread for thread in threading.enumerate() if thread.name.startswith(names)]


def test_only_a_few_frames_are_ever_decoded_at_a_time(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow the file is: here it takes nothing until as many as may are decoded."""
    alive = Alive()
    room = CLIP_ROOM
    written: list[int] = []

    def slow(film: FilmFile, pixels: np.ndarray) -> None:
        if not written:
            assert alive.reached(room)
        written.append(int(pixels[0, 0, 0]))
        film.frames += 1

    monkeypatch.setattr("drawthings.tensor.pixels.blob_to_pixels", alive.decode)
    monkeypatch.setattr(FilmFile, "frame", slow)
    events = [ImageArrived(index, bytes([index]), progress=0.9) for index in range(60)]
    with pytest.raises(KeyboardInterrupt):
        record(FilmWriter(tmp_path / "a.gif", plan), broken_by(KeyboardInterrupt(), events))
    assert written == list(range(60))
    # A thread may still hold the one that it has just written.
    assert alive.most <= room + 1
    assert not film_threads()


def test_what_came_before_an_error_is_kept(plan: Plan, tmp_path: Path) -> None:
    writer = FilmWriter(tmp_path / "a.mp4", plan)
    events = (arrived(index) for index in range(4))
    with pytest.raises(KeyboardInterrupt):
        record(writer, broken_by(KeyboardInterrupt(), events))
    assert writer.kept == tmp_path / "a-unfinished.mp4"
    assert len(probe(writer.path).frames) == 4
    assert writer.abandon() == writer.path


def test_nothing_came_before_the_error(plan: Plan, tmp_path: Path) -> None:
    writer = FilmWriter(tmp_path / "a.mp4", plan)
    with pytest.raises(KeyboardInterrupt):
        record(writer, broken_by(KeyboardInterrupt(), ()))
    assert writer.kept is None
    with pytest.raises(OutputError, match="not written"):
        FilmWriter(tmp_path / "a.mp4", plan).close()
    assert not list(tmp_path.iterdir())


def test_an_answer_that_breaks_off_tells_where_its_frames_are(
    client: DrawThings, plan: Plan, plain_server: EmbeddedServer, tmp_path: Path
) -> None:
    writer = FilmWriter(tmp_path / "a.mp4", plan)
    with plain_server.intercept() as script:
        script.fail("GenerateImage", grpc.StatusCode.INTERNAL, "out of memory", after_images=5)
        with pytest.raises(Incomplete) as caught:
            record(writer, client.stream(plan))
    assert caught.value.kept == writer.kept == tmp_path / "a-unfinished.mp4"
    assert len(probe(writer.path).frames) == 5


def test_a_frame_that_cannot_be_read_ends_the_clip(plan: Plan, tmp_path: Path) -> None:
    writer = FilmWriter(tmp_path / "a.png", plan)
    cut = ImageArrived(1, arrived(1).blob[:100], progress=0.9)
    with pytest.raises(Truncated):
        record(writer, (arrived(0), cut, arrived(2)))
    assert [path.name for path in writer.path.iterdir()] == ["a-0001.png"]
    with pytest.raises(Truncated):
        writer.add_frame(arrived(3).blob)
    assert not film_threads()


def test_an_interrupted_wait_loses_no_frame(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a frame is waited for: all that came before is in the file that is kept."""
    pressed = []

    def impatient(pieces: object) -> object:
        if not pressed:
            pressed.append(True)
            raise KeyboardInterrupt
        return wait(pieces)

    monkeypatch.setattr("drawthings.client.recorder.wait", impatient)
    writer = FilmWriter(tmp_path / "a.png", plan)
    with pytest.raises(KeyboardInterrupt):
        record(writer, (arrived(index) for index in range(40)))
    assert pressed
    assert len(list(writer.path.iterdir())) == CLIP_ROOM
    assert not film_threads()


def test_the_last_frame_cannot_be_read_either(plan: Plan, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    writer = FilmWriter(tmp_path / "a.png", plan)
    writer.take(arrived(0))
    writer.take(ImageArrived(1, b"", progress=0.9))
    kept = writer.abandon()
    assert kept is not None
    assert [path.name for path in kept.iterdir()] == ["a-0001.png"]
    assert "left out" in caplog.text


def test_a_disk_that_is_full_tells_where_the_rest_is(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = FilmWriter(tmp_path / "a.png", plan)
    real = FilmFile.frame

    def full(film: FilmFile, pixels: np.ndarray) -> None:
        if film.frames == 2:
            film._encoder.frame = refuse  # type: ignore[method-assign]
        real(film, pixels)

    def refuse(_rgb: np.ndarray) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FilmFile, "frame", full)
    with pytest.raises(OutputError, match="the disk is full") as caught:
        record(writer, (arrived(index) for index in range(9)))
    assert caught.value.kept == writer.kept == tmp_path / "a-unfinished"
    assert len(list(writer.path.iterdir())) == 2


def test_sound_without_a_rate_is_left_out(plan: Plan, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    unknown = replace(plan, model=replace(plan.model, version="from_tomorrow"))
    with caplog.at_level(logging.WARNING), FilmWriter(tmp_path / "a.mp4", unknown) as writer:
        writer.take(arrived(0))
        writer.take(AudioArrived(0, SOUND, progress=0.9))
    found = probe(writer.path)
    assert (found.audio_codec, found.rate) == (None, 30)
    assert "its rate is not known" in caplog.text


def test_sound_without_pictures_makes_no_clip(plan: Plan, tmp_path: Path) -> None:
    writer = FilmWriter(tmp_path / "a.mp4", plan)
    writer.take(AudioArrived(0, SOUND, progress=0.9))
    with pytest.raises(OutputError, match="not written"):
        writer.close()


def test_an_existing_file_is_replaced_when_told(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(b"old")
    for overwrite, name in ((False, "a-1.gif"), (True, "a.gif")):
        with FilmWriter(tmp_path / "a.gif", plan, overwrite=overwrite) as writer:
            writer.take(arrived(0))
        assert writer.path.name == name
    assert (tmp_path / "a.gif").read_bytes()[:6] == b"GIF89a"


def test_a_wrong_suffix_is_told_at_once(plan: Plan) -> None:
    with pytest.raises(BadValue, match="avi"):
        FilmWriter("a.avi", plan)
