"""The names of the scripts that came before."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from drawthings import ModelMetadata, generate_image, save_tensor_image

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings import EmbeddedServer

LIGHTNING = "qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt"


def test_generate_image(address: str, tmp_path: Path) -> None:
    result = generate_image(
        prompt="a majestic lion", server=address, size=256, steps=2, cfg_scale=7.0, output=tmp_path / "lion.png", seed=4
    )
    with Image.open(tmp_path / "lion.png") as image:
        assert image.size == (256, 256)
    assert (result.seed, result.configuration.guidance_scale) == (4, 7.0)


def test_generate_image_with_a_lora(address: str, plain_server: EmbeddedServer, tmp_path: Path) -> None:
    generate_image(
        "a zen garden",
        server=address,
        model="qwen_image_edit_2511_q6p.ckpt",
        size=256,
        latent_size=64,
        lora=LIGHTNING,
        lora_weight=0.8,
        negative="blurry",
        output=tmp_path / "garden.png",
    )
    message = plain_server.received[-1]
    assert [(lora.file, lora.weight) for lora in message.facts["configuration"].loras] == [(LIGHTNING, 0.8)]
    assert message.message.negativePrompt == "blurry"


def test_save_tensor_image(tmp_path: Path) -> None:
    levels = np.arange(256, dtype=np.float32).repeat(3).reshape(1, 16, 16, 3)
    values = (levels * 2 / 255 - 1).astype("<f2")
    blob = struct.pack("<I16i", 0, 1, 2, 0x20000, 0, 1, 16, 16, 3, *[0] * 8) + values.tobytes()
    path = save_tensor_image(blob, tmp_path / "levels.png")
    with Image.open(path) as image:
        assert np.array_equal(np.asarray(image)[..., 0].ravel(), np.arange(256))


@pytest.mark.parametrize(
    ("file", "latent_size", "version"),
    [
        ("realdream_15sd15_q6p_q8p.ckpt", 64, "v1"),
        ("juggernaut_xl_v9_q6p_q8p.ckpt", 128, "sdxl_base_v0.9"),
        ("z_image_turbo_1.0_q8p.ckpt", 64, "z_image"),
        ("flux_1_schnell_q5p.ckpt", 64, "flux1"),
        ("qwen_image_edit_2511_q6p.ckpt", 64, "qwen_image"),
        ("somebodys_own_xl_f16.ckpt", 128, "sdxl_base_v0.9"),
    ],
)
def test_model_metadata(address: str, file: str, latent_size: int, version: str) -> None:
    info = ModelMetadata(address).get_latent_info(file)
    assert (info["latent_size"], info["version"]) == (latent_size, version)
