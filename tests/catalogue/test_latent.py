from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drawthings.catalogue.latent import latent_info

if TYPE_CHECKING:
    from conftest import Maker


@pytest.mark.parametrize(
    ("file", "size", "version", "native"),
    [
        ("realdream_15sd15_q6p_q8p.ckpt", 64, "v1", 512),
        ("juggernaut_xl_v9_q6p_q8p.ckpt", 128, "sdxl_base_v0.9", 1024),
        ("z_image_turbo_1.0_q8p.ckpt", 64, "z_image", 1024),
        ("flux_1_schnell_q5p.ckpt", 64, "flux1", 1024),
        ("qwen_image_edit_2511_q6p.ckpt", 64, "qwen_image", 1024),
        ("something_xlarge.ckpt", 128, "sdxl_base_v0.9", 1024),
        ("pixart_sigma_xl_2_1024_ms_f16.ckpt", 64, "pixart", 1024),
        ("whatever.ckpt", 64, "v1", 512),
    ],
)
def test_from_the_file_name(file: str, size: int, version: str, native: int):
    assert latent_info(file) == {
        "file": file,
        "name": file.removesuffix(".ckpt"),
        "version": version,
        "latent_size": size,
        "default_scale": native // 64,
        "native_size": native,
        "known": False,
    }


def test_from_the_server(make: Maker):
    info = latent_info(make.model("dreamshaper_v8_f16.ckpt", "v1", "DreamShaper", default_scale=12))
    assert info["latent_size"] == 64
    assert info["default_scale"] == 12
    assert info["native_size"] == 768
    assert (info["name"], info["known"]) == ("DreamShaper", True)
    assert latent_info(make.model("ssd_1b_f16.ckpt", "ssd_1b"))["latent_size"] == 128
