from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.apps.automatic import lists

if TYPE_CHECKING:
    import pytest

    from drawthings.catalogue.catalogue import Catalogue


def test_models_are_named_as_the_options_name_them(catalogue: Catalogue):
    listed = lists.models(catalogue)
    assert len(listed) == len(catalogue.models) > 50
    assert all(each.keys() == {"title", "model_name", "hash", "sha256", "filename", "config"} for each in listed)
    assert [each["title"] for each in listed] == [model.file for model in catalogue.models]


def test_the_first_upscaler_is_none(catalogue: Catalogue):
    listed = lists.upscalers(catalogue)
    assert [each["name"] for each in listed[:3]] == ["None", "Lanczos", "Nearest"]
    assert {"name": "Real-ESRGAN X2+", "scale": 2}.items() <= listed[3].items()
    assert all(catalogue.upscaler(each["name"]) for each in listed[3:])


def test_loras_are_named_as_tags_name_them(catalogue: Catalogue):
    assert all(catalogue.lora(each["name"]).file == each["path"] for each in lists.loras(catalogue))


def test_embeddings_faces_and_control_nets(catalogue: Catalogue):
    found = lists.embeddings(catalogue)
    assert (list(found["loaded"]), found["skipped"]) == (["easynegative"], {})
    assert lists.face_restorers(catalogue) == [{"name": "restoreformer_v1.0_f16.ckpt", "cmd_dir": None}]
    assert len(lists.control_models(catalogue)["model_list"]) == len(catalogue.controls)


def test_memory_is_a_number_or_a_reason(monkeypatch: pytest.MonkeyPatch):
    told = lists.memory()
    assert told["ram"]["total"] == told["ram"]["used"] + told["ram"]["free"]
    assert "does not tell" in told["cuda"]["error"]
    monkeypatch.delattr("os.sysconf")
    assert "does not tell" in lists.memory()["ram"]["error"]
