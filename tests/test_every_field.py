"""Every field of every call, through the real clients to the embedded server and back.

What was sent is read from the server's record by ``wirewalk``, by the numbers of the fields. What the embedded server
never says by itself is put into its answers on the way.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pytest
from PIL import Image

import wirewalk
from drawthings import AsyncDrawThings, DrawThings, EmbeddedServer, Finished, ServerOptions
from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import DrawThingsError, SecretRequired
from drawthings.request.hints import HINT_TYPES
from drawthings.stream import events
from drawthings.wire import _async, _sync

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings import Result

SECRET = "open sesame"  # noqa: S105 - of a test server
SD15 = "realdream_15sd15_q6p_q8p.ckpt"
EDIT = "qwen_image_edit_2511_q6p.ckpt"
CLIP = "ltx_2_19b_distilled_q6p.ckpt"
AVATAR = "longcat_video_avatar_v1.5_q8p.ckpt"
LORA = "watercolour_style_sd_v1.5_lora_f16.ckpt"
CANNY = "controlnet_canny_1.x_v1.1_f16.ckpt"
EMBEDDING = "easynegative_ti_f16.ckpt"
UPSCALER = "realesrgan_x2plus_f16.ckpt"
SIDE = 128
BASE: dict[str, Any] = {"model": SD15, "width": SIDE, "height": SIDE, "steps": 2, "seed": 1}
ACROSS = np.linspace(0, 255, SIDE, dtype=np.uint8)[None, :].repeat(SIDE, 0)
PHOTO = Image.fromarray(np.dstack([ACROSS, ACROSS.T, np.full_like(ACROSS, 90)]))
DRAWING = Image.fromarray(np.where((ACROSS > 100) & (ACROSS < 140), np.uint8(255), np.uint8(0))).convert("RGB")

Call: TypeAlias = Callable[..., Any]
Named: TypeAlias = dict[str, list[Any]]
"""The values of a message's fields, by their names."""

NUMBERS: dict[str, dict[str, int]] = {
    "GenerateImage": {
        "image": 1,
        "scaleFactor": 2,
        "mask": 3,
        "hints": 4,
        "prompt": 5,
        "negativePrompt": 6,
        "configuration": 7,
        "override": 8,
        "keywords": 9,
        "user": 10,
        "device": 11,
        "contents": 12,
        "sharedSecret": 13,
        "chunked": 14,
    },
    "HintProto": {"hintType": 1, "tensors": 2},
    "TensorAndWeight": {"tensor": 1, "weight": 2},
    "MetadataOverride": {"models": 1, "loras": 2, "controlNets": 3, "textualInversions": 4, "upscalers": 5},
    "Echo": {"name": 1, "sharedSecret": 2},
    "FilesExist": {"files": 1, "filesWithHash": 2, "sharedSecret": 3},
    "UploadFile": {"initRequest": 1, "chunk": 2, "sharedSecret": 3},
    "InitUploadRequest": {"filename": 1, "sha256": 2, "totalSize": 3},
    "FileChunk": {"content": 1, "filename": 2, "offset": 3},
    "Pubkey": {"name": 1},
    "Hours": {},
}
"""The fields of what a client sends, by the call or the message that they belong to."""


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    """A server with everything that a request can meet: a secret, its model browser, and large raw results."""
    options = ServerOptions(tls=False, model_browser=True, shared_secret=SECRET, response_compression=False)
    with EmbeddedServer(options) as running:
        yield running


@pytest.fixture(params=["sync", "async"])
def call(server: EmbeddedServer, request: pytest.FixtureRequest) -> Call:
    """Call a method of one of the two clients; of a stream, all events come back."""

    def sync(method: str, *given: Any, **wanted: Any) -> Any:
        with DrawThings(f"grpc://{server.address}", secret=SECRET) as client:
            answer = getattr(client, method)(*given, **wanted)
            return list(answer) if method == "stream" else answer

    async def patient(method: str, *given: Any, **wanted: Any) -> Any:
        async with AsyncDrawThings(f"grpc://{server.address}", secret=SECRET) as client:
            answer = getattr(client, method)(*given, **wanted)
            return [event async for event in answer] if method == "stream" else await answer

    def both(method: str, *given: Any, **wanted: Any) -> Any:
        if request.param == "sync":
            return sync(method, *given, **wanted)
        return asyncio.run(patient(method, *given, **wanted))

    return both


