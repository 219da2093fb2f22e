from __future__ import annotations

from typing import Any

import grpc
import pytest

from barecalls import Running, Serve, order, pictures, signposts
from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import ServerError, TensorError
from drawthings.server.run import EmbeddedServer
from drawthings.tensor.codec import decode_tensor

EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED


def collected(call: Any) -> tuple[list[pb.ImageGenerationResponse], grpc.StatusCode]:
    messages = []
    try:
        messages.extend(call)
    except grpc.RpcError as error:
        return messages, error.code()
    return messages, grpc.StatusCode.OK


def test_a_call_fails_after_so_many_pictures(strict: Running):
    server, raw = strict
    with server.intercept() as script:
        script.fail("GenerateImage", EXHAUSTED, "out of memory", after_images=1)
        messages, code = collected(raw.GenerateImage(order(batch_size=3)))
    assert code is EXHAUSTED
    assert len(pictures(messages)) == 1


def test_a_sliced_picture_counts_when_its_last_slice_is_sent(strict: Running):
    server, raw = strict
    with server.intercept() as script:
        script.fail("GenerateImage", EXHAUSTED, after_images=1)
        messages, code = collected(
            raw.GenerateImage(order(width=1024, height=1024, steps=1, batch_size=2, chunked=True))
        )
    assert code is EXHAUSTED
    assert len(pictures(messages)) == 1
    assert len([message for message in messages if message.generatedImages]) >= 1


def test_a_call_fails_after_so_many_messages(strict: Running):
    server, raw = strict
    with server.intercept() as script:
        script.fail("GenerateImage", EXHAUSTED, after_messages=2)
        messages, code = collected(raw.GenerateImage(order()))
    assert code is EXHAUSTED
    assert signposts(messages) == ["textEncoded", "imageEncoded"]


def test_a_failure_that_comes_too_late_comes_at_the_end(strict: Running):
    server, raw = strict
    with server.intercept() as script:
        script.fail("GenerateImage", EXHAUSTED, after_images=9)
        messages, code = collected(raw.GenerateImage(order()))
    assert code is EXHAUSTED
    assert len(pictures(messages)) == 1


@pytest.mark.parametrize("method", ["Echo", "FilesExist", "Hours", "Pubkey"])
def test_other_calls_fail_too(strict: Running, method: str):
    server, raw = strict
    request = {"Echo": pb.EchoRequest(), "FilesExist": pb.FileListRequest(), "Hours": pb.HoursRequest()}
    with server.intercept() as script:
        script.fail(method, grpc.StatusCode.UNAVAILABLE, "later")
        with pytest.raises(grpc.RpcError) as caught:
            getattr(raw, method)(request.get(method, pb.PubkeyRequest()))
        getattr(raw, method)(request.get(method, pb.PubkeyRequest()))
    assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.UNAVAILABLE, "later")
    assert [call.method for call in script.calls] == [method, method]


def test_an_upload_fails(strict: Running):
    server, raw = strict
    with server.intercept() as script:
        script.fail("UploadFile", EXHAUSTED, "disk full")
        messages, code = collected(raw.UploadFile(iter([pb.FileUploadRequest()])))
    assert (messages, code) == ([], EXHAUSTED)


def test_an_empty_result_is_a_good_end_without_a_picture(strict: Running):
    server, raw = strict
    with server.intercept() as script:
        script.empty_result()
        messages = raw.generate(order())
    assert pictures(messages) == []
    assert signposts(messages)[-1] == "imageDecoded"
    assert messages[-1].scaleFactor == 1
    assert not any(message.HasField("downloadSize") for message in messages)


@pytest.mark.parametrize("whole", [0, 1])
def test_a_picture_breaks_off_in_its_middle(strict: Running, whole: int):
    server, raw = strict
    with server.intercept() as script:
        script.break_chunk(after_images=whole)
        messages = raw.generate(order(batch_size=2))
    parts = [message for message in messages if message.generatedImages]
    assert [part.chunkState for part in parts] == [pb.LAST_CHUNK] * whole + [pb.MORE_CHUNKS]


def test_without_so_many_pictures_nothing_breaks_off(strict: Running):
    server, raw = strict
    with server.intercept() as script:
        script.break_chunk(after_images=5)
        assert len(pictures(raw.generate(order()))) == 1


