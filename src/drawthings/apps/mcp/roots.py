"""Which files an agent may have read: those below the folders that the user named, and no others."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from drawthings.errors import BadImage, ConfigError, NotAllowed
from drawthings.profiles import home_expanded

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES = 64 << 20
"""The largest file that is read for a tool."""


class Roots:
    """The folders that an agent may read pictures from.

    A path counts as it is after all links and dots in it are followed, so that neither leads out of a folder. Nothing
    is said about files outside, not even whether they exist.

    Args:
        folders: The folders, as the user gave them.

    Raises:
        ConfigError: One of them is no folder.
    """

    def __init__(self, folders: Iterable[str | Path] = ()) -> None:
        self.folders = tuple(_folder(Path(folder)) for folder in folders)

    def read(self, path: str) -> bytes:
        """Return the bytes of a file below one of the folders.

        Args:
            path: Absolute, a ``file:`` URL, or relative to one of the folders.

        Raises:
            NotAllowed: It is in none of the folders.
            BadImage: It is there, but it is no file, too large, or may not be read.
        """
        target = self._found(path)
        try:
            if not target.is_file():
                raise BadImage(f"There is no file {path}.", hint=self._hint(), source=path)
            size = target.stat().st_size
            if size > MOST_BYTES:
                what = f"{path} has {size >> 20} MiB; a picture may have {MOST_BYTES >> 20} MiB."
                raise BadImage(what, hint="Give a smaller copy.", source=path)
            return target.read_bytes()
        except OSError as error:
            what = f"{path} cannot be read: {error.strerror or error}."
            raise BadImage(what, hint="Give a file that may be read.", source=path) from error

    def _found(self, path: str) -> Path:
        """Return the one file that a path means, links followed."""
        inside = [target for folder in self.folders if (target := _below(folder, _plain(path))) is not None]
        if not inside:
            raise NotAllowed(f"{path!r} is not in a folder that may be read.", hint=self._hint())
        return next((target for target in inside if target.exists()), inside[0])

    def _hint(self) -> str:
        if not self.folders:
            return "No folder is allowed: start `drawthings mcp` with --allow-dir FOLDER, or give a data: URL or an id."
        return f"Pictures may be read below {', '.join(map(str, self.folders))}."


def _below(folder: Path, path: str) -> Path | None:
    """Return what a path means seen from a folder, or None when that is outside."""
    # A path with a NUL in it, or one that goes in circles, is no path to anywhere.
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        target = (folder / path).resolve()
        return target if target.is_relative_to(folder) else None
    return None


def _plain(path: str) -> str:
    """Return a path without the ``file:`` that hosts write before it."""
    if not path.lower().startswith("file:"):
        return path
    parts = urlsplit(path)
    if parts.netloc not in {"", "localhost"}:
        raise NotAllowed(f"{path!r} is on another machine.", hint="Give the path of a file on this one.")
    return unquote(parts.path)


def _folder(path: Path) -> Path:
    folder = home_expanded(path).resolve()
    if not folder.is_dir():
        raise ConfigError(f"{path} is no folder.", hint="Name a folder that is there.", value=str(path))
    return folder
