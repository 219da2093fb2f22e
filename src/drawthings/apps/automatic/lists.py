"""What the servers have, as the web interface lists its own files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from drawthings.apps.automatic.controlnet import MODULES

if TYPE_CHECKING:
    from drawthings.catalogue.catalogue import Catalogue

RESAMPLERS = ("Lanczos", "Nearest")
"""Ways to enlarge that need no server."""
LATENT_MODES = ("Latent",)
"""A second pass in Draw Things enlarges in one way only."""
NO_MEMORY = "Draw Things does not tell how much memory it uses."


def models(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return the models; the title is the file name, exactly as the options have it."""
    return [
        {
            "title": entry.file,
            "model_name": entry.stem,
            "hash": None,
            "sha256": None,
            "filename": entry.file,
            "config": None,
        }
        for entry in catalogue.models
    ]


def loras(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return the LoRAs; ``name`` is what a tag in a prompt says."""
    return [
        {
            "name": entry.stem,
            "alias": entry.name,
            "path": entry.file,
            "metadata": {"ss_sd_model_name": entry.version, "drawthings_weight": entry.recommended_weight},
        }
        for entry in catalogue.loras
    ]


def upscalers(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return the upscalers. The first is none, because SillyTavern puts the latent ones after it."""
    own = [_upscaler(name, None, None) for name in ("None", *RESAMPLERS)]
    return [*own, *(_upscaler(entry.name, entry.file, entry.scale_factor) for entry in catalogue.upscalers)]


def latent_modes() -> list[dict[str, str]]:
    """Return the ways to enlarge before the second pass."""
    return [{"name": name} for name in LATENT_MODES]


def embeddings(catalogue: Catalogue) -> dict[str, Any]:
    """Return the textual inversions by the word that stands for each in a prompt."""
    loaded = {
        entry.keyword or entry.stem: {
            "step": None,
            "sd_checkpoint": None,
            "sd_checkpoint_name": entry.version,
            "shape": 0,
            "vectors": 0,
        }
        for entry in catalogue.embeddings
    }
    return {"loaded": loaded, "skipped": {}}


def face_restorers(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return the files for faces; there is one at most."""
    file = face_restorer(catalogue)
    return [] if file is None else [{"name": file, "cmd_dir": None}]


def face_restorer(catalogue: Catalogue) -> str | None:
    """Return the file for faces, if there is one."""
    return min((file for file in catalogue.files if file.startswith("restoreformer")), default=None)


def control_models(catalogue: Catalogue) -> dict[str, list[str]]:
    """Return the control nets."""
    return {"model_list": [entry.file for entry in catalogue.controls]}


def control_modules() -> dict[str, Any]:
    """Return the names of preprocessors that are understood."""
    return {"module_list": list(MODULES), "module_detail": {}}


def scripts() -> dict[str, list[str]]:
    """Return the extensions.

    Clients know by the second name that ControlNet is there; webuiapi then switches it off where it is not used,
    instead of sending what an earlier call had.
    """
    return {"txt2img": ["controlnet", "controlnet m2m"], "img2img": ["controlnet", "controlnet m2m"]}


def memory() -> dict[str, Any]:
    """Return the memory of this machine; of the graphics card nothing is known."""
    return {"ram": _ram(), "cuda": {"error": NO_MEMORY}}


def command_flags() -> dict[str, Any]:
    """Return what the web interface calls its command-line flags, as far as they mean something here."""
    return {"api": True, "nowebui": False, "lora_dir": "", "ckpt_dir": None, "embeddings_dir": ""}


def _upscaler(name: str, path: str | None, scale: int | None) -> dict[str, Any]:
    return {"name": name, "model_name": None, "model_path": path, "model_url": None, "scale": scale or 4}


def _ram() -> dict[str, Any]:
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        total, free = page * os.sysconf("SC_PHYS_PAGES"), page * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return {"error": "This system does not tell its memory."}
    return {"free": free, "used": total - free, "total": total}
