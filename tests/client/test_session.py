"""Uploads, limits and the signing key through both clients, against a real embedded server."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from drawthings import AsyncDrawThings, DrawThings
from drawthings._generated import imageService_pb2 as pb
from drawthings.client.limits import ComputeLimits
from drawthings.client.upload import Uploaded
from drawthings.errors import BadValue, Rejected, SecretRequired, ServerCrashed, Unreachable
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from drawthings.settings import Connection, Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drawthings.wire.parcel import UploadStep

CONTENT = bytes(range(256)) * 20
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    models = tmp_path / "models"
    models.mkdir()
    return models


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(ServerOptions(tls=False, models_dir=folder)) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lora.ckpt"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture(params=["blocking", "waiting"])
def ask(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Call a method of a client by name: ``ask(address, method, ...)``."""

    def blocking(address: str, method: str, *args: Any, **rest: Any) -> Any:
        with DrawThings(connection=connection(address)) as client:
            return getattr(client, method)(*args, **rest)

    async def waiting(address: str, method: str, *args: Any, **rest: Any) -> Any:
        async with AsyncDrawThings(connection=connection(address)) as client:
            return await getattr(client, method)(*args, **rest)

    return blocking if request.param == "blocking" else lambda *args, **rest: asyncio.run(waiting(*args, **rest))


def connection(address: str) -> Connection:
    return Connection(server=f"grpc://{address}", retry=Retry(tries=1))


def test_a_file_is_put_there_once(ask: Any, server: EmbeddedServer, folder: Path, file: Path):
    steps: list[UploadStep] = []
    done = ask(server.address, "upload", file, on_step=steps.append)
    assert done == Uploaded("lora.ckpt", len(CONTENT), DIGEST, sent=True, replaced=False)
    assert (folder / "lora.ckpt").read_bytes() == CONTENT
    assert [step.stage for step in steps] == ["hashing", "checking", "sending", "sending", "done"]
    assert steps[-1].progress == 1

    again: list[UploadStep] = []
    assert ask(server.address, "upload", str(file), on_step=again.append).sent is False
    assert "sending" not in [step.stage for step in again]
    assert ask(server.address, "upload", file, force=True).sent is True
    (present,) = ask(server.address, "files_exist", ["lora.ckpt"], hashes=True)
    assert present.sha256 == DIGEST


def test_a_file_goes_under_another_name_and_replaces(ask: Any, server: EmbeddedServer, folder: Path, file: Path):
    assert ask(server.address, "upload", file, "other.ckpt").file == "other.ckpt"
    file.write_bytes(b"changed")
    done = ask(server.address, "upload", file, name="other.ckpt")
    assert (done.sent, done.replaced) == (True, True)
    assert [path.name for path in folder.iterdir()] == ["other.ckpt"]
    assert (folder / "other.ckpt").read_bytes() == b"changed"


def test_what_cannot_be_sent_is_refused_before_anything_is_said(ask: Any, server: EmbeddedServer, file: Path):
    with pytest.raises(BadValue, match="folder"):
        ask(server.address, "upload", file, "../evil.ckpt")
    with pytest.raises(BadValue, match="does not exist"):
        ask(server.address, "upload", file.with_name("none.ckpt"))
    assert server.received == ()


def test_a_server_that_takes_none_says_so_and_keeps_nothing(ask: Any, server: EmbeddedServer, folder: Path, file: Path):
    with server.intercept() as script:
        script.fail("UploadFile", grpc.StatusCode.UNIMPLEMENTED)
        with pytest.raises(Rejected, match="takes no uploads") as caught:
            ask(server.address, "upload", file)
    assert "models folder" in caught.value.hint
    assert list(folder.iterdir()) == []


def test_a_listener_that_fails_ends_the_upload(ask: Any, server: EmbeddedServer, folder: Path, file: Path):
    def listen(step: UploadStep) -> None:
        if step.stage == "sending":
            raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        ask(server.address, "upload", file, on_step=listen)
    assert not (folder / "lora.ckpt").exists()


def test_a_secret_is_asked_for(ask: Any, folder: Path, file: Path):
    options = ServerOptions(tls=False, models_dir=folder, shared_secret="hush")  # noqa: S106 - a test's
    with EmbeddedServer(options) as server, pytest.raises(SecretRequired):
        ask(server.address, "upload", file)


def test_a_server_at_home_sets_no_limits_and_signs_nothing(ask: Any, server: EmbeddedServer):
    assert ask(server.address, "compute_limits") is None
    assert ask(server.address, "signing_key") is None
    assert [entry.method for entry in server.received] == ["Hours", "Pubkey"]


def test_limits_and_key_of_the_cloud(ask: Any, server: EmbeddedServer):
    told = pb.ComputeUnitThreshold(community=15000, plus=40000, expireAt=1_700_000_000)
    with server.intercept() as script:
        script.queue("Hours", lambda _: iter([pb.HoursResponse(thresholds=told)]))
        script.queue("Pubkey", lambda _: iter([pb.PubkeyResponse(message="hi", pubkey="MFkw")]))
        until = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
        assert ask(server.address, "compute_limits") == ComputeLimits(15000, 40000, until)
        assert ask(server.address, "signing_key") == "MFkw"


@pytest.mark.parametrize(("method", "call"), [("compute_limits", "Hours"), ("signing_key", "Pubkey")])
def test_failures_are_typed(ask: Any, server: EmbeddedServer, method: str, call: str):
    address = server.address
    with server.intercept() as script:
        script.fail(call, grpc.StatusCode.UNIMPLEMENTED, "none of that")
        with pytest.raises(Rejected, match="none of that"):
            ask(address, method)
        script.fail(call, grpc.StatusCode.INTERNAL, "broken")
        with pytest.raises(ServerCrashed, match=f"broke on {call}"):
            ask(address, method)
    server.stop()
    with pytest.raises(Unreachable):
        ask(address, method)
