"""What the tools answer: facts as JSON for the model, small pictures for the eye, and links to the whole files.

Pictures and facts are ``content`` only. There is a host that shows nothing but the structured part where there is one,
so a picture beside it would never be seen.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from mcp_types import CallToolResult, ImageContent, ResourceLink, TextContent

from drawthings.apps.mcp import failure, inline
from drawthings.apps.mcp.following import words
from drawthings.apps.mcp.studio import IMAGES
from drawthings.errors import NoSuchJob
from drawthings.wire.aside import computed_async

if TYPE_CHECKING:
    from mcp_types import ContentBlock

    from drawthings.apps.jobs.job import Job, Made
    from drawthings.apps.jobs.store import Stored
    from drawthings.apps.mcp.studio import Studio

TOLD = ("width", "height", "steps", "guidance_scale", "sampler", "strength", "num_frames")
PREVIEW_SIDE_PX = 512
PREVIEW_TYPE = "image/jpeg"


async def answer(studio: Studio, job: Job, *, show: bool) -> CallToolResult:
    """Return what a job has brought, or how far it is.

    Args:
        studio: What there is to work with.
        job: The job.
        show: Whether small pictures come along.
    """
    if not job.over:
        return await _pending(job, show=show)
    if studio.shelf is not None:
        await studio.shelf.settled(job)
    told: dict[str, Any] = {"job": job.id, "state": job.state, "model": job.model}
    if job.error is not None:
        told |= failure.facts(job.error)
    results = [stored for made in job.made if (stored := studio.jobs.store.get(made.id)) is not None]
    told["results"] = [_result(studio, stored) for stored in results]
    if job.made:
        told["settings"] = _settings(job.made[0])
    notes = list(dict.fromkeys((*job.draft.notes, *job.warnings)))
    if notes:
        told["notes"] = notes
    content: list[ContentBlock] = [TextContent(text=failure.text(told))]
    if show:
        for each in results:
            # The frames of a clip are kept for a while only; its facts and its file are there all the same.
            with suppress(NoSuchJob):
                content.append(await picture(studio, each, most_bytes=inline.share(len(results))))
    content += [link(studio, each) for each in results]
    return CallToolResult(content=content, is_error=job.state != "done")


async def _pending(job: Job, *, show: bool) -> CallToolResult:
    told: dict[str, Any] = {"job": job.id, "state": job.state, "progress": round(job.progress, 3), "doing": words(job)}
    if job.position is not None:
        told["position"] = job.position
    if job.steps:
        told |= {"step": job.step, "steps": job.steps}
    told["next"] = f"It goes on. Call get_job with id {job.id} for the result, or cancel_job to stop it."
    content: list[ContentBlock] = [TextContent(text=failure.text(told))]
    if show and job.preview is not None:
        preview = await job.preview_jpeg(PREVIEW_SIDE_PX)
        if preview:
            content.append(inline.content(preview, PREVIEW_TYPE))
    return CallToolResult(content=content)


async def picture(
    studio: Studio, stored: Stored, *, longest_px: int = inline.LONGEST_SIDE_PX, most_bytes: int | None = None
) -> ImageContent:
    """Return a small copy of a result; of a clip its first frame."""
    whole = await studio.jobs.encoded(stored.id, form="png")
    return inline.content(
        await computed_async(partial(inline.small_copy, whole, longest_px=longest_px, most_bytes=most_bytes))
    )


def link(studio: Studio, stored: Stored) -> ResourceLink:
    """Return a link to the whole file of a result."""
    return ResourceLink(
        name=stored.id,
        title=title(stored),
        uri=f"{IMAGES}{stored.id}",
        mime_type=stored.media_type,
        size=size_of(studio, stored),
    )


def size_of(studio: Studio, stored: Stored) -> int | None:
    """Return the bytes of a result as it is handed out; None where it is kept with more in it."""
    return None if studio.jobs.strip_metadata else stored.size


def title(stored: Stored) -> str:
    """Return a name for a result that people can read."""
    facts = stored.facts
    return f"{facts['kind']} with seed {facts['seed']}, {facts['width']}x{facts['height']}"


def told_of(stored: Stored) -> dict[str, Any]:
    """Return what there is to know of a result."""
    facts = {name: stored.facts[name] for name in ("kind", "seed", "width", "height")}
    return {"id": stored.id, "uri": f"{IMAGES}{stored.id}", **facts}


def _result(studio: Studio, stored: Stored) -> dict[str, Any]:
    path = None if studio.shelf is None else studio.shelf.path(stored.id)
    return told_of(stored) if path is None else {**told_of(stored), "path": str(path)}


def _settings(made: Made) -> dict[str, Any]:
    """Return the settings that were decided, as JSON can say them."""
    configuration = made.plan.configuration
    found = {name: getattr(configuration, name) for name in TOLD}
    told = {name: getattr(value, "label", value) for name, value in found.items() if value is not None}
    loras = [{"name": lora.file, "weight": lora.weight} for lora in configuration.loras]
    return {**told, "loras": loras} if loras else told
