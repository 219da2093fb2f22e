"""Whole uploads, blocking and awaiting, to servers that take them and to servers that do not."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import threading
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import (
    BadValue,
    Exhausted,
    Rejected,
    SecretRequired,
    ServerCrashed,
    TimedOut,
)
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from drawthings.settings import Retry, Secret, Timeouts
from drawthings.wire import parcel as parcel_module
from drawthings.wire import uploading
from drawthings.wire._async import AsyncWire
from drawthings.wire._sync import Wire
from drawthings.wire.parcel import Parcel, UploadStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drawthings.settings import Connection

CONTENT = bytes(range(250)) * 10
ABSENT = pb.FileExistenceResponse(existences=[False], hashes=[b""])
Upload = "Callable[..., list[UploadStep]]"


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcel_module, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(parcel_module, "CHUNK_BYTES", 200)
    monkeypatch.setattr(uploading, "WINDOW_BYTES", 600)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.ckpt"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture(params=["blocking", "awaiting"])
def upload(request: pytest.FixtureRequest) -> Callable[..., list[UploadStep]]:
    """Send a file; ``until`` breaks off after a step for which it is true."""

    def blocking(connection: Connection, parcel: Parcel, *, force: bool = False, until: Any = None) -> list[UploadStep]:
        seen = []
        with closing(Wire(connection)) as wire, closing(wire.upload(parcel, force=force)) as steps:
            for step in steps:
                seen.append(step)
                if until and until(step):
                    break
        return seen

    async def run(connection: Connection, parcel: Parcel, *, force: bool = False, until: Any = None) -> Any:
        seen = []
        wire = AsyncWire(connection)
        try:
            async with aclosing(wire.upload(parcel, force=force)) as steps:
                async for step in steps:
                    seen.append(step)
                    if until and until(step):
                        break
        finally:
            await wire.aclose()
        return seen

    return blocking if request.param == "blocking" else lambda *args, **rest: asyncio.run(run(*args, **rest))


@pytest.fixture
def taker(fake: Any) -> Any:
    """Return a server that has no file yet."""
    fake.files = lambda *_: ABSENT
    return fake


def pieces(fake: Any) -> list[Any]:
    return fake.calls(pb.FileUploadRequest)


# ---------------------------------------------------------------------------------------------- what goes well


def test_a_file_arrives(upload: Any, connection: Any, file: Path, tmp_path: Path):
    folder = tmp_path / "models"
    folder.mkdir()
    with EmbeddedServer(ServerOptions(tls=False, models_dir=folder, shared_secret="hush")) as server:  # noqa: S106 - a test's
        about = connection(server.address, secret=Secret("hush"))
        steps = upload(about, Parcel(file, "new.ckpt"))
        assert (folder / "new.ckpt").read_bytes() == CONTENT
        stages = [step.stage for step in steps]
        assert stages == ["hashing"] * 3 + ["checking"] + ["sending"] * 14 + ["done"]
        sending = [step.done_bytes for step in steps if step.stage == "sending"]
        assert sending == sorted(sending) == [*range(0, 2600, 200), 2500]
        assert steps[-1].sha256 == hashlib.sha256(CONTENT).hexdigest()
        assert (steps[-1].sent, steps[-1].replaced) == (True, False)

        again = upload(about, Parcel(file, "new.ckpt"))
        assert "sending" not in [step.stage for step in again]
        assert (again[-1].stage, again[-1].sent) == ("done", False)
        assert [step.sent for step in upload(about, Parcel(file, "new.ckpt"), force=True)][-1]

        file.write_bytes(b"another one")
        other = upload(about, Parcel(file, "new.ckpt"))[-1]
        assert (other.sent, other.replaced) == (True, True)
        assert (folder / "new.ckpt").read_bytes() == b"another one"


def test_every_message_is_as_the_server_wants_it(upload: Any, taker: Any, connection: Any, file: Path):
    upload(connection(taker, secret=Secret("hush")), Parcel(file))
    opening, *rest = pieces(taker)
    assert opening.initRequest == pb.InitUploadRequest(
        filename="model.ckpt", sha256=hashlib.sha256(CONTENT).digest(), totalSize=2500
    )
    assert b"".join(one.chunk.content for one in rest) == CONTENT
    assert [one.chunk.offset for one in rest] == list(range(0, 2500, 200))
    assert {one.sharedSecret for one in [opening, *rest]} == {"hush"}


def test_no_more_is_under_way_than_the_window_allows(upload: Any, taker: Any, connection: Any, file: Path):
    highest = 0

    def answer(messages: Iterator[Any], _: Any) -> Iterator[Any]:
        nonlocal highest
        yield next(messages) and pb.UploadResponse(chunkUploadSuccess=True)
        waiting: list[int] = []
        # Three pieces fill the window; only then something is confirmed, and one at a time.
        for message in messages:
            waiting.append(message.chunk.offset + len(message.chunk.content))
            highest = max(highest, len(taker_sent(taker)) - 1 - done[0])
            if len(waiting) == 3 or waiting[-1] == len(CONTENT):
                while waiting and (len(waiting) == 3 or waiting[-1] == len(CONTENT)):
                    done[0] += 1
                    yield pb.UploadResponse(chunkUploadSuccess=True, receivedOffset=waiting.pop(0))

    done = [0]
    taker_sent = pieces
    taker.upload = answer
    assert upload(connection(taker), Parcel(file))[-1].sent
    assert highest <= 3


def test_further_words_at_the_end_do_no_harm(upload: Any, taker: Any, connection: Any, file: Path):
    as_usual = taker.upload

    def answer(messages: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        yield from as_usual(messages, context)
        yield pb.UploadResponse(chunkUploadSuccess=True, receivedOffset=len(CONTENT), message="done")

    taker.upload = answer
    assert upload(connection(taker), Parcel(file))[-1].sent


@pytest.mark.parametrize(("details", "tries"), [("failed to connect to all addresses", 2), ("Socket closed", 1)])
def test_only_an_upload_that_cannot_have_arrived_is_tried_again(  # noqa: PLR0917 - fixtures
    upload: Any, taker: Any, connection: Any, file: Path, details: str, tries: int
):
    as_usual, seen = taker.upload, []

    def answer(messages: Any, context: grpc.ServicerContext) -> Any:
        seen.append(context)
        if len(seen) == 1:
            context.abort(grpc.StatusCode.UNAVAILABLE, details)
        return as_usual(messages, context)

    taker.upload = answer
    send = functools.partial(upload, connection(taker, retry=Retry(2, 0.001)), Parcel(file))
    if tries == 1:
        with pytest.raises(ServerCrashed, match="broke on UploadFile"):
            send()
    else:
        assert send()[-1].sent
    assert len(seen) == tries


# ------------------------------------------------------------------------------------------------- what goes wrong


REFUSALS = [
    ("DATA_LOSS", "Received chunk with unexpected offset", Rejected, "lost count", "again"),
    ("DATA_LOSS", "File validation failed", Rejected, "received other bytes", "unchanged"),
    ("UNIMPLEMENTED", "", Rejected, "takes no uploads", "another way"),
    ("ABORTED", "Another upload of model.ckpt is running.", Exhausted, "another file of that name", "Wait"),
    ("RESOURCE_EXHAUSTED", "disk", Exhausted, "no room", "room on the disk"),
    ("UNAVAILABLE", "Socket closed", ServerCrashed, "broke off after 400 of 2500 bytes", "send it again"),
    ("INTERNAL", "unknown error processing request", SecretRequired, "secret", "DRAWTHINGS_SECRET"),
]


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row[0] + row[3][:9])
def test_each_refusal_says_what_it_means(upload: Any, taker: Any, connection: Any, file: Path, row: Any):
    code, details, kind, words, hint = row
    taker.echo = lambda *_: pb.EchoReply(sharedSecretMissing=True)

    def answer(messages: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        for _ in range(3):
            one = next(messages)
            yield pb.UploadResponse(chunkUploadSuccess=True, receivedOffset=one.chunk.offset + len(one.chunk.content))
        context.abort(grpc.StatusCode[code], details)

    taker.upload = answer
    with pytest.raises(kind, match=words) as caught:
        upload(connection(taker), Parcel(file))
    assert hint in caught.value.hint
    assert caught.value.code == code
    assert details.rstrip(".") in str(caught.value) or kind is SecretRequired
    assert caught.value.confirmed_bytes == 400
    assert len(pieces(taker)) < 14


def test_a_refusal_of_the_first_message_keeps_its_own_words(upload: Any, taker: Any, connection: Any, file: Path):
    def answer(_: Any, context: grpc.ServicerContext) -> Any:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "The file name is a reserved name.")

    taker.upload = answer
    with pytest.raises(Rejected, match="refused UploadFile: The file name is a reserved name"):
        upload(connection(taker), Parcel(file))


NONSENSE = [
    ([(False, 0)], Rejected, "did not take what was sent after 0 bytes: full"),
    ([(True, 7)], Rejected, "has 7 bytes, after 0 were sent"),
    ([(True, 0), (True, 200), (True, 200)], Rejected, "has 200 bytes"),
    ([(True, 0), (True, 5000)], Rejected, "has 5000 bytes"),
    ([(True, 0), (True, 200)], ServerCrashed, "ended the upload after 200 of 2500 bytes"),
    ([], ServerCrashed, "ended the upload after 0 of 2500"),
]


@pytest.mark.parametrize("row", NONSENSE, ids=lambda row: row[2][:20])
def test_answers_that_make_no_sense_are_told(upload: Any, taker: Any, connection: Any, file: Path, row: Any):
    replies, kind, words = row

    def answer(messages: Iterator[Any], _: Any) -> Iterator[Any]:
        for success, offset in replies:
            next(messages)
            yield pb.UploadResponse(chunkUploadSuccess=success, receivedOffset=offset, message="full")

    taker.upload = answer
    with pytest.raises(kind, match=words):
        upload(connection(taker), Parcel(file))


def test_an_unreadable_answer_is_told(upload: Any, taker: Any, connection: Any, file: Path):
    taker.upload = lambda *_: iter([b"\xff\xff"])
    with pytest.raises(Rejected, match=r"answer of .* to UploadFile cannot be read"):
        upload(connection(taker), Parcel(file))


def test_a_server_that_falls_silent_is_not_waited_for(upload: Any, taker: Any, connection: Any, file: Path):
    over = threading.Event()

    def answer(messages: Iterator[Any], _: Any) -> Iterator[Any]:
        yield next(messages) and pb.UploadResponse(chunkUploadSuccess=True)
        over.wait(10)

    taker.upload = answer
    with pytest.raises(TimedOut, match=r"said nothing for 0\.2 s during UploadFile"):
        upload(connection(taker, timeouts=Timeouts(5, 5, 0.2)), Parcel(file))
    assert taker.cancelled.wait(5)
    over.set()


def test_a_wrong_secret_is_noticed_before_anything_is_sent(upload: Any, connection: Any, file: Path):
    with (
        EmbeddedServer(ServerOptions(tls=False, shared_secret="hush")) as server,  # noqa: S106 - a test's
        pytest.raises(SecretRequired),
    ):
        upload(connection(server.address, secret=Secret("wrong")), Parcel(file))


def test_breaking_off_leaves_nothing_on_the_server(upload: Any, taker: Any, connection: Any, file: Path):
    over = threading.Event()

    def answer(messages: Iterator[Any], _: Any) -> Iterator[Any]:
        yield next(messages) and pb.UploadResponse(chunkUploadSuccess=True)
        over.wait(10)

    taker.upload = answer
    steps = upload(connection(taker), Parcel(file), until=lambda step: step.stage == "sending")
    assert steps[-1].done_bytes == 0
    assert taker.cancelled.wait(5)
    over.set()


def test_a_file_that_changes_meanwhile_is_not_completed(upload: Any, taker: Any, connection: Any, file: Path):
    def change(step: UploadStep) -> bool:
        if step.stage == "sending" and step.done_bytes == 0:
            file.write_bytes(CONTENT[::-1] + b"x")
        return False

    with pytest.raises(BadValue, match="has changed while it was being sent"):
        upload(connection(taker), Parcel(file), until=change)
    assert taker.cancelled.wait(5)


def test_a_missing_file_is_told_without_a_server(upload: Any, connection: Any, tmp_path: Path):
    with pytest.raises(BadValue, match="does not exist"):
        upload(connection("127.0.0.1:1"), Parcel(tmp_path / "none.ckpt"))
