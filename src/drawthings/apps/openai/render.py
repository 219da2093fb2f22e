"""From a finished job to the answer: JSON put together from bytes, because pictures are large."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from drawthings.apps.openai.quality import reported

if TYPE_CHECKING:
    from drawthings.apps.jobs.core import Jobs
    from drawthings.apps.jobs.job import Job, Made
    from drawthings.apps.openai.parse import Asked

Link: TypeAlias = Callable[["Made", str], str]
"""Takes a result and the kind of file; returns its address."""

HERE_BYTES = 1 << 20
"""Pictures beyond this size are turned into text in a thread."""
NO_TOKENS = {"image_tokens": 0, "text_tokens": 0}
USAGE = {
    "input_tokens": 0,
    "input_tokens_details": NO_TOKENS,
    "output_tokens": 0,
    "output_tokens_details": NO_TOKENS,
    "total_tokens": 0,
}
"""Some clients compute with these numbers, so they are there; nothing is counted in tokens here."""


async def generated(asked: Asked, jobs: Jobs, link: Link, job: Job) -> bytes:
    """Return the answer for a finished job.

    Args:
        asked: What was asked for.
        jobs: Where the files are.
        link: How a file's address is made.
        job: The job.
    """
    head = json.dumps(envelope(asked, job), ensure_ascii=False).encode()
    items = [await _item(asked, jobs, link, job, made) for made in job.made]
    return b"".join((head[:-1], b', "data": [', b", ".join(items), b"]}"))


async def _item(asked: Asked, jobs: Jobs, link: Link, job: Job, made: Made) -> bytes:
    facts: dict[str, Any] = {"drawthings": about(job, made)}
    if asked.reply == "url":
        facts = {"url": link(made, asked.form.name), **facts}
        return json.dumps(facts, ensure_ascii=False).encode()
    text = await in_text(await jobs.encoded(made, form=asked.form.name, quality=asked.form.quality))
    return b"".join((b'{"b64_json": "', text, b'", ', json.dumps(facts, ensure_ascii=False).encode()[1:]))


async def in_text(data: bytes) -> bytes:
    """Return bytes as base64."""
    if len(data) < HERE_BYTES:
        return base64.b64encode(data)
    return await asyncio.to_thread(base64.b64encode, data)


def envelope(asked: Asked, job: Job) -> dict[str, Any]:
    """Return everything of an answer but the pictures."""
    found: dict[str, Any] = {
        "created": int(job.created),
        "background": "transparent" if asked.transparent else "opaque",
        "output_format": asked.form.name,
        "size": size_of(job),
        "usage": USAGE,
    }
    quality = reported(asked.quality)
    if quality is not None:
        found["quality"] = quality
    if asked.user:
        found["safety_identifier"] = asked.user
    found["drawthings"] = {"job": job.id, "warnings": list(job.warnings), "notes": list(job.draft.notes)}
    return found


def size_of(job: Job) -> str:
    """Return the size of what was made, or of what is being made."""
    if job.made:
        return f"{job.made[0].width}x{job.made[0].height}"
    configuration = job.plans[0].configuration
    width, height = job.plans[0].cut or (configuration.width, configuration.height)
    return f"{width}x{height}"


def about(job: Job, made: Made) -> dict[str, Any]:
    """Return what is worth knowing about one picture, so that it can be made again."""
    settings = made.plan.configuration
    return {
        "id": made.id,
        "seed": made.seed,
        "model": made.plan.model.file,
        "width": made.width,
        "height": made.height,
        "steps": settings.steps,
        "guidance_scale": settings.guidance_scale,
        "sampler": settings.sampler.label,
        "server": job.server,
        "seconds": round(max(0.0, made.created - (job.started or job.created)), 2),
    }
