from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drawthings.apps.openai.model import capabilities, chosen, is_alias, listed, one
from drawthings.catalogue.catalogue import Catalogue
from drawthings.errors import ModelNotFound
from imagesgateway import SD

if TYPE_CHECKING:
    from drawthings.catalogue.entries import ModelEntry


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("", True),
        (" ", True),
        ("dall-e-2", True),
        ("GPT-image-2.5-flare-2026-09-08", True),
        ("chatgpt-image-latest", True),
        ("sd_v1.5_f16.ckpt", False),
        ("my gpt-image-1", False),
    ],
)
def test_names_of_openai_mean_the_default_model(name: str, alias: bool) -> None:
    assert is_alias(name) is alias


def test_the_list_ends_with_names_that_programs_look_for(catalogue: Catalogue) -> None:
    data = listed(catalogue, SD, 5)["data"]
    assert [model["id"] for model in data[-2:]] == ["gpt-image-1", "dall-e-3"]
    assert {model["alias_of"] for model in data[-2:]} == {SD}
    assert len(listed(catalogue, SD, 5, aliases=False)["data"]) == len(data) - 2
    assert listed(Catalogue(), None, 5)["data"] == []


def test_one_model_is_found_by_any_of_its_names(catalogue: Catalogue) -> None:
    assert one("sd v1.5 f16", catalogue, None, 5)["id"] == SD
    assert one("dall-e-3", catalogue, SD, 5) | {"id": SD, "alias_of": None} == one(SD, catalogue, None, 5) | {
        "alias_of": None
    }
    with pytest.raises(ModelNotFound):
        one("../../etc/passwd", catalogue, None, 5)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (SD, ["image"]),
        ("qwen_image_edit_2511_q6p.ckpt", ["image", "image_edit"]),
        ("flux_2_klein_4b_q6p.ckpt", ["image", "image_edit"]),
        ("sd_v1.5_inpainting_f16.ckpt", ["image", "inpaint"]),
        ("wan_v2.2_5b_ti2v_q8p.ckpt", ["video"]),
    ],
)
def test_a_model_tells_what_it_is_good_for(catalogue: Catalogue, file: str, words: list[str]) -> None:
    assert capabilities(catalogue.model(file)) == words


def test_the_default_model_edits_only_where_it_is_made_for_that(catalogue: Catalogue) -> None:
    def model(preferred: str | None, **how: bool) -> ModelEntry:
        return chosen("gpt-image-1", catalogue, (), preferred=preferred, **how).model

    assert model(SD).file == SD
    assert model(SD, editing=True).edits
    assert model("flux_1_kontext_dev_q6p.ckpt", editing=True).file == "flux_1_kontext_dev_q6p.ckpt"
    assert model(SD, editing=True, inpainting=True).file == SD
    assert model(None, editing=True, inpainting=True).inpaints
    only = Catalogue(models=(catalogue.model(SD),))
    assert chosen("", only, (), preferred=SD, editing=True).model.file == SD