def named(kind: str, data: bytes) -> Named:
    """Read a message; a number that its table lacks is an error."""
    names = {number: name for name, number in NUMBERS[kind].items()}
    return {names[number]: values for number, values in wirewalk.message(data).items()}


def received(server: EmbeddedServer, method: str) -> Named:
    """The latest request of a method."""
    messages = [entry.message for entry in server.received if entry.method == method]
    return named(method, messages[-1].SerializeToString())


def contents(fields: Named) -> dict[bytes, bytes]:
    return {hashlib.sha256(blob).digest(): blob for blob in fields["contents"]}


def hints_of(fields: Named) -> dict[str, list[tuple[bytes, float]]]:
    found = {}
    for hint in [named("HintProto", data) for data in fields.get("hints", [])]:
        pairs = [named("TensorAndWeight", data) for data in hint["tensors"]]
        found[hint["hintType"][0].decode()] = [(pair["tensor"][0], pair["weight"][0]) for pair in pairs]
    return found


# ------------------------------------------------------------------------------------------------ what is asked


def test_the_words_of_a_request(call: Call, server: EmbeddedServer) -> None:
    call("generate", "a fox 🦊", negative_prompt="fog & <rain>", user="Ann", device="tablet", **BASE)
    fields = received(server, "GenerateImage")
    assert fields["prompt"] == ["a fox 🦊".encode()]
    assert fields["negativePrompt"] == [b"fog & <rain>"]
    assert fields["user"] == [b"Ann"]
    assert fields["device"] == [1]
    assert fields["chunked"] == [1]
    assert wirewalk.Table(fields["configuration"][0]).scalar(3, "I") == 1


def test_the_shared_secret_comes_with_every_call_that_has_one(call: Call, server: EmbeddedServer) -> None:
    call("echo")
    call("files_exist", [SD15])
    call("generate", "a fox", **BASE)
    latest = {entry.method: entry for entry in server.received}
    for method in ("Echo", "FilesExist", "GenerateImage"):
        # The server strikes the secret itself out of what it shows.
        assert "sharedSecret" in NUMBERS[method]
        assert latest[method].secret_sent
        assert latest[method].secret_ok
    with DrawThings(f"grpc://{server.address}") as stranger:
        assert stranger.echo().secret_missing
        for ask in (partial(stranger.files_exist, [SD15]), partial(stranger.generate, "a fox", **BASE)):
            with pytest.raises(SecretRequired):
                ask()


@pytest.mark.parametrize(("device", "number"), [("phone", None), ("tablet", [1]), ("laptop", [2])])
def test_each_device(call: Call, server: EmbeddedServer, device: str, number: list[int] | None) -> None:
    call("generate", "a fox", device=device, **BASE)
    assert received(server, "GenerateImage").get("device") == number


def test_the_pictures_of_a_request(call: Call, server: EmbeddedServer) -> None:
    call("inpaint", PHOTO, (16, 16, 80, 80), "a boat", references=[DRAWING], **{**BASE, "strength": 0.75})
    fields = received(server, "GenerateImage")
    blobs = contents(fields)
    image, mask = blobs[fields["image"][0]], blobs[fields["mask"][0]]
    assert wirewalk.tensor_head(image)["shape"] == (1, SIDE, SIDE, 3)
    assert wirewalk.tensor_head(mask)["shape"] == (SIDE, SIDE)
    assert fields["scaleFactor"] == [1]
    ((digest, weight),) = hints_of(fields)["shuffle"]
    assert weight == 1.0
    assert set(blobs) == {fields["image"][0], fields["mask"][0], digest}


def test_the_specifications_of_a_request(call: Call, server: EmbeddedServer) -> None:
    files = {"loras": [LORA], "controls": [CANNY], "upscaler": UPSCALER}
    (keyword,) = [entry.keyword for entry in call("models").embeddings]
    call("generate", f"a fox, {keyword}", image=PHOTO, strength=0.5, **files, **BASE)
    fields = received(server, "GenerateImage")
    assert fields["keywords"] == [keyword.encode()]
    override = named("MetadataOverride", fields["override"][0])
    assert {kind: [spec["file"] for spec in json.loads(lists[0])] for kind, lists in override.items()} == {
        "models": [SD15],
        "loras": [LORA],
        "controlNets": [CANNY],
        "textualInversions": [EMBEDDING],
        "upscalers": [UPSCALER],
    }
    call("generate", "a fox", keywords=[keyword], **BASE)
    assert received(server, "GenerateImage")["keywords"] == [keyword.encode()]


