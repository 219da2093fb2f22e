"""A file on its way to a server: checked, hashed and read piece by piece, never whole in memory.

It is opened once and read twice: the server wants to know the checksum before the first byte. Everything here blocks;
``aside.py`` keeps it out of the event loop.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, NoReturn

from drawthings.errors import BadValue
from drawthings.profiles import home_expanded, reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK_BYTES: Final = 1 << 20
"""Bytes of one message. Source: ``GRPCFileUploader.swift``."""

BLOCK_BYTES: Final = 16 * CHUNK_BYTES
"""Bytes read at once, so that a thread is started for many messages and not for each."""

WINDOW_BYTES: Final = 16 * CHUNK_BYTES
"""Bytes under way that the server has not confirmed yet. The official uploader allows 50 MiB."""

LONGEST_NAME: Final = 240
"""Bytes of a name; file systems allow 255, and the server adds ``.part`` while it receives."""

NAME_RULES: Final = (
    (re.compile(r"\s*"), "is empty"),
    (re.compile(r"(?s).*[/\\].*"), "leads into a folder; the server knows only files of one folder"),
    (re.compile(r'(?s).*[:*?"<>|\x00-\x1f\x7f].*'), "has a character that does not belong into a file name"),
    (re.compile(r"[. ].*|.*[. ]"), "starts with a dot or a space, or ends with one"),
    (re.compile(r"(?i).*\.part"), "ends in .part, which stands for unfinished uploads"),
)

Stage = Literal["hashing", "checking", "sending", "done"]


@dataclass(frozen=True, slots=True)
class UploadStep:
    """How far an upload is.

    Attributes:
        stage: ``hashing``: the file is read for its checksum; ``checking``: the server is asked what it has;
            ``sending``: bytes go out; ``done``: the server has the file.
        name: What the file is called on the server.
        done_bytes: Bytes hashed, or bytes that the server has confirmed.
        total_bytes: Size of the file.
        sha256: The checksum in hex, as soon as it is known.
        sent: With ``done``, whether it had to be sent; not when the server had the very same file already.
        replaced: Whether the server had another file of that name before, as far as it told.
    """

    stage: Stage
    name: str
    done_bytes: int
    total_bytes: int
    sha256: str = ""
    sent: bool = False
    replaced: bool = False

    @property
    def progress(self) -> float:
        """How much of the stage is done, 0 to 1."""
        return 1.0 if self.stage == "done" or not self.total_bytes else self.done_bytes / self.total_bytes


def check_name(name: str) -> str:
    """Return a file name for the server if it is a safe one.

    The official server takes any name, and one with a separator would be written outside of its folder.

    Args:
        name: The name.

    Raises:
        BadValue: It is not safe; the message names the rule.
    """
    fault = next((fault for rule, fault in NAME_RULES if rule.fullmatch(name)), "")
    if not fault and len(name.encode(errors="surrogatepass")) > LONGEST_NAME:
        fault = f"is longer than {LONGEST_NAME} bytes"
    try:
        name.encode()
    except UnicodeEncodeError:
        fault = "is no valid Unicode"
    if fault:
        raise BadValue(f"The file name {name!a} {fault}.", hint="Give another one.", field="name", value=name)
    return name


class Parcel:
    """One file, open for reading until ``close``.

    Args:
        path: The file.
        name: What it is to be called on the server; by default as here.

    Attributes:
        size: Bytes it has, and must go on having.
        position: Bytes hashed or read so far.

    Raises:
        BadValue: The name is not safe, or the file cannot be read.
    """

    def __init__(self, path: str | Path, name: str | None = None) -> None:
        self.path = home_expanded(path)
        self.name = check_name(self.path.name if name is None else name)
        self.size = self.position = 0
        self._digest = hashlib.sha256()
        self._file: BinaryIO | None = None
        self._opened_ns = 0
        self._hashed = False

    @property
    def sha256(self) -> bytes:
        """The checksum; empty until the whole file has been hashed."""
        return self._digest.digest() if self._hashed else b""

    def open(self) -> None:
        """Open the file, see how large it is, and begin anew.

        Raises:
            BadValue: It cannot be read, is no file, or is empty.
        """
        try:
            if not self.path.is_file():
                self._refuse("is no file" if self.path.exists() else "does not exist")
            self._file = self.path.open("rb")
            facts = os.fstat(self._file.fileno())
        except OSError as error:
            self._cannot(error)
        self.size, self._opened_ns = facts.st_size, facts.st_mtime_ns
        self.position, self._digest, self._hashed = 0, hashlib.sha256(), False
        if not self.size:
            self.close()
            self._refuse("is empty")

    def hash_block(self) -> bool:
        """Hash the next block; return whether there is more.

        Raises:
            BadValue: It cannot be read.
        """
        block = self._read(BLOCK_BYTES)
        self._digest.update(block)
        self.position += len(block)
        self._hashed = not block
        return not self._hashed

    def rewind(self) -> None:
        """Begin to read from the front."""
        self._handle.seek(0)
        self.position = 0

    def read_block(self) -> bytes:
        """Read the next block; nothing at the end.

        Raises:
            BadValue: It cannot be read, or is no longer the file that was hashed.
        """
        if self.position == self.size:
            self.check_unchanged()
            return b""
        block = self._read(min(BLOCK_BYTES, self.size - self.position))
        if not block:
            self._refuse("has become shorter while it was being sent")
        self.position += len(block)
        return block

    def check_unchanged(self) -> None:
        """Make sure that nobody wrote to the file since it was opened.

        Raises:
            BadValue: Somebody did.
        """
        facts = os.fstat(self._handle.fileno())
        if (facts.st_size, facts.st_mtime_ns) != (self.size, self._opened_ns):
            self._refuse("has changed while it was being sent")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    @property
    def _handle(self) -> BinaryIO:
        if self._file is None:
            self.open()
        assert self._file is not None  # noqa: S101 - open() has just seen to it
        return self._file

    def _read(self, size: int) -> bytes:
        try:
            return self._handle.read(size)
        except OSError as error:
            self._cannot(error)

    def _cannot(self, error: OSError) -> NoReturn:
        raise BadValue(
            f"The file {str(self.path)!r} cannot be read: {reason(error)}.", field="file", value=str(self.path)
        ) from error

    def _refuse(self, fault: str) -> NoReturn:
        hint = "Send it when nobody writes to it any more." if "while" in fault else "Check the path."
        raise BadValue(f"The file {str(self.path)!r} {fault}.", hint=hint, field="file", value=str(self.path))


def chunks(block: bytes) -> Iterator[bytes]:
    """Cut a block into the content of messages."""
    for start in range(0, len(block), CHUNK_BYTES):
        yield block[start : start + CHUNK_BYTES]
