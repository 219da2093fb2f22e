from __future__ import annotations

import logging
import pickle
from typing import TYPE_CHECKING

import pytest

from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import BadStream, Cancelled, EmptyResult, Incomplete, ServerCrashed, StreamError, Truncated
from drawthings.stream import events
from drawthings.stream.fold import SLICE_COST, Fold, Outcome
from drawthings.stream.progress import Signpost

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Response = pb.ImageGenerationResponse
LAST, MORE = pb.LAST_CHUNK, pb.MORE_CHUNKS
MIB = 1024 * 1024


def names(found: Sequence[events.Event]) -> list[str]:
    return [type(event).__name__ for event in found]


def play(fold: Fold, messages: Sequence[Response]) -> list[events.Event]:
    return [event for message in messages for event in fold.feed(message)]


# ------------------------------------------------------------------------------------------ reassembly


@pytest.mark.parametrize(
    ("messages", "whole"),
    [
        pytest.param([([b"a"], LAST)], [b"a"], id="one whole picture"),
        pytest.param([([b"a"], LAST), ([b"b"], LAST)], [b"a", b"b"], id="one per message"),
        pytest.param([([b"a", b"b", b"c"], LAST)], [b"a", b"b", b"c"], id="several in a message"),
        pytest.param([([b"a"], MORE), ([b"b"], MORE), ([b"c"], LAST)], [b"abc"], id="three slices"),
        pytest.param([([b"a"], MORE), ([b"b", b"c"], LAST)], [b"ab", b"c"], id="further elements stand alone"),
        pytest.param(
            [([b"a"], MORE), ([b"b"], LAST), ([b"c"], MORE), ([b"d"], LAST)], [b"ab", b"cd"], id="two in slices"
        ),
        pytest.param([([b"a"], MORE), ([b"b"], LAST), ([b"c"], LAST)], [b"ab", b"c"], id="the buffer is cleared"),
        pytest.param([([b"a"], MORE), ([], LAST), ([b"b"], LAST)], [b"ab"], id="a heartbeat inside a picture"),
        pytest.param([([b"a"], MORE), ([], MORE), ([b"b"], LAST)], [b"ab"], id="an empty message inside a picture"),
        pytest.param([([b"a"], MORE), ([b""], LAST)], [b"a"], id="an empty last slice"),
        pytest.param([([b""], MORE), ([b"a"], LAST)], [b"a"], id="an empty first slice"),
        pytest.param([([b""], LAST), ([b"a"], LAST)], [b"a"], id="an empty tensor is none"),
        pytest.param([([b"", b"a"], LAST)], [b"a"], id="an empty tensor beside a picture"),
    ],
)
def test_pictures_and_sound_are_put_together_alike(messages: list[tuple[list[bytes], int]], whole: list[bytes]) -> None:
    fold = Fold()
    arrived = play(fold, [Response(generatedImages=parts, chunkState=state) for parts, state in messages])
    assert [(event.index, event.blob) for event in arrived] == list(enumerate(whole))
    assert fold.finish().outcome == Outcome(tuple(whole))

    fold = Fold()
    heard = play(fold, [Response(generatedAudio=parts, chunkState=state) for parts, state in messages])
    assert names(heard) == ["AudioArrived"] * len(whole)
    assert fold.audio == tuple(whole)


def test_large_pictures_with_sound_between_come_out_whole(sent: Callable[..., list[Response]]) -> None:
    pictures = [bytes([index]) * size for index, size in enumerate((9 * MIB + 5, 4 * MIB, 100, 8 * MIB, 4 * MIB + 1))]
    sound = [b"\xaa" * (5 * MIB), b"\xbb" * 7]
    cut = sent(*pictures, scale=2)
    slices_of_sound = sent(*sound, audio=True)
    assert len(cut) == 3 + 1 + 1 + 2 + 2
    assert len(slices_of_sound) == 2 + 1
    # Sound starts inside the first picture and ends inside the last one.
    messages = [*cut[:1], *slices_of_sound[:1], *cut[1:-1], *slices_of_sound[1:], *cut[-1:]]
    fold = Fold()
    found = play(fold, messages)
    assert [event.blob for event in found if isinstance(event, events.ImageArrived)] == pictures
    assert [event.blob for event in found if isinstance(event, events.AudioArrived)] == sound
    assert fold.finish() == events.Done(Outcome(tuple(pictures), tuple(sound), 2))


def test_very_many_slices_make_one_picture() -> None:
    fold = Fold()
    for _ in range(20_000):
        assert fold.feed(Response(generatedImages=[b"12345678"], chunkState=MORE)) == []
    (event,) = fold.feed(Response(generatedImages=[b"!"], chunkState=LAST))
    assert event.blob == b"12345678" * 20_000 + b"!"


