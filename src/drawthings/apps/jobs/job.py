"""One job: what is asked for, how far it is, and what it brought."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from drawthings.apps.jobs.glimpse import glimpse

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from drawthings.apps.jobs.draft import Draft
    from drawthings.apps.jobs.owner import Owner
    from drawthings.errors import DrawThingsError
    from drawthings.request.plan import Plan
    from drawthings.stream.events import Preview

State: TypeAlias = Literal["queued", "starting", "running", "decoding", "done", "failed", "cancelled"]

ENDED: frozenset[str] = frozenset({"done", "failed", "cancelled"})

PREVIEW_PX = 512
PREVIEW_KIND = "jpeg"


def new_id() -> str:
    """Return 128 random bits as text that may stand in an address."""
    return secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class Made:
    """One picture or clip that a job brought.

    Attributes:
        id: Its name in the store.
        job: The job's id.
        index: Its place among the job's results.
        kind: ``image`` or ``video``.
        seed: The seed that made it.
        width: Pixels across.
        height: Pixels down.
        plan: Everything that was decided for its generation, without the pictures that went in.
        media_type: What the stored file is.
        size: Its bytes.
        created: When it was finished, in seconds since 1970.
    """

    id: str
    job: str
    index: int
    kind: Literal["image", "video"]
    seed: int
    width: int
    height: int
    plan: Plan = field(repr=False)
    media_type: str
    size: int
    created: float


class Job:
    """One job. Only the core changes it; everybody else looks on.

    Attributes:
        id: Its name, impossible to guess.
        owner: Who asked.
        draft: What was asked for; when it has ended, without the pictures that came with it.
        state: Where it is.
        position: Its place in the line: 1 is next. None when it does not wait.
        wait_s: In how many seconds it probably begins; None when that is unknown.
        step: Sampling steps done of the generation that is furthest.
        steps: Sampling steps of that in all; 0 while unknown.
        progress: How far it is, 0 to 1; it never falls.
        server: Where it runs, or ran last.
        plans: What was decided for each generation.
        preview: The latest preview, or None.
        preview_index: Which generation that preview is of.
        made: What it brought so far, in order.
        error: Why it failed.
        reason: Why it was cancelled.
        attached: How many requests that were sent again it took.
        created: When it was asked for, in seconds since 1970.
        started: When a server began with it, or 0.
        ended_at: When it ended, or 0.
    """

    def __init__(self, draft: Draft, owner: Owner, plans: tuple[Plan, ...]) -> None:
        self.id = new_id()
        self.draft, self.owner, self.plans = draft, owner, plans
        self.state: State = "queued"
        self.position: int | None = None
        self.wait_s: float | None = None
        self.step = self.steps = 0
        self.progress = 0.0
        self.server = ""
        self.preview: Preview | None = None
        self.preview_index = 0
        self.made: list[Made] = []
        self.error: DrawThingsError | None = None
        self.reason = ""
        self.attached = 0
        self.created, self.started, self.ended_at = time.time(), 0.0, 0.0
        self._bells: set[asyncio.Event] = set()
        self._glimpses: dict[tuple[str, int, int], asyncio.Task[bytes | None]] = {}
        self._shown: Preview | None = None
        self.deserted: Callable[[Job], None] = lambda _: None

    @property
    def model(self) -> str:
        """The checkpoint's file."""
        return self.plans[0].model.file

    @property
    def over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.state in ENDED

    @property
    def watched(self) -> bool:
        """Whether anybody waits for it."""
        return bool(self._bells)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is likely to disappoint, in sentences."""
        found = [note.text for plan in self.plans for note in plan.notes if note.severity == "warn"]
        return tuple(dict.fromkeys(found))

    def changed(self) -> None:
        """Tell everybody who watches that something is different now."""
        for bell in self._bells:
            bell.set()

    async def watch(self) -> AsyncGenerator[Job]:
        """Yield the job now and after every change, until it has ended.

        Who is slow misses states in between, but never the last one. A job that nobody watches any more is given up
        after a moment, unless it is one that outlives its watchers.
        """
        bell = asyncio.Event()
        self._bells.add(bell)
        try:
            while True:
                bell.clear()
                yield self
                if self.over:
                    return
                await bell.wait()
        finally:
            self._bells.discard(bell)
            if not self._bells and not self.over:
                self.deserted(self)

    async def ended(self) -> None:
        """Wait until it has ended."""
        watching = self.watch()
        try:
            async for _ in watching:
                pass
        finally:
            await watching.aclose()

    def forget_previews(self) -> None:
        """Let go of the latest preview, and of the files that were made of it."""
        self.preview = self._shown = None
        self._glimpses = {}

    async def preview_encoded(
        self, form: str = PREVIEW_KIND, *, max_side: int = PREVIEW_PX, quality: int = 80
    ) -> bytes | None:
        """Return the latest preview as the bytes of a file; each is made once, however many ask.

        Args:
            form: ``png``, ``jpeg`` or ``webp``.
            max_side: The longest side in pixels; latents are enlarged eight times, but not beyond it.
            quality: 1 to 100, for JPEG and WebP.

        Returns:
            The file, or None when there is no preview or its family has no simple way to colours.
        """
        preview = self.preview
        if preview is None:
            return None
        if preview is not self._shown:
            self._shown, self._glimpses = preview, {}
        key = form, max_side, quality
        if key not in self._glimpses:
            self._glimpses[key] = asyncio.ensure_future(glimpse(preview, form, max_side, quality))
        # Whoever leaves meanwhile must not take it from the others.
        return await asyncio.shield(self._glimpses[key])

    async def preview_jpeg(self, max_side: int = PREVIEW_PX) -> bytes | None:
        """Return the latest preview as a JPEG; see ``preview_encoded``."""
        return await self.preview_encoded(PREVIEW_KIND, max_side=max_side)
