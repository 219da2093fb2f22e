"""One line of the log for each job when it ends: what became of it and why. Prompts only where they are asked for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drawthings.apps.jobs.core import Jobs
    from drawthings.apps.jobs.job import Job

logger = logging.getLogger("drawthings.gateway")


class Journal:
    """Writes down how jobs end.

    Args:
        jobs: The core.
        log_prompts: Whether prompts are written down as well.
    """

    def __init__(self, jobs: Jobs, *, log_prompts: bool) -> None:
        self._log_prompts = log_prompts
        jobs.listen(self.heard)

    def heard(self, job: Job) -> None:
        """Write down a job that has ended."""
        if not job.over:
            return
        # The message of an error may hold words of the request, so it is told by its kind alone.
        why = "" if job.error is None else f": {type(job.error).__name__}"
        told = str(job.error) if self._log_prompts and job.error is not None else ""
        prompt = f" {job.draft.prompt!r}" if self._log_prompts else ""
        took_s = job.ended_at - job.created
        words = (job.id, job.draft.dialect, job.draft.verb, job.state, why, len(job.made), took_s, prompt, told)
        logger.info("job %s: %s %s %s%s, %d results, %.1f s%s %s", *words)
