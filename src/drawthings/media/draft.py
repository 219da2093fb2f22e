"""Files and folders that grow under a hidden name and take their real one when they are whole.

``naming.py`` does this for bytes that are all there; a clip is written frame by frame, so its place has to be kept
open for a while. Nothing that exists is ever touched unless that was asked for.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from drawthings.errors import OutputError
from drawthings.media.naming import REASONS, candidates, refuse_special, take_name
from drawthings.profiles import home_expanded

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a folder's name that is taken answers to a rename, by file or by folder.
TAKEN = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM}


class Draft:
    """A file, or a folder, that is being written.

    Args:
        path: The name it is to have; ``~`` is the home folder and missing folders are made.
        overwrite: Replace a file of that name in the end, instead of taking the next free number. Folders are never
            replaced.
        folder: Whether it is a folder.

    Raises:
        OutputError: Nothing can be written there.
    """

    def __init__(self, path: str | os.PathLike[str], *, overwrite: bool = False, folder: bool = False) -> None:
        self.target = home_expanded(Path(path))
        self._overwrite = overwrite
        self._folder = folder
        with told(self.target):
            if not folder:
                refuse_special(self.target)
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self.path = self.target.with_name(f".drawthings-{secrets.token_hex(8)}.tmp")
            if folder:
                self.path.mkdir()
            else:
                self.path.open("xb").close()

    def keep(self, *, unfinished: bool = False) -> Path:
        """Give it its name.

        Args:
            unfinished: Whether it broke off; then ``-unfinished`` is put into the name, and nothing is replaced.

        Returns:
            The name, with a number where the wanted one was taken.

        Raises:
            OutputError: It cannot be given a name; it is gone then.
        """
        target = self.target
        if unfinished:
            target = target.with_name(f"{target.stem}-unfinished{target.suffix}")
        with told(target):
            try:
                return self._named(target, overwrite=self._overwrite and not unfinished)
            finally:
                self.discard()

    def discard(self) -> None:
        """Take it away; nothing happens when it has its name already."""
        with contextlib.suppress(OSError):
            if self._folder:
                shutil.rmtree(self.path)
            else:
                self.path.unlink()

    def _named(self, target: Path, *, overwrite: bool) -> Path:
        if self._folder:
            return next(name for name in candidates(target) if _move(self.path, name))
        with self.path.open("rb+") as file:
            os.fsync(file.fileno())
        if overwrite:
            self.path.replace(os.path.realpath(target))
            return target
        return next(name for name in candidates(target) if take_name(self.path, name))


@contextlib.contextmanager
def told(path: Path, *, kept: Path | None = None) -> Iterator[None]:
    """Turn what the operating system or an encoder says into our own error.

    Args:
        path: What is being written.
        kept: Where the part that could be written is.

    Raises:
        OutputError: With ``path`` and ``kept`` in it.
    """
    try:
        yield
    except (OSError, ValueError) as error:
        raise failure(path, error, kept=kept) from error


def failure(path: Path, error: Exception, *, kept: Path | None = None) -> OutputError:
    """Return the error that tells why something cannot be written."""
    known = REASONS.get(getattr(error, "errno", None) or 0)
    reason, hint = known or (str(getattr(error, "strerror", None) or error), "Choose another place.")
    if kept is not None:
        hint = f"What could be written is in {kept}. {hint}"
    return OutputError(f"{str(path)!r} cannot be written: {reason}.", hint=hint, path=path, kept=kept)


def _move(folder: Path, name: Path) -> bool:
    """Give a folder a name, or return False when the name is taken."""
    if os.path.lexists(name):
        return False
    try:
        # Between the look and this a name may be taken; an empty folder is then replaced, anything else refuses.
        folder.rename(name)
    except OSError as error:
        if error.errno not in TAKEN or not os.path.lexists(name):
            raise
        return False
    return True
