from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.catalogue.catalogue import BROWSER_OFF, NOT_DESCRIBED, Catalogue, fits, modifier_for
from drawthings.catalogue.guess import guess_entry
from drawthings.errors import ModelNotFound

if TYPE_CHECKING:
    from conftest import Maker

TURBO = {"name": "Z Image Turbo 1.0", "file": "z_image_turbo_1.0_q6p.ckpt", "version": "z_image"}
TURBO |= {"text_encoder": "qwen_3_vl_4b.ckpt", "autoencoder": "flux_1_vae_f16.ckpt", "default_scale": 16}
EDIT = {"name": "Qwen Edit", "file": "qwen_image_edit_2511_q6p.ckpt", "version": "qwen_image"}
EDIT |= {"modifier": "qwenimage_edit_2511"}
LIGHTNING = {"name": "Lightning", "file": "lightning.ckpt", "version": "qwen_image"}
LISTS: dict[str, list[Any]] = {
    "models": [TURBO, EDIT],
    "loras": [LIGHTNING, {"name": "Style", "file": "style.ckpt", "version": "v1"}],
    "controlNets": [{"name": "Depth", "file": "depth.ckpt", "version": "v1", "type": "controlnet"}],
    "upscalers": [{"name": "ESRGAN", "file": "esrgan.ckpt", "scale_factor": 2}],
    "textualInversions": [{"name": "Embedding", "file": "e.ckpt", "version": "v1", "keyword": "sks"}],
}


@pytest.fixture
def catalogue(make: Maker) -> Catalogue:
    files = ["z_image_turbo_1.0_q6p.ckpt", "flux_1_vae_f16.ckpt", "lonely_xl.ckpt", "lightning.ckpt", "lonely_xl.ckpt"]
    return make.catalogue(**LISTS, files=files)


@pytest.fixture
def closed() -> Catalogue:
    return Catalogue.from_echo([], None)


def test_all_five_lists(catalogue: Catalogue):
    assert [entry.file for entry in catalogue.models] == ["z_image_turbo_1.0_q6p.ckpt", "qwen_image_edit_2511_q6p.ckpt"]
    assert [len(entries) for entries in (catalogue.loras, catalogue.controls, catalogue.upscalers)] == [2, 1, 1]
    assert catalogue.embeddings[0].keyword == "sks"
    assert catalogue.browsable
    assert catalogue.note == ""
    assert catalogue.problems == ()
    assert len(catalogue.files) == 4


def test_problems_of_all_lists_are_collected():
    catalogue = Catalogue.from_echo(
        [], {"models": b"{", "loras": json.dumps([7, LIGHTNING]).encode(), "upscalers": b""}
    )
    assert catalogue.models == ()
    assert [lora.file for lora in catalogue.loras] == ["lightning.ckpt"]
    assert len(catalogue.problems) == 2
    assert "list of models" in catalogue.problems[0]
    assert "list of LoRAs" in catalogue.problems[1]


def test_by_name(catalogue: Catalogue):
    assert catalogue.model("z image TURBO 1.0").file == "z_image_turbo_1.0_q6p.ckpt"
    assert catalogue.model("qwen_image_edit_2511_q6p").known
    assert catalogue.lora("lightning").version == "qwen_image"
    assert catalogue.control("Depth").control_type == "controlnet"
    assert catalogue.upscaler("esrgan").scale_factor == 2


def test_by_exact_file(catalogue: Catalogue):
    assert catalogue.find_model("z_image_turbo_1.0_q6p.ckpt") is catalogue.models[0]
    assert catalogue.find_model("z_image_turbo_1.0_q6p") is None
    assert catalogue.find_lora("style.ckpt") is catalogue.loras[1]
    assert catalogue.find_control("depth.ckpt") is catalogue.controls[0]
    assert catalogue.find_upscaler("nothing") is None


def test_a_file_from_a_further_folder_is_listed_without_being_among_the_files(catalogue: Catalogue):
    assert "qwen_image_edit_2511_q6p.ckpt" not in catalogue.files
    assert catalogue.model("qwen_image_edit_2511_q6p.ckpt").known


@pytest.mark.parametrize("name", ["lonely_xl.ckpt", "lonely_xl", "Lonely_XL.ckpt"])
def test_a_file_that_the_server_does_not_describe(catalogue: Catalogue, name: str):
    model = catalogue.model(name)
    assert (model.file, model.version, model.known) == ("lonely_xl.ckpt", "sdxl_base_v0.9", False)
    assert model.note == NOT_DESCRIBED
    assert not model.spec


def test_did_you_mean(catalogue: Catalogue):
    with pytest.raises(ModelNotFound) as caught:
        catalogue.model("z_image_turbo_1.0_q8p.ckpt")
    assert str(caught.value) == "The server has no model 'z_image_turbo_1.0_q8p.ckpt'."
    assert caught.value.hint == "Did you mean z_image_turbo_1.0_q6p.ckpt?"
    assert caught.value.suggestions == ("z_image_turbo_1.0_q6p.ckpt",)
    assert (caught.value.kind, caught.value.name) == ("model", "z_image_turbo_1.0_q8p.ckpt")


