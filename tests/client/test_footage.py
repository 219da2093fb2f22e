"""How many frames, by which model, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drawthings import DrawThings
from drawthings.catalogue.catalogue import Catalogue
from drawthings.catalogue.families import FAMILIES
from drawthings.client.footage import (
    check_film,
    film_model,
    fps_note,
    fps_of,
    frames_for,
    frames_note,
    snap_frames,
    with_frames,
)
from drawthings.errors import BadValue, ModelNotFound, OutOfRange
from drawthings.request.build import Hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings import EmbeddedServer

WAN, LTX, SD15 = "wan_v2.1_1.3b_480p_q8p.ckpt", "ltx_2_19b_distilled_q6p.ckpt", "realdream_15sd15_q6p_q8p.ckpt"
SVD, AVATAR = "svd_i2v_xt_1.1_q6p_q8p.ckpt", "longcat_video_avatar_v1.5_q8p.ckpt"


@pytest.fixture(scope="module")
def client(plain_server: EmbeddedServer) -> Iterator[DrawThings]:
    with DrawThings(f"grpc://{plain_server.address}") as client:
        yield client


@pytest.mark.parametrize(
    ("version", "asked", "snapped"),
    [
        ("wan_v2.1_14b", 81, 81),
        ("wan_v2.1_14b", 80, 81),
        ("wan_v2.1_14b", 79, 81),
        ("wan_v2.1_14b", 78, 77),
        ("wan_v2.1_14b", 2, 1),
        ("wan_v2.1_14b", 0, 1),
        ("ltx2.3", 120, 121),
        ("ltx2.3", 116, 113),
        ("svd_i2v", 14, 14),
        ("svd_i2v", 0, 1),
    ],
)
def test_the_nearest_number_that_a_family_draws(version: str, asked: int, snapped: int) -> None:
    family = FAMILIES[version]
    assert snap_frames(family, asked) == snapped
    assert family.frames(snapped) == snapped


def test_seconds_become_frames(client: DrawThings) -> None:
    models = client.models()
    assert frames_for(models.model(WAN), 5) == 81
    assert frames_for(models.model(WAN), 5, fps=24) == 121
    assert frames_for(models.model(LTX), 5) == 129
    assert frames_for(models.model(SVD), 0.001) == 1
    assert frames_for(replace(models.model(WAN), version="from_tomorrow"), 5) == 150
    for seconds in (0, -1, float("inf"), float("nan")):
        with pytest.raises(OutOfRange, match="cannot last"):
            frames_for(models.model(WAN), seconds)


def test_frames_that_will_be_rounded_are_told(client: DrawThings) -> None:
    models = client.models()
    note = frames_note(models.model(WAN), 80)
    assert note is not None
    assert "4k+1" in note.text
    assert "77" in note.text
    assert "81" in note.text
    assert frames_note(models.model(WAN), 81) is None
    assert frames_note(models.model(SD15), 14) is None
    assert frames_note(replace(models.model(WAN), version="from_tomorrow"), 80) is None


def test_the_rate_is_the_model_s_own(client: DrawThings) -> None:
    models = client.models()
    assert [fps_of(models.model(name)) for name in (WAN, LTX, SVD)] == [16, 25, 30]
    assert fps_note(models.model(WAN), 8) is None
    assert fps_note(models.model(LTX), None) is None
    assert fps_note(models.model(LTX), 25) is None
    note = fps_note(models.model(LTX), 12)
    assert note is not None
    assert "sound" in note.text


def test_a_plan_with_another_length(client: DrawThings) -> None:
    plan = client.prepare("waves", model=WAN, seed=1)
    longer = with_frames(plan, 48)
    assert longer.configuration.num_frames == 49
    assert "49 frames instead of 48" in longer.notes[-1].text
    assert longer.configuration.replace(num_frames=81) == plan.configuration
    exact = with_frames(plan, 49)
    assert (exact.configuration.num_frames, exact.notes) == (49, plan.notes)
    with pytest.raises(OutOfRange, match="num_frames"):
        with_frames(plan, 0)


def test_the_model_is_chosen_for_the_task(client: DrawThings) -> None:
    models = client.models()
    assert film_model(models, image=False).version == "ltx2.3"
    assert film_model(models, image=True).version == "ltx2.3"
    wan = replace(models, models=tuple(model for model in models.models if model.version == "wan_v2.1_14b"))
    assert "_hne_t2v" in film_model(wan, image=False).file
    assert "_hne_i2v" in film_model(wan, image=True).file


def test_models_that_cannot_do_it_are_left_out(client: DrawThings) -> None:
    models = client.models()

    def only(*files: str) -> Catalogue:
        return replace(models, models=tuple(models.model(file) for file in files))

    assert film_model(only(SVD, SD15), image=True).file == SVD
    with pytest.raises(ModelNotFound, match="without a picture") as caught:
        film_model(only(SVD, SD15), image=False)
    assert caught.value.suggestions == (SVD,)
    with pytest.raises(ModelNotFound, match="no model for clips"):
        film_model(only(SD15, AVATAR), image=True)
    with pytest.raises(ModelNotFound, match="name one"):
        film_model(Catalogue.from_echo((), None), image=False)
    assert film_model(only(WAN), image=True).file == WAN


def test_a_deprecated_model_comes_last() -> None:
    spec = {"file": "new_i2v.ckpt", "name": "New", "version": "hunyuan_video", "deprecated": True}
    older = {"file": "old.ckpt", "name": "Old", "version": "wan_v2.1_1.3b"}
    models = Catalogue.from_echo((), {"models": json.dumps([spec, older]).encode()})
    assert film_model(models, image=False).file == "old.ckpt"


def test_what_cannot_become_a_clip_is_refused(client: DrawThings) -> None:
    check_film(client.prepare("x", model=WAN))
    with pytest.raises(BadValue, match="makes pictures"):
        check_film(client.prepare("x", model=SD15))
    with pytest.raises(BadValue, match="animates a picture"):
        check_film(client.prepare("x", model=SVD, check=False))
    with pytest.raises(BadValue, match="one clip is made at a time"):
        check_film(client.prepare("x", model=WAN, batch_count=2))
    avatar = client.prepare("x", model=AVATAR, check=False)
    with pytest.raises(BadValue, match="Whisper"):
        check_film(avatar)
    hints = (Hint("audio", ((b"a", 1.0), (b"b", 1.0))),)
    check_film(replace(avatar, order=replace(avatar.order, hints=hints, image=b"picture")))
