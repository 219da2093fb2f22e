from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings._generated import imageService_pb2 as pb
from drawthings.errors import StreamError
from drawthings.stream.fold import Fold
from drawthings.stream.progress import BELOW_ONE, REMOTE_SHARE, USUAL_S, WORK_END, Progress, Signpost

TEXT, IMAGE, SAMPLING, DECODED = (
    Signpost.TEXT_ENCODED,
    Signpost.IMAGE_ENCODED,
    Signpost.SAMPLING,
    Signpost.IMAGE_DECODED,
)
SECOND = Signpost.SECOND_PASS_SAMPLING
PLAIN = {TEXT: 0, SAMPLING: 10, DECODED: 0}


def announced(totals: dict[Signpost, int]) -> Progress:
    progress = Progress()
    progress.announce(totals)
    return progress


def test_the_usual_lengths_cover_every_stage() -> None:
    assert list(USUAL_S) == list(Signpost)
    assert [kind for kind in Signpost if kind.counted] == [SAMPLING, SECOND]
    assert Signpost.SECOND_PASS_IMAGE_DECODED.words == "second pass image decoded"


@pytest.mark.parametrize(
    ("kind", "step", "seconds"),
    [
        (TEXT, 0, 0.56),
        (IMAGE, 0, 0.56),
        (SAMPLING, 0, 0.56),
        (SAMPLING, 4, 0.56 + 4 * 2.05),
        (SAMPLING, 10, 0.56 + 20.5),
        (SAMPLING, 99, 0.56 + 20.5),
        (DECODED, 0, 0.56 + 20.5 + 1.9),
    ],
)
def test_the_share_is_that_of_the_usual_seconds(kind: Signpost, step: int, seconds: float) -> None:
    assert announced(PLAIN).reach(kind, step) == pytest.approx(WORK_END * seconds / (0.56 + 20.5 + 1.9))


@pytest.mark.parametrize(
    "totals",
    [
        PLAIN,
        {**PLAIN, IMAGE: 0},
        {**PLAIN, Signpost.FACE_RESTORED: 0, Signpost.IMAGE_UPSCALED: 0},
        {**PLAIN, Signpost.SECOND_PASS_IMAGE_ENCODED: 0, SECOND: 5, Signpost.SECOND_PASS_IMAGE_DECODED: 0},
    ],
)
def test_every_announced_set_ends_at_the_end_of_the_work(totals: dict[Signpost, int]) -> None:
    progress = announced(totals)
    seen = [progress.value]
    for kind in sorted(totals, key=list(Signpost).index):
        steps = range(totals[kind] + 1) if kind.counted else (0,)
        seen += [progress.reach(kind, step) for step in steps]
    assert all(later >= earlier for earlier, later in pairwise(seen))
    assert len(set(seen)) >= len(seen) - 2, "only the zeroth step of a pass may stand still"
    assert seen[-1] == pytest.approx(WORK_END)


def test_it_never_goes_back_when_sampling_starts_over() -> None:
    progress = announced(PLAIN)
    high = progress.reach(SAMPLING, 8)
    assert progress.reach(SAMPLING, 0) == high
    assert progress.reach(TEXT) == high
    assert progress.reach(SAMPLING, 9) > high


def test_without_an_announcement_the_plan_grows() -> None:
    progress = Progress()
    seen = [progress.reach(TEXT), *[progress.reach(SAMPLING, step) for step in (0, 10, 40)]]
    assert all(later >= earlier for earlier, later in pairwise(seen))
    assert 0.3 < seen[2] < 0.6
    assert seen[3] < WORK_END
    assert progress.reach(DECODED) == pytest.approx(WORK_END)
    later = Progress()
    later.reach(SAMPLING, 5)
    before = later.reach(SECOND, 0)
    assert before < later.reach(SECOND, 10) < WORK_END


def test_an_unannounced_stage_is_added_except_the_encoding_of_controls() -> None:
    assert announced(PLAIN).reach(IMAGE) == announced(PLAIN).reach(TEXT)
    progress = announced(PLAIN)
    progress.reach(DECODED)
    assert progress._totals.keys() == PLAIN.keys()
    progress.reach(SECOND, 1)
    assert SECOND in progress._totals


@pytest.mark.parametrize("totals", [{}, {SAMPLING: 0}, {SAMPLING: -4}])
def test_a_plan_of_no_length_stays_at_the_start(totals: dict[Signpost, int]) -> None:
    progress = announced(totals)
    assert progress.reach(IMAGE) == 0
    assert progress.reach(SAMPLING, 3) == 0 or SAMPLING not in totals
    assert progress.expect(10) == WORK_END


def test_a_download_by_the_server_comes_first() -> None:
    progress = Progress()
    assert [progress.fetch(share) for share in (-1, 0.5, 0.25, 7)] == [0, REMOTE_SHARE / 2, REMOTE_SHARE / 2, 0.1]
    progress.announce(PLAIN)
    assert REMOTE_SHARE < progress.reach(TEXT) < 0.15
    assert progress.reach(DECODED) == pytest.approx(WORK_END)


