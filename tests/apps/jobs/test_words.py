from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drawthings.apps.jobs.words import read_prompt
from drawthings.errors import BadValue, ModelNotFound, OutOfRange
from drawthings.request.parts import Lora

if TYPE_CHECKING:
    from drawthings.catalogue.catalogue import Catalogue

STYLE = "watercolour_style_sd_v1.5_lora_f16"


@pytest.mark.parametrize(
    ("text", "prompt", "loras"),
    [
        ("a fox", "a fox", ()),
        (f"a fox <lora:{STYLE}:0.5>", "a fox", (Lora(f"{STYLE}.ckpt", 0.5),)),
        (f"a <lora:{STYLE}.ckpt:-1> fox", "a fox", (Lora(f"{STYLE}.ckpt", -1.0),)),
        (f"<LORA:{STYLE}:0.5:0.9>, a fox", "a fox", (Lora(f"{STYLE}.ckpt", 0.5),)),
        (f"a fox <lora:{STYLE}>", "a fox", (Lora(f"{STYLE}.ckpt", 0.7),)),
        ("a fox <lora:Watercolour (SD v1.5):1>", "a fox", (Lora(f"{STYLE}.ckpt", 1.0),)),
        ("a fox <hypernet:x:1>", "a fox", ()),
        ("a fox <lora:tcd_sd_v1.5_lora_f16>", "a fox", (Lora("tcd_sd_v1.5_lora_f16.ckpt", 1.0),)),
        ("a < b, (red:1.2) [x]  two spaces", "a < b, (red:1.2) [x]  two spaces", ()),
    ],
)
def test_tags_become_loras(text: str, prompt: str, loras: tuple[Lora, ...], catalogue: Catalogue):
    found = read_prompt(text, catalogue)
    assert (found.prompt, found.loras) == (prompt, loras)


def test_an_unknown_lora_is_refused_with_near_names(catalogue: Catalogue):
    with pytest.raises(ModelNotFound, match="no LoRA 'watercolor'") as refused:
        read_prompt("a fox <lora:watercolor:1>", catalogue)
    assert f"{STYLE}.ckpt" in refused.value.suggestions


def test_weights_that_are_none_are_refused(catalogue: Catalogue):
    with pytest.raises(BadValue, match="'strong', which is no number"):
        read_prompt(f"<lora:{STYLE}:strong>", catalogue)
    with pytest.raises(OutOfRange, match="must be between -10 and 10"):
        read_prompt(f"<lora:{STYLE}:80>", catalogue)


def test_hypernetworks_are_told(catalogue: Catalogue):
    assert read_prompt("<hypernet:x:1> a fox", catalogue).notes == (
        "Draw Things has no hypernetworks; their tags have no effect.",
    )
