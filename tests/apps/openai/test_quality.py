from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drawthings.apps.openai.quality import QUALITIES, reported, steps_for
from imagesgateway import SD

if TYPE_CHECKING:
    from drawthings.catalogue.catalogue import Catalogue


@pytest.mark.parametrize(
    ("model", "lora", "quality", "steps"),
    [
        (SD, None, "low", 8),
        (SD, None, "medium", 12),
        (SD, None, "auto", None),
        (SD, None, "hd", 20),
        (SD, None, "xhigh", 24),
        (SD, None, "max", 32),
        (SD, "lcm_sd_v1.5_lora_f16.ckpt", "max", None),
        ("z_image_turbo_1.0_q6p.ckpt", None, "low", None),
        ("flux_1_dev_q8p.ckpt", None, "low", 14),
        ("flux_1_dev_q8p.ckpt", "flux_1_turbo_alpha_lora_f16.ckpt", "low", None),
    ],
)
def test_quality_is_steps_where_steps_help(
    catalogue: Catalogue, model: str, lora: str | None, quality: str, steps: int | None
) -> None:
    loras = [catalogue.lora(lora)] if lora else []
    assert steps_for(quality, catalogue.model(model), loras, editing=False) == steps


def test_only_words_that_an_answer_may_have_are_told() -> None:
    assert {reported(word) for word in QUALITIES} == {None, "low", "medium", "high", "xhigh", "max"}
