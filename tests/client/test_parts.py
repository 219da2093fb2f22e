from __future__ import annotations

from typing import Any

import pytest

from drawthings._generated import imageService_pb2 as pb
from drawthings.catalogue.catalogue import Catalogue
from drawthings.catalogue.entries import ModelEntry
from drawthings.catalogue.record import Record
from drawthings.client.parts import look_at, roles_of
from smallserver import EDIT, SDXL, small_catalogue

UNLISTED = Catalogue.from_echo((), None)


class Wire:
    """Answers which files are there."""

    def __init__(self, *missing: str, forgetful: bool = False) -> None:
        self.missing, self.forgetful = missing, forgetful

    def files_exist(self, files: Any) -> pb.FileExistenceResponse:
        if self.forgetful:
            return pb.FileExistenceResponse()
        return pb.FileExistenceResponse(files=files, existences=[file not in self.missing for file in files])


def looked(name: str, catalogue: Catalogue, *missing: str, **how: Any) -> Any:
    return look_at(name, catalogue, Wire(*missing, **how))  # type: ignore[arg-type]


def test_the_servers_own_word_counts():
    state = looked(EDIT, small_catalogue(), "qwen_2.5_vl_7b_vit_f16.ckpt")
    assert (state.file, state.certain, state.described) == (EDIT, True, True)
    assert [(part.role, part.file) for part in state.parts if not part.exists] == [
        ("vision tower", "qwen_2.5_vl_7b_vit_f16.ckpt")
    ]
    assert state.parts[0].file == EDIT


def test_what_the_server_does_not_describe_is_known_from_the_list():
    state = looked("flux_1_dev_q8p.ckpt", small_catalogue())
    assert (state.certain, state.described) == (True, False)
    assert {part.role for part in state.parts} == {"model", "VAE", "text encoder", "CLIP text encoder"}
    assert looked("juggernaut_xl_v9_q6p_q8p", UNLISTED).file == SDXL


def test_a_stranger_is_judged_by_its_family():
    state = looked("qwen_image_edit_2511_my_own.ckpt", UNLISTED)
    assert (state.certain, state.described) == (False, None)
    assert "vision tower" in [part.role for part in state.parts]
    assert "qwen_image_edit_2511_q6p.ckpt" not in [part.file for part in state.parts]
    nothing = looked("zzz_unheard_of.ckpt", UNLISTED)
    assert [part.role for part in nothing.parts] == ["model"]


def test_a_name_that_leads_nowhere_has_no_file():
    state = looked("some wish", UNLISTED)
    assert (state.file, state.parts) == ("", ())
    assert looked("Juggernaut XL v99", small_catalogue()).suggestions


def test_files_that_the_answer_does_not_mention_count_as_absent():
    assert not any(part.exists for part in looked(SDXL, small_catalogue(), forgetful=True).parts)


@pytest.mark.parametrize(
    ("spec", "file", "role"),
    [
        ({"autoencoder": "x.ckpt"}, "x.ckpt", "VAE"),
        ({"t5_encoder": "t5.ckpt"}, "t5.ckpt", "T5 text encoder"),
        ({"clip_encoder": "clip.ckpt"}, "clip.ckpt", "CLIP text encoder"),
        ({"image_encoder": "siglip_f16.ckpt"}, "siglip_f16.ckpt", "vision tower"),
        ({"stage_models": ["b.ckpt"]}, "b.ckpt", "model of the second stage"),
        ({"additional_clip_encoders": ["g.ckpt"]}, "g.ckpt", "CLIP text encoder"),
        ({"latents_upscalers": [{"file": "up.ckpt"}]}, "up.ckpt", "part"),
        ({}, "vae_ft_mse_840000_f16.ckpt", "VAE"),
        ({}, "clip_vit_l14_f16.ckpt", "text encoder"),
        ({}, "m.ckpt", "model"),
    ],
)
def test_each_part_has_a_role(spec: dict[str, Any], file: str, role: str):
    entry = ModelEntry("m.ckpt", "m", "v1", Record({"file": "m.ckpt", "version": "v1", **spec}))
    assert roles_of(entry)[file] == role
