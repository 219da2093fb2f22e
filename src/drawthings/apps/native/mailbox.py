"""What one tab of a browser is still to be told: of each job the latest only, of everything else all."""

from __future__ import annotations

import asyncio
import base64
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any, TypeAlias

from drawthings.apps.native import render

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from drawthings.apps.jobs.core import Jobs
    from drawthings.apps.jobs.job import Job
    from drawthings.apps.jobs.owner import Owner
    from drawthings.stream.events import Preview

Told: TypeAlias = tuple[str, dict[str, Any]]

LOOK_S = 1.0
"""How often it is looked whether a server has changed."""
MOST_WAITING = 500
PREVIEW_SIDES = (512, 384, 256)
MOST_PREVIEW_BYTES = 80_000
SNAPSHOT = 60


class Hub:
    """All open tabs, so that one of them hears what another one does."""

    def __init__(self) -> None:
        self._boxes: dict[str, set[Mailbox]] = {}

    def open(self, box: Mailbox) -> None:
        """Take a tab in."""
        self._boxes.setdefault(box.scope, set()).add(box)

    def close(self, box: Mailbox) -> None:
        """Forget a tab."""
        boxes = self._boxes.get(box.scope, set())
        boxes.discard(box)
        if not boxes:
            self._boxes.pop(box.scope, None)

    def tell(self, scope: str, event: str, data: dict[str, Any]) -> None:
        """Tell all tabs of somebody."""
        for box in self._boxes.get(scope, set()):
            box.tell(event, data)


class Mailbox:
    """What one tab is still to be told.

    Args:
        jobs: The core.
        owner: Whose tab it is.
        state: Makes the state of the gateway.
    """

    def __init__(self, jobs: Jobs, owner: Owner, state: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        self.scope = owner.scope
        self._jobs, self._owner, self._state = jobs, owner, state
        self._changed: OrderedDict[str, Job] = OrderedDict()
        self._told: deque[Told] = deque(maxlen=MOST_WAITING)
        self._shown: dict[str, Preview] = {}
        self._made: dict[str, int] = {}
        self._bell = asyncio.Event()

    def heard(self, job: Job) -> None:
        """Note that a job has changed."""
        if job.owner.scope == self.scope:
            self._changed[job.id] = job
            self._bell.set()

    def tell(self, event: str, data: dict[str, Any]) -> None:
        """Note something that is to be told as it is."""
        self._told.append((event, data))
        self._bell.set()

    async def events(self) -> AsyncGenerator[Told]:
        """Yield everything, beginning with what is so now, until the gateway shuts down."""
        deaf = self._jobs.listen(self.heard)
        try:
            state = await self._state()
            yield "state", state
            for job in self._jobs.of(self._owner):
                self._made[job.id] = len(job.made)
            yield "snapshot", {"jobs": [self._rendered(job) for job in self._jobs.of(self._owner)[:SNAPSHOT]]}
            while not self._jobs.closing:
                self._bell.clear()
                while self._told:
                    yield self._told.popleft()
                while self._changed:
                    async for told in self._of_job(self._changed.popitem(last=False)[1]):
                        yield told
                now = await self._state()
                if now != state:
                    state = now
                    yield "state", state
                try:
                    async with asyncio.timeout(LOOK_S):
                        await self._bell.wait()
                except TimeoutError:
                    continue
        finally:
            deaf()

    async def _of_job(self, job: Job) -> AsyncGenerator[Told]:
        yield "job", self._rendered(job)
        before = self._made.get(job.id, 0)
        for made in job.made[before:]:
            stored = self._jobs.store.get(made.id)
            if stored is not None:
                yield "picture", render.picture(stored)
        self._made[job.id] = len(job.made)
        preview = job.preview
        if preview is not None and self._shown.get(job.id) is not preview:
            self._shown[job.id] = preview
            data = await small(job)
            if data is not None:
                url = f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
                yield "preview", {"job": job.id, "index": job.preview_index, "step": preview.step, "data": url}
        if job.over:
            self._shown.pop(job.id, None)

    def _rendered(self, job: Job) -> dict[str, Any]:
        return render.job(job, self._jobs.store)


async def small(job: Job) -> bytes | None:
    """Return the preview of a job as a JPEG that is small enough for an event."""
    for side in PREVIEW_SIDES:
        data = await job.preview_encoded("jpeg", max_side=side)
        if data is None or len(data) <= MOST_PREVIEW_BYTES:
            return data
    return None
