"""The answer as a stream of events: unfinished pictures from real previews, then each finished one."""

from __future__ import annotations

import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from drawthings.apps.openai.quality import reported
from drawthings.apps.openai.render import USAGE, about, in_text, size_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from drawthings.apps.jobs.core import Jobs
    from drawthings.apps.jobs.job import Job, Made
    from drawthings.apps.openai.parse import Asked

PREVIEW_PX = 1024
"""The longest side of an unfinished picture: programs show it where the finished one will be."""
USUAL_QUALITY = 80


class Partials:
    """Decides which previews are sent: of each picture the first one at or after every fraction of its steps.

    Args:
        wanted: How many are wanted of each picture.
    """

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._sent: dict[int, int] = {}
        self._due: dict[int, int] = {}

    def due(self, place: int, step: int, steps: int) -> bool:
        """Return whether a preview is to be sent, and count it if so.

        Args:
            place: Which picture it is of.
            step: The step that it came with.
            steps: Steps in all; 0 while unknown.
        """
        passed = self._due.get(place, 0)
        if passed >= self._wanted or steps <= 0:
            return False
        reached = min(self._wanted, int(step * (self._wanted + 1) / steps))
        if reached <= passed:
            return False
        self._due[place] = reached
        self._sent[place] = self._sent.get(place, 0) + 1
        return True

    def number(self, place: int) -> int:
        """Return the number of the last one that was sent of a picture, from 0."""
        return self._sent[place] - 1


async def events(asked: Asked, jobs: Jobs, job: Job) -> AsyncGenerator[tuple[str, dict[str, Any]]]:
    """Yield the events of a job as pairs of name and content.

    Raises:
        DrawThingsError: The job failed or was cancelled; what had been finished was yielded before.
    """
    partials, shown, preview = Partials(asked.partials), set[int](), None
    async with aclosing(job.watch()) as states:
        async for _ in states:
            if job.preview is not None and job.preview is not preview:
                preview, place = job.preview, job.preview_index
                if place not in shown and partials.due(place, preview.step, job.steps):
                    event = await _partial(asked, job, place, partials.number(place))
                    if event is not None:
                        yield event
            for made in [made for made in job.made if made.index not in shown]:
                shown.add(made.index)
                yield await _completed(asked, jobs, job, made)
    if job.error is not None:
        raise job.error


async def _partial(asked: Asked, job: Job, place: int, number: int) -> tuple[str, dict[str, Any]] | None:
    quality = asked.form.quality or USUAL_QUALITY
    data = await job.preview_encoded(asked.form.name, max_side=PREVIEW_PX, quality=quality)
    if data is None:
        return None
    facts = {"partial_image_index": number, "image_index": place}
    return _event(asked, job, "partial_image", (await in_text(data)).decode(), facts)


async def _completed(asked: Asked, jobs: Jobs, job: Job, made: Made) -> tuple[str, dict[str, Any]]:
    data = await jobs.encoded(made, form=asked.form.name, quality=asked.form.quality)
    facts: dict[str, Any] = {"image_index": made.index, "usage": USAGE, "drawthings": about(job, made)}
    if asked.user:
        facts["safety_identifier"] = asked.user
    return _event(asked, job, "completed", (await in_text(data)).decode(), facts)


def _event(asked: Asked, job: Job, what: str, text: str, facts: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    kind = f"{'image_generation' if asked.call == 'generations' else 'image_edit'}.{what}"
    return kind, {
        "type": kind,
        "b64_json": text,
        "created_at": int(time.time()),
        "size": size_of(job),
        "quality": reported(asked.quality) or "auto",
        "background": "transparent" if asked.transparent else "opaque",
        "output_format": asked.form.name,
        **facts,
    }
