"""A models folder on disk."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import threading
from typing import TYPE_CHECKING

from drawthings.errors import BadValue
from drawthings.server.names import PART_SUFFIX, fault_of
from drawthings.server.store import MODEL_SUFFIX, Store, Upload

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger("drawthings.server")

LARGEST_CUSTOM = 64 * 1024 * 1024
"""Bytes of a file with specifications; a larger one is not read."""


class FolderStore(Store):
    """The files directly inside one folder; folders in it and hidden files do not count.

    Args:
        folder: An existing folder.

    Raises:
        BadValue: It does not exist.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise BadValue(
                f"There is no folder {folder}.",
                hint="Create it, or name the one your models are in.",
                field="models_dir",
                value=str(folder),
            )
        self._folder = folder
        self._lock = threading.Lock()
        self._open: set[str] = set()
        self._hashes: dict[tuple[str, int, int], bytes] = {}

    def has(self, name: str) -> bool:
        """Tell whether there is a file of that name; never looks outside of the folder."""
        return not fault_of(name) and (self._folder / name).is_file()

    def models(self) -> list[str]:
        """List the model files that are not empty.

        Source:
            `ImageGenerationServiceImpl.swift`, which lists in the order of the file system.
        """
        names = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    hidden = entry.name.startswith(".") or not entry.name.lower().endswith(MODEL_SUFFIX)
                    if not hidden and entry.is_file() and entry.stat().st_size > 0:
                        names.append(entry.name)
        return sorted(names)

    def sha256(self, name: str) -> bytes:
        """Return a file's hash; one that was hashed before and has not changed since is not read again."""
        if not self.has(name):
            return b""
        try:
            with (self._folder / name).open("rb") as file:
                facts = os.fstat(file.fileno())
                key = (name, facts.st_size, facts.st_mtime_ns)
                if key not in self._hashes:
                    self._hashes[key] = hashlib.file_digest(file, "sha256").digest()
                return self._hashes[key]
        except OSError as error:
            _log.warning("cannot read %s: %s", name, error)
            return b""

    def custom(self, name: str) -> bytes:
        """Return the contents of a file with specifications, or nothing."""
        path = self._folder / name
        try:
            if path.stat().st_size > LARGEST_CUSTOM:
                _log.warning("%s is larger than %d bytes and is not read", path, LARGEST_CUSTOM)
                return b""
            return path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            _log.warning("cannot read %s: %s", path, error)
            return b""

    def begin(self, name: str) -> Upload | None:
        """Start to take a file in, or return None while another one of the name runs."""
        with self._lock:
            if name in self._open:
                return None
            self._open.add(name)
        try:
            return _FolderUpload(self, self._folder / name)
        except OSError:
            self.close(name)
            raise

    def close(self, name: str) -> None:
        """Let the next upload of the name start."""
        with self._lock:
            self._open.discard(name)


class _FolderUpload(Upload):
    """A file that is written beside its place until it is complete."""

    def __init__(self, store: FolderStore, target: Path) -> None:
        self._store = store
        self._target = target
        self._part = target.with_name(target.name + PART_SUFFIX)
        # What an earlier, broken upload left behind is in the way; a link in its place must not be followed.
        self._part.unlink(missing_ok=True)
        self._file = self._part.open("xb")
        self._done = False

    def write(self, content: bytes) -> None:
        self._file.write(content)

    def finish(self) -> None:
        self._file.close()
        self._part.replace(self._target)
        self._end()

    def discard(self) -> None:
        if self._done:
            return
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)
        self._end()

    def _end(self) -> None:
        self._done = True
        self._store.close(self._target.name)