@pytest.mark.parametrize(
    ("kind", "name", "hint"),
    [
        ("model", "lightning", "lightning.ckpt is a LoRA, not a model."),
        ("lora", "Z Image Turbo 1.0", "z_image_turbo_1.0_q6p.ckpt is a model, not a LoRA."),
        ("lora", "sks", "It has 2 LoRAs; `drawthings models list` shows them."),
        ("lora", "Embedding", "e.ckpt is an embedding, not a LoRA."),
        ("model", "esrgan", "esrgan.ckpt is an upscaler, not a model."),
        ("model", "flux_1_vae_f16", "It is a part of z_image_turbo_1.0_q6p.ckpt, not a model by itself."),
        ("model", "", "It has 2 models; `drawthings models list` shows them."),
    ],
)
def test_what_a_wrong_name_is(catalogue: Catalogue, kind: str, name: str, hint: str):
    with pytest.raises(ModelNotFound) as caught:
        getattr(catalogue, kind)(name)
    assert caught.value.hint == hint


def test_nothing_of_that_kind(make: Maker):
    with pytest.raises(ModelNotFound) as caught:
        make.catalogue(models=[TURBO]).lora("style")
    assert caught.value.hint == "It lists no LoRAs at all."


def test_an_ambiguous_name(make: Maker):
    catalogue = make.catalogue(loras=[{**LIGHTNING, "file": file} for file in ("b.ckpt", "a.ckpt")])
    with pytest.raises(ModelNotFound) as caught:
        catalogue.lora("lightning")
    assert str(caught.value) == "'lightning' fits 2 LoRAs: a.ckpt, b.ckpt."
    assert caught.value.suggestions == ("a.ckpt", "b.ckpt")
    assert caught.value.kind == "LoRA"


def test_without_a_list_a_file_name_is_believed(closed: Catalogue):
    assert not closed.browsable
    assert closed.note == BROWSER_OFF
    assert "--model-browser" in closed.note
    model = closed.model("z_image_turbo_1.0_q6p.ckpt")
    assert (model.version, model.known, model.note) == ("z_image", False, BROWSER_OFF)
    assert closed.lora("qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt").version == "qwen_image"
    assert closed.control("x.CKPT").file == "x.CKPT"
    assert closed.upscaler("4x_ultrasharp_f16.ckpt").scale_factor == 4
    assert closed.find_model("z_image_turbo_1.0_q6p.ckpt") is None


def test_without_a_list_a_friendly_name_is_not(closed: Catalogue):
    with pytest.raises(ModelNotFound) as caught:
        closed.model("Z Image Turbo")
    assert str(caught.value) == f"The model 'Z Image Turbo' cannot be looked up. {BROWSER_OFF}"
    assert ".ckpt" in caught.value.hint


def test_without_a_list_but_with_files():
    catalogue = Catalogue.from_echo(["flux_1_schnell_q5p.ckpt"], None)
    assert catalogue.model("FLUX_1_schnell_q5p").file == "flux_1_schnell_q5p.ckpt"
    assert catalogue.model("other.ckpt").file == "other.ckpt"


def test_default_models(catalogue: Catalogue, make: Maker):
    assert catalogue.default_model().file == "z_image_turbo_1.0_q6p.ckpt"
    assert catalogue.default_edit_model().file == "qwen_image_edit_2511_q6p.ckpt"
    assert make.catalogue(models=[TURBO]).default_edit_model().file == "z_image_turbo_1.0_q6p.ckpt"


def test_no_default_model(closed: Catalogue, make: Maker):
    with pytest.raises(ModelNotFound, match="runs without --model-browser"):
        closed.default_model()
    refiner = make.spec("refiner.ckpt", "sdxl_refiner_v0.9")
    with pytest.raises(ModelNotFound, match="none that draws from a prompt") as caught:
        make.catalogue(models=[refiner]).default_edit_model()
    assert caught.value.suggestions == ("refiner.ckpt",)


def test_what_fits_what(catalogue: Catalogue, make: Maker):
    lightning, style = catalogue.loras
    edit = catalogue.model("Qwen Edit")
    assert fits(lightning, edit)
    assert not fits(style, edit)
    assert fits(style, make.model("k.ckpt", "kandinsky2.1"))
    assert not fits(lightning, make.model("k.ckpt", "kandinsky2.1"))
    assert fits(guess_entry(type(style), "anything.ckpt"), edit)
    assert catalogue.loras_for(edit) == (lightning,)


def test_modifier_order(make: Maker):
    model, edit = make.model("m.ckpt", "flux1"), make.model("e.ckpt", "flux1", modifier="kontext")
    plain = make.lora("p.ckpt", "flux1")
    inpaint, depth = (make.lora(f"{name}.ckpt", "flux1", modifier=name) for name in ("inpainting", "depth"))
    assert modifier_for(model) == "none"
    assert modifier_for(model, [plain, depth, inpaint]) == "depth"
    assert modifier_for(edit, [inpaint]) == "kontext"


def test_a_specification_survives_the_way_back(make: Maker):
    spec = make.spec(
        "m.ckpt", "flux1", latents_scaling_factor=0.3611, mmdit={"qk_norm": True, "x": {"0": 2}}, note=None
    )
    model = make.catalogue(models=[spec]).model("m")
    assert json.loads(json.dumps([model.spec], default=dict)) == [spec]