def test_the_greeting(call: Call, server: EmbeddedServer) -> None:
    info = call("echo")
    fields = received(server, "Echo")
    assert fields == {"name": [b"drawthings"]}
    assert info.message == "HELLO drawthings"
    assert info.identifier == server.identifier
    assert SD15 in info.files
    assert info.browsable
    assert not info.secret_missing


def test_the_lists_of_the_greeting(call: Call) -> None:
    catalogue = call("models")
    for entries, file in (
        (catalogue.models, SD15),
        (catalogue.loras, LORA),
        (catalogue.controls, CANNY),
        (catalogue.embeddings, EMBEDDING),
        (catalogue.upscalers, UPSCALER),
    ):
        assert file in [entry.file for entry in entries]


LIMITS = pb.ComputeUnitThreshold(community=10.5, plus=40, expireAt=1_900_000_000)


def test_thresholds_in_the_greeting_do_no_harm(call: Call, server: EmbeddedServer) -> None:
    with server.intercept() as script:
        reply = pb.EchoReply(message="Hello, you!", thresholds=LIMITS)
        script.queue("Echo", lambda _: iter([reply]))
        assert call("echo").message == "Hello, you!"


def test_the_hours(call: Call, server: EmbeddedServer) -> None:
    assert call("compute_limits") is None
    assert received(server, "Hours") == {}
    with server.intercept() as script:
        script.queue("Hours", lambda _: iter([pb.HoursResponse(thresholds=LIMITS)]))
        limits = call("compute_limits")
    assert (limits.community, limits.plus) == (10.5, 40)
    assert limits.until == datetime.fromtimestamp(1_900_000_000, UTC)


def test_the_signing_key(call: Call, server: EmbeddedServer) -> None:
    assert call("signing_key") is None
    assert received(server, "Pubkey") == {"name": [b"drawthings"]}
    with server.intercept() as script:
        script.queue("Pubkey", lambda _: iter([pb.PubkeyResponse(message="here it is", pubkey="KEY")]))
        assert call("signing_key") == "KEY"


def test_the_question_for_files(call: Call, server: EmbeddedServer) -> None:
    there, absent = call("files_exist", [LORA, "nothing.ckpt"], hashes=True)
    asked = [LORA.encode(), b"nothing.ckpt"]
    fields = received(server, "FilesExist")
    assert fields == {"files": asked, "filesWithHash": asked}
    assert (there.file, there.exists) == (LORA, True)
    assert len(bytes.fromhex(there.sha256)) == 32
    assert (absent.exists, absent.sha256) == (False, None)


def test_an_upload(call: Call, server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Named] = []
    for wire, exchange in ((_sync, _sync.Exchange), (_async, _async.AsyncExchange)):

        class Watched(exchange):  # type: ignore[misc, valid-type] # of either
            def write(self, payload: bytes) -> Any:
                sent.append(named("UploadFile", payload))
                return super().write(payload)

        monkeypatch.setattr(wire, exchange.__name__, Watched)
    answers: list[pb.UploadResponse] = []

    def watched(given: Iterator[Any]) -> Iterator[Any]:
        for answer in given:
            answers.append(answer)
            yield answer

    data = bytes(range(256)) * 6000
    path = tmp_path / "mine.ckpt"
    path.write_bytes(data)
    steps: list[Any] = []
    with server.intercept() as script:
        script.queue("UploadFile", watched)
        done = call("upload", path, "theirs.ckpt", force=True, on_step=steps.append)
    digest = hashlib.sha256(data).digest()
    first, *pieces = sent
    opening = named("InitUploadRequest", first["initRequest"][0])
    assert opening == {"filename": [b"theirs.ckpt"], "sha256": [digest], "totalSize": [len(data)]}
    assert [message["sharedSecret"] for message in sent] == [[SECRET.encode()]] * 3
    chunks = [named("FileChunk", piece["chunk"][0]) for piece in pieces]
    assert [chunk.get("offset", [0]) for chunk in chunks] == [[0], [1 << 20]]
    assert b"".join(chunk["content"][0] for chunk in chunks) == data
    assert not any("filename" in chunk for chunk in chunks)
    assert [answer.receivedOffset for answer in answers] == [0, 1 << 20, len(data)]
    assert [step.done_bytes for step in steps if step.stage == "sending"] == [0, 1 << 20, len(data)]
    assert (done.file, done.size, done.sha256, done.sent) == ("theirs.ckpt", len(data), digest.hex(), True)


