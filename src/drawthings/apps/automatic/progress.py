"""How far the job is, as ``progress`` tells it. When nothing is under way it says exactly 0: clients wait for that."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any

from drawthings.apps.automatic.info import timestamp

if TYPE_CHECKING:
    from drawthings.apps.jobs.job import Job

WAITING = 0.01
"""What a job that has not begun counts, so that nobody takes the queue for idle."""
ALMOST = 0.999


def idle() -> dict[str, Any]:
    """Return what is told when nothing is under way."""
    return {
        "progress": 0.0,
        "eta_relative": 0.0,
        "state": _state(None),
        "current_image": None,
        "textinfo": None,
        "current_task": None,
    }


def progress(job: Job, *, task: str = "", preview: bytes | None = None) -> dict[str, Any]:
    """Return how far a job is.

    Args:
        job: The job, queued or running.
        task: What the client calls it.
        preview: The latest preview as a file, or None.
    """
    done = min(max(WAITING, job.progress), ALMOST)
    return {
        "progress": done,
        "eta_relative": _left(job, done),
        "state": _state(job),
        "current_image": None if preview is None else base64.b64encode(preview).decode(),
        "textinfo": _words(job),
        "current_task": task or job.id,
    }


def _state(job: Job | None) -> dict[str, Any]:
    count = 0 if job is None else max(1, len(job.draft.seeds))
    return {
        "skipped": False,
        "interrupted": False,
        "stopping_generation": False,
        "job": "" if job is None else job.id,
        "job_count": count,
        "job_timestamp": "0" if job is None else timestamp(job.created),
        "job_no": 0 if job is None else min(len(job.made), count - 1),
        "sampling_step": 0 if job is None else job.step,
        "sampling_steps": 0 if job is None else job.steps,
    }


def _left(job: Job, done: float) -> float:
    """Return in how many seconds it will be done, guessed from how long it took so far."""
    if job.wait_s is not None and job.state == "queued":
        return job.wait_s
    since = time.time() - (job.started or job.created)
    return round(max(0.0, since / done - since), 1)


def _words(job: Job) -> str:
    if job.state == "queued" and job.position is not None:
        return "Next in line." if job.position == 1 else f"Number {job.position} in line."
    if job.state == "starting":
        return "The server loads the model or reads the prompt."
    return f"Step {job.step} of {job.steps}." if job.steps else "Working."
