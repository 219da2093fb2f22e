"""A small server's list, as its greeting carries it."""

from __future__ import annotations

import json
from typing import Any

from drawthings.catalogue.catalogue import Catalogue

SDXL = "juggernaut_xl_v9_q6p_q8p.ckpt"
EDIT = "qwen_image_edit_2511_q6p.ckpt"
LIGHTNING = "qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt"


def model(file: str, version: str, scale: int = 16, **more: Any) -> dict[str, Any]:
    """Return a specification with everything that is required."""
    base = {"name": file.split(".", maxsplit=1)[0], "file": file, "prefix": "", "version": version}
    return {**base, "upcast_attention": False, "default_scale": scale, **more}


def lora(file: str, version: str, **more: Any) -> dict[str, Any]:
    """Return a LoRA's specification."""
    return {"name": file.split(".", maxsplit=1)[0], "file": file, "prefix": "", "version": version, **more}


MODELS = [
    model("realdream_15sd15_q6p_q8p.ckpt", "v1", 8),
    model(SDXL, "sdxl_base_v0.9"),
    model("z_image_turbo_1.0_q6p.ckpt", "z_image"),
    model("flux_1_schnell_q5p.ckpt", "flux1"),
    model(
        EDIT, "qwen_image", modifier="qwenimage_edit_2511", clip_encoder="qwen_2.5_vl_7b_vit_f16.ckpt", note="keep <me>"
    ),
    model("wurstchen_stage_c.ckpt", "wurstchen_v3.0_stage_c", stage_models=["wurstchen_stage_b.ckpt"]),
    model("wurstchen_stage_b.ckpt", "wurstchen_v3.0_stage_b"),
]
LORAS = [lora(LIGHTNING, "qwen_image"), lora("pixel_art_xl.ckpt", "sdxl_base_v0.9", weight={"value": 0.5})]
UPSCALERS = [{"name": "x4", "file": "realesrgan_x4plus_f16.ckpt", "scale_factor": 4, "blocks": 23}]


def small_catalogue() -> Catalogue:
    """Return the list as the client reads it."""
    lists = {"models": MODELS, "loras": LORAS, "upscalers": UPSCALERS}
    override = {name: json.dumps(items).encode() for name, items in lists.items()}
    return Catalogue.from_echo([item["file"] for item in MODELS + LORAS], override)