def test_results_fill_the_rest_but_one() -> None:
    progress = Progress()
    progress.expect(100)
    middle = progress.arrive(50)
    assert WORK_END < middle < BELOW_ONE
    assert progress.arrive(500) == pytest.approx(BELOW_ONE)
    assert progress.done() == progress.value == 1
    unknown = Progress()
    assert WORK_END < unknown.arrive(10) < unknown.arrive(10) < BELOW_ONE


def test_measured_steps_replace_the_usual_ones() -> None:
    progress = announced(PLAIN)
    # Waiting in the queue (100 s) and loading the model (50 s) teach nothing; a step takes 0.1 s here.
    for kind, step, now in ((TEXT, 0, 100), (SAMPLING, 0, 150), (SAMPLING, 1, 150.1), (SAMPLING, 4, 150.4)):
        value = progress.reach(kind, step, now=now)
    assert progress._seconds[SAMPLING] == pytest.approx(0.1)
    assert progress._seconds[TEXT] == USUAL_S[TEXT]
    assert value == pytest.approx(WORK_END * (0.56 + 0.4) / (0.56 + 1 + 1.9))
    progress.reach(SAMPLING, 2, now=160)
    progress.reach(DECODED, now=163)
    assert progress._seconds[SAMPLING] == pytest.approx(0.1), "going back teaches nothing"
    assert progress._seconds[DECODED] == pytest.approx(3)


@pytest.mark.parametrize("later", [4.0, -math.inf, math.inf, math.nan])
def test_a_clock_that_makes_no_sense_teaches_nothing(later: float) -> None:
    progress = announced(PLAIN)
    progress.reach(SAMPLING, 0, now=5.0)
    assert 0 < progress.reach(SAMPLING, 5, now=later) < WORK_END
    assert progress._seconds == USUAL_S


# ------------------------------------------------------------------------------------------ any stream at all

small = st.integers(-2, 40)
numbers = st.one_of(small, st.integers(-(2**31), 2**31 - 1))
signposts = st.one_of(
    st.just({}),
    st.sampled_from([kind for kind in Signpost if not kind.counted]).map(lambda kind: {kind.value: {}}),
    st.builds(lambda kind, step: {kind: {"step": step}}, st.sampled_from(["sampling", "secondPassSampling"]), numbers),
)
blobs = st.lists(st.binary(max_size=6), max_size=3)
messages = st.fixed_dictionaries(
    {},
    optional={
        "currentSignpost": signposts,
        "signposts": st.lists(signposts, max_size=5),
        "previewImage": st.binary(max_size=4),
        "downloadSize": numbers,
        "scaleFactor": numbers,
        "tags": st.lists(st.sampled_from(["", "tag"]), max_size=2),
        "chunkState": st.integers(0, 3),
        "generatedImages": blobs,
        "generatedAudio": blobs,
        "remoteDownload": st.builds(
            lambda received, expected, item, items: {
                "bytesReceived": received,
                "bytesExpected": expected,
                "item": item,
                "itemsExpected": items,
            },
            *[numbers] * 4,
        ),
    },
)
# The machine that runs this may be slow; that is no fault of the fold.
times = st.one_of(st.none(), st.floats(0, 100), st.floats())


@given(st.lists(st.tuples(messages, times), max_size=25))
def test_any_stream_rises_within_bounds_and_ends_at_one_only_when_done(
    stream: list[tuple[dict[str, Any], float | None]],
) -> None:
    fold = Fold("flux1")
    seen = [0.0]
    for message, now in stream:
        found = fold.feed(pb.ImageGenerationResponse(**message), now=now)
        seen += [*[event.progress for event in found], fold.progress]
    assert all(earlier <= later for earlier, later in pairwise(seen))
    assert all(0 <= value < 1 for value in seen)
    before = fold.images
    try:
        done = fold.finish()
    except StreamError as error:
        carried = error.images
        final = None
    else:
        carried = done.outcome.images
        final = done.progress
    assert carried == before
    assert fold.progress == (final or seen[-1])
    assert final in {None, 1.0}
    assert final is None or carried


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=6), st.integers(1, 9), st.data())
def test_any_cut_of_any_pictures_comes_out_whole(pictures: list[bytes], size: int, data: st.DataObject) -> None:
    fold = Fold()
    for picture in pictures:
        starts = range(0, len(picture), size)
        for start in starts:
            state = pb.LAST_CHUNK if start == starts[-1] else pb.MORE_CHUNKS
            fold.feed(pb.ImageGenerationResponse(generatedImages=[picture[start : start + size]], chunkState=state))
            if data.draw(st.booleans()):
                fold.feed(pb.ImageGenerationResponse())
    assert fold.finish().outcome.images == tuple(pictures)
