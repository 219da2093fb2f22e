"""What is told about a result: the ``info`` of an answer, and the text that the web interface puts into its files."""

from __future__ import annotations

import json
import struct
import time
import zlib
from typing import TYPE_CHECKING, Any

from drawthings import __version__
from drawthings.catalogue.entries import stem_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drawthings.apps.automatic.parse import Asked
    from drawthings.apps.jobs.job import Job, Made
    from drawthings.request.parts import Lora
    from drawthings.request.plan import Plan

PROGRAM = f"drawthings {__version__}"
KEYWORD = "parameters"
"""Under this word the text stands in a PNG file."""
TOLD = frozenset({"fitted"})
"""Notes of a plan that are told besides warnings."""
FULL_STRENGTH = 1.0
_NOT_HERE: dict[str, Any] = {
    "subseed": 0,
    "subseed_strength": 0,
    "sd_model_hash": "",
    "sd_vae_name": None,
    "sd_vae_hash": None,
    "seed_resize_from_w": -1,
    "seed_resize_from_h": -1,
    "index_of_first_image": 0,
    "styles": [],
}
"""What clients look for and Draw Things does not have; no picture of an answer is a sheet of the others."""
_HEAD_BYTES = 8 + 25
"""The signature of a PNG and its first chunk."""


def infotext(plan: Plan, seed: int) -> str:
    """Return how a picture was made, in the form of the web interface, which ``read_settings`` reads back.

    Args:
        plan: What was decided for it.
        seed: Its own seed.
    """
    return written(plan.order.prompt, plan.configuration.loras, plan.order.negative_prompt, _words(plan, seed))


def written(prompt: str, loras: Sequence[Lora], negative: str, words: Mapping[str, str]) -> str:
    """Return an infotext: the prompt with its LoRAs, the negative prompt where there is one, and the settings."""
    lines = [_with_tags(prompt, loras), *([f"Negative prompt: {negative}"] if negative else [])]
    lines.append(", ".join(f"{name}: {_quoted(value)}" for name, value in words.items()))
    return "\n".join(lines)


def info(asked: Asked, job: Job) -> dict[str, Any]:
    """Return everything that clients look for in ``info``; they get it as JSON text.

    Args:
        asked: What was asked for.
        job: The job, which has begun at least.
    """
    plans = [made.plan for made in job.made] or list(job.plans)
    seeds = [made.seed for made in job.made] or list(asked.draft.seeds)
    prompt = _with_tags(plans[0].order.prompt, plans[0].configuration.loras)
    negative = plans[0].order.negative_prompt
    notes = _notes(asked, plans)
    return {
        "prompt": prompt,
        "all_prompts": [prompt] * len(seeds),
        "negative_prompt": negative,
        "all_negative_prompts": [negative] * len(seeds),
        "seed": seeds[0],
        "all_seeds": seeds,
        "all_subseeds": [0] * len(seeds),
        "batch_size": len(seeds),
        **_settings(plans[0]),
        **_NOT_HERE,
        **({"width": job.made[0].width, "height": job.made[0].height} if job.made else {}),
        "extra_generation_params": {"Notes": " ".join(notes)} if notes else {},
        "infotexts": [infotext(plan, seed) for plan, seed in zip(plans, seeds, strict=False)],
        "job_timestamp": timestamp(job.created),
        "version": PROGRAM,
        "drawthings": {
            "job": job.id,
            "model": plans[0].model.file,
            "server": job.server,
            "notes": notes,
            "ignored": list(asked.ignored),
            "interrupted": job.state == "cancelled",
        },
    }


def _settings(plan: Plan) -> dict[str, Any]:
    settings = plan.configuration
    return {
        "width": settings.width,
        "height": settings.height,
        "sampler_name": settings.sampler.label,
        "cfg_scale": settings.guidance_scale,
        "steps": settings.steps,
        "restore_faces": settings.face_restoration is not None,
        "face_restoration_model": settings.face_restoration,
        "sd_model_name": stem_of(plan.model.file),
        "denoising_strength": _denoising(plan),
        "clip_skip": settings.clip_skip,
        "is_using_inpainting_conditioning": plan.model.inpaints,
    }


def timestamp(moment: float) -> str:
    """Return seconds since 1970 as the web interface writes a moment."""
    return time.strftime("%Y%m%d%H%M%S", time.localtime(moment))


def with_text(png: bytes, text: str) -> bytes:
    """Return a PNG file that has a text where the web interface's programs look for it.

    Source: chunks tEXt and iTXt of the PNG specification; the first is for what Latin-1 can write.
    """
    try:
        kind, data = b"tEXt", KEYWORD.encode() + b"\0" + text.encode("latin-1")
    except UnicodeEncodeError:
        kind, data = b"iTXt", KEYWORD.encode() + b"\0\0\0\0\0" + text.encode("utf-8", "replace")
    chunk = struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return png[:_HEAD_BYTES] + chunk + png[_HEAD_BYTES:]


def text_of(made: Made) -> str:
    """Return the text about a picture that was made."""
    return infotext(made.plan, made.seed)


def _words(plan: Plan, seed: int) -> dict[str, str]:
    settings = plan.configuration
    first = (settings.hires_fix_width, settings.hires_fix_height) if settings.hires_fix else None
    width, height = first or (settings.width, settings.height)
    words = {
        "Steps": str(settings.steps),
        "Sampler": settings.sampler.label,
        "CFG scale": f"{settings.guidance_scale:g}",
        "Seed": str(seed),
        "Size": f"{width}x{height}",
        "Model": stem_of(plan.model.file),
    }
    denoising = _denoising(plan)
    if denoising is not None:
        words["Denoising strength"] = f"{denoising:g}"
    if first is not None:
        words["Hires resize"] = f"{settings.width}x{settings.height}"
    if settings.clip_skip > 1:
        words["Clip skip"] = str(settings.clip_skip)
    if "mask" in plan.inputs:
        words["Mask blur"] = f"{settings.mask_blur:g}"
    words["Version"] = PROGRAM
    return words


def _denoising(plan: Plan) -> float | None:
    settings = plan.configuration
    if settings.hires_fix:
        return settings.hires_fix_strength
    return settings.strength if "image" in plan.inputs or settings.strength != FULL_STRENGTH else None


def _with_tags(prompt: str, loras: Sequence[Lora]) -> str:
    tags = [f"<lora:{stem_of(lora.file)}:{lora.weight:g}>" for lora in loras]
    return " ".join([prompt, *tags]) if prompt else " ".join(tags)


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if any(mark in value for mark in ",:\n") else value


def _notes(asked: Asked, plans: Sequence[Plan]) -> list[str]:
    notes = [note.text for plan in plans for note in plan.notes if note.severity == "warn" or note.code in TOLD]
    return list(dict.fromkeys((*asked.draft.notes, *notes)))
