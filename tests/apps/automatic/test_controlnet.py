from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drawthings.apps.automatic.controlnet import MODULES, is_off, kind_of, read_units
from drawthings.errors import ModelNotFound, OutOfRange
from drawthings.request.choices import ControlMode
from drawthings.request.hints import hint_type
from drawthings.request.parts import Control

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.apps.automatic.controlnet import Units
    from drawthings.apps.automatic.parse import Asked
    from drawthings.catalogue.catalogue import Catalogue

DEPTH = "controlnet_depth_1.x_v1.1_f16.ckpt"
POSE = "controlnet_openpose_1.x_v1.1_f16.ckpt"
UNION = "controlnet_union_pro_flux_1_dev_2.0_q8p.ckpt"


def units(catalogue: Catalogue, *listed: Any, has_image: bool = False) -> Units:
    return read_units(list(listed), catalogue, lambda text, _what: text.encode(), has_image=has_image)


def test_a_unit_becomes_a_control_and_a_hint(catalogue: Catalogue):
    unit = {
        "enabled": True,
        "module": "none",
        "model": f"{DEPTH} [d14c016b]",
        "weight": "0.8",
        "image": "abc",
        "guidance_start": 0.1,
        "guidance_end": 0.9,
        "control_mode": "ControlNet is more important",
        "pixel_perfect": True,
    }
    found = units(catalogue, unit)
    assert found.controls == [
        Control(DEPTH, weight=0.8, guidance_start=0.1, guidance_end=0.9, mode=ControlMode.CONTROL)
    ]
    assert (found.hints, found.image, found.notes) == ({"depth": [b"abc"]}, None, [])


@pytest.mark.parametrize(
    ("mode", "meant"),
    [(0, 0), (1, 1), (2, 2), ("Balanced", 0), ("My prompt is more important", 1), ("control", 2)],
)
def test_what_counts_more(mode: object, meant: int, catalogue: Catalogue):
    assert units(catalogue, {"model": DEPTH, "control_mode": mode}).controls[0].mode == meant


def test_a_picture_for_a_preprocessor_is_what_the_server_looks_at(catalogue: Catalogue):
    found = units(catalogue, {"model": DEPTH, "module": "depth_midas", "image": "abc"})
    assert (found.image, found.hints, found.notes) == (b"abc", {}, [])


@pytest.mark.parametrize(
    ("model", "module", "has_image"), [(DEPTH, "depth_midas", True), (POSE, "openpose_full", False)]
)
def test_what_the_server_cannot_prepare_is_taken_as_prepared(
    model: str, module: str, has_image: bool, catalogue: Catalogue
):
    found = units(catalogue, {"model": model, "module": module, "image": {"image": "abc"}}, has_image=has_image)
    assert found.image is None
    assert list(found.hints.values()) == [[b"abc"]]
    assert "is taken as prepared already" in found.notes[0]


@pytest.mark.parametrize(
    ("module", "file", "kind"),
    [
        ("none", DEPTH, "depth"),
        ("canny", UNION, "canny"),
        ("softedge_hed", UNION, "softedge"),
        ("lineart_realistic", UNION, "lineart"),
        ("normal_bae", UNION, "normalbae"),
        ("tile_resample", UNION, "tile"),
        ("reference_only", None, "shuffle"),
        ("ip-adapter_clip_sdxl", None, "shuffle"),
        ("openpose_face", None, "pose"),
        ("something else", None, "custom"),
    ],
)
def test_what_a_picture_shows(module: str, file: str | None, kind: str, catalogue: Catalogue):
    found = kind_of(module, None if file is None else catalogue.control(file))
    assert found == kind
    assert hint_type(found)


def test_every_preprocessor_that_is_listed_is_understood():
    assert [name for name in MODULES if name != "none" and kind_of(name) == "custom"] == []


@pytest.mark.parametrize(
    "unit", [{"enabled": False, "model": DEPTH}, {"model": "None", "module": "none", "image": "x"}, {}, True, "text"]
)
def test_units_that_are_off(unit: object, catalogue: Catalogue):
    found = units(catalogue, unit)
    assert (found.controls, found.hints, found.image) == ([], {}, None)


@pytest.mark.parametrize(
    ("arguments", "off"),
    [([], True), ([False], True), ([{"enabled": False}], True), ([True, {"ad_model": "x"}], False), ([{}], False)],
)
def test_an_extension_that_is_off_is_no_reason_to_complain(arguments: list[Any], off: bool):
    assert is_off(arguments) is off


def test_wrong_names_and_numbers_are_refused(catalogue: Catalogue):
    with pytest.raises(ModelNotFound) as refused:
        units(catalogue, {"model": "control_v11f1p_sd15_depth", "module": "none", "image": "x"})
    assert refused.value.suggestions
    with pytest.raises(OutOfRange):
        units(catalogue, {"model": DEPTH, "weight": 99})


def test_in_a_body(read: Callable[..., Asked]):
    unit = {"model": DEPTH, "module": "none", "image": "YWJj"}
    asked = read(
        {"alwayson_scripts": {"ControlNet": {"args": [unit]}, "ADetailer": {"args": [True, {"ad_model": "x"}]}}}
    )
    assert asked.draft.wanted["controls"] == (Control(DEPTH),)
    assert asked.draft.wanted["hints"] == {"depth": b"abc"}
    assert asked.draft.notes == ("The extension 'ADetailer' is not here; it has no effect.",)
    assert asked.echo["alwayson_scripts"] == {}
    asked = read({"alwayson_scripts": {"controlnet": {"args": [{**unit, "module": "depth_zoe"}]}}})
    assert (asked.draft.wanted["image"], asked.draft.wanted["strength"]) == (b"abc", 1.0)


def test_of_several_pictures_of_a_kind_only_lists_take_all(read: Callable[..., Asked]):
    def hinted(module: str) -> Asked:
        units = [{"module": module, "image": image} for image in ("YQ==", "Yg==")]
        return read({"alwayson_scripts": {"controlnet": {"args": units}}})

    assert hinted("reference_only").draft.wanted["hints"] == {"shuffle": [b"a", b"b"]}
    asked = hinted("t2ia_color_grid")
    assert (asked.draft.wanted["image"], asked.draft.wanted["hints"]) == (b"a", {"color": b"b"})
    shown = [{"module": "t2ia_color_grid", "image": "YQ=="} for _ in range(3)]
    notes = read({"alwayson_scripts": {"controlnet": {"args": shown}}}).draft.notes
    assert "The server looks at one picture for color; the first is taken." in notes
