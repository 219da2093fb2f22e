"""A folder into which finished results are saved, under names of our own; no tool can name another place."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from drawthings.apps.jobs.measure import FORMS
from drawthings.errors import DrawThingsError
from drawthings.media.naming import expand_name, write_new
from drawthings.profiles import home_expanded
from drawthings.wire.aside import computed_async

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings.apps.jobs.core import Jobs
    from drawthings.apps.jobs.job import Job
    from drawthings.apps.jobs.store import Stored

PATTERN = "{model}_{seed}"

_log = logging.getLogger("drawthings.apps.mcp")


class Shelf:
    """Saves the results of jobs, also of those that nobody waits for any more.

    Args:
        jobs: The core that has the results.
        folder: Where to; it is made when the first result comes.
    """

    def __init__(self, jobs: Jobs, folder: Path) -> None:
        self._jobs = jobs
        self.folder = home_expanded(folder)
        self._paths: dict[str, Path] = {}
        self._savings: dict[str, asyncio.Task[None]] = {}

    def expect(self, job: Job) -> None:
        """Save the results of a job as soon as it has ended."""
        saving = asyncio.create_task(self._save(job))
        self._savings[job.id] = saving
        saving.add_done_callback(lambda _: self._savings.pop(job.id, None))

    async def settled(self, job: Job) -> None:
        """Wait until the results of a job that has ended are saved."""
        saving = self._savings.get(job.id)
        if saving is not None:
            await asyncio.shield(saving)

    async def close(self) -> None:
        """Wait until everything is saved; all jobs have ended by then."""
        await asyncio.gather(*self._savings.values(), return_exceptions=True)

    def path(self, name: str) -> Path | None:
        """Return where the result of that id is, or None when it is not saved."""
        return self._paths.get(name)

    async def _save(self, job: Job) -> None:
        await job.ended()
        for made in job.made:
            stored = self._jobs.store.get(made.id)
            if stored is None:
                continue
            try:
                self._paths[made.id] = await computed_async(partial(self._written, stored, job.model))
            except (DrawThingsError, OSError) as error:
                _log.warning("a result could not be saved: %s", error)

    def _written(self, stored: Stored, model: str) -> Path:
        name = expand_name(PATTERN, model=model.removesuffix(".ckpt"), seed=stored.facts["seed"])
        return write_new(self.folder / f"{name}.{FORMS[stored.media_type]}", stored.read())
