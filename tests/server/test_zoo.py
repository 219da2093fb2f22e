from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from barecalls import Serve, order
from drawthings._generated import imageService_pb2 as pb
from drawthings.catalogue.catalogue import Catalogue
from drawthings.catalogue.families import FAMILIES
from drawthings.errors import BadValue
from drawthings.server.store import MemoryStore
from drawthings.server.zoo import (
    DEFAULT_MODEL,
    KINDS,
    built_in_files,
    built_in_zoo,
    chosen_files,
    read_list,
    zoo_of,
)

if TYPE_CHECKING:
    from barecalls import Raw

NAMED_IN_THE_README = [
    "realdream_15sd15_q6p_q8p.ckpt",
    "juggernaut_xl_v9_q6p_q8p.ckpt",
    "z_image_turbo_1.0_q6p.ckpt",
    "z_image_turbo_1.0_q8p.ckpt",
    "flux_1_schnell_q5p.ckpt",
    "qwen_image_edit_2511_q6p.ckpt",
]
LIGHTNING = "qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt"


def test_a_part_of_the_list_can_be_chosen(serve: Serve):
    _, raw = serve(catalogue=("flux1", "juggernaut_xl_v9_q6p_q8p.ckpt"), model_browser=True)
    reply = raw.Echo(pb.EchoRequest())
    found = Catalogue.from_echo(reply.files, {"models": reply.override.models, "loras": reply.override.loras})
    assert {model.version for model in found.models} == {"flux1", "sdxl_base_v0.9"}
    assert [model.file for model in found.models if model.version != "flux1"] == ["juggernaut_xl_v9_q6p_q8p.ckpt"]
    assert {lora.version for lora in found.loras} <= {"flux1"}
    assert all(each.required_files for each in found.models)
    assert set(chosen_files(["flux1"])) < set(built_in_files())
    _, details = raw.refusal(order())
    assert "realdream_15sd15_q6p_q8p.ckpt is not on this server" in details
    assert chosen_files([]) == ()


def test_what_is_not_in_the_list_is_told():
    with pytest.raises(BadValue, match="nothing called 'flux_1'") as caught:
        chosen_files(["flux_1"])
    assert caught.value.suggestions
    assert "Did you mean" in caught.value.hint
    with pytest.raises(BadValue) as caught:
        chosen_files(["???"])
    assert "by its version" in caught.value.hint


def test_every_family_has_a_model():
    models = built_in_zoo().entries["models"].values()
    assert {model.version for model in models} == set(FAMILIES)


@pytest.mark.parametrize("file", NAMED_IN_THE_README)
def test_the_models_of_the_examples_are_there(file: str):
    assert built_in_zoo().model(file) is not None


def test_what_the_examples_need_is_described_in_full():
    zoo = built_in_zoo()
    edit, lora = zoo.model("qwen_image_edit_2511_q6p.ckpt"), zoo.lora(LIGHTNING)
    assert edit is not None
    assert edit.modifier == "qwenimage_edit_2511"
    assert edit.native_px == 1024
    assert "qwen_2.5_vl_7b_vit_f16.ckpt" in edit.required_files
    assert lora is not None
    assert (lora.version, lora.recommended_weight) == ("qwen_image", 1.0)
    assert zoo.model(DEFAULT_MODEL) is not None
    assert next(iter(zoo.entries["models"])) == DEFAULT_MODEL


def test_echo_lists_what_is_whole():
    store = MemoryStore(built_in_files())
    everything = built_in_zoo().installed(store)
    assert {kind: len(json.loads(getattr(everything, kind))) for kind in KINDS} == {
        kind: len(entries) for kind, entries in built_in_zoo().entries.items()
    }
    store.remove("clip_vit_l14_f16.ckpt")
    fewer = {item["file"] for item in json.loads(built_in_zoo().installed(store).models)}
    assert "sd_v1.5_f16.ckpt" not in fewer
    assert "realdream_15sd15_q6p_q8p.ckpt" in fewer


def test_the_lists_are_what_a_catalogue_reads():
    override = built_in_zoo().installed(MemoryStore(built_in_files()))
    catalogue = Catalogue.from_echo([], {kind: getattr(override, kind) for kind in KINDS})
    assert catalogue.problems == ()
    assert len(catalogue.models) == len(built_in_zoo().entries["models"])
    assert catalogue.lora(LIGHTNING).file == LIGHTNING


def test_a_list_is_read_element_by_element():
    good = {"name": "L", "file": "l.ckpt", "prefix": "", "version": "flux1"}
    raw = json.dumps([good, {**good, "version": "sd9"}, 5, {**good, "file": "m.ckpt"}, {**good, "name": "twice"}])
    entries, flaws = read_list("loras", raw.encode())
    assert [(entry.file, entry.name) for entry in entries] == [("l.ckpt", "L"), ("m.ckpt", "L")]
    assert len(flaws) == 2
    assert "Element 2" in flaws[0]
    assert "Element 3" in flaws[1]


def test_an_element_that_could_not_be_sent_back_is_left_out():
    raw = b'[{"name": "L", "file": "\\ud800", "prefix": "", "version": "flux1"}]'
    assert read_list("loras", raw)[0] == []
    assert "cannot be read" in read_list("loras", raw)[1][0]


@pytest.mark.parametrize("raw", [b"{}", b"nonsense", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_what_is_no_list_is_empty_and_told(raw: Raw):
    entries, flaws = read_list("models", raw)
    assert entries == []
    assert len(flaws) == 1


def test_nothing_is_an_empty_list():
    assert read_list("models", b"") == ([], [])


def test_files_beside_the_models_add_and_replace(caplog: pytest.LogCaptureFixture):
    spec = {"name": "Mine", "file": "sd_v1.5_f16.ckpt", "prefix": "p", "version": "v1", "upcast_attention": False}
    own = [{**spec, "default_scale": 9}, {**spec, "file": "mine.ckpt", "default_scale": 8}, {"broken": True}]

    class Store(MemoryStore):
        def custom(self, name: str) -> bytes:
            return json.dumps(own).encode() if name == "custom.json" else b""

    zoo = zoo_of(Store([]))
    assert zoo.model("sd_v1.5_f16.ckpt").native_px == 9 * 64
    assert zoo.model("mine.ckpt").name == "Mine"
    assert "Element 3" in caplog.text


def test_lists_are_kept_apart():
    zoo = built_in_zoo()
    assert zoo.model("realesrgan_x4plus_f16.ckpt") is None
    assert zoo.upscaler("realesrgan_x2plus_f16.ckpt").scale_factor == 2
    assert zoo.control("controlnet_canny_sdxl_v1.0_mid_f16.ckpt").modifier == "canny"
    assert zoo.lora("sd_v1.5_f16.ckpt") is None
