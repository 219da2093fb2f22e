"""Echo, FilesExist, Hours, Pubkey and UploadFile, and who may ask."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import SecretRequired
from drawthings.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from drawthings.wire._sync import Wire

LISTS = ("models", "loras", "controlNets", "textualInversions", "upscalers")
HELLO = b"a small file that a test uploads\n"


@pytest.mark.parametrize("tls", [False, True], ids=["plaintext", "TLS"])
def test_echo_repeats_the_name(serve: Callable[..., Any], tls: bool) -> None:
    with serve(tls=tls) as target, target.wire() as wire:
        first, second = wire.echo("someone"), wire.echo("another")
    assert first.message == "HELLO someone"
    assert not first.sharedSecretMissing
    assert first.serverIdentifier == second.serverIdentifier != 0
    assert not first.HasField("thresholds")


def test_with_the_browser_on_everything_is_listed(serve: Callable[..., Any]) -> None:
    with serve(model_browser=True) as target, target.wire() as wire:
        reply = wire.echo()
    assert reply.HasField("override")
    lists = {name: json.loads(getattr(reply.override, name)) for name in LISTS}
    assert all(isinstance(item, list) for item in lists.values())
    required = {"name", "file", "prefix", "version", "upcast_attention", "default_scale"}
    assert all(required <= set(spec) for spec in lists["models"])
    assert {spec["file"] for spec in lists["models"]} <= set(reply.files)
    assert all(name.lower().endswith(".ckpt") for name in reply.files)


def test_with_the_browser_off_nothing_is_listed(serve: Callable[..., Any]) -> None:
    with serve(model_browser=False) as target, target.wire() as wire:
        reply = wire.echo()
    assert reply.message.startswith("HELLO")
    assert list(reply.files) == []
    assert not reply.HasField("override")


def test_the_right_secret_opens(serve: Callable[..., Any]) -> None:
    with serve(shared_secret="hush") as target, target.wire() as wire:  # noqa: S106 - a test's secret
        assert not wire.echo().sharedSecretMissing
        assert list(wire.files_exist([target.model]).existences) == [True]


@pytest.mark.parametrize("secret", [None, Secret("wrong")], ids=["missing", "wrong"])
def test_a_bad_secret(serve: Callable[..., Any], secret: Secret | None) -> None:
    with serve(shared_secret="hush") as target, target.wire(secret=secret) as wire:  # noqa: S106 - as above
        reply = wire.echo()
        assert reply == pb.EchoReply(sharedSecretMissing=True)
        with pytest.raises(SecretRequired):
            wire.files_exist([target.model])
        with pytest.raises(SecretRequired):
            list(wire.generate(pb.ImageGenerationRequest(prompt="x")))
        assert wire.hours() == pb.HoursResponse()
        assert wire.pubkey() == pb.PubkeyResponse()


def test_files_keep_their_order_and_their_doubles(serve: Callable[..., Any]) -> None:
    with serve() as target, target.wire() as wire:
        names = ["nothing_of_this_name.ckpt", target.model, target.model]
        reply = wire.files_exist(names, ["not_among_the_files.ckpt"])
    assert list(reply.files) == names
    assert list(reply.existences) == [False, True, True]
    assert list(reply.hashes) == [b"", b"", b""]


def test_a_hash_has_32_bytes(serve: Callable[..., Any]) -> None:
    with serve() as target, target.wire() as wire:
        if target.embedded is None:
            pytest.skip("hashing a real checkpoint takes minutes")
        reply = wire.files_exist([target.model, "missing.ckpt"], [target.model, "missing.ckpt"])
    assert [len(item) for item in reply.hashes] == [32, 0]


def upload(wire: Wire, requests: Iterable[pb.FileUploadRequest]) -> list[pb.UploadResponse]:
    call = wire._open().stream_stream(
        "/ImageGenerationService/UploadFile",
        request_serializer=pb.FileUploadRequest.SerializeToString,
        response_deserializer=pb.UploadResponse.FromString,
    )
    secret = wire.connection.secret
    sealed = [pb.FileUploadRequest.FromString(request.SerializeToString()) for request in requests]
    for request in sealed if secret else ():
        request.sharedSecret = secret.reveal()
    return list(call(iter(sealed), timeout=10))


def pieces(name: str, content: bytes, digest: bytes | None = None, *, size: int | None = None) -> list[Any]:
    digest = hashlib.sha256(content).digest() if digest is None else digest
    start = pb.InitUploadRequest(filename=name, sha256=digest, totalSize=len(content) if size is None else size)
    requests = [pb.FileUploadRequest(initRequest=start)]
    for offset in range(0, len(content), 16):
        chunk = pb.FileChunk(content=content[offset : offset + 16], offset=offset)
        requests.append(pb.FileUploadRequest(chunk=chunk))
    return requests


def writable(target: Any, config: pytest.Config) -> None:
    if target.embedded is None and not config.getoption("--server-may-write"):
        pytest.skip("--server-may-write allows this test to leave a small file on your server")


def test_upload(serve: Callable[..., Any], pytestconfig: pytest.Config) -> None:
    name = "drawthings-conformance.ckpt"
    with serve() as target, target.wire() as wire:
        writable(target, pytestconfig)
        replies = upload(wire, pieces(name, HELLO))
        there = wire.files_exist([name], [name])
    assert [reply.receivedOffset for reply in replies] == [0, 16, 32, len(HELLO)]
    assert all(reply.chunkUploadSuccess for reply in replies)
    assert replies[0].filename == name
    assert list(there.existences) == [True]
    assert list(there.hashes) == [hashlib.sha256(HELLO).digest()]


@pytest.mark.parametrize(
    ("requests", "code"),
    [
        (pieces("a.ckpt", HELLO, b"\x00" * 32), grpc.StatusCode.DATA_LOSS),
        (pieces("a.ckpt", HELLO, size=999), grpc.StatusCode.INVALID_ARGUMENT),
        ([pieces("a.ckpt", HELLO)[0], pieces("a.ckpt", HELLO)[2]], grpc.StatusCode.DATA_LOSS),
        (pieces("a.ckpt", HELLO)[1:], grpc.StatusCode.INTERNAL),
        ([], grpc.StatusCode.INTERNAL),
    ],
    ids=["wrong hash", "wrong size", "wrong offset", "chunk before start", "nothing"],
)
def test_bad_uploads(
    serve: Callable[..., Any], pytestconfig: pytest.Config, requests: list[Any], code: grpc.StatusCode
) -> None:
    with serve() as target, target.wire() as wire:
        writable(target, pytestconfig)
        with pytest.raises(grpc.RpcError) as caught:
            upload(wire, requests)
        assert caught.value.code() is code
        assert list(wire.files_exist(["a.ckpt", "a.ckpt.part"]).existences) == [False, False]


@pytest.mark.parametrize("name", ["../up.ckpt", "a/b.ckpt", "..", "", "a\\b.ckpt", "a\0b"])
def test_names_that_leave_the_folder_are_refused(serve: Callable[..., Any], name: str) -> None:
    with serve() as target, target.wire() as wire:
        if target.embedded is None:
            pytest.skip("the official server would take it")
        with pytest.raises(grpc.RpcError) as caught:
            upload(wire, pieces(name, HELLO))
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
