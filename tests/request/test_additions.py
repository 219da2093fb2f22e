"""Controls, upscalers and embeddings: names become files, and what would be passed over is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from drawthings.catalogue.catalogue import Catalogue
from drawthings.errors import BadValue, ModelNotFound
from drawthings.request.additions import (
    Controls,
    Feed,
    choose_upscaler,
    find_embeddings,
    model_reads,
    resolve_controls,
    resolve_files,
)
from drawthings.request.choices import ControlInput
from drawthings.request.parts import Control

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
FLUX = "flux_1_dev_q8p.ckpt"
DEPTH = "controlnet_depth_1.x_v1.1_f16.ckpt"
UNION = "controlnet_union_pro_flux_1_dev_2.0_q8p.ckpt"
ZOO = Path(__file__).parents[2] / "src" / "drawthings" / "server" / "zoo.json"


@pytest.fixture(scope="module")
def everything() -> Catalogue:
    zoo = json.loads(ZOO.read_text(encoding="utf-8"))
    lists = ("models", "loras", "controlNets", "textualInversions", "upscalers")
    return Catalogue.from_echo(zoo["extras"], {name: json.dumps(zoo[name]).encode() for name in lists})


def found(
    catalogue: Catalogue, *given: Control, model: str = SD15, kinds: tuple[str, ...] = (), **more: Any
) -> Controls:
    feed = Feed(kinds, image=more.get("image", False))
    return resolve_controls(catalogue, given, catalogue.model(model), feed)


def codes(controls: Controls) -> list[str]:
    return [note.code for note in controls.notes]


def test_a_friendly_name_becomes_the_file(everything: Catalogue) -> None:
    name = everything.control(DEPTH).name
    controls = found(everything, Control(name, 0.5), kinds=("depth",))
    assert [(part.file, part.weight) for part in controls.parts] == [(DEPTH, 0.5)]
    assert codes(controls) == []


def test_another_family_is_refused(everything: Catalogue) -> None:
    with pytest.raises(BadValue, match="made for v1") as caught:
        found(everything, Control(DEPTH), model="juggernaut_xl_v9_q6p_q8p.ckpt")
    assert "controlnet_depth_sdxl_v1.0_mid_f16.ckpt" in caught.value.suggestions
    with pytest.raises(BadValue, match="made for v1") as caught:
        found(everything, Control(DEPTH), model="z_image_turbo_1.0_q6p.ckpt")
    assert caught.value.suggestions == ()


def test_an_expert_may_send_a_control_of_another_family(everything: Catalogue) -> None:
    model, feed = everything.model("juggernaut_xl_v9_q6p_q8p.ckpt"), Feed(("depth",), image=False)
    controls = resolve_controls(everything, (Control(DEPTH),), model, feed, check=False)
    assert [part.file for part in controls.parts] == [DEPTH]


def test_an_unknown_name(everything: Catalogue) -> None:
    with pytest.raises(ModelNotFound):
        found(everything, Control("controlnet_nothing"))


@pytest.mark.parametrize(
    ("file", "feed", "told"),
    [
        (DEPTH, {}, True),
        (DEPTH, {"kinds": ("depth",)}, False),
        (DEPTH, {"image": True}, False),
        (DEPTH, {"kinds": ("custom",)}, False),
        ("controlnet_canny_1.x_v1.1_f16.ckpt", {"kinds": ("lineart",)}, False),
        ("controlnet_openpose_1.x_v1.1_f16.ckpt", {"image": True}, True),
        ("controlnet_shuffle_1.x_v1.1_f16.ckpt", {"kinds": ("custom",)}, True),
        ("controlnet_shuffle_1.x_v1.1_f16.ckpt", {"kinds": ("shuffle",)}, False),
    ],
)
def test_a_control_that_nothing_feeds_is_told(
    everything: Catalogue, file: str, feed: dict[str, Any], told: bool
) -> None:
    assert ("control-unfed" in codes(found(everything, Control(file), **feed))) == told
    assert codes(found(everything, Control(file, 0.0), **feed)) == []


def test_a_control_that_reads_several_things_is_told_which(everything: Catalogue) -> None:
    controls = found(everything, Control(UNION), model=FLUX, kinds=("pose",))
    assert controls.parts[0].input_override is ControlInput.POSE
    assert codes(controls) == ["control-input"]
    own = Control(UNION, input_override=ControlInput.CANNY)
    assert found(everything, own, model=FLUX, image=True).parts == (own,)
    assert codes(found(everything, Control(UNION), model=FLUX)) == ["control-unfed"]


def test_a_control_the_server_does_not_describe() -> None:
    blind = Catalogue.from_echo([], None)
    controls = resolve_controls(blind, (Control("x.ckpt"),), blind.model(SD15), Feed((), image=False))
    assert codes(controls) == ["control-undescribed"]


@pytest.mark.parametrize(
    ("model", "kind", "file"),
    [
        (SD15, "depth", DEPTH),
        (SD15, "pose", "controlnet_openpose_1.x_v1.1_f16.ckpt"),
        ("juggernaut_xl_v9_q6p_q8p.ckpt", "shuffle", "ip_adapter_plus_xl_base_open_clip_h14_f16.ckpt"),
        (FLUX, "canny", UNION),
    ],
)
def test_one_is_chosen_for_a_hint(everything: Catalogue, model: str, kind: str, file: str) -> None:
    controls = found(everything, model=model, kinds=(kind,))
    assert [part.file for part in controls.parts] == [file]
    assert codes(controls) == ["control-chosen"]


def test_none_is_chosen_where_the_model_looks_itself(everything: Catalogue) -> None:
    assert found(everything, model="flux_1_depth_dev_q8p.ckpt", kinds=("depth",)).parts == ()
    assert model_reads(everything.model("qwen_image_edit_2511_q6p.ckpt"), "shuffle")
    assert model_reads(everything.model("flux_1_canny_dev_q8p.ckpt"), "canny")
    assert model_reads(everything.model("longcat_video_avatar_v1.5_q8p.ckpt"), "audio")
    assert not model_reads(everything.model(SD15), "audio")


def test_a_hint_that_nothing_looks_at_is_told(everything: Catalogue) -> None:
    assert codes(found(everything, model="z_image_turbo_1.0_q6p.ckpt", kinds=("depth",))) == ["hint-unused"]


def test_files(everything: Catalogue) -> None:
    names = {
        "upscaler": "4x_ultrasharp_f16",
        "refiner_model": "sd_xl_refiner_1.0_q6p_q8p",
        "face_restoration": "Restore",
    }
    assert resolve_files(everything, names) == {
        "upscaler": "4x_ultrasharp_f16.ckpt",
        "refiner_model": "sd_xl_refiner_1.0_q6p_q8p.ckpt",
        "face_restoration": "restoreformer_v1.0_f16.ckpt",
    }
    assert resolve_files(everything, {"face_restoration": "mine.ckpt"}) == {"face_restoration": "mine.ckpt"}
    assert resolve_files(everything, {"upscaler": None}) == {}
    with pytest.raises(ModelNotFound):
        resolve_files(everything, {"upscaler": "nothing"})


@pytest.mark.parametrize(
    ("factor", "file"),
    [(None, "realesrgan_x2plus_f16.ckpt"), (2, "realesrgan_x2plus_f16.ckpt"), (4, "realesrgan_x4plus_f16.ckpt")],
)
def test_an_upscaler_of_the_right_factor_is_chosen(everything: Catalogue, factor: int | None, file: str) -> None:
    assert choose_upscaler(everything, factor).file == file


def test_keywords_are_found_in_the_prompts(everything: Catalogue) -> None:
    (entry,) = everything.embeddings
    keywords, entries, notes = find_embeddings(everything, None, ("a fox", f"{entry.keyword.upper()}, blurry"), "v1")
    assert (keywords, entries, notes) == ((entry.keyword,), (entry,), [])
    assert find_embeddings(everything, None, (f"x{entry.keyword}y",), "v1")[0] == ()
    assert find_embeddings(everything, None, (entry.keyword,), "flux1")[0] == ()


def test_given_keywords(everything: Catalogue) -> None:
    (entry,) = everything.embeddings
    keywords, entries, notes = find_embeddings(everything, [entry.file, "mine"], (), "v1")
    assert (keywords, entries) == ((entry.keyword, "mine"), (entry,))
    assert [note.code for note in notes] == ["keyword-unknown"]
    for wrong in ("word", [""], [5]):
        with pytest.raises(BadValue):
            find_embeddings(everything, wrong, (), "v1")  # type: ignore[arg-type] # on purpose
