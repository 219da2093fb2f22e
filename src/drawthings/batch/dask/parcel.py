"""What a worker sends home: the files of a job as bytes, or an error."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from drawthings.batch.manifest import Made
from drawthings.batch.safe import DIGITS, encoded, keep, stem_of
from drawthings.errors import DrawThingsError, ServerCrashed
from drawthings.media.naming import write_over

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import NoReturn

    from drawthings.batch.safe import Form
    from drawthings.client.result import Result
    from drawthings.request.configuration import Configuration


@dataclass(frozen=True, slots=True)
class Piece:
    """One file.

    Attributes:
        ending: How its name goes on after the job's.
        data: Its content.
        sha256: The hash of that in hex.
        seed: The seed of the picture.
    """

    ending: str
    data: bytes = field(repr=False)
    sha256: str
    seed: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """What came of a job, where a ``Result`` would be too large or yet to be decoded.

    Attributes:
        pieces: Its files.
        model: The checkpoint's file name.
        configuration: All settings, with the seed that was used.
        elapsed_s: Seconds from sending the request to the last byte.
    """

    pieces: tuple[Piece, ...]
    model: str
    configuration: Configuration
    elapsed_s: float

    def keep(self, folder: Path, number: int, name: str = "") -> list[Made]:
        """Write the files as ``safe.keep`` does.

        Raises:
            OutputError: It cannot be written.
        """
        made = []
        for piece in self.pieces:
            path = folder / f"{stem_of(number, name)}{piece.ending}"
            write_over(path, piece.data)
            made.append(Made(path.name, piece.sha256, piece.seed))
        return made


@dataclass(frozen=True, slots=True)
class Waiting:
    """What stands for a result that is still with its worker, so that the server need not wait until it is packed.

    Attributes:
        size: Bytes of the tensors there.
        fetch: Lets the worker decode and encode it, and returns what comes of that.
    """

    size: int
    fetch: Callable[[], Awaitable[Parcel]] = field(repr=False)


def packed(result: Result, form: Form) -> Parcel:
    """Decode and encode the pictures of a result, or its clip.

    Raises:
        TensorError: A picture cannot be read.
    """
    pieces = _clip(result) if result.film is not None else _pictures(result, form)
    return Parcel(tuple(pieces), result.model, result.configuration, result.elapsed_s)


def _pictures(result: Result, form: Form) -> Iterator[Piece]:
    for ending, parts, sha256, seed in encoded(result, form):
        yield Piece(ending, b"".join(parts), sha256, seed)


def _clip(result: Result) -> Iterator[Piece]:
    """Encode a clip by way of the disk, as encoders of clips write to files."""
    with tempfile.TemporaryDirectory(prefix="drawthings-") as name:
        for made in keep(result, Path(name), 0):
            yield Piece(made.path[DIGITS:], Path(name, made.path).read_bytes(), made.sha256, made.seed)


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as it crosses: ours, with the one behind it where that is ours, too.

    Attributes:
        error: What went wrong.
        cause: Why.
    """

    error: DrawThingsError
    cause: DrawThingsError | None = None

    @classmethod
    def of(cls, error: Exception, server: str) -> Fault:
        """Return what stands for an error; one that is not ours becomes one that is."""
        if isinstance(error, DrawThingsError):
            cause = error.__cause__
            return cls(error, cause if isinstance(cause, DrawThingsError) else None)
        found = ServerCrashed(
            f"The worker of {server} failed: {type(error).__name__}: {error}.",
            hint="The worker's log tells more; is the same release of drawthings installed there?",
            address=server,
        )
        return cls(found)

    def thrown(self) -> NoReturn:
        """Raise the error."""
        raise self.error from self.cause