@pytest.mark.parametrize(
    ("message", "dropped"),
    [
        pytest.param(Response(generatedImages=[b"what"], chunkState=7), 4, id="a chunk state nobody knows"),
        pytest.param(Response(generatedAudio=[b"what?"], chunkState=7), 5, id="the same with sound"),
        pytest.param(Response(generatedImages=[b"a", b"bcd"], chunkState=MORE), 3, id="elements beside a slice"),
    ],
)
def test_what_has_no_place_is_left_out_but_never_a_success(
    message: Response, dropped: int, caplog: pytest.LogCaptureFixture
) -> None:
    fold = Fold()
    fold.feed(Response(generatedImages=[b"first"]))
    with caplog.at_level(logging.WARNING, "drawthings.stream"):
        assert fold.feed(message) == []
        assert fold.feed(message) == []
    assert len(caplog.records) == 1
    assert f"left out {dropped} bytes" in caplog.text
    if message.chunkState == MORE:
        fold.feed(Response(generatedImages=[b"b"]))
    with pytest.raises(BadStream, match=f"sent {2 * dropped} bytes of results in a form") as caught:
        fold.finish()
    assert caught.value.images == fold.images
    assert caught.value.images[0] == b"first"


def test_an_unknown_chunk_state_without_results_does_no_harm() -> None:
    fold = Fold()
    assert fold.feed(Response(chunkState=9, generatedImages=[b""])) == []
    fold.feed(Response(generatedImages=[b"a"]))
    assert fold.finish().outcome.images == (b"a",)


@pytest.mark.parametrize("field", ["generatedImages", "generatedAudio"])
@pytest.mark.parametrize("state", [LAST, MORE, 5])
def test_more_than_the_limit_is_refused(field: str, state: int) -> None:
    fold = Fold(limit=2 * (100 + SLICE_COST))
    fold.feed(Response(generatedImages=[b"i" * 100]))
    fold.feed(Response(**{field: [b"x" * 100]}, chunkState=state))
    with pytest.raises(BadStream, match=r"more than 328 bytes") as caught:
        fold.feed(Response(**{field: [b"y"]}))
    assert caught.value.images[0] == b"i" * 100
    assert b"y" not in (*caught.value.images, *caught.value.audio)
    assert fold.break_off(caught.value) is caught.value


def test_a_flood_of_empty_pieces_meets_the_limit() -> None:
    fold = Fold(limit=10 * SLICE_COST)
    fold.feed(Response(generatedImages=[b""] * 10))
    with pytest.raises(BadStream):
        fold.feed(Response(generatedImages=[b""]))


# ------------------------------------------------------------------------------------------ what events come

TEXT_ONLY = {"textEncoded": 0, "sampling": 4, "imageDecoded": 0}
EDITING = {**TEXT_ONLY, "imageEncoded": 0}
HIRES = {**TEXT_ONLY, "secondPassImageEncoded": 0, "secondPassSampling": 2, "secondPassImageDecoded": 0}
FINISHED = {**TEXT_ONLY, "faceRestored": 0, "imageUpscaled": 0}
CASCADE = {**EDITING, "secondPassSampling": 2, "secondPassImageEncoded": 0}

PASS = [("textEncoded", 0), ("imageEncoded", 0), *[("sampling", step) for step in range(5)], ("imageDecoded", 0)]
SECOND = [
    ("secondPassImageEncoded", 0),
    ("imageEncoded", 0),
    *[("secondPassSampling", step) for step in range(3)],
    ("secondPassImageDecoded", 0),
]


@pytest.mark.parametrize(
    ("announced", "sequence"),
    [
        pytest.param(TEXT_ONLY, PASS, id="text to image"),
        pytest.param(EDITING, [*PASS[:1], ("imageEncoded", 0), *PASS[1:]], id="image to image"),
        pytest.param(HIRES, [*PASS, *SECOND], id="two passes"),
        pytest.param(FINISHED, [*PASS, ("faceRestored", 0), ("imageUpscaled", 0)], id="restored and upscaled"),
        pytest.param(CASCADE, [*PASS, *SECOND], id="cascade, not all announced"),
        pytest.param(TEXT_ONLY, PASS[:1], id="upscale only"),
        pytest.param({}, [*PASS, *SECOND], id="nothing announced"),
        pytest.param(TEXT_ONLY, [*reversed(PASS), *PASS], id="back and forth"),
    ],
)
def test_every_signpost_becomes_its_event(
    announced: dict[str, int], sequence: list[tuple[str, int]], at: Callable[..., Response]
) -> None:
    fold = Fold()
    found = play(fold, [at(name, step, announced) for name, step in sequence])
    assert names(found) == [name[0].upper() + name[1:] for name, _ in sequence]
    stepped = [event for event in found if isinstance(event, events.Sampling | events.SecondPassSampling)]
    assert [event.step for event in stepped] == [step for name, step in sequence if "ampling" in name]
    for event in stepped:
        total = announced.get("sampling" if isinstance(event, events.Sampling) else "secondPassSampling")
        assert event.steps == total
    passed = [event.progress for event in found]
    assert passed == sorted(passed)
    assert passed[-1] < 1
    fold.feed(Response(generatedImages=[b"a"]))
    assert fold.progress < 1
    assert fold.finish().progress == fold.progress == 1


