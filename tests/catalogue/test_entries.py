from __future__ import annotations

import dataclasses
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.catalogue.entries import (
    ControlEntry,
    EmbeddingEntry,
    Entry,
    LoraEntry,
    ModelEntry,
    UpscalerEntry,
    entry_from,
    parse_entries,
    stem_of,
)

KINDS = [ModelEntry, LoraEntry, ControlEntry, UpscalerEntry, EmbeddingEntry]
GOOD = {"name": "FLUX", "file": "flux.ckpt", "version": "flux1"}


def raw(items: Any) -> bytes:
    return json.dumps(items).encode()


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry(kind: type[Entry]):
    spec = {**GOOD, "prefix": "", "unknown": [1, {"x": None}]}
    entries, problems = parse_entries(kind, raw([spec]))
    assert problems == []
    assert [(entry.file, entry.name, entry.version, entry.known) for entry in entries] == [
        ("flux.ckpt", "FLUX", "flux1", True)
    ]
    assert json.loads(json.dumps(entries[0].spec, default=dict)) == spec
    assert type(entries[0]) is kind
    assert entries[0].stem == "flux"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (7, "it is no JSON object but int"),
        (None, "it is no JSON object but NoneType"),
        ([], "it is no JSON object but list"),
        ({"version": "flux1"}, "it has no file"),
        ({"file": 7, "version": "flux1"}, "its file is 7"),
        ({"file": "", "version": "flux1"}, "its file is ''"),
        ({"file": "x.ckpt"}, "it has no version"),
        ({"file": "x.ckpt", "version": ["flux1"]}, "its version is ['flux1']"),
        ({"file": "x.ckpt", "version": "flux1", "note": "\ud800"}, "it holds text that is no valid Unicode"),
    ],
)
def test_one_bad_entry_never_takes_the_others_with_it(bad: Any, reason: str):
    entries, problems = parse_entries(ModelEntry, raw([GOOD, bad, {**GOOD, "file": "other.ckpt"}]))
    assert [entry.file for entry in entries] == ["flux.ckpt", "other.ckpt"]
    assert len(problems) == 1
    assert problems[0].startswith("Entry 2 of the server's list of models is left out: " + reason)
    assert problems[0].endswith(".")


def test_infinite_and_missing_numbers_in_one_entry():
    entries, problems = parse_entries(
        ModelEntry, b'[{"file": "a", "version": "v1", "x": NaN}, {"file": "b", "version": "v1"}]'
    )
    assert [entry.file for entry in entries] == ["b"]
    assert "it holds nan" in problems[0]


def test_the_first_of_two_entries_of_one_file_counts():
    entries, problems = parse_entries(LoraEntry, raw([GOOD, {**GOOD, "name": "second"}]))
    assert [entry.name for entry in entries] == ["FLUX"]
    assert problems == ["The server lists flux.ckpt twice among its LoRAs; the first entry counts."]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\xfe", "it is not UTF-8 text"),
        (b"[", "it is not JSON (Expecting value: line 1 column 2 (char 1))"),
        (b"null", "it is no JSON array"),
        (b'{"models": []}', "it is no JSON array"),
        (b"[" * 200_000, "it is not JSON ("),
    ],
)
def test_a_list_that_cannot_be_read(data: bytes, reason: str):
    entries, problems = parse_entries(ControlEntry, data)
    assert entries == []
    assert len(problems) == 1
    assert problems[0].startswith(f"The server's list of control nets cannot be read: {reason}")


def test_no_bytes_are_an_empty_list():
    assert parse_entries(ModelEntry, b"") == ([], [])
    assert parse_entries(ModelEntry, b"[]") == ([], [])


@given(st.binary(max_size=60))
def test_any_bytes_are_survived(data: bytes):
    entries, problems = parse_entries(ModelEntry, data)
    assert not entries
    assert len(problems) <= max(1, len(data))


def test_missing_name_and_version():
    assert entry_from(UpscalerEntry, {"file": "remacri_4x_f16.ckpt"}).name == "remacri_4x_f16"
    assert entry_from(ModelEntry, {"file": "x.CKPT", "version": "v1", "name": 3}).name == "x"
    assert stem_of("plain") == "plain"


