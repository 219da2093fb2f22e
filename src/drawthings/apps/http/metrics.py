"""What Prometheus is told: counts and times. Labels never hold words of users, names of keys or ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from drawthings.apps.jobs.floor import DESERTED, SHUT_DOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric
    from starlette.requests import Request

    from drawthings.apps.jobs.core import Jobs
    from drawthings.apps.jobs.job import Job

SECONDS = (0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800)
REASONS = (DESERTED, SHUT_DOWN)


class Metrics:
    """Counts what becomes of jobs.

    Args:
        jobs: The core.
    """

    def __init__(self, jobs: Jobs) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self.registry = CollectorRegistry()
        own: Any = {"registry": self.registry}
        labels = ("state", "dialect", "model")
        self._ended = Counter("drawthings_jobs", "Jobs that ended.", labels, **own)
        self._pictures = Counter("drawthings_pictures", "Pictures and clips that were made.", ("model",), **own)
        self._cancelled = Counter("drawthings_cancelled", "Jobs that were cancelled.", ("reason",), **own)
        self._waited = Histogram("drawthings_queue_seconds", "Time in the line.", buckets=SECONDS, **own)
        self._ran = Histogram("drawthings_run_seconds", "Time at work.", ("model",), buckets=SECONDS, **own)
        self.registry.register(Snapshot(jobs))
        jobs.listen(self.heard)

    def heard(self, job: Job) -> None:
        """Count a job that has ended; whatever else changes is looked at when somebody asks."""
        if not job.over:
            return
        self._ended.labels(job.state, job.draft.dialect, job.model).inc()
        self._pictures.labels(job.model).inc(len(job.made))
        if job.state == "cancelled":
            self._cancelled.labels(job.reason if job.reason in REASONS else "asked for").inc()
        if job.started:
            self._waited.observe(job.started - job.created)
            self._ran.labels(job.model).observe(job.ended_at - job.started)


class Snapshot:
    """What is so at the moment when somebody asks."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def collect(self) -> Iterator[Metric]:
        """Yield the state of the line and of each server."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        again = "Requests sent again that got a known job."
        yield CounterMetricFamily("drawthings_retries_attached", again, value=self._jobs.attached)
        yield GaugeMetricFamily("drawthings_queued", "Jobs that wait.", value=self._jobs.queue_length())
        yield GaugeMetricFamily("drawthings_store_bytes", "Bytes of all results.", value=self._jobs.store.size)
        up = GaugeMetricFamily("drawthings_server_up", "Whether a server can be used.", labels=["server"])
        busy = GaugeMetricFamily("drawthings_server_busy", "Whether a server works.", labels=["server"])
        for status in self._jobs.servers():
            up.add_metric([status.server], float(status.usable))
            busy.add_metric([status.server], float(status.state == "working"))
        yield up
        yield busy


def routes() -> list[Route]:
    """Return the route that Prometheus asks."""
    return [Route("/metrics", _metrics, methods=["GET"])]


async def _metrics(request: Request) -> Response:
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