def test_each_kind_on_the_wire_is_known() -> None:
    oneof = pb.ImageGenerationSignpostProto.DESCRIPTOR.oneofs_by_name["signpost"]
    assert [field.name for field in oneof.fields] == list(Signpost)


def test_the_announcement_is_remembered_and_may_change(at: Callable[..., Response]) -> None:
    fold = Fold()
    found = play(fold, [at("sampling", 1, {"sampling": 8}), at("sampling", 2), at("sampling", 3, {"sampling": 9})])
    assert [event.steps for event in found] == [8, 8, 9]


def test_odd_step_numbers_do_no_harm(at: Callable[..., Response]) -> None:
    fold = Fold()
    found = play(fold, [at("sampling", -3, {"sampling": 0}), at("sampling", 2**31 - 1, {"sampling": -5})])
    assert [(event.step, event.steps) for event in found] == [(0, None), (2**31 - 1, None)]


def test_a_message_may_carry_everything_at_once(at: Callable[..., Response]) -> None:
    message = at("sampling", 3, {"sampling": 4}, b"latent")
    message.MergeFrom(
        Response(
            remoteDownload={"bytesReceived": 1, "bytesExpected": 2, "item": 0, "itemsExpected": 1},
            downloadSize=6,
            scaleFactor=4,
            tags=["x", "y"],
            generatedImages=[b"abc", b"def"],
            generatedAudio=[b"hum"],
        )
    )
    fold = Fold("flux1")
    found = fold.feed(message)
    assert found == [
        events.RemoteDownload(1, 2, 0, 1, progress=found[0].progress),
        events.Sampling(3, 4, progress=found[1].progress),
        events.Preview(3, b"latent", "flux1", progress=found[2].progress),
        events.DownloadExpected(6, progress=found[3].progress),
        events.ImageArrived(0, b"abc", progress=found[4].progress),
        events.ImageArrived(1, b"def", progress=found[5].progress),
        events.AudioArrived(0, b"hum", progress=found[6].progress),
    ]
    assert fold.finish().outcome == Outcome((b"abc", b"def"), (b"hum",), 4, ("x", "y"))


def test_empty_messages_mean_nothing(at: Callable[..., Response]) -> None:
    fold = Fold()
    assert fold.feed(Response()) == []
    assert fold.feed(Response(currentSignpost={}, signposts=[{}])) == []
    assert fold.feed(Response(downloadSize=-4, previewImage=b"", scaleFactor=1)) == []
    assert fold.progress == 0
    assert names(fold.feed(at("textEncoded"))) == ["TextEncoded"]


def test_a_preview_without_a_step_has_the_last_known_one(at: Callable[..., Response]) -> None:
    fold = Fold()
    (first,) = fold.feed(Response(previewImage=b"p"))
    fold.feed(at("secondPassSampling", 5))
    (second,) = fold.feed(Response(previewImage=b"p"))
    assert (first.step, second.step) == (0, 5)


def test_the_last_real_scale_factor_and_tags_count() -> None:
    fold = Fold()
    for scale, tags in ((2, ["a"]), (4, ["b"]), (0, []), (-1, [])):
        fold.feed(Response(scaleFactor=scale, tags=tags, generatedImages=[b"i"]))
    outcome = fold.finish().outcome
    assert (outcome.scale_factor, outcome.tags) == (4, ("b",))


# ------------------------------------------------------------------------------------------ how it ends


def test_the_message_without_a_result_is_an_empty_result(at: Callable[..., Response]) -> None:
    fold = Fold()
    fold.feed(at("sampling", 3, {"sampling": 16}))
    fold.feed(Response(scaleFactor=1, chunkState=LAST))
    with pytest.raises(EmptyResult, match=r"no picture; the last stage it reported was sampling 3 of 16\.$") as caught:
        fold.finish()
    for reason in ("cancelled", "NaN", "missing", "settings"):
        assert reason in caught.value.hint
    assert fold.progress < 1
    assert fold.break_off(caught.value) is caught.value


