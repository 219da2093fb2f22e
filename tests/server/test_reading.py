from __future__ import annotations

import logging
from typing import Any

import grpc
import pytest

from barecalls import Running, order, picture, pictures
from drawthings.request.choices import SeedMode
from drawthings.request.seeds import batch_seeds

INVALID = grpc.StatusCode.INVALID_ARGUMENT
EDIT = "qwen_image_edit_2511_q6p.ckpt"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"model": "svd_i2v_xt_1.1_q6p_q8p.ckpt"}, "needs an image to start from"),
        ({"model": "seedvr2_3b_q8p.ckpt"}, "needs an image to start from"),
        ({"model": "ootd_vton_hd_f16.ckpt", "image": picture(), "strength": 0.5}, "takes no strength below 1"),
    ],
)
def test_models_that_need_their_picture(strict: Running, faithful: Running, values: dict[str, Any], words: str):
    code, details = strict[1].refusal(order(**values))
    assert code is INVALID
    assert words in details
    assert faithful[1].refusal(order(**values))[0] is grpc.StatusCode.UNAVAILABLE


def test_an_edit_model_draws_from_words_too_and_the_log_wonders(strict: Running, caplog: pytest.LogCaptureFixture):
    _, raw = strict
    lightning = "qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt"
    assert len(pictures(raw.generate(order(model=EDIT, loras=[lightning], steps=4, guidance_scale=1.0)))) == 1
    assert "is an edit model and gets no image" in caplog.text


def test_the_log_tells_what_is_done_but_not_the_words(strict: Running, caplog: pytest.LogCaptureFixture):
    _, raw = strict
    caplog.set_level(logging.INFO, "drawthings.server")
    controls = ["controlnet_canny_1.x_v1.1_f16.ckpt"]
    raw.generate(order("my secret wish", loras=["lcm_sd_v1.5_lora_f16.ckpt"], controls=controls, seed=11))
    assert "realdream_15sd15_q6p_q8p.ckpt, from words, 1 of 128x128, 2 steps, seed 11, " in caplog.text
    assert "LoRA lcm_sd_v1.5_lora_f16, control controlnet_canny_1.x_v1.1_f16" in caplog.text
    assert "secret wish" not in caplog.text


@pytest.mark.parametrize("mode", list(SeedMode))
def test_each_picture_of_a_batch_has_its_seed(strict: Running, mode: SeedMode):
    server, raw = strict
    found = pictures(raw.generate(order(batch_size=3, seed=0, seed_mode=mode)))
    assert len(found) == 3
    assert server.received[-1].facts["seeds"] == batch_seeds(0, 3, mode)


def test_the_batch_count_is_ignored(strict: Running):
    _, raw = strict
    assert len(pictures(raw.generate(order(batch_count=5, batch_size=2)))) == 2


def test_empty_fields_are_no_image_and_no_mask(strict: Running):
    server, raw = strict
    assert len(pictures(raw.generate(order(image=b"", mask=b"", scaleFactor=0)))) == 1
    assert server.received[-1].facts["image"] is None


def test_keywords_user_and_device_change_nothing(strict: Running):
    _, raw = strict
    plain = pictures(raw.generate(order()))[0]
    dressed = pictures(raw.generate(order(keywords=["easynegative"], user="Ada", device=1)))[0]
    assert (plain == dressed).all()
