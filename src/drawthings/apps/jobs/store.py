"""Finished files in a private folder: random names, a limit for all together, and an index that survives a restart."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawthings.apps.jobs.job import new_id
from drawthings.errors import NoSuchJob, OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping

INDEX = "gallery.sqlite3"
MOST_BYTES = 20 << 30
BIN_S = 7 * 86400.0
"""For so long a deleted picture can be brought back, when the room is not needed."""
TABLE = """
CREATE TABLE IF NOT EXISTS results (
    id TEXT PRIMARY KEY, scope TEXT NOT NULL, job TEXT NOT NULL, media_type TEXT NOT NULL, size INTEGER NOT NULL,
    created REAL NOT NULL, used REAL NOT NULL, starred INTEGER NOT NULL DEFAULT 0, binned REAL, facts TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS by_scope ON results (scope, created);
"""
POSTER = ".poster"
ROW = "id, scope, job, media_type, size, created, starred, binned, facts"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the store.

    Attributes:
        id: Its name.
        scope: Whose it is; see ``Owner.scope``.
        job: The job that made it.
        media_type: What it is.
        size: Its bytes.
        created: When it came, in seconds since 1970.
        starred: Whether it is to stay whatever else comes.
        binned: When it was deleted, or None.
        facts: What was told about it.
        path: Where it is.
        expires: Until when whoever knows its name may have it; after that only its owner.
        store: The store that it is in.
    """

    id: str
    scope: str
    job: str
    media_type: str
    size: int
    created: float
    starred: bool
    binned: float | None
    facts: Mapping[str, Any] = field(repr=False)
    path: Path
    expires: float
    store: Store = field(repr=False, compare=False)

    def read(self) -> bytes:
        """Return the file's bytes, and note that somebody looked at it.

        Raises:
            NoSuchJob: It has been removed.
        """
        return self._bytes(self.path)

    def poster(self) -> bytes | None:
        """Return the picture that stands for a clip, if there is one."""
        path = self.path.with_suffix(POSTER)
        return self._bytes(path) if path.exists() else None

    def _bytes(self, path: Path) -> bytes:
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise NoSuchJob(f"The file of {self.id!r} is not there any more.", hint="Make it again.") from error
        self.store.looked_at(self.id)
        return data


class Store:
    """Finished files.

    All of it may be used from several threads.

    Args:
        folder: Where they are kept, also after the end of the program; by default a folder that goes with it.
        most_bytes: How much there may be; the files that were not looked at for the longest time go first, those with
            a star never.
        ttl_s: For so many seconds whoever knows a file's name may have it.

    Raises:
        OutputError: The folder cannot be used.
    """

    def __init__(
        self, folder: Path | str | None = None, *, most_bytes: int = MOST_BYTES, ttl_s: float = 3600.0
    ) -> None:
        self.ttl_s, self.most_bytes = ttl_s, most_bytes
        self._own = folder is None
        self.folder = Path(tempfile.mkdtemp(prefix="drawthings-")) if folder is None else Path(folder).expanduser()
        self._lock = threading.RLock()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._index = sqlite3.connect(self.folder / INDEX, check_same_thread=False, isolation_level=None)
            self._index.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + TABLE)
        except (OSError, sqlite3.Error) as error:
            raise OutputError(
                f"The folder {self.folder} cannot hold the gallery: {error}.",
                hint="Name another folder.",
                path=self.folder,
            ) from error
        self._size = self._index.execute("SELECT COALESCE(SUM(size), 0) FROM results").fetchone()[0]

    # ------------------------------------------------------------------------------------------------------- the files

    def put(
        self,
        data: bytes,
        media_type: str,
        *,
        scope: str = "",
        job: str = "",
        facts: Mapping[str, Any] | None = None,
        poster: bytes | None = None,
    ) -> str:
        """Keep a file.

        Args:
            data: Its bytes.
            media_type: What it is.
            scope: Whose it is.
            job: The job that made it.
            facts: What is to be remembered of it, as JSON can hold it.
            poster: A picture that stands for it, of a clip.

        Returns:
            Its name, which cannot be guessed.

        Raises:
            OutputError: It cannot be written.
        """
        name, now = new_id(), time.time()
        path = self._path(name)
        words = json.dumps(facts or {}, ensure_ascii=False)
        row = (name, scope, job, media_type, len(data), now, now, words)
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            if poster is not None:
                path.with_suffix(POSTER).write_bytes(poster)
            draft = path.with_suffix(".part")
            draft.write_bytes(data)
            draft.replace(path)
            with self._lock:
                self._index.execute(
                    "INSERT INTO results (id, scope, job, media_type, size, created, used, facts)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    row,
                )
                self._size += len(data)
        except (OSError, sqlite3.Error) as error:
            # A file that the index does not know would never be removed.
            _remove(path)
            raise OutputError(
                f"A result cannot be kept in {self.folder}: {getattr(error, 'strerror', None) or error}.",
                hint="Make room there, or name another folder.",
                path=path,
                data=data,
            ) from error
        self._make_room()
        return name

    def get(self, name: str, *, binned: bool = False) -> Stored | None:
        """Return a file, or None when there is none of that name any more.

        Args:
            name: Its name.
            binned: Whether one that was deleted counts.
        """
        with self._lock:
            row = self._index.execute(f"SELECT {ROW} FROM results WHERE id = ?", (name,)).fetchone()  # noqa: S608 - constants
        if row is None:
            return None
        found = self._stored(row)
        return found if binned or found.binned is None else None

    def delete(self, name: str) -> None:
        """Remove a file for good."""
        with self._lock:
            row = self._index.execute("DELETE FROM results WHERE id = ? RETURNING size", (name,)).fetchone()
            self._size -= row[0] if row else 0
        if row:
            _remove(self._path(name))

    # ----------------------------------------------------------------------------------------------------- the gallery

    def recent(self, scope: str, *, limit: int = 50, before: str = "", query: str = "") -> list[Stored]:
        """Return the latest files of somebody, newest first.

        Args:
            scope: Whose.
            limit: How many at most.
            before: Only older ones than the file of that name.
            query: Words that all have to stand in what was told about it.
        """
        clauses, values = ["scope = ?", "binned IS NULL"], [scope]
        if before:
            clauses.append("(created, id) < (SELECT created, id FROM results WHERE id = ?)")
            values.append(before)
        for word in query.split():
            clauses.append("facts LIKE ? ESCAPE '\\'")
            escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            values.append(f"%{escaped}%")
        where = " AND ".join(clauses)
        order = f"SELECT {ROW} FROM results WHERE {where} ORDER BY created DESC, id DESC LIMIT ?"  # noqa: S608 - constants
        with self._lock:
            rows = self._index.execute(order, (*values, limit)).fetchall()
        return [self._stored(row) for row in rows]

    def star(self, name: str, *, starred: bool) -> None:
        """Note whether a file is to stay whatever else comes."""
        self._set("starred", int(starred), name)

    def throw_away(self, name: str) -> None:
        """Move a file to the bin, from where it can be brought back for a week."""
        self._set("binned", time.time(), name)

    def restore(self, name: str) -> None:
        """Bring a file back from the bin."""
        self._set("binned", None, name)

    def looked_at(self, name: str) -> None:
        """Note that a file was wanted just now."""
        self._set("used", time.time(), name)

    def _set(self, column: str, value: float | None, name: str) -> None:
        with self._lock:
            self._index.execute(f"UPDATE results SET {column} = ? WHERE id = ?", (value, name))  # noqa: S608 - constants

    # ----------------------------------------------------------------------------------------------------------- order

    def sweep(self) -> None:
        """Remove for good what has been in the bin for long."""
        with self._lock:
            rows = self._index.execute("SELECT id FROM results WHERE binned < ?", (time.time() - BIN_S,)).fetchall()
        for (name,) in rows:
            self.delete(name)

    def _make_room(self) -> None:
        while self._size > self.most_bytes:
            with self._lock:
                row = self._index.execute(
                    "SELECT id FROM results WHERE starred = 0 ORDER BY binned IS NULL, used LIMIT 1"
                ).fetchone()
            if row is None:
                return
            self.delete(row[0])

    def close(self) -> None:
        """Close the index; files of a store without a folder of its own are gone with it."""
        with self._lock:
            self._index.close()
        if self._own:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return int(self._size)

    def _path(self, name: str) -> Path:
        # Names come from us only, but a folder with a hundred thousand files is slow.
        return self.folder / name[:2].replace("-", "_") / Path(name).name

    def _stored(self, row: tuple[Any, ...]) -> Stored:
        name, scope, job, media_type, size, created, starred, binned, facts = row
        return Stored(
            *(name, scope, job, media_type, size, created, bool(starred), binned, json.loads(facts)),
            path=self._path(name),
            expires=created + self.ttl_s,
            store=self,
        )


def _remove(path: Path) -> None:
    for each in (path, path.with_suffix(POSTER), path.with_suffix(".part")):
        with suppress(OSError):
            each.unlink(missing_ok=True)