def test_entries_are_values():
    first, second = (entry_from(ModelEntry, GOOD) for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    assert pickle.loads(pickle.dumps(first)) == first  # noqa: S301 - our own bytes
    assert "spec" not in repr(first)
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.file = "other"  # type: ignore[misc]


def test_the_facts_of_a_model():
    model = entry_from(
        ModelEntry,
        {
            **GOOD,
            "default_scale": 12,
            "modifier": "kontext",
            "guidance_embed": True,
            "is_consistency_model": True,
            "deprecated": True,
            "frames_per_second": 24,
            "stage_models": ["b.ckpt"],
        },
    )
    assert (model.default_scale, model.native_px) == (12, 768)
    assert (model.modifier, model.edits, model.edit_only, model.inpaints) == ("kontext", True, True, False)
    assert (model.guidance_embed, model.is_consistency, model.deprecated, model.remote) == (True, True, True, False)
    assert model.stage_models == ("b.ckpt",)
    assert model.flow
    assert not model.auto_shift
    assert not model.video
    assert model.fps is None


def test_what_a_specification_leaves_open():
    model = entry_from(ModelEntry, {**GOOD, "modifier": "", "default_scale": "16", "stage_models": "b.ckpt"})
    assert (model.modifier, model.native_px, model.stage_models) == ("none", 1024, ())
    assert model.auto_shift
    assert not model.edits
    assert entry_from(ModelEntry, {**GOOD, "default_scale": 0}).native_px == 1024


def test_a_family_newer_than_this_package():
    model = entry_from(ModelEntry, {**GOOD, "version": "minimax_h3"})
    assert model.family is None
    assert (model.native_px, model.flow, model.auto_shift, model.video, model.fps) == (512, True, False, False, None)


@pytest.mark.parametrize(("objective", "flow"), [({"u": {"condition_scale": 1000}}, True), ({"v": {}}, False)])
def test_the_objective_wins_over_the_family(objective: dict[str, Any], flow: bool):
    for version in ("v1", "flux1"):
        assert entry_from(ModelEntry, {**GOOD, "version": version, "objective": objective}).flow is flow


def test_frames_per_second():
    assert entry_from(ModelEntry, {**GOOD, "version": "wan_v2.1_14b"}).fps == 16
    assert entry_from(ModelEntry, {**GOOD, "version": "wan_v2.1_14b", "frames_per_second": 24}).fps == 24.0


@pytest.mark.parametrize(
    ("version", "modifier", "edits", "edit_only"),
    [
        ("qwen_image", "qwenimage_edit_2511", True, True),
        ("flux2_4b", "kontext", True, False),
        ("v1", "double", True, True),
        ("ltx2", "kontext", False, False),
        ("v1", "inpainting", False, False),
    ],
)
def test_what_edits(version: str, modifier: str, edits: bool, edit_only: bool):
    model = entry_from(ModelEntry, {**GOOD, "version": version, "modifier": modifier})
    assert (model.edits, model.edit_only, model.inpaints) == (edits, edit_only, modifier == "inpainting")


def test_required_files():
    model = entry_from(
        ModelEntry,
        {
            **GOOD,
            "text_encoder": "t5.ckpt",
            "autoencoder": "vae.ckpt",
            "clip_encoder": "clip.ckpt",
            "additional_clip_encoders": ["clip2.ckpt", "t5.ckpt"],
            "stage_models": ["b.ckpt"],
            "latents_upscalers": [{"file": "up.ckpt", "scale": "2"}],
        },
    )
    assert model.required_files == (
        *("flux.ckpt", "t5.ckpt", "vae.ckpt", "clip.ckpt", "clip2.ckpt", "b.ckpt", "up.ckpt"),
    )


def test_required_files_that_go_without_saying():
    defaults = {
        "v1": ("flux.ckpt", "clip_vit_l14_f16.ckpt", "vae_ft_mse_840000_f16.ckpt"),
        "v2": ("flux.ckpt", "open_clip_vit_h14_f16.ckpt", "vae_ft_mse_840000_f16.ckpt"),
    }
    for version, files in defaults.items():
        assert entry_from(ModelEntry, {**GOOD, "version": version}).required_files == files
    assert ModelEntry("x.ckpt", "x", "v1", known=False).required_files == ("x.ckpt",)
    remote = entry_from(ModelEntry, {**GOOD, "remote_api_model_config": {}})
    assert remote.remote
    assert remote.required_files == ()


def test_loras():
    lora = entry_from(LoraEntry, {**GOOD, "weight": {"value": 0.8, "lower_bound": 0, "upper_bound": 2}})
    assert (lora.recommended_weight, lora.transparent, lora.required_files) == (0.8, False, ("flux.ckpt",))
    assert entry_from(LoraEntry, GOOD).recommended_weight is None
    assert entry_from(LoraEntry, {**GOOD, "is_consistency_model": True}).recommended_weight == 1
    assert entry_from(LoraEntry, {**GOOD, "modifier": "inpainting"}).recommended_weight == 1
    layered = entry_from(
        LoraEntry, {**GOOD, "alternative_decoder": "decoder.ckpt", "alternative_decoder_version": "transparent"}
    )
    assert layered.transparent
    assert layered.required_files == ("flux.ckpt", "decoder.ckpt")


def test_the_other_kinds():
    control = entry_from(
        ControlEntry, {**GOOD, "type": "ipadapterplus", "image_encoder": "i.ckpt", "modifier": "depth"}
    )
    assert (control.control_type, control.modifier, control.global_average_pooling) == ("ipadapterplus", "depth", False)
    assert control.required_files == ("flux.ckpt", "i.ckpt")
    assert entry_from(UpscalerEntry, {"file": "u", "scale_factor": 2}).scale_factor == 2
    assert entry_from(UpscalerEntry, {"file": "u"}).scale_factor == 4
    embedding = entry_from(EmbeddingEntry, {**GOOD, "keyword": "sks"})
    assert (embedding.keyword, embedding.required_files) == ("sks", ("flux.ckpt",))
