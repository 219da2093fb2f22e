from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from barecalls import order
from drawthings.server.influence import dials_of, fixes_hires, guidance, guided, heard, refiner
from drawthings.server.judge import Judge
from drawthings.server.reading import Reader
from drawthings.server.store import MemoryStore
from drawthings.server.zoo import built_in_files, built_in_zoo

if TYPE_CHECKING:
    from drawthings.server.reading import Reading

SDXL = "sd_xl_base_1.0_q6p_q8p.ckpt"
REFINER = "sd_xl_refiner_1.0_q6p_q8p.ckpt"
FLUX = "flux_1_dev_q8p.ckpt"
SCHNELL = "flux_1_schnell_q8p.ckpt"
SD3 = "sd3_medium_q8p.ckpt"
TURBO = "flux_1_turbo_alpha_lora_f16.ckpt"


def reading(**values: Any) -> Reading:
    return Reader(built_in_zoo(), MemoryStore(built_in_files()), Judge(faithful=True)).read(order("words", **values))


@pytest.mark.parametrize(
    ("values", "asked_twice", "in_force"),
    [
        ({}, True, 5.0),
        ({"guidance_scale": 1.0}, False, 1.0),
        ({"model": SCHNELL}, False, 1.0),
        ({"model": FLUX}, False, 5.0),
        ({"model": FLUX, "loras": [TURBO]}, False, 5.0),
        ({"model": FLUX, "speed_up_with_guidance_embed": False}, True, 5.0),
    ],
)
def test_guidance_counts_where_the_model_looks_at_it(values: dict[str, Any], asked_twice: bool, in_force: float):
    assert guided(reading(**values)) == asked_twice
    assert guidance(reading(**values)) == in_force


@pytest.mark.parametrize(
    ("model", "second", "works"),
    [
        (SDXL, REFINER, True),
        (SDXL, "ssd_1b_q6p_q8p.ckpt", True),
        (SDXL, SDXL, False),
        (FLUX, REFINER, False),
        (FLUX, SCHNELL, True),
        (SDXL, "missing.ckpt", False),
    ],
)
def test_a_refiner_must_fit_the_model(model: str, second: str, works: bool):
    assert refiner(reading(model=model, refiner_model=second)) == (second if works else "")


@pytest.mark.parametrize(
    ("model", "values", "texts"),
    [
        ("", {"separate_t5": True, "t5_text": "five"}, ("words", ())),
        (FLUX, {}, ("words", ())),
        (FLUX, {"separate_t5": True, "t5_text": "five"}, ("five", ("words",))),
        (FLUX, {"separate_t5": True}, ("words", ("",))),
        (FLUX, {"separate_clip_l": True, "clip_l_text": "small"}, ("words", ("small",))),
        (FLUX, {"separate_open_clip_g": True, "open_clip_g_text": "large"}, ("words", ())),
        (SD3, {"separate_open_clip_g": True, "open_clip_g_text": "large"}, ("words", ("large",))),
        (SD3, {"separate_t5": True, "t5_text": "five", "t5_text_encoder": False}, ("words", ())),
    ],
)
def test_encoders_can_be_told_different_things(model: str, values: dict[str, Any], texts: tuple[str, tuple[str, ...]]):
    assert heard(reading(**({"model": model} if model else {}), **values)) == texts


def test_the_shift_is_measured_against_the_one_of_the_canvas():
    assert dials_of(reading(model=FLUX, shift=7.0)).shift == 1
    assert dials_of(
        reading(model=FLUX, width=1024, height=1024, shift=3.1582, resolution_dependent_shift=False)
    ).shift == (pytest.approx(1, abs=0.001))
    assert dials_of(reading(shift=3.0)).shift == 3


def test_a_tile_is_no_larger_than_the_canvas():
    dials = dials_of(reading(tiled_decoding=True, decoding_tile_width=128, decoding_tile_height=640, width=256))
    assert (dials.decoding_tile_width, dials.decoding_tile_height) == (128, 128)
    assert not dials_of(reading(tiled_decoding=True)).tiled_decoding


def test_the_second_stage_of_cascade_is_no_hires_fix():
    assert not fixes_hires(reading(model="wurstchen_3.0_stage_c_f32_q6p_q8p.ckpt"))
    values = {"width": 256, "height": 256, "hires_fix": True, "hires_fix_width": 128, "hires_fix_height": 128}
    assert fixes_hires(reading(steps=10, **values))
