"""What is decided for a person who says little, and what is told about it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import wirewalk
from drawthings.catalogue.catalogue import Catalogue
from drawthings.errors import (
    BadImage,
    BadMask,
    BadSize,
    BadValue,
    ModelNotFound,
    OutOfRange,
    UnknownChoice,
    UnknownField,
)
from drawthings.request.configuration import Configuration
from drawthings.request.parts import Lora
from drawthings.request.plan import Plan, Wishes, plan
from smallserver import EDIT, LIGHTNING, MODELS, SDXL

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def decide(catalogue: Catalogue) -> Callable[..., Plan]:
    def call(prompt: Any = "a fox", **wishes: Any) -> Plan:
        about = {name: wishes.pop(name) for name in list(wishes) if name in Wishes.__slots__}
        return plan(catalogue, Wishes(prompt=prompt, settings=wishes, **about))

    return call


def codes(made: Plan) -> list[str]:
    return [note.code for note in made.notes]


def photo(width: int = 900, height: int = 600) -> Image.Image:
    across = np.linspace(0, 255, width, dtype=np.uint8)[None, :].repeat(height, 0)
    return Image.fromarray(np.dstack([across, across[:, ::-1], np.full_like(across, 90)]))


def test_only_a_prompt(decide: Callable[..., Plan]) -> None:
    made = decide()
    assert made.model.file == "z_image_turbo_1.0_q6p.ckpt"
    assert (made.configuration.width, made.configuration.height) == (1024, 1024)
    assert made.configuration.steps == 8
    assert made.configuration.sampler.spacing in {"trailing", "ays"}
    assert made.configuration.seed is not None
    assert codes(made) == ["model-chosen", "recipe", "size", "seed"]
    assert str(made.configuration.seed) in made.notes[-1].text


@pytest.mark.parametrize("spec", MODELS[:5], ids=lambda spec: spec["file"])
def test_every_family_gets_pixels_over_64(decide: Callable[..., Plan], spec: dict[str, Any]) -> None:
    fields = wirewalk.message(decide(model=spec["file"], width=1024, height=1024).request().SerializeToString())
    table = wirewalk.Table(fields[7][0])
    assert (table.scalar(1, "H"), table.scalar(2, "H")) == (16, 16)


def test_an_ordinary_model_has_the_documented_defaults(decide: Callable[..., Plan]) -> None:
    made = decide(model="realdream_15sd15_q6p_q8p.ckpt").configuration
    assert (made.steps, made.guidance_scale, made.width) == (16, 5.0, 512)


def test_explicit_settings_win(decide: Callable[..., Plan]) -> None:
    made = decide(model=SDXL, steps=3, guidance_scale=0, sampler="LCM", seed=0)
    chosen = made.configuration
    assert (chosen.steps, chosen.guidance_scale, chosen.sampler.label, chosen.seed) == (3, 0, "LCM", 0)


def test_one_side_alone_makes_a_square(decide: Callable[..., Plan]) -> None:
    assert decide(model=SDXL, width=768).configuration.height == 768


def test_the_preferred_model_is_taken_and_told(decide: Callable[..., Plan]) -> None:
    made = decide(preferred_model=SDXL)
    assert made.model.file == SDXL
    assert "model-preferred" in codes(made)


def test_a_friendly_name_becomes_the_file(decide: Callable[..., Plan]) -> None:
    assert decide(model="Juggernaut XL v9 q6p q8p").configuration.model == SDXL


def test_a_wrong_name_gets_the_nearest(decide: Callable[..., Plan]) -> None:
    with pytest.raises(ModelNotFound) as caught:
        decide(model="juggernaut_xl_v8_q6p_q8p.ckpt")
    assert SDXL in caught.value.suggestions


def test_a_lora_decides_the_model_when_none_is_named(decide: Callable[..., Plan]) -> None:
    made = decide(loras=[LIGHTNING])
    assert made.model.file == EDIT
    assert (made.configuration.steps, made.configuration.guidance_scale) == (4, 1.0)


def test_a_lora_goes_into_the_override_with_the_servers_own_words(decide: Callable[..., Plan]) -> None:
    order = decide(model=EDIT, loras=[(LIGHTNING, 0)]).order
    assert order.configuration.loras == (Lora(LIGHTNING, 0.0),)
    assert [dict(spec)["modifier"] for spec in order.override.models] == ["qwenimage_edit_2511"]
    assert [spec["file"] for spec in order.override.loras] == [LIGHTNING]


def test_a_lora_of_another_family_is_refused(decide: Callable[..., Plan]) -> None:
    with pytest.raises(BadValue, match=r"made for sdxl_base_v0.9, but qwen.* is qwen_image") as caught:
        decide(model=EDIT, loras=["pixel_art_xl"])
    assert SDXL in caught.value.hint
    assert LIGHTNING in caught.value.hint


def test_an_expert_may_send_a_lora_of_another_family(decide: Callable[..., Plan]) -> None:
    order = decide(model=EDIT, loras=["pixel_art_xl"], check=False).order
    assert [lora.file for lora in order.configuration.loras] == [spec["file"] for spec in order.override.loras]


def test_stage_models_and_upscalers_are_described_too(decide: Callable[..., Plan]) -> None:
    made = decide(model="wurstchen_stage_c.ckpt", upscaler="realesrgan_x4plus_f16.ckpt")
    assert [spec["file"] for spec in made.order.override.models] == ["wurstchen_stage_c.ckpt", "wurstchen_stage_b.ckpt"]
    assert [spec["scale_factor"] for spec in made.order.override.upscalers] == [4]
    assert made.files == ("wurstchen_stage_c.ckpt", "realesrgan_x4plus_f16.ckpt")


def test_a_refiner_is_described_and_looked_for(decide: Callable[..., Plan]) -> None:
    made = decide(model=SDXL, refiner_model="realdream_15sd15_q6p_q8p.ckpt")
    assert made.files == (SDXL, "realdream_15sd15_q6p_q8p.ckpt")
    assert len(made.order.override.models) == 2


def test_a_whole_configuration_is_taken_as_it_is(decide: Callable[..., Plan]) -> None:
    given = Configuration(model=SDXL, steps=5, width=640, height=512, seed=9)
    made = decide(configuration=given)
    assert made.configuration == given
    assert made.recipe is None
    assert codes(made) == []


def test_single_settings_win_over_a_configuration(decide: Callable[..., Plan]) -> None:
    made = decide(configuration=Configuration(model=SDXL, steps=5), steps=6, seed=1)
    assert (made.configuration.steps, made.configuration.seed) == (6, 1)


def test_off_the_grid_is_refused_or_fitted(decide: Callable[..., Plan]) -> None:
    with pytest.raises(OutOfRange) as caught:
        decide(model=SDXL, width=1000, height=1024)
    assert caught.value.suggestions == ("960", "1024")
    made = decide(model=SDXL, width=1000, height=1024, fit=True)
    assert made.configuration.width == 1024
    assert "fitted" in codes(made)


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"stepz": 3}, UnknownField),
        ({"sampler": "Eulerr"}, UnknownChoice),
        ({"prompt": 5}, BadValue),
        ({"prompt": "broken \udcff"}, BadValue),
        ({"negative_prompt": None}, BadValue),
        ({"loras": [5]}, BadValue),
        ({"image": b"no picture"}, BadImage),
    ],
)
def test_bad_wishes(decide: Callable[..., Plan], wish: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        decide(**wish)


def test_an_edit_is_the_request_that_keeps_the_composition(decide: Callable[..., Plan]) -> None:
    made = decide("make it snowy", model=EDIT, image=photo(), references=[photo(64, 64)], seed=1)
    chosen = made.configuration
    assert (chosen.width, chosen.height) == (1344, 896)
    assert (chosen.strength, chosen.steps, chosen.guidance_scale, chosen.shift) == (1.0, 30, 4.0, 2.0)
    assert chosen.sampler.label == "UniPC Trailing"
    assert chosen.resolution_dependent_shift
    fields = wirewalk.message(made.request().SerializeToString())
    assert fields[2] == [1]
    assert 3 not in fields
    canvas, reference = fields[12]
    assert fields[1] == [hashlib.sha256(canvas).digest()]
    assert wirewalk.tensor_head(canvas) == {
        "codec": 0,
        "memory": 1,
        "layout": 2,
        "datatype": 0x20000,
        "reserved": 0,
        "shape": (1, 896, 1344, 3),
    }
    assert wirewalk.tensor_head(reference)["shape"] == (1, 64, 64, 3)
    hint = wirewalk.message(fields[4][0])
    assert hint[1] == [b"shuffle"]
    assert [wirewalk.message(pair)[2] for pair in hint[2]] == [[1.0]]
    assert "composition" not in codes(made)


def test_an_edit_with_lightning(decide: Callable[..., Plan]) -> None:
    chosen = decide("make it snowy", model=EDIT, loras=[LIGHTNING], image=photo()).configuration
    assert (chosen.steps, chosen.guidance_scale, chosen.shift) == (4, 1.0, 3.0)
    assert not chosen.resolution_dependent_shift


def test_an_ordinary_model_starts_from_the_picture(decide: Callable[..., Plan]) -> None:
    chosen = decide("snowy", model=SDXL, image=photo()).configuration
    assert 0 < chosen.strength < 1


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ({"width": 768}, (768, 512)),
        ({"height": 512}, (768, 512)),
        ({"width": 512, "height": 512}, (512, 512)),
    ],
)
def test_a_given_side_keeps_the_shape(
    decide: Callable[..., Plan], given: dict[str, int], size: tuple[int, int]
) -> None:
    chosen = decide("snowy", model=EDIT, image=photo(), **given).configuration
    assert (chosen.width, chosen.height) == size


def test_edit_without_a_model_takes_an_edit_model(decide: Callable[..., Plan]) -> None:
    assert decide("snowy", image=photo()).model.file == EDIT


@pytest.mark.parametrize(
    ("mode", "seeds"), [("Scale Alike", [1, 67634689, 307599695]), ("Legacy", [1, 270369, 67634689])]
)
def test_several_requests_go_on_with_other_seeds(decide: Callable[..., Plan], mode: str, seeds: list[int]) -> None:
    rounds = decide(model=SDXL, batch_count=3, batch_size=2, seed=1, seed_mode=mode).rounds()
    assert [each.configuration.seed for each in rounds] == seeds
    assert {each.configuration.batch_count for each in rounds} == {1}


def test_one_request_is_the_plan_itself(decide: Callable[..., Plan]) -> None:
    made = decide(model=SDXL)
    assert made.rounds() == (made,)


def test_names_become_files(decide: Callable[..., Plan]) -> None:
    made = decide(model=SDXL, upscaler="x4", refiner_model="realdream 15sd15 q6p q8p", face_restoration="restoreformer")
    chosen = made.configuration
    assert (chosen.upscaler, chosen.refiner_model) == ("realesrgan_x4plus_f16.ckpt", "realdream_15sd15_q6p_q8p.ckpt")
    assert made.files[-1] == "restoreformer"
    assert "makes 4096x4096 of 1024x1024" in next(note.text for note in made.notes if note.code == "upscaler")


def test_a_masked_picture_is_painted_anew_there(decide: Callable[..., Plan]) -> None:
    made = decide(model=SDXL, image=photo(), mask=(100, 100, 500, 400))
    assert (made.configuration.width, made.configuration.height) == (1344, 896)
    assert made.configuration.strength == 1.0
    fields = wirewalk.message(made.request().SerializeToString())
    image, mask = fields[12]
    assert wirewalk.tensor_head(image)["shape"] == (1, 896, 1344, 3)
    assert wirewalk.tensor_head(mask)["shape"] == (896, 1344)


def test_outpainting_says_what_it_adds(decide: Callable[..., Plan]) -> None:
    made = decide(model=SDXL, image=photo(), borders=(100, 0, 0, 0))
    (note,) = [note for note in made.notes if note.code == "outpaint"]
    assert "Canvas 1024x640" in note.text
    assert "124 px left, 20 px top, 20 px bottom" in note.text
    assert "size" not in codes(made)


def test_outpainting_in_a_given_canvas_makes_the_picture_smaller(decide: Callable[..., Plan]) -> None:
    made = decide(model=SDXL, image=photo(), borders=(300, 0, 0, 0), width=512, height=512)
    text = next(note.text for note in made.notes if note.code == "outpaint")
    assert "The picture is made 384x256" in text


def test_enlarging_paints_nothing(decide: Callable[..., Plan]) -> None:
    made = decide("", image=photo(), strength=0)
    chosen = made.configuration
    assert (chosen.width, chosen.height, made.cut) == (960, 640, (900, 600))
    assert (chosen.upscaler, chosen.upscaler_scale_factor, chosen.seed) == ("realesrgan_x4plus_f16.ckpt", 2, 0)
    assert codes(made) == ["model-chosen", "upscaler"]
    assert "makes 1800x1200 of 900x600" in made.notes[-1].text


def test_enlarging_on_a_canvas_of_the_same_size_cuts_nothing(decide: Callable[..., Plan]) -> None:
    assert decide("", image=photo(256, 256), strength=0, upscaler="x4", seed=5).cut is None


def test_enlarging_without_any_upscaler() -> None:
    catalogue = Catalogue.from_echo([], {"models": json.dumps(MODELS).encode()})
    with pytest.raises(ModelNotFound, match="No upscaler is named"):
        plan(catalogue, Wishes(prompt="", settings={"strength": 0}, image=photo()))
    made = plan(catalogue, Wishes(prompt="", settings={"strength": 0, "face_restoration": "faces.ckpt"}, image=photo()))
    assert made.configuration.upscaler is None


def test_a_picture_that_a_control_net_looks_at_becomes_the_input(decide: Callable[..., Plan]) -> None:
    made = decide(model=SDXL, hints={"ip2p": photo()})
    assert {"hint-as-image", "hint-unused"} <= set(codes(made))
    assert made.order.image is not None
    assert made.configuration.strength == 1.0
    with pytest.raises(BadValue, match="one already"):
        decide(model=SDXL, hints={"ip2p": photo()}, image=photo())


def test_a_hint_beside_an_input_picture_is_told(decide: Callable[..., Plan]) -> None:
    assert "hint-beside-image" in codes(decide(model=SDXL, hints={"canny": photo()}, image=photo()))


def test_references_and_moodboard_share_one_hint(decide: Callable[..., Plan]) -> None:
    made = decide(model=EDIT, image=photo(), references=[photo(64, 64)], hints={"moodboard": [(photo(64, 32), 0.5)]})
    (hint,) = made.order.hints
    assert [(wirewalk.tensor_head(blob)["shape"][1], weight) for blob, weight in hint.tensors] == [(64, 1.0), (32, 0.5)]


def test_user_and_device_go_along(decide: Callable[..., Plan]) -> None:
    fields = wirewalk.message(decide(user="me", device="tablet").request().SerializeToString())
    assert (fields[10], fields[11]) == ([b"me"], [1])
    with pytest.raises(UnknownChoice, match="toaster") as caught:
        decide(device="toaster")
    assert caught.value.suggestions == ("phone", "tablet", "laptop")
    with pytest.raises(BadValue, match="user"):
        decide(user=5)


@pytest.mark.parametrize(
    ("wish", "error", "words"),
    [
        ({"mask": (0, 0, 5, 5)}, BadMask, "no picture"),
        ({"borders": (5, 0, 0, 0)}, BadImage, "no picture"),
        ({"borders": (0, 0, 0, 0), "image": True}, BadValue, "No side"),
        ({"borders": (-5, 0, 0, 0), "image": True}, BadSize, "left is -5"),
        ({"borders": (1, 2, 3), "image": True}, BadValue, "no borders"),
        ({"hints": {"depht": "x"}}, UnknownChoice, "depht"),
    ],
)
def test_pictures_that_do_not_belong_together(
    decide: Callable[..., Plan], wish: dict[str, Any], error: type[Exception], words: str
) -> None:
    given = {name: photo() if name == "image" else value for name, value in wish.items()}
    with pytest.raises(error, match=words):
        decide(**given)


def test_without_a_list_the_file_name_decides() -> None:
    made = plan(Catalogue.from_echo([], None), Wishes(prompt="x", settings={"model": "flux_1_schnell_q5p.ckpt"}))
    assert made.model.version == "flux1"
    assert made.order.override.models == ()
    assert "model-guessed" in codes(made)


def test_without_a_list_and_a_name_there_is_nothing_to_choose() -> None:
    with pytest.raises(ModelNotFound):
        plan(Catalogue.from_echo([], None), Wishes(prompt="x"))


@pytest.mark.parametrize(
    ("mode", "words"), [("cover", "33 % of it is cut off"), ("contain", "bars"), ("stretch", "distorted")]
)
def test_a_canvas_of_another_shape_is_told(decide: Callable[..., Plan], mode: str, words: str) -> None:
    made = decide("x", model=EDIT, image=photo(), width=1024, height=1024, image_fit=mode)
    (note,) = [note for note in made.notes if note.code == "picture-shape"]
    assert note.severity == "warn"
    assert words in note.text
    assert "picture-shape" not in codes(decide("x", model=EDIT, image=photo()))
