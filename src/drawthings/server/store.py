"""The models folder: which files are there, what their hashes are, and where uploads go.

There are two: one in memory, in which every file of the built-in list is installed, and one on disk (``folder.py``).
Neither needs a real model; the painter paints with any file of the right name.
"""

from __future__ import annotations

import hashlib
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CUSTOM_FILES = {
    "models": "custom.json",
    "loras": "custom_lora.json",
    "controlNets": "custom_controlnet.json",
    "textualInversions": "custom_textual_inversions.json",
    "upscalers": "custom_upscaler.json",
}
"""The files beside the models that describe more of them, by the list they add to. They are read at start."""

MODEL_SUFFIX = ".ckpt"


class Upload(ABC):
    """A file on its way in. It shows up in the folder when it is complete, or never."""

    @abstractmethod
    def write(self, content: bytes) -> None:
        """Append bytes.

        Raises:
            OSError: The disk does not take them.
        """

    @abstractmethod
    def finish(self) -> None:
        """Put the complete file in the place of an older one of its name.

        Raises:
            OSError: The disk does not take it.
        """

    @abstractmethod
    def discard(self) -> None:
        """Forget what has arrived; does nothing after ``finish``."""


class Store(ABC):
    """A models folder; all of its names are plain file names."""

    @abstractmethod
    def has(self, name: str) -> bool:
        """Tell whether there is a file of that name."""

    @abstractmethod
    def models(self) -> list[str]:
        """List the model files (``.ckpt``) as ``Echo`` shows them, in alphabetical order."""

    @abstractmethod
    def sha256(self, name: str) -> bytes:
        """Return the 32 bytes of a file's SHA-256, or nothing if there is no such file."""

    @abstractmethod
    def custom(self, name: str) -> bytes:
        """Return the contents of one of ``CUSTOM_FILES``, or nothing."""

    @abstractmethod
    def begin(self, name: str) -> Upload | None:
        """Start to take a file in.

        Args:
            name: A safe name (see ``names.py``).

        Returns:
            The upload, or None while another one of the same name runs.

        Raises:
            OSError: The disk does not take it.
        """


def toy_content(name: str) -> bytes:
    """Return what stands for the content of a file that is installed in memory, the same at every start."""
    return f"This stands for {name} in the embedded server; it is no model.\n".encode()


class MemoryStore(Store):
    """A folder in memory. Of uploads it keeps name, size and hash, so that no upload fills the memory.

    Args:
        names: The files that are there from the start.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._hashes = {name: hashlib.sha256(toy_content(name)).digest() for name in names}
        self._lock = threading.Lock()
        self._open: set[str] = set()

    def has(self, name: str) -> bool:
        """Tell whether there is a file of that name."""
        return name in self._hashes

    def models(self) -> list[str]:
        """List the model files."""
        with self._lock:
            return sorted(name for name in self._hashes if name.lower().endswith(MODEL_SUFFIX))

    def sha256(self, name: str) -> bytes:
        """Return a file's hash, or nothing."""
        return self._hashes.get(name, b"")

    def custom(self, name: str) -> bytes:  # noqa: ARG002 - the folder in memory has none
        """Return nothing: what is in memory has been described already."""
        return b""

    def begin(self, name: str) -> Upload | None:
        """Start to take a file in, or return None while another one of the name runs."""
        with self._lock:
            if name in self._open:
                return None
            self._open.add(name)
        return _MemoryUpload(self, name)

    def close(self, name: str, digest: bytes | None) -> None:
        """End an upload, with the hash of the complete file or with None."""
        with self._lock:
            self._open.discard(name)
            if digest is not None:
                self._hashes[name] = digest

    def remove(self, name: str) -> None:
        """Take a file out, for tests of what happens when one is missing."""
        with self._lock:
            self._hashes.pop(name, None)


class _MemoryUpload(Upload):
    def __init__(self, store: MemoryStore, name: str) -> None:
        self._store = store
        self._name = name
        self._hash = hashlib.sha256()
        self._done = False

    def write(self, content: bytes) -> None:
        self._hash.update(content)

    def finish(self) -> None:
        self._done = True
        self._store.close(self._name, self._hash.digest())

    def discard(self) -> None:
        if not self._done:
            self._done = True
            self._store.close(self._name, None)
