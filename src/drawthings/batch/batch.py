"""``Batch``: a folder of jobs and their results, for programs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from drawthings.batch.jobs import listed_jobs, read_jobs
from drawthings.batch.manifest import Manifest
from drawthings.client.grid import Axis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from drawthings.batch.rules import Rules
    from drawthings.batch.run import Tally
    from drawthings.batch.safe import Form
    from drawthings.batch.spread import Wordings
    from drawthings.batch.standing import ServerStatus
    from drawthings.batch.task import Task
    from drawthings.settings import Connection

Jobs: TypeAlias = "str | Path | Iterable[str | Mapping[str, Any]]"
"""The path of a list or of a folder of pictures; or prompts, or keywords of ``generate``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What each job of a list becomes.

    Attributes:
        settings: What holds for all jobs that do not say otherwise: keywords of ``generate``.
        vary: Settings that vary, with their values; every combination becomes a job.
        seeds: How many pictures there are of each, with different seeds.
        wordings: What becomes of ``{red|blue}``: ``all`` of them, one by the ``seed``, or ``plain`` text.
        wildcards: The folder with ``colour.txt`` for ``__colour__``.
    """

    settings: Mapping[str, Any] | None = None
    vary: Mapping[str, Sequence[Any]] | None = None
    seeds: int = 1
    wordings: Wordings = "all"
    wildcards: str | Path | None = None

    def tasks(self, jobs: Jobs, salt: str) -> Iterator[Task]:
        """Yield what is to be done.

        Raises:
            DrawThingsError: A job makes no sense; the message says which one.
        """
        from drawthings.batch.spread import Spreader

        entries = read_jobs(jobs) if isinstance(jobs, str | Path) else listed_jobs(jobs)
        spreader = Spreader(
            salt=salt,
            defaults=dict(self.settings or {}),
            axes=[Axis(name, tuple(values)) for name, values in (self.vary or {}).items()],
            seeds=self.seeds,
            wordings=self.wordings,
            wildcards=Path(self.wildcards) if self.wildcards is not None else None,
        )
        return spreader.tasks(entries)


class Batch:
    """A folder with jobs, a manifest of what became of each, and their pictures.

    Everything survives: what was done is not done again, and what was in the middle when a program ended waits again.

    Args:
        folder: The folder; made by the first ``run``.

    Example:
        >>> import tempfile
        >>> from drawthings import Batch
        >>> batch = Batch(tempfile.mkdtemp())
        >>> tally = batch.run(["a red fox", "a blue fox"], ["embedded"], settings={"width": 128, "height": 128})
        >>> tally.done, batch.counts()["done"]
        (2, 2)
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).expanduser()

    def run(
        self,
        jobs: Jobs,
        servers: Sequence[str | Connection],
        *,
        form: Form = "png",
        rules: Rules | None = None,
        scheduler: str | None = None,
        on_look: Callable[[Tally, tuple[ServerStatus, ...]], None] | None = None,
        on_job: Callable[[int, str], None] | None = None,
        **spread: Any,  # noqa: ANN401 - the fields of Spread
    ) -> Tally:
        """Do the jobs of a list, and whatever else of the batch waits.

        Args:
            jobs: The path of a list (JSONL, JSON, CSV, YAML, a prompt a line) or of a folder of pictures; or prompts,
                or keywords of ``generate``. Those that the batch has already are not done again.
            servers: Addresses or connections.
            form: The kind of file that pictures become: ``png``, ``jpg`` or ``webp``; clips become MP4.
            rules: How patient to be with servers; by default the jobs wait five minutes when none is left.
            scheduler: Let Dask workers do it: ``inproc``, ``local`` or the address of a scheduler.
            on_look: Called twice a second with how far it is and how the servers are.
            on_job: Called with a job's number and its state when it has ended.
            spread: ``settings``, ``vary``, ``seeds``, ``wordings`` and ``wildcards``; see ``Spread``.

        Returns:
            How far it came; ``stopped`` says why not to the end.

        Raises:
            ManifestMismatch: The folder cannot be used, or somebody else runs the batch.
            DrawThingsError: A job of the list makes no sense; none of the list was added.
        """
        options: dict[str, Any] = {"form": form, "rules": rules, "scheduler": scheduler}
        work = self.run_async(jobs, servers, on_look=on_look, on_job=on_job, **options, **spread)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(work)
        # A notebook has a loop of its own, which waits here.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, work).result()

    async def run_async(
        self,
        jobs: Jobs,
        servers: Sequence[str | Connection],
        *,
        form: Form = "png",
        rules: Rules | None = None,
        scheduler: str | None = None,
        on_look: Callable[[Tally, tuple[ServerStatus, ...]], None] | None = None,
        on_job: Callable[[int, str], None] | None = None,
        **spread: Any,  # noqa: ANN401 - the fields of Spread
    ) -> Tally:
        """Do what ``run`` does, for ``asyncio``."""
        from drawthings.batch.run import run_batch

        wanted = Spread(**spread)
        with Manifest(self.folder, create=True) as manifest:
            salt = manifest.about("salt")
        return await run_batch(
            self.folder,
            servers,
            wanted.tasks(jobs, salt),
            form=form,
            rules=rules,
            scheduler=scheduler,
            on_look=on_look,
            on_job=on_job,
        )

    def resume(self, servers: Sequence[str | Connection], **options: Any) -> Tally:  # noqa: ANN401 - those of run
        """Go on with what waits, and add nothing; see ``run``.

        Raises:
            ManifestMismatch: There is no batch in the folder, or somebody else runs it.
        """
        Manifest(self.folder).close()
        return self.run((), servers, **options)

    def counts(self) -> dict[str, int]:
        """Return how many jobs are ``waiting``, ``running``, ``done``, ``failed``, ``poison`` and ``cancelled``.

        Raises:
            ManifestMismatch: There is no batch in the folder.
        """
        with Manifest(self.folder) as manifest:
            return manifest.counts()

    def jobs(self, *states: str) -> Iterator[dict[str, Any]]:
        """Yield all that is known of each job in some states (by default all): its request, files, error, times.

        Raises:
            ManifestMismatch: There is no batch in the folder.
        """
        with Manifest(self.folder) as manifest:
            yield from manifest.rows(*states)

    def retry(self, *numbers: int) -> int:
        """Let jobs wait again that failed, were put aside or cancelled: those, or all; return how many."""
        with Manifest(self.folder) as manifest:
            return manifest.retry(numbers)

    def cancel(self, *numbers: int) -> int:
        """Cancel jobs that wait: those, or all; return how many. It works while the batch runs, too."""
        with Manifest(self.folder) as manifest:
            return manifest.cancel(numbers)

    def export(self, target: str | Path) -> list[Path]:
        """Write a table (``.csv``, ``.parquet``) or contact sheets (``.png``, ``.jpg``, ``.webp``), or fill a folder.

        Raises:
            BadValue: The suffix means nothing, or a library for it is missing.
            OutputError: It cannot be written.
        """
        from drawthings.batch.export import export

        with Manifest(self.folder) as manifest:
            return export(manifest, target)
