from __future__ import annotations

import hashlib
import json
import logging
import threading
from typing import TYPE_CHECKING

import grpc
import pytest

from barecalls import SLOW_MS, V1, Raw, Running, Serve, order, pictures, signposts
from drawthings._generated import imageService_pb2 as pb
from drawthings.catalogue.catalogue import Catalogue
from drawthings.server import service as module
from drawthings.server.record import Received
from drawthings.server.store import toy_content
from drawthings.server.zoo import KINDS

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "open sesame"  # noqa: S105 - of a server that lives as long as its test


def answered(raw: Raw) -> None:
    """Have a call answered, which shows that the server is at work."""
    raw.Hours(pb.HoursRequest(), timeout=10)


def test_echo_with_the_browser_on(strict: Running):
    server, raw = strict
    reply = raw.Echo(pb.EchoRequest(name="Ada"))
    assert reply.message == "HELLO Ada"
    assert not reply.sharedSecretMissing
    assert reply.serverIdentifier == server.identifier != 0
    assert not reply.HasField("thresholds")
    assert V1 in reply.files
    assert all(name.endswith(".ckpt") for name in reply.files)
    catalogue = Catalogue.from_echo(reply.files, {kind: getattr(reply.override, kind) for kind in KINDS})
    assert catalogue.problems == ()
    assert catalogue.model("juggernaut_xl_v9_q6p_q8p.ckpt").version == "sdxl_base_v0.9"


def test_echo_with_the_browser_off(serve: Serve):
    _, raw = serve()
    reply = raw.Echo(pb.EchoRequest(name="Ada"))
    assert reply.message == "HELLO Ada"
    assert list(reply.files) == []
    assert not reply.HasField("override")


@pytest.mark.parametrize("secret", [None, "", "wrong", "öpen"])
def test_a_wrong_secret_is_told_by_echo_alone(serve: Serve, secret: str | None):
    _, raw = serve(shared_secret=SECRET, model_browser=True)
    told = {} if secret is None else {"sharedSecret": secret}
    reply = raw.Echo(pb.EchoRequest(name="Ada", **told))
    assert reply == pb.EchoReply(sharedSecretMissing=True)
    failed = (grpc.StatusCode.INTERNAL, "unknown error processing request")
    assert raw.refusal(order(**told)) == failed
    with pytest.raises(grpc.RpcError) as caught:
        raw.FilesExist(pb.FileListRequest(files=["a"], **told))
    assert (caught.value.code(), caught.value.details()) == failed
    assert raw.Hours(pb.HoursRequest()) == pb.HoursResponse()
    assert raw.Pubkey(pb.PubkeyRequest(name="Ada")) == pb.PubkeyResponse()


def test_the_right_secret_opens(serve: Serve):
    _, raw = serve(shared_secret=SECRET)
    assert raw.Echo(pb.EchoRequest(name="Ada", sharedSecret=SECRET)).message == "HELLO Ada"
    assert raw.FilesExist(pb.FileListRequest(files=[V1], sharedSecret=SECRET)).existences == [True]
    assert len(pictures(raw.generate(order(sharedSecret=SECRET)))) == 1


def test_a_secret_that_nobody_asked_for_does_no_harm(strict: Running):
    _, raw = strict
    assert raw.Echo(pb.EchoRequest(name="Ada", sharedSecret="x")).message == "HELLO Ada"


def test_existence_is_answered_in_parallel_lists(strict: Running):
    _, raw = strict
    files = [V1, "missing.ckpt", V1, "../../etc/passwd", "sd_v1.5_f16.ckpt"]
    reply = raw.FilesExist(pb.FileListRequest(files=files, filesWithHash=[V1, "missing.ckpt", "not_asked.ckpt"]))
    digest = hashlib.sha256(toy_content(V1)).digest()
    assert list(reply.files) == files
    assert list(reply.existences) == [True, False, True, False, True]
    assert list(reply.hashes) == [digest, b"", digest, b"", b""]
    assert raw.FilesExist(pb.FileListRequest()) == pb.FileExistenceResponse()


def test_a_folder_decides_what_is_there(serve: Serve, folder: Path):
    for name in (V1, "realdream_15sd15_clip_vit_l14_f16.ckpt", "vae_ft_mse_840000_f16.ckpt", "sd_v1.5_f16.ckpt"):
        (folder / name).write_bytes(b"x")
    own = {"name": "Mine", "prefix": "", "version": "v1", "upcast_attention": False, "default_scale": 8}
    own |= {"file": "mine.ckpt", "text_encoder": V1}
    (folder / "mine.ckpt").write_bytes(b"x")
    (folder / "custom.json").write_text(json.dumps([own]))
    _, raw = serve(models_dir=folder, model_browser=True)
    reply = raw.Echo(pb.EchoRequest())
    assert {item["file"] for item in json.loads(reply.override.models)} == {V1, "mine.ckpt"}
    assert len(reply.files) == 5
    assert len(pictures(raw.generate(order()))) == 1
    code, details = raw.refusal(order(model="sd_v1.5_f16.ckpt"))
    assert code is grpc.StatusCode.NOT_FOUND
    assert "clip_vit_l14_f16.ckpt, which sd_v1.5_f16.ckpt needs" in details


