"""The manifest of a batch: every job with its state, in one SQLite file that survives whatever happens to the runner.

A row says ``done`` only when its files are whole and in their place, so that whoever dies in between repeats a job at
worst. The file is in WAL mode: it can be looked at while a batch runs, and killing a process at any instant loses
nothing that was written. (After a power failure the last rows may be those of a moment before.)
"""

from __future__ import annotations

import contextlib
import math
import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from drawthings.errors import ManifestMismatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType

    from drawthings.batch.task import Task

NAME: Final = "batch.sqlite"
LOCK: Final = "batch.lock"
VERSION: Final = 1
STATES: Final = ("waiting", "running", "done", "failed", "poison", "cancelled")
BLOCK: Final = 1000

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    request TEXT NOT NULL,
    model TEXT NOT NULL,
    priority INTEGER NOT NULL,
    deadline REAL NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    tries INTEGER NOT NULL DEFAULT 0,
    after REAL NOT NULL DEFAULT 0,
    server TEXT,
    started REAL,
    ended REAL,
    seconds REAL,
    used TEXT,
    settings TEXT,
    error TEXT,
    reason TEXT,
    hint TEXT
);
CREATE INDEX IF NOT EXISTS next_jobs ON job (state, model, priority DESC, deadline, number);
CREATE TABLE IF NOT EXISTS file (
    job INTEGER NOT NULL REFERENCES job,
    place INTEGER NOT NULL,
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    seed INTEGER NOT NULL,
    PRIMARY KEY (job, place)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A job that waits.

    Attributes:
        number: Its number, from 1 in the order of the list.
        request: Prompt and keywords as JSON.
        model: The model as it was named.
        priority: Higher goes first.
        name: What its files are to be called.
        tries: How often it failed.
        deadline: When it should be done, in seconds since 1970.
    """

    number: int
    request: str
    model: str
    priority: int
    name: str
    tries: int
    deadline: float = math.inf


@dataclass(frozen=True, slots=True)
class Made:
    """A file of a job.

    Attributes:
        path: Where it is, relative to the folder of the batch.
        sha256: The hash of its content in hex.
        seed: The seed of the picture.
    """

    path: str
    sha256: str
    seed: int


class Manifest:
    """The manifest in a batch's folder.

    Args:
        folder: The folder; made where it is not there.
        create: Whether to make a manifest where there is none.

    Raises:
        ManifestMismatch: There is none, it is broken, or of another version.
    """

    def __init__(self, folder: str | Path, *, create: bool = False) -> None:
        self.folder = Path(folder).expanduser()
        self.path = self.folder / NAME
        if not create and not self.path.is_file():
            raise ManifestMismatch(
                f"There is no batch in {str(self.folder)!r}.",
                hint="Give the folder of a batch; `drawthings batch run JOBS -o FOLDER` begins one.",
                path=self.path,
            )
        self._lock: sqlite3.Connection | None = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=30.0, isolation_level=None, check_same_thread=False)
            self._set_up()
        except (sqlite3.Error, OSError) as error:
            raise ManifestMismatch(
                f"The manifest {str(self.path)!r} cannot be used: {error}.",
                hint="Choose another folder.",
                path=self.path,
            ) from error

    def _set_up(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        with self._all_or_nothing():
            for statement in SCHEMA.split(";"):
                self._db.execute(statement)
            self._db.execute("INSERT OR IGNORE INTO about VALUES ('version', ?)", (str(VERSION),))
            self._db.execute("INSERT OR IGNORE INTO about VALUES ('salt', ?)", (secrets.token_hex(8),))
        version = self.about("version")
        if version != str(VERSION):
            self.close()
            raise ManifestMismatch(
                f"The manifest {str(self.path)!r} is of version {version}, not {VERSION}.",
                hint="Another release of drawthings wrote it; use that one, or another folder.",
                path=self.path,
            )

    # ------------------------------------------------------------------------------------------------------ one runner

    def claim(self) -> None:
        """Make sure that nobody else runs this batch, and let what a former runner left unfinished wait again.

        Raises:
            ManifestMismatch: Somebody else runs it now.
        """
        lock = sqlite3.connect(self.folder / LOCK, timeout=0.0, isolation_level=None, check_same_thread=False)
        try:
            # A lock of SQLite ends with the process, however that ends.
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            lock.close()
            raise ManifestMismatch(
                f"Somebody runs the batch in {str(self.folder)!r} already.",
                hint="Wait until it has ended; `drawthings batch status` shows how far it is.",
                path=self.path,
            ) from error
        self._lock = lock
        for left in self.folder.glob(".drawthings-*.tmp"):
            # Halves of files, of a runner that was killed.
            left.unlink(missing_ok=True)
        self._db.execute("UPDATE job SET state = 'waiting', after = 0 WHERE state = 'running'")

    def close(self) -> None:
        """Close it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # ------------------------------------------------------------------------------------------------------- the jobs

    def about(self, name: str) -> str:
        """Return a fact about the batch, or an empty text."""
        row = self._db.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def add(self, tasks: Iterable[Task]) -> tuple[int, int]:
        """Add jobs; those that are there already, in whatever state, stay as they are.

        Returns:
            How many were added, and how many there had been.
        """
        before = self.total
        seen = 0
        with self._all_or_nothing():
            for task in tasks:
                seen += 1
                self._db.execute(
                    "INSERT OR IGNORE INTO job (hash, request, model, priority, name, deadline)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (task.hash, task.request, task.model, task.priority, task.name, task.deadline),
                )
        added = self.total - before
        return added, seen - added

    @property
    def total(self) -> int:
        """How many jobs there are."""
        return int(self._db.execute("SELECT count(*) FROM job").fetchone()[0])

    def counts(self) -> dict[str, int]:
        """Return how many jobs are in each state."""
        found = dict(self._db.execute("SELECT state, count(*) FROM job GROUP BY state").fetchall())
        return {state: found.get(state, 0) for state in STATES}

    def left(self) -> dict[str, int]:
        """Return how many jobs have not ended, those that run included, by model as it was named."""
        return dict(
            self._db.execute(
                "SELECT model, count(*) FROM job WHERE state IN ('waiting', 'running') GROUP BY model"
            ).fetchall()
        )

    def waiting(self, model: str, limit: int, now: float) -> list[Row]:
        """Return the next jobs of a model that wait, in their order."""
        found = self._db.execute(
            "SELECT number, request, model, priority, name, tries, deadline FROM job"
            " WHERE state = 'waiting' AND model = ? AND after <= ? ORDER BY priority DESC, deadline, number LIMIT ?",
            (model, now, limit),
        )
        return [Row(*row) for row in found]

    def next_after(self, now: float) -> float | None:
        """Return when the next job that has to wait a while may be tried again."""
        found = self._db.execute("SELECT min(after) FROM job WHERE state = 'waiting' AND after > ?", (now,)).fetchone()
        return found[0] if found else None

    def begin(self, number: int, server: str) -> bool:
        """Note that a server works on a job; False when it does not wait any more, for somebody cancelled it."""
        changed = self._db.execute(
            "UPDATE job SET state = 'running', server = ?, started = ?"
            " WHERE number = ? AND state IN ('waiting', 'running')",
            (server, time.time(), number),
        )
        return changed.rowcount == 1

    def done(self, number: int, made: Sequence[Made], **facts: float | str) -> None:
        """Note that a job is done and its files are in their place.

        Args:
            number: The job.
            made: Its files.
            facts: ``seconds`` it took, the ``server``, the model ``used``, all ``settings`` as JSON, and how many
                ``tries`` failed.
        """
        with self._all_or_nothing():
            self._db.execute("DELETE FROM file WHERE job = ?", (number,))
            self._db.executemany(
                "INSERT INTO file VALUES (?, ?, ?, ?, ?)",
                [(number, place, each.path, each.sha256, each.seed) for place, each in enumerate(made)],
            )
            self._db.execute(
                "UPDATE job SET state = 'done', server = :server, ended = :ended, seconds = :seconds, used = :used,"
                " settings = :settings, tries = tries + :tries, error = NULL, reason = NULL, hint = NULL"
                " WHERE number = :number",
                {**facts, "ended": time.time(), "number": number},
            )

    def again(self, number: int, error: BaseException, after: float) -> None:
        """Let a job wait once more, until a time."""
        self._ended(number, "waiting", error, after)

    def failed(self, number: int, error: BaseException, *, poison: bool = False) -> None:
        """Put a job aside with its reason."""
        self._ended(number, "poison" if poison else "failed", error, 0.0)

    def _ended(self, number: int, state: str, error: BaseException, after: float) -> None:
        facts = (type(error).__name__, str(error), getattr(error, "hint", ""))
        self._db.execute(
            "UPDATE job SET state = ?, tries = tries + 1, after = ?, ended = ?, error = ?, reason = ?, hint = ?"
            " WHERE number = ?",
            (state, after, time.time(), *facts, number),
        )

    def release(self, number: int) -> None:
        """Let a job wait that was begun and not done."""
        self._db.execute("UPDATE job SET state = 'waiting' WHERE number = ? AND state = 'running'", (number,))

    def retry(self, numbers: Sequence[int] = ()) -> int:
        """Let jobs wait that failed, were put aside or cancelled: those, or all; return how many."""
        return self._change("state = 'waiting', tries = 0, after = 0", ("failed", "poison", "cancelled"), numbers)

    def cancel(self, numbers: Sequence[int] = ()) -> int:
        """Cancel jobs that wait: those, or all; return how many. What a server works on goes on."""
        return self._change("state = 'cancelled'", ("waiting",), numbers)

    def _change(self, change: str, states: Sequence[str], numbers: Sequence[int]) -> int:
        states_in = ", ".join(f"'{state}'" for state in states)
        statement = f"UPDATE job SET {change} WHERE state IN ({states_in})"  # noqa: S608 - all of it is written here
        if not numbers:
            return self._db.execute(statement).rowcount
        with self._all_or_nothing():
            return sum(self._db.execute(f"{statement} AND number = ?", (number,)).rowcount for number in numbers)

    def rows(self, *states: str) -> Iterator[dict[str, Any]]:
        """Yield all that is known of each job in some states (by default all), with its files, in order."""
        marks = ", ".join("?" * len(states or STATES))
        columns = (
            "number, hash, request, state, tries, server, started, ended, seconds, used, settings, error, reason, hint"
        )
        found = self._db.execute(
            f"SELECT {columns} FROM job WHERE state IN ({marks}) ORDER BY number",  # noqa: S608 - question marks only
            states or STATES,
        )
        names = columns.split(", ")
        for row in found:
            facts = dict(zip(names, row, strict=True))
            files = self._db.execute("SELECT path, sha256, seed FROM file WHERE job = ? ORDER BY place", (row[0],))
            facts["files"] = [Made(*each) for each in files]
            yield facts
