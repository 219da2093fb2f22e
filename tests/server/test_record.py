from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest

from barecalls import Serve, by_hash, hint, mask, order, picture
from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import BadConfiguration
from drawthings.server import record as module
from drawthings.server.record import Received, ReceivedHint, Record

if TYPE_CHECKING:
    from typing import Any


def echo(name: str) -> Received:
    return Received("Echo", pb.EchoRequest(name=name))


def names(record: Record) -> list[str]:
    messages: list[Any] = [entry.message for entry in record.entries()]
    return [message.name for message in messages]


def test_the_latest_are_kept():
    record = Record(2)
    for name in "abc":
        record.note(echo(name)).facts["seen"] = name
    assert names(record) == ["b", "c"]
    assert [entry.facts["seen"] for entry in record.entries()] == ["b", "c"]


def test_nothing_is_kept_where_nothing_is_wanted():
    record = Record(0)
    assert record.note(echo("a")).method == "Echo"
    assert record.entries() == ()


def test_large_requests_push_older_ones_out_but_never_the_last(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    record = Record(10)
    record.note(echo("a" * 60))
    record.note(echo("b" * 30))
    assert len(record.entries()) == 2
    record.note(echo("c" * 500))
    assert [name[0] for name in names(record)] == ["c"]


@pytest.mark.parametrize(("secret", "ok"), [("hunter2", True), ("letmein", False), ("", False)])
def test_secrets_are_struck_out_and_whether_they_were_right_is_kept(serve: Serve, secret: str, ok: bool):
    server, raw = serve(shared_secret="hunter2")  # noqa: S106 - it must not show up
    raw.Echo(pb.EchoRequest(name="x", sharedSecret=secret))
    asked: list[Any] = [
        lambda: raw.FilesExist(pb.FileListRequest(files=["a"], sharedSecret=secret)),
        lambda: raw.generate(order(sharedSecret=secret)),
        lambda: list(raw.UploadFile(iter([_opening(secret)]))),
    ]
    for ask in asked:
        try:
            ask()
        except grpc.RpcError as error:
            # An upload that ends after its opening is incomplete whatever the secret is.
            assert ok is ("unknown error" not in str(error))  # noqa: PT017 - only some of them fail
    assert [entry.method for entry in server.received] == ["Echo", "FilesExist", "GenerateImage", "UploadFile"]
    for entry in server.received:
        assert (entry.secret_sent, entry.secret_ok) == (bool(secret), ok)
        shown = repr(entry) + str(entry.message) + repr(entry.facts)
        assert not secret or secret not in shown
        assert "hunter2" not in shown
    assert "hunter2" not in repr(server.options) + repr(server)


def _opening(secret: str) -> pb.FileUploadRequest:
    announced = pb.InitUploadRequest(filename="new.ckpt", sha256=bytes(32), totalSize=5)
    return pb.FileUploadRequest(initRequest=announced, sharedSecret=secret)


def test_without_a_secret_every_one_is_right(serve: Serve):
    server, raw = serve()
    raw.Hours(pb.HoursRequest())
    raw.Echo(pb.EchoRequest(sharedSecret="needless"))
    assert [(entry.secret_sent, entry.secret_ok) for entry in server.received] == [(False, True), (True, True)]


def test_a_generation_is_read_out(serve: Serve):
    server, raw = serve()
    blob, reference = picture(128, 192), picture(64, 96)
    request = order(
        "a fox",
        negativePrompt="blur",
        image=by_hash(blob),
        mask=mask((0, 2), 128, 192),
        contents=[blob],
        hints=[hint("shuffle", reference, b"nonsense", weight=0.5), hint("depth", by_hash(reference))],
        seed=11,
        strength=0.5,
    )
    raw.refusal(request)  # it does not matter what the server makes of it
    (call,) = server.received
    assert (call.prompt, call.negative_prompt) == ("a fox", "blur")
    assert call.configuration is not None
    assert (call.configuration.seed, call.configuration.strength) == (11, 0.5)
    assert (call.image_size, call.mask_size) == ((192, 128), (192, 128))
    assert call.hints == (
        ReceivedHint("shuffle", (96, 64), 0.5),
        ReceivedHint("shuffle", None, 0.5),
        # Its contents did not come along.
        ReceivedHint("depth", None, 1.0),
    )


def test_any_other_call_has_nothing_of_it():
    call = echo("x")
    assert (call.prompt, call.negative_prompt, call.configuration) == ("", "", None)
    assert (call.image_size, call.mask_size, call.hints) == (None, None, ())


def test_settings_that_are_none_are_told():
    call = Received("GenerateImage", pb.ImageGenerationRequest(configuration=b"\xff" * 40))
    with pytest.raises(BadConfiguration):
        _ = call.configuration
