"""Pictures that are decoded and saved in threads while later ones arrive."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import Future, wait
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from clips import Alive, moving
from drawthings import DrawThings
from drawthings.client import pipeline
from drawthings.client.answers import pictures_of
from drawthings.client.pipeline import MOST_AHEAD, Ahead, PictureWriter
from drawthings.client.result import Finished, Result
from drawthings.errors import BadHeader, BadValue, OutputError, Truncated
from drawthings.media.belt import processors
from drawthings.media.image import image_parts
from drawthings.media.metadata import read_metadata
from drawthings.stream.events import ImageArrived, Sampling
from drawthings.tensor.pixels import pixels_to_blob

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from drawthings import EmbeddedServer, Plan
    from drawthings.client.answers import StreamEvent

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
COUNT = 8


@pytest.fixture(scope="module")
def client(plain_server: EmbeddedServer) -> Iterator[DrawThings]:
    with DrawThings(f"grpc://{plain_server.address}") as client:
        yield client


@pytest.fixture(scope="module")
def plan(client: DrawThings) -> Plan:
    """Two requests of four pictures each."""
    return client.prepare("a boat", model=SD15, width=128, height=128, steps=1, seed=3, batch_size=4, batch_count=2)


def arrived(index: int, blob: bytes | None = None) -> ImageArrived:
    return ImageArrived(index, pixels_to_blob(moving(index)) if blob is None else blob, progress=0.9)


def eight() -> list[ImageArrived]:
    return [arrived(index) for index in range(COUNT)]


def feed(writer: PictureWriter, events: Iterable[StreamEvent]) -> None:
    with writer:
        for event in events:
            writer.take(event)


def broken_by(error: BaseException, events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
    yield from events
    raise error


def pipeline_threads() -> list[threading.Thread]:
    names = ("drawthings-pictures", "drawthings-ahead", "drawthings-rows")
    return [thread for thread in threading.enumerate() if thread.name.startswith(names)]


def result_of(blobs: list[bytes], plan: Plan) -> Result:
    return Result(pictures_of(blobs, plan), plan)


def shown(path: Path) -> int:
    """Which of the moving pictures a file shows."""
    with Image.open(path) as image:
        return (int(np.asarray(image)[0, 0, 0]) - 20) // 10


def test_a_stream_becomes_files_as_result_save_would_write_them(client: DrawThings, plan: Plan, tmp_path: Path) -> None:
    writer = PictureWriter(tmp_path / "stream" / "a.png", plan)
    feed(writer, client.stream(plan, keep=False))
    paths = client.generate(plan).save(tmp_path / "result" / "a.png")
    assert [path.name for path in writer.paths] == [path.name for path in paths]
    assert [path.name for path in paths] == ["a.png", *(f"a-{number}.png" for number in range(1, COUNT))]
    for one, other in zip(writer.paths, paths, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert not pipeline_threads()


def test_names_follow_the_order_whichever_is_ready_first(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first picture is decoded when the second one is ready to be named."""
    second = threading.Event()
    real = pipeline.write_picture

    def writing(picture: Any, *args: Any, **more: Any) -> Path:
        if picture.index == 0:
            assert second.wait(10)
        turn = more.pop("turn")

        def told() -> None:
            if picture.index == 1:
                second.set()
            turn()

        return real(picture, *args, turn=told, **more)

    monkeypatch.setattr(pipeline, "processors", lambda: 2)
    monkeypatch.setattr(pipeline, "write_picture", writing)
    writer = PictureWriter(tmp_path / "a.png", plan)
    feed(writer, eight())
    assert [shown(path) for path in writer.paths] == list(range(COUNT))


