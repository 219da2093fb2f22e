"""Results on disk: written under a hidden name, renamed, hashed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from drawthings.batch.manifest import Made
from drawthings.client.result import picture_parts
from drawthings.media.naming import expand_name, write_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drawthings.client.result import Result
    from drawthings.media.naming import Parts

Form = Literal["png", "jpg", "webp"]

CLIP = "mp4"
DIGITS = 6


def keep(result: Result, folder: Path, number: int, name: str = "", form: Form = "png") -> list[Made]:
    """Write the pictures of a job, or its clip.

    A job always has the same file names, so that one that is repeated replaces what a run that was killed had left.

    Args:
        result: What came of the job.
        folder: The folder of the batch.
        number: The job's number.
        name: What the files are to be called besides.
        form: The kind of file; clips become MP4.

    Returns:
        The files.

    Raises:
        TensorError: A picture cannot be read.
        OutputError: It cannot be written.
    """
    stem = stem_of(number, name)
    film = result.film
    if film is not None:
        path = film.save(folder / f"{stem}.{CLIP}", overwrite=True)
        return [Made(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), result.seed)]
    made = []
    for ending, parts, sha256, seed in encoded(result, form):
        path = folder / f"{stem}{ending}"
        write_over(path, parts)
        made.append(Made(path.name, sha256, seed))
    return made


def encoded(result: Result, form: Form) -> Iterator[tuple[str, Parts, str, int]]:
    """Decode and encode the pictures of a job, one after the other.

    Yields:
        How the name of its file ends, the file in parts, the SHA-256 of that in hex, and the seed.

    Raises:
        TensorError: A picture cannot be read.
    """
    for place, picture in enumerate(result.pictures):
        parts = picture_parts(picture, "jpeg" if form == "jpg" else form, threads=1)
        digest = hashlib.sha256()
        for part in parts:
            digest.update(part)
        yield f"{f'-{place}' if place else ''}.{form}", parts, digest.hexdigest(), picture.seed


def stem_of(number: int, name: str) -> str:
    """Return what the names of a job's files begin with."""
    return f"{number:0{DIGITS}}" + (f"-{expand_name('{name}', name=name)}" if name else "")


def intact(folder: Path, made: Made) -> bool:
    """Return whether a file is there and is what it was."""
    try:
        return hashlib.sha256((folder / made.path).read_bytes()).hexdigest() == made.sha256
    except OSError:
        return False