@pytest.mark.parametrize(
    ("name", "step", "said"),
    [("secondPassImageDecoded", 0, "was second pass image decoded."), ("secondPassSampling", 3, "pass sampling 3.")],
)
def test_an_empty_result_names_the_last_stage(name: str, step: int, said: str, at: Callable[..., Response]) -> None:
    fold = Fold()
    fold.feed(at(name, step))
    with pytest.raises(EmptyResult) as caught:
        fold.finish()
    assert str(caught.value).endswith(said)


def test_an_empty_result_keeps_the_sound() -> None:
    fold = Fold()
    fold.feed(Response(generatedAudio=[b"hum"]))
    with pytest.raises(EmptyResult, match="and reported no stage") as caught:
        fold.finish()
    assert caught.value.audio == (b"hum",)
    assert caught.value.images == ()


@pytest.mark.parametrize(
    ("messages", "where", "partial"),
    [
        ([{"generatedImages": [b"12345"], "chunkState": MORE}], "inside picture 2, after 5 of its bytes", 5),
        ([{"generatedAudio": [b"123"], "chunkState": MORE}], "inside sound 1, after 3 of its bytes", 3),
        (
            [
                {"generatedAudio": [b"123"], "chunkState": MORE},
                {"generatedImages": [b"1"], "chunkState": MORE},
            ],
            "inside picture 2, after 1 of its bytes",
            4,
        ),
    ],
)
def test_an_end_inside_a_tensor_is_incomplete(messages: list[dict[str, object]], where: str, partial: int) -> None:
    fold = Fold()
    fold.feed(Response(generatedImages=[b"whole"]))
    play(fold, [Response(**message) for message in messages])
    with pytest.raises(Incomplete, match=f"^The answer ended {where}\\.$") as caught:
        fold.finish()
    assert caught.value.images == (b"whole",)
    assert caught.value.partial_bytes == partial
    assert pickle.loads(pickle.dumps(caught.value)).images == (b"whole",)  # noqa: S301 - our own bytes
    assert fold.break_off(caught.value) is caught.value


def test_a_failure_before_any_result_stays_itself(at: Callable[..., Response]) -> None:
    fold = Fold()
    fold.feed(at("sampling", 3, {"sampling": 16}, b"latent"))
    for cause in (ServerCrashed("it crashed"), Cancelled("cancelled"), ValueError("odd")):
        assert fold.break_off(cause) is cause


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([{"generatedImages": [b"a"]}], "The answer broke off after 1 picture had arrived: it crashed"),
        ([{"generatedImages": [b"a", b"b"]}], "The answer broke off after 2 pictures had arrived: it crashed"),
        ([{"generatedAudio": [b"hum"]}], "The answer broke off after 0 pictures had arrived: it crashed"),
        (
            [{"generatedImages": [b"a"], "chunkState": MORE}],
            "The answer broke off inside picture 1, after 1 of its bytes: it crashed",
        ),
    ],
)
@pytest.mark.parametrize("kind", [ServerCrashed, Cancelled, Truncated])
def test_a_failure_after_some_result_carries_it(
    messages: list[dict[str, object]], said: str, kind: type[StreamError]
) -> None:
    fold = Fold()
    play(fold, [Response(**message) for message in messages])
    cause = kind("it crashed", hint="Look at its log.")
    broken = fold.break_off(cause)
    assert isinstance(broken, Incomplete)
    assert str(broken) == said
    assert broken.__cause__ is cause
    assert broken.hint.endswith("kept in the error. Look at its log.")
    assert (broken.images, broken.audio) == (fold.images, fold.audio)


def test_a_foreign_cause_needs_no_hint() -> None:
    fold = Fold()
    fold.feed(Response(generatedImages=[b"a"]))
    broken = fold.break_off(OSError("gone"))
    assert isinstance(broken, Incomplete)
    assert broken.hint == "What was whole by then is kept in the error."


@pytest.mark.parametrize(("announced", "warnings"), [(5, 0), (4, 0), (6, 1)])
def test_fewer_bytes_than_announced_are_logged(announced: int, warnings: int, caplog: pytest.LogCaptureFixture) -> None:
    fold = Fold()
    assert fold.feed(Response(downloadSize=announced))[0].total_bytes == announced
    fold.feed(Response(generatedImages=[b"12345"]))
    with caplog.at_level(logging.WARNING, "drawthings.stream"):
        fold.finish()
    assert len(caplog.records) == warnings


def test_the_same_stream_twice_gives_the_same_and_folds_share_nothing(sent: Callable[..., list[Response]]) -> None:
    messages = sent(b"a" * 10, b"b" * (5 * MIB))
    first, second = Fold(), Fold()
    assert play(first, messages) == play(second, messages)
    assert first.finish() == second.finish()
    assert Fold().images == ()