def test_one_picture_for_each_processor_is_decoded_at_a_time(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many have come; none is encoded here before each thread has decoded one."""
    alive = Alive()
    monkeypatch.setattr("drawthings.media.png.png_parts_of_tensor", lambda *_args, **_more: None)
    monkeypatch.setattr("drawthings.tensor.pixels.blob_to_pixels", alive.decode)
    monkeypatch.setattr(pipeline, "processors", lambda: 3)

    def held_back(pixels: np.ndarray, *args: Any, **more: Any) -> Any:
        assert alive.reached(3)
        return image_parts(pixels, *args, **more)

    monkeypatch.setattr("drawthings.media.image.image_parts", held_back)
    writer = PictureWriter(tmp_path / "a.png", plan)
    feed(writer, [arrived(index, bytes([20 + 10 * index])) for index in range(COUNT)])
    assert [shown(path) for path in writer.paths] == list(range(COUNT))
    assert alive.most == 3


def test_a_picture_knows_its_seed_before_the_others_have_come(client: DrawThings, plan: Plan, tmp_path: Path) -> None:
    writer = PictureWriter(tmp_path / "{seed}.png", plan)
    feed(writer, eight())
    assert [int(path.stem) for path in writer.paths] == [picture.seed for picture in client.generate(plan)]
    found = read_metadata(writer.paths[5].read_bytes())
    assert found is not None
    assert found.document["seed"] == int(writer.paths[5].stem)


def test_one_of_many_cannot_be_read(plan: Plan, tmp_path: Path) -> None:
    events = eight()
    events[2] = arrived(2, events[2].blob[:100])
    writer = PictureWriter(tmp_path / "a.png", plan)
    with pytest.raises(Truncated):
        feed(writer, events)
    assert [shown(path) for path in writer.paths] == [0, 1, 3, 4, 5, 6, 7]
    (failure,) = writer.failures
    assert (failure.picture.index, failure.picture.blob, failure.target) == (2, events[2].blob, tmp_path / "a.png")
    with pytest.raises(Truncated):
        result_of([event.blob for event in events], plan).save(tmp_path / "b.png")
    assert len(list(tmp_path.glob("b*.png"))) == 7


def test_one_of_many_cannot_be_written(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "2.png").mkdir()
    writer = PictureWriter(tmp_path / "{index}.png", plan)
    with pytest.raises(OutputError, match=r"2\.png"):
        feed(writer, eight())
    assert [path.name for path in writer.paths] == [f"{index}.png" for index in (0, 1, 3, 4, 5, 6, 7)]
    assert writer.failures[0].error.details["data"][:4] == b"\x89PNG"


def test_what_had_come_before_an_interruption_is_saved(plan: Plan, tmp_path: Path) -> None:
    writer = PictureWriter(tmp_path / "a.png", plan)
    with pytest.raises(KeyboardInterrupt):
        feed(writer, broken_by(KeyboardInterrupt(), eight()[:3]))
    assert [shown(path) for path in writer.paths] == [0, 1, 2]
    assert not pipeline_threads()


def test_an_error_of_the_stream_is_not_hidden_by_one_of_the_pictures(
    plan: Plan, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = PictureWriter(tmp_path / "a.png", plan)
    with pytest.raises(ZeroDivisionError):
        feed(writer, broken_by(ZeroDivisionError(), [arrived(0), arrived(1, b"")]))
    assert [shown(path) for path in writer.paths] == [0]
    assert "picture 1 is not saved" in caplog.text


def test_the_first_interruption_of_the_waiting_loses_nothing(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    presses = press_while_waiting(monkeypatch, times=1)
    writer = PictureWriter(tmp_path / "a.png", plan)
    with pytest.raises(KeyboardInterrupt):
        feed(writer, eight())
    assert len(presses) == 1
    assert len(writer.paths) == COUNT


def test_the_second_one_gives_up_on_what_is_not_begun(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = threading.Event()
    real = pipeline.write_picture

    def held_back(*args: Any, **more: Any) -> Path:
        assert may_go_on.wait(10)
        return real(*args, **more)

    monkeypatch.setattr(pipeline, "write_picture", held_back)
    monkeypatch.setattr(pipeline, "processors", lambda: 2)
    press_while_waiting(monkeypatch, times=2)
    writer = PictureWriter(tmp_path / "a.png", plan)
    with pytest.raises(KeyboardInterrupt):
        feed(writer, eight())
    may_go_on.set()
    for thread in pipeline_threads():
        thread.join(10)
    assert [shown(path) for path in writer.paths] == [0, 1]


def press_while_waiting(monkeypatch: pytest.MonkeyPatch, *, times: int) -> list[bool]:
    """Interrupt the main thread when it waits for the files."""
    presses: list[bool] = []

    def impatient(futures: list[Future[None]]) -> object:
        if threading.current_thread() is threading.main_thread() and len(presses) < times:
            presses.append(True)
            raise KeyboardInterrupt
        return wait(futures)

    monkeypatch.setattr(pipeline, "wait", impatient)
    return presses


def test_wrong_targets_are_told_before_anything_is_done(plan: Plan, tmp_path: Path) -> None:
    for path, level, error in (("a.bmp", "fast", BadValue), ("a.png", "better", BadValue)):
        with pytest.raises(error):
            PictureWriter(tmp_path / path, plan, png_level=level)
        with pytest.raises(error):
            result_of([b""], plan).save(tmp_path / path, png_level=level)
    assert not pipeline_threads()


def test_the_level_reaches_the_file(client: DrawThings, plan: Plan, tmp_path: Path) -> None:
    picture = client.generate(plan).picture
    small = picture.save(tmp_path / "small.png", png_level="best")
    assert small.stat().st_size < picture.save(tmp_path / "quick.png").stat().st_size
    writer = PictureWriter(tmp_path / "writer.png", plan, png_level="best")
    feed(writer, [arrived(0, picture.blob)])
    assert writer.paths[0].read_bytes() == small.read_bytes() == picture.encode(png_level="best")
    (saved,) = Result((picture,), plan).save(tmp_path / "result.png", png_level="best")
    assert saved.read_bytes() == small.read_bytes()


def test_saving_many_does_not_keep_their_pixels(plan: Plan, tmp_path: Path) -> None:
    result = result_of([event.blob for event in eight()], plan)
    result.save(tmp_path / "a.png")
    assert all("pixels" not in vars(picture) for picture in result)


def test_the_size_is_known_without_decoding(plan: Plan) -> None:
    blob = pixels_to_blob(moving(0, 96, 64))
    (picture,) = pictures_of([blob[:68]], plan)
    assert picture.size == (96, 64)
    with pytest.raises(BadHeader):
        _ = pictures_of([blob[:20] + bytes(48)], plan)[0].size


def ahead_of(plan: Plan, events: Iterable[StreamEvent], result: Result) -> None:
    with closing(Ahead(plan)) as ahead:
        for event in events:
            ahead.take(event)
        ahead.take(Finished(result))


def test_pictures_are_decoded_while_later_ones_arrive(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream here goes on only when a picture has been decoded."""
    alive = Alive()
    monkeypatch.setattr("drawthings.tensor.pixels.blob_to_pixels", alive.decode)
    result = result_of([bytes([index]) for index in range(COUNT)], plan)

    def events() -> Iterator[StreamEvent]:
        yield Sampling(0, progress=0.1)
        for picture in result:
            yield arrived(picture.index, picture.blob)
            assert alive.reached(picture.index + 1)

    ahead_of(plan, events(), result)
    monkeypatch.setattr("drawthings.tensor.pixels.blob_to_pixels", None)
    assert [int(picture.pixels[0, 0, 0]) for picture in result] == list(range(COUNT))


def test_only_the_first_few_are_decoded_ahead(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    alive = Alive()
    monkeypatch.setattr("drawthings.tensor.pixels.blob_to_pixels", alive.decode)
    result = result_of([bytes([index]) for index in range(MOST_AHEAD + 5)], plan)
    ahead_of(plan, [arrived(picture.index, picture.blob) for picture in result], result)
    for picture in result.pictures[:MOST_AHEAD]:
        assert picture.pixels[0, 0, 0] == picture.index
    assert alive.most == MOST_AHEAD


def test_a_single_picture_waits_until_somebody_wants_it(client: DrawThings, monkeypatch: pytest.MonkeyPatch) -> None:
    # The very blob is looked for: threads of former tests may still be decoding theirs.
    blob, decoded = b"\xfa", []

    def decode(given: bytes) -> np.ndarray:
        decoded.append(given)
        return Alive().decode(given)

    monkeypatch.setattr("drawthings.tensor.pixels.blob_to_pixels", decode)
    single = client.prepare("a boat", model=SD15, width=128, height=128, steps=1)
    result = result_of([blob], single)
    ahead_of(single, [arrived(0, blob)], result)
    assert blob not in decoded
    assert result.picture.pixels[0, 0, 0] == 0xFA
    assert decoded.count(blob) == 1


def test_an_unreadable_picture_is_told_to_whom_asks_for_it(plan: Plan) -> None:
    blobs = [pixels_to_blob(moving(0)), b"no tensor", pixels_to_blob(moving(2))]
    result = result_of(blobs, plan)
    ahead_of(plan, [arrived(index, blob) for index, blob in enumerate(blobs)], result)
    assert result[2].pixels.shape == (48, 64, 3)
    for _ in range(2):
        with pytest.raises(Truncated):
            _ = result[1].pixels
    assert result[1].blob == b"no tensor"


def test_what_was_given_up_is_decoded_when_it_is_wanted(plan: Plan) -> None:
    (picture,) = pictures_of([pixels_to_blob(moving(3))], plan)
    given_up: Future[np.ndarray] = Future()
    given_up.cancel()
    given_up.set_running_or_notify_cancel()
    picture.expect(given_up)
    assert np.array_equal(picture.pixels, moving(3))


def test_a_picture_that_is_being_decoded_can_be_pickled(plan: Plan) -> None:
    (picture,) = pictures_of([pixels_to_blob(moving(3))], plan)
    picture.expect(Future())
    again = pickle.loads(pickle.dumps(picture))  # noqa: S301 - our own
    assert again == picture
    assert np.array_equal(again.pixels, moving(3))


def test_an_interrupted_generation_decodes_no_more(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_go_on = threading.Event(), threading.Event()
    decoded: list[bytes] = []

    def decode(blob: bytes) -> np.ndarray:
        begun.set()
        assert may_go_on.wait(10)
        decoded.append(blob)
        return moving(0)

    def events() -> Iterator[StreamEvent]:
        yield from (arrived(index, bytes([index])) for index in range(6))
        assert begun.wait(10)
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "processors", lambda: 1)
    monkeypatch.setattr("drawthings.tensor.pixels.blob_to_pixels", decode)
    with pytest.raises(KeyboardInterrupt):
        ahead_of(plan, events(), result_of([b"\0"], plan))
    may_go_on.set()
    for thread in pipeline_threads():
        thread.join(10)
    assert decoded == [b"\0"]


def test_processors_share_a_picture_only_when_it_is_alone(
    client: DrawThings, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    real = pipeline.write_picture

    def noting(*args: Any, **more: Any) -> Path:
        threads.append(more["threads"])
        return real(*args, **more)

    monkeypatch.setattr(pipeline, "processors", lambda: 4)
    monkeypatch.setattr(pipeline, "write_picture", noting)
    feed(PictureWriter(tmp_path / "a.png", plan), eight())
    single = client.prepare("a boat", model=SD15, width=128, height=128, steps=1)
    feed(PictureWriter(tmp_path / "b.png", single), eight()[:1])
    assert threads == [1] * COUNT + [4]
    assert processors() >= 1