def test_an_answer_of_an_upload_that_says_no(call: Call, server: EmbeddedServer, tmp_path: Path) -> None:
    path = tmp_path / "mine.ckpt"
    path.write_bytes(b"something else")
    reply = pb.UploadResponse(chunkUploadSuccess=False, message="no room", filename="mine.ckpt")
    with server.intercept() as script:
        script.queue("UploadFile", lambda _: iter([reply]))
        with pytest.raises(DrawThingsError, match="did not take what was sent after 0 bytes: no room"):
            call("upload", path)


# ------------------------------------------------------------------------------------------------ hints

NETS: dict[str, Any] = {"controls": [CANNY]}
HINTS: dict[str, tuple[str, dict[str, Any]]] = {
    "depth": ("depth", {}),
    "pose": ("pose", {}),
    "scribble": ("scribble", {}),
    "color": ("color", {}),
    "custom": ("custom", NETS),
    "shuffle": ("shuffle", {"model": EDIT, "image": PHOTO}),
    "canny": ("custom", {}),
    "normalbae": ("custom", NETS),
    "lineart": ("custom", NETS),
    "softedge": ("custom", NETS),
    "seg": ("custom", NETS),
    "mlsd": ("custom", NETS),
    "tile": ("custom", {}),
    "blur": ("custom", NETS),
    "lowquality": ("custom", NETS),
    "gray": ("custom", NETS),
    "inpaint": ("", {"strength": 0.5}),
    "ip2p": ("", {"model": "instruct_pix2pix_22000_f16.ckpt"}),
}
"""By the name that a person gives: the type on the wire, nothing for the input picture, and what looks at it."""


def test_the_types_of_hints_are_all() -> None:
    assert {*HINTS, "audio"} == set(HINT_TYPES)


@pytest.mark.parametrize("kind", HINTS)
def test_a_hint_steers_the_picture(call: Call, server: EmbeddedServer, kind: str) -> None:
    sent, readers = HINTS[kind]
    settings = {**BASE, **readers}
    plain = call("generate", "a forest", **{key: value for key, value in settings.items() if key != "controls"})
    steered = call("generate", "a forest", hints={kind: [(DRAWING, 0.75)]}, **settings)
    fields = received(server, "GenerateImage")
    assert np.abs(steered.picture.pixels.astype(int) - plain.picture.pixels.astype(int)).mean() > 1
    if not sent:
        assert hints_of(fields) == {}
        assert wirewalk.tensor_head(contents(fields)[fields["image"][0]])["shape"] == (1, SIDE, SIDE, 3)
        return
    ((digest, weight),) = hints_of(fields)[sent]
    assert weight == 0.75
    shape = (1, SIDE, SIDE, 1 if kind == "depth" else 3)
    assert wirewalk.tensor_head(contents(fields)[digest])["shape"] == shape
    assert server.received[-1].facts["hints"] == (sent,)


def test_a_hint_of_sound(call: Call, server: EmbeddedServer) -> None:
    sizes = (5 * 6400, 2 * 8 * 6400)
    sound = [np.linspace(-1, 1, size, dtype=np.float32) for size in sizes]
    settings = {**BASE, "model": AVATAR, "num_frames": 9, "image": PHOTO}
    assert len(call("generate", "she talks", hints={"audio": sound}, **settings)) == 9
    fields = received(server, "GenerateImage")
    heads = [wirewalk.tensor_head(contents(fields)[digest]) for digest, _ in hints_of(fields)["audio"]]
    assert [head["shape"] for head in heads] == [(size,) for size in sizes]
    assert server.received[-1].facts["hints"] == ("audio",)


# ------------------------------------------------------------------------------------------------ what is answered


def watch(server: EmbeddedServer, call: Call, *more: pb.ImageGenerationResponse, **wanted: Any) -> tuple[Any, Any]:
    """Generate, with further messages before all others; return the messages and the events."""
    messages: list[Any] = []

    def watched(answers: Iterator[Any]) -> Iterator[Any]:
        for answer in (*more, *answers):
            messages.append(answer)
            yield answer

    with server.intercept() as script:
        script.queue("GenerateImage", watched)
        return messages, call("stream", "a red fox", **{**BASE, **wanted})


def of(kind: type[Any], found: list[Any]) -> list[Any]:
    return [event for event in found if isinstance(event, kind)]


def result_of(found: list[Any]) -> Result:
    assert isinstance(found[-1], Finished)
    return found[-1].result