def test_generations_run_one_after_another_and_echo_answers_meanwhile(serve: Serve):
    _, raw = serve(ms_per_step=SLOW_MS)
    first = raw.GenerateImage(order())
    assert [signposts([next(first)]) for _ in range(3)] == [["textEncoded"], ["imageEncoded"], ["sampling 0"]]
    second = raw.GenerateImage(order(seed=8))
    heard = threading.Event()
    listener = threading.Thread(target=lambda: (next(second), heard.set()), daemon=True)
    listener.start()
    assert raw.Echo(pb.EchoRequest(name="Ada"), timeout=10).message == "HELLO Ada"
    assert raw.FilesExist(pb.FileListRequest(files=[V1]), timeout=10).existences == [True]
    assert not heard.is_set()
    first.cancel()
    assert heard.wait(10)
    second.cancel()
    listener.join(10)


def test_echo_waits_in_line_where_it_is_told_to(serve: Serve):
    _, raw = serve(ms_per_step=SLOW_MS, echo_on_queue=True)
    first = raw.GenerateImage(order())
    next(first)
    greeting = raw.Echo.future(pb.EchoRequest(name="Ada"))
    answered(raw)
    assert not greeting.done()
    first.cancel()
    assert greeting.result(timeout=10).message == "HELLO Ada"


def wait_for(caplog: pytest.LogCaptureFixture, raw: Raw, words: str) -> None:
    for _ in range(5000):
        if words in caplog.text:
            return
        answered(raw)
    pytest.fail(f"{words!r} never came into the log")


def test_a_cancelled_generation_stops_and_says_so(serve: Serve, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "drawthings.server")
    _, raw = serve(ms_per_step=SLOW_MS)
    call = raw.GenerateImage(order(steps=20))
    while signposts([next(call)]) != ["sampling 0"]:
        pass
    call.cancel()
    wait_for(caplog, raw, "generation 1: cancelled by the client at sampling 0 of 20")


def test_a_generation_cancelled_in_line_never_paints(serve: Serve, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "drawthings.server")
    server, raw = serve(ms_per_step=SLOW_MS)
    first = raw.GenerateImage(order())
    next(first)
    second = raw.GenerateImage(order(prompt="never"))
    while len(server.received) < 2:
        answered(raw)
    wait_for(caplog, raw, "generation 2: ")
    second.cancel()
    first.cancel()
    wait_for(caplog, raw, "generation 2: cancelled by the client at textEncoded")
    assert "done" not in caplog.text


def test_too_many_waiting_generations_are_sent_away(serve: Serve, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_WAITING", 1)
    _, raw = serve(ms_per_step=SLOW_MS)
    first = raw.GenerateImage(order())
    next(first)
    code, details = raw.refusal(order())
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert details == "1 generations are waiting."
    first.cancel()


def test_what_breaks_inside_is_told_as_the_official_server_tells_it(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    server, raw = serve()
    service = server._running

    def broken(_: object) -> None:
        raise KeyError("inside")

    monkeypatch.setattr(service._reader, "read", broken)
    assert raw.refusal(order()) == (grpc.StatusCode.INTERNAL, "unknown error processing request")
    assert "a call broke" in caplog.text


def test_an_unknown_method_is_not_implemented(strict: Running):
    _, raw = strict
    call = raw.channel.unary_unary("/ImageGenerationService/Nonsense")
    with pytest.raises(grpc.RpcError) as caught:
        call(b"")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_request_is_kept_with_what_was_made_of_it(serve: Serve):
    server, raw = serve()
    raw.generate(order("a lake", seed=5))
    raw.refusal(order(model="missing.ckpt"))
    good, bad = server.received
    assert good.message.prompt == "a lake"
    assert good.facts["seeds"] == (5,)
    assert good.facts["configuration"].seed == 5
    assert "missing.ckpt" in bad.facts["refused"]


def test_a_call_that_is_over_before_it_begins_is_cancelled(serve: Serve, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "drawthings.server")
    server, raw = serve()

    class Gone:
        def add_callback(self, _: object) -> bool:
            return False

    assert list(server._running._generated(order(), Received("GenerateImage", order()), Gone())) == []
    wait_for(caplog, raw, "generation 1: cancelled by the client at textEncoded")
