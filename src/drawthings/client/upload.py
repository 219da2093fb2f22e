"""What an upload is and has done, as the client tells it. No I/O here: the bytes go through ``wire``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawthings.wire.parcel import Parcel, UploadStep

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that the server has now.

    Attributes:
        file: What it is called there.
        size: Its bytes.
        sha256: Its checksum in hex.
        sent: Whether it had to be sent; not when the server had the very same file already.
        replaced: Whether the server had another file of that name before.
    """

    file: str
    size: int
    sha256: str
    sent: bool
    replaced: bool


def parcel_of(path: str | Path, name: str | None = None) -> Parcel:
    """Prepare a file for sending.

    Args:
        path: The file.
        name: What it is to be called on the server; by default as here.

    Raises:
        BadValue: The name is none that a server may be given.
    """
    return Parcel(path, name)


def uploaded(step: UploadStep) -> Uploaded:
    """Return what the last step of an upload says."""
    return Uploaded(step.name, step.total_bytes, step.sha256, step.sent, step.replaced)