STAGES = {
    "textEncoded": events.TextEncoded,
    "imageEncoded": events.ImageEncoded,
    "sampling": events.Sampling,
    "imageDecoded": events.ImageDecoded,
    "secondPassImageEncoded": events.SecondPassImageEncoded,
    "secondPassSampling": events.SecondPassSampling,
    "secondPassImageDecoded": events.SecondPassImageDecoded,
    "faceRestored": events.FaceRestored,
    "imageUpscaled": events.ImageUpscaled,
}


def test_every_stage_is_told(call: Call, server: EmbeddedServer) -> None:
    two = {"width": 256, "height": 256, "hires_fix": True, "hires_fix_width": 128, "hires_fix_height": 128}
    more = {"steps": 6, "face_restoration": "restoreformer_v1.0_f16.ckpt", "upscaler": UPSCALER}
    messages, found = watch(server, call, **two, **more)
    passed = [one.currentSignpost for one in messages if one.HasField("currentSignpost")]
    names = [one.WhichOneof("signpost") for one in passed]
    assert set(names) == set(STAGES)
    told = [event for event in found if isinstance(event, tuple(STAGES.values()))]
    assert [type(event) for event in told] == [STAGES[name] for name in names]
    expected = {one.WhichOneof("signpost"): one for one in messages[0].signposts}
    for kind, name in ((events.Sampling, "sampling"), (events.SecondPassSampling, "secondPassSampling")):
        steps = [getattr(one, name).step for one in passed if one.WhichOneof("signpost") == name]
        assert [event.step for event in of(kind, told)] == steps == list(range(len(steps)))
        assert {event.steps for event in of(kind, told)} == {getattr(expected[name], name).step} == {steps[-1]}
    assert result_of(found).picture.size == (512, 512)


def test_previews(call: Call, server: EmbeddedServer) -> None:
    messages, found = watch(server, call, steps=6)
    blobs = [one.previewImage for one in messages if one.HasField("previewImage")]
    previews = of(events.Preview, found)
    assert blobs
    assert [event.blob for event in previews] == blobs
    assert previews[-1].pixels().shape == (SIDE // 8, SIDE // 8, 3)


def test_pictures_come_in_slices(call: Call, server: EmbeddedServer) -> None:
    large = {"model": "z_image_turbo_1.0_q6p.ckpt", "width": 1024, "height": 768}
    messages, found = watch(server, call, sampler="UniPC Trailing", **large)
    carriers = [one for one in messages if one.generatedImages]
    assert [one.chunkState for one in carriers] == [pb.MORE_CHUNKS, pb.LAST_CHUNK]
    assert {one.scaleFactor for one in carriers} == {1}
    whole = b"".join(one.generatedImages[0] for one in carriers)
    (told,) = [one.downloadSize for one in messages if one.HasField("downloadSize")]
    assert [event.total_bytes for event in of(events.DownloadExpected, found)] == [told] == [len(whole)]
    assert [event.blob for event in of(events.ImageArrived, found)] == [whole]
    assert result_of(found).picture.size == (1024, 768)


def test_pictures_of_a_batch_come_one_by_one(call: Call, server: EmbeddedServer) -> None:
    messages, found = watch(server, call, batch_size=2, upscaler=UPSCALER)
    carriers = [one for one in messages if one.generatedImages]
    assert [(one.chunkState, one.scaleFactor) for one in carriers] == [(pb.LAST_CHUNK, 2)] * 2
    assert [event.index for event in of(events.ImageArrived, found)] == [0, 1]
    assert [picture.size for picture in result_of(found)] == [(2 * SIDE, 2 * SIDE)] * 2


def test_sound(call: Call, server: EmbeddedServer) -> None:
    messages, found = watch(server, call, model=CLIP, num_frames=9)
    (blob,) = [one.generatedAudio[0] for one in messages if one.generatedAudio]
    assert [event.blob for event in of(events.AudioArrived, found)] == [blob]
    assert result_of(found).audio == (blob,)


def test_what_only_other_servers_say(call: Call, server: EmbeddedServer) -> None:
    state = {"bytesReceived": 25, "bytesExpected": 100, "item": 1, "itemsExpected": 2, "tag": "a"}
    fetching = pb.ImageGenerationResponse(remoteDownload=pb.RemoteDownloadResponse(**state), tags=["cloud"])
    messages, found = watch(server, call, fetching)
    assert messages[0].remoteDownload.tag == "a"
    (event,) = of(events.RemoteDownload, found)
    assert (event.bytes_received, event.bytes_expected, event.item, event.items_expected) == (25, 100, 1, 2)
    assert result_of(found).pictures