def test_pictures_can_be_garbage(strict: Running):
    server, raw = strict
    with server.intercept() as script:
        script.garbage_image()
        messages = raw.generate(order(batch_size=2))
    blobs = [blob for message in messages for blob in message.generatedImages]
    assert len(blobs) == 2
    for blob in blobs:
        with pytest.raises(TensorError):
            decode_tensor(blob)


def test_a_broken_connection_looks_like_one(strict: Running):
    server, raw = strict
    with server.intercept() as script:
        script.drop_connection(after_messages=3)
        messages, code = collected(raw.GenerateImage(order()))
    assert code is grpc.StatusCode.UNAVAILABLE
    assert len(messages) == 3


def test_a_call_waits_at_a_gate_until_it_is_opened(strict: Running):
    server, raw = strict
    with server.intercept() as script:
        gate = script.pause(after_messages=1)
        call = raw.GenerateImage(order())
        assert next(call).currentSignpost.WhichOneof("signpost") == "textEncoded"
        assert gate.wait()
        assert raw.Echo(pb.EchoRequest(name="you")).message == "HELLO you"
        gate.open()
        assert len(pictures(list(call))) == 1


def test_a_gate_opens_when_the_script_ends(strict: Running):
    server, raw = strict
    with server.intercept() as script:
        script.pause()
        call = raw.GenerateImage(order())
        script.silence(600)
        other = raw.GenerateImage(order())
        while script.unused:
            raw.Hours(pb.HoursRequest())
    assert len(pictures(list(call))) == 1
    assert len(pictures(list(other))) == 1


def test_silence_lets_a_deadline_pass(strict: Running):
    server, raw = strict
    with server.intercept() as script:
        script.silence(600, "Echo")
        with pytest.raises(grpc.RpcError) as caught:
            raw.Echo(pb.EchoRequest(), timeout=0.1)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_answers_are_taken_in_order_and_calls_are_listed(strict: Running):
    server, raw = strict
    with server.intercept() as script:
        script.normal()
        script.fail("GenerateImage", EXHAUSTED)
        assert script.unused == ("GenerateImage", "GenerateImage")
        raw.Echo(pb.EchoRequest(name="me"))
        codes = [collected(raw.GenerateImage(order()))[1] for _ in range(3)]
    assert codes == [grpc.StatusCode.OK, EXHAUSTED, grpc.StatusCode.OK]
    assert [call.method for call in script.calls] == ["Echo"] + ["GenerateImage"] * 3
    assert script.calls[0].message.name == "me"
    assert script.calls[1].facts["path"] == "text"


def test_an_answer_that_nobody_took_fails_the_test(strict: Running):
    server, _ = strict
    with pytest.raises(AssertionError, match="No call took the queued answers for Echo"), server.intercept() as script:
        script.fail("Echo", EXHAUSTED)
    with server.intercept():
        pass


def test_an_error_in_the_test_is_not_hidden_by_leftovers(strict: Running):
    server, _ = strict

    def broken_test() -> None:
        with server.intercept() as script:
            script.fail("Echo", EXHAUSTED)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken_test()


def test_one_script_at_a_time(strict: Running):
    server, _ = strict
    with server.intercept(), pytest.raises(ServerError, match="already"), server.intercept():
        pytest.fail("a second script came into force")
    with pytest.raises(ServerError, match="not been started"), EmbeddedServer().intercept():
        pytest.fail("a server that does not run took a script")


def test_without_a_test_around_it_leftovers_wait_and_calls_are_not_kept(serve: Serve):
    server, raw = serve()
    server.faults.fail("Echo", EXHAUSTED, "full")
    with server.intercept() as script:
        assert server.faults is script
        assert raw.Echo(pb.EchoRequest(name="x")).message == "HELLO x"
        assert [call.method for call in script.calls] == ["Echo"]
    with pytest.raises(grpc.RpcError) as caught:
        raw.Echo(pb.EchoRequest())
    assert (caught.value.code(), caught.value.details()) == (EXHAUSTED, "full")
    assert (server.faults.unused, server.faults.calls) == ((), ())


def test_an_answer_of_ones_own(strict: Running):
    server, raw = strict

    def twice(answers: Any) -> Any:
        for answer in answers:
            yield answer
            yield answer

    with server.intercept() as script:
        script.queue("GenerateImage", twice)
        assert len(pictures(raw.generate(order()))) == 2
