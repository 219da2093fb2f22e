from __future__ import annotations

import errno
import hashlib
import threading
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from drawthings._generated import imageService_pb2 as pb
from drawthings.server.store import MemoryStore
from drawthings.server.upload import TAKEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from barecalls import Raw, Serve

SECRET = "open sesame"  # noqa: S105 - of a server that lives as long as its test
INVALID = grpc.StatusCode.INVALID_ARGUMENT


def init(name: str = "new.ckpt", content: bytes = b"abcdef", **changes: Any):
    fields = {"filename": name, "sha256": hashlib.sha256(content).digest(), "totalSize": len(content), **changes}
    return pb.FileUploadRequest(initRequest=pb.InitUploadRequest(**fields))


def chunk(content: bytes, offset: int = 0, name: str = ""):
    return pb.FileUploadRequest(chunk=pb.FileChunk(content=content, offset=offset, filename=name))


def upload(raw: Raw, *messages: Any):
    return list(raw.UploadFile(iter(messages), timeout=10))


def refusal(raw: Raw, *messages: Any):
    with pytest.raises(grpc.RpcError) as caught:
        upload(raw, *messages)
    return caught.value.code(), caught.value.details()


def test_a_file_arrives_in_pieces(serve: Serve, folder: Path):
    _, raw = serve(models_dir=folder)
    replies = upload(raw, init(), chunk(b"abc", 0, "new.ckpt"), chunk(b"def", 3))
    assert [(reply.chunkUploadSuccess, reply.receivedOffset, reply.filename) for reply in replies] == [
        (True, 0, "new.ckpt"),
        (True, 3, "new.ckpt"),
        (True, 6, ""),
    ]
    assert {reply.message for reply in replies} == {TAKEN}
    assert (folder / "new.ckpt").read_bytes() == b"abcdef"
    assert [path.name for path in folder.iterdir()] == ["new.ckpt"]


def test_it_is_listed_and_hashed_afterwards(serve: Serve):
    server, raw = serve(model_browser=True)
    upload(raw, init(), chunk(b"abcdef"))
    assert "new.ckpt" in raw.Echo(pb.EchoRequest()).files
    answer = raw.FilesExist(pb.FileListRequest(files=["new.ckpt"], filesWithHash=["new.ckpt"]))
    assert answer.hashes[0] == hashlib.sha256(b"abcdef").digest()
    assert server.received[0].method == "UploadFile"
    assert server.received[0].message.initRequest.filename == "new.ckpt"


def test_an_empty_file_needs_no_piece(serve: Serve, folder: Path):
    _, raw = serve(models_dir=folder)
    assert len(upload(raw, init(content=b""))) == 1
    assert (folder / "new.ckpt").read_bytes() == b""


@pytest.mark.parametrize("name", ["../evil.ckpt", "a/b.ckpt", "..", "", "nul\0.ckpt", "CON", "x.part", "a\\b"])
def test_unsafe_names_are_refused(serve: Serve, folder: Path, name: str):
    before = sorted(folder.parent.iterdir())
    _, raw = serve(models_dir=folder)
    code, details = refusal(raw, init(name))
    assert code is INVALID
    assert details.startswith("The file name ")
    assert list(folder.iterdir()) == []
    assert sorted(folder.parent.iterdir()) == before


@pytest.mark.parametrize(
    ("messages", "code", "words"),
    [
        ((chunk(b"abc"),), grpc.StatusCode.INTERNAL, "Failed to create file handle"),
        ((), grpc.StatusCode.INTERNAL, "Missing File metadata"),
        ((init(), chunk(b"abc", 1)), grpc.StatusCode.DATA_LOSS, "Received chunk with unexpected offset"),
        ((init(), chunk(b"abc"), chunk(b"def")), grpc.StatusCode.DATA_LOSS, "Received chunk with unexpected offset"),
        ((init(), chunk(b"abc")), INVALID, "3 bytes of new.ckpt arrived, 6 were announced."),
        ((init(), chunk(b"abcdefg")), INVALID, "More than the announced 6 bytes"),
        ((init(), chunk(b"abcdeX")), grpc.StatusCode.DATA_LOSS, "File validation failed"),
        ((init(sha256=b"short"),), INVALID, "sha256 has 5 bytes"),
        ((init(totalSize=-1),), INVALID, "totalSize is -1"),
        ((init(), init("other.ckpt")), INVALID, "each call takes one file"),
        ((pb.FileUploadRequest(),), grpc.StatusCode.INTERNAL, "Missing File metadata"),
        ((init(), pb.FileUploadRequest()), INVALID, "neither an initRequest nor a chunk"),
    ],
)
def test_what_goes_wrong_is_told_and_leaves_nothing(
    serve: Serve, folder: Path, messages: Any, code: grpc.StatusCode, words: str
):
    _, raw = serve(models_dir=folder)
    found, details = refusal(raw, *messages)
    assert found is code
    assert words in details
    assert list(folder.iterdir()) == []


def test_an_older_file_stays_when_the_new_one_is_broken(serve: Serve, folder: Path):
    (folder / "new.ckpt").write_bytes(b"old")
    _, raw = serve(models_dir=folder)
    refusal(raw, init(), chunk(b"abcdeX"))
    assert (folder / "new.ckpt").read_bytes() == b"old"
    upload(raw, init(), chunk(b"abcdef"))
    assert (folder / "new.ckpt").read_bytes() == b"abcdef"


def test_a_client_that_goes_away_leaves_nothing(serve: Serve, folder: Path):
    _, raw = serve(models_dir=folder)

    ready = threading.Event()

    def endless() -> Iterator[pb.FileUploadRequest]:
        yield init(totalSize=10**9)
        yield chunk(b"abc")
        ready.wait(10)

    call = raw.UploadFile(endless())
    assert next(call).receivedOffset == 0
    assert next(call).receivedOffset == 3
    assert (folder / "new.ckpt.part").exists()
    # A second call of the name has to wait its turn.
    assert refusal(raw, init())[0] is grpc.StatusCode.ABORTED
    call.cancel()
    ready.set()
    for _ in range(1000):
        if not (folder / "new.ckpt.part").exists():
            break
        raw.Hours(pb.HoursRequest())
    assert list(folder.iterdir()) == []


def test_the_secret_is_looked_at_in_every_message(serve: Serve):
    _, raw = serve(shared_secret=SECRET)
    right = init()
    right.sharedSecret = SECRET
    for messages in ((init(), chunk(b"abcdef")), (right, chunk(b"abcdef"))):
        assert refusal(raw, *messages) == (grpc.StatusCode.INTERNAL, "unknown error processing request")
    piece = chunk(b"abcdef")
    piece.sharedSecret = SECRET
    assert len(upload(raw, right, piece)) == 2


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, grpc.StatusCode.RESOURCE_EXHAUSTED), (errno.EACCES, grpc.StatusCode.INTERNAL)],
)
def test_a_disk_that_does_not_take_it_is_told(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, number: int, code: grpc.StatusCode
):
    def full(*_args: object) -> None:
        raise OSError(number, "nothing goes")

    monkeypatch.setattr(MemoryStore, "begin", full)
    _, raw = serve()
    found, details = refusal(raw, init())
    assert found is code
    assert details == "The file cannot be stored: nothing goes."
