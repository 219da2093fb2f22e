from typing import Any

import pytest

from drawthings.media.document import Restored
from drawthings.media.infotext import parse_infotext
from drawthings.media.infowords import understand
from drawthings.request.choices import Sampler, SeedMode
from drawthings.request.parts import Lora


def read(text: str) -> Restored:
    found = parse_infotext(text)
    assert found is not None
    return understand(found)


def settings(line: str) -> dict[str, Any]:
    return {name: value for name, value in read(f"Steps: 20, {line}").settings.items() if name != "steps"}


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("CFG scale: 7, Seed: 4294967295", {"guidance_scale": 7.0, "seed": 2**32 - 1}),
        ("Seed: -1", {"seed": None}),
        ("Size: 512x768", {"width": 512, "height": 768}),
        ("Size: 512 \u00d7 768", {"width": 512, "height": 768}),
        ("Model: my_model [0123456789ab]", {"model": "my_model"}),
        ("Denoising strength: 0.4", {"strength": 0.4}),
        ("Clip skip: 2, Shift: 3.5, Distilled CFG Scale: 3", {"clip_skip": 2, "shift": 3.5, "guidance_embed": 3.0}),
        ("Refiner: r [0123456789], Refiner switch at: 0.8", {"refiner_model": "r", "refiner_start": 0.8}),
        ("RNG: CPU", {"seed_mode": SeedMode.TORCH_CPU_COMPATIBLE}),
        ("RNG: NV", {"seed_mode": SeedMode.NVIDIA_GPU_COMPATIBLE}),
        ("RNG: other", {}),
        (
            "Size: 512x768, Hires upscale: 1.5, Denoising strength: 0.5",
            {
                "hires_fix": True,
                "width": 768,
                "height": 1152,
                "hires_fix_width": 512,
                "hires_fix_height": 768,
                "hires_fix_strength": 0.5,
            },
        ),
        (
            "Size: 512x768, Hires resize: 1024x0",
            {"hires_fix": True, "width": 1024, "height": 768, "hires_fix_width": 512, "hires_fix_height": 768},
        ),
        ("Size: 512x768, Hires upscale: 1", {"width": 512, "height": 768}),
        ("Hires upscale: 2", {}),
    ],
)
def test_settings_of_web_interfaces(line: str, wanted: dict[str, Any]):
    assert settings(line) == wanted


@pytest.mark.parametrize(
    ("line", "sampler"),
    [
        ("Sampler: DPM++ 2M Karras", Sampler.DPMPP_2M_KARRAS),
        ("Sampler: DPM++ 2M", Sampler.DPMPP_2M_KARRAS),
        ("Sampler: DPM++ 2M, Schedule type: Karras", Sampler.DPMPP_2M_KARRAS),
        ("Sampler: DPM++ 2M, Schedule type: Automatic", Sampler.DPMPP_2M_KARRAS),
        ("Sampler: DPM++ 2M, Schedule type: SGM Uniform", Sampler.DPMPP_2M_TRAILING),
        ("Sampler: DPM++ SDE, Schedule type: Align Your Steps", Sampler.DPMPP_SDE_AYS),
        ("Sampler: Euler a", Sampler.EULER_A),
        ("Sampler: Euler a, Schedule type: Uniform", Sampler.EULER_A),
        ("Sampler: Euler Ancestral", Sampler.EULER_A),
        ("Sampler: DDIM", Sampler.DDIM),
        ("Sampler: UniPC", Sampler.UNIPC),
        ("Sampler: UniPC Trailing", Sampler.UNIPC_TRAILING),
        ("Sampler: LCM", Sampler.LCM),
    ],
)
def test_samplers(line: str, sampler: Sampler):
    assert settings(line) == {"sampler": sampler}


@pytest.mark.parametrize(
    "line", ["Sampler: Euler", "Sampler: DPM++ 2M SDE Karras", "Sampler: DDIM, Schedule type: Karras", "Sampler: Heun"]
)
def test_samplers_without_a_counterpart_are_left_out_and_told(line: str):
    found = read(f"Steps: 20, {line}")
    assert "sampler" not in found.settings
    assert any("The sampler is left out" in note for note in found.notes)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("Seed: x", "seed"),
        ("CFG scale: nan", "guidance_scale"),
        ("Size: big", "size"),
        ("Clip skip: 9" + "9" * 5000, ""),
    ],
)
def test_nonsense_is_left_out_and_told(line: str, word: str):
    found = read(f"Steps: 20, {line}")
    assert set(found.settings) == {"steps"}
    assert any(word in note and "left out" in note for note in found.notes)


def test_loras_and_the_rest():
    found = read("x <lora:a:0.5> <lora:b> <lora:c:99>\nSteps: 2, Seed: 1, Eta: 3, Version: v1")
    assert found.settings["loras"] == (Lora("a", 0.5), Lora("b"))
    assert found.unknown == {"eta": "3"}
    assert any("'c'" in note for note in found.notes)
    assert any("same seed gives another picture" in note for note in found.notes)


def test_the_app_s_text():
    found = read(
        "a\n-b\nSteps: 8, Sampler: UniPC Trailing, Guidance Scale: 1.0, Seed: 5, Size: 1024x1024, Model: x.ckpt, "
        "Strength: 0.7, Seed Mode: Scale Alike, Upscaler: up.ckpt, Hires Fix: true, First Stage Size: 512x512, "
        "Refiner: r.ckpt, Refiner Start: 85%, LoRA 1 Model: a, LoRA 1 Weight: 0.5, LoRA 2 Model: b, LoRA 2 Weight: 1.0"
    )
    assert (found.prompt, found.negative_prompt, found.notes, found.unknown) == ("a", "b", [], {})
    assert found.settings == {
        "steps": 8,
        "sampler": Sampler.UNIPC_TRAILING,
        "guidance_scale": 1.0,
        "seed": 5,
        "width": 1024,
        "height": 1024,
        "model": "x.ckpt",
        "strength": 0.7,
        "seed_mode": SeedMode.SCALE_ALIKE,
        "upscaler": "up.ckpt",
        "hires_fix": True,
        "hires_fix_width": 512,
        "hires_fix_height": 512,
        "refiner_model": "r.ckpt",
        "refiner_start": 0.85,
        "loras": (Lora("a", 0.5), Lora("b")),
    }
