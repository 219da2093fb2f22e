"""Pictures decoded, encoded and saved in threads while later ones are still on their way."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from drawthings.client.answers import picture_at
from drawthings.client.result import Finished, decode_picture, write_picture
from drawthings.client.target import checked, target_of
from drawthings.client.warmth import FILES, PIXELS, warm
from drawthings.media.belt import processors
from drawthings.media.png import check_level
from drawthings.stream.events import ImageArrived, Sampling

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from drawthings.client.answers import StreamEvent
    from drawthings.client.result import Picture
    from drawthings.request.plan import Plan

_log = logging.getLogger("drawthings.client")

MOST_AHEAD = 8
"""Pictures of one generation that are decoded before anybody asks for them; they stay in memory with the result."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A picture that could not be saved.

    Attributes:
        picture: The picture; its bytes are in ``picture.blob``.
        target: Where it was to go.
        error: Why not; an ``OutputError`` carries the whole file in ``details["data"]``.
    """

    picture: Picture
    target: Path
    error: Exception


class PictureWriter:
    """Saves the pictures of a generation as they come, as ``Result.save`` would.

    Give it every event of the stream; it takes what it needs and returns at once. Each picture is decoded and encoded
    in a thread, so that several processors share the work and the stream never waits for it; at most one picture for
    each processor is decoded at a time. Files get their names in the order in which the pictures came.

    A picture that cannot be saved is kept in ``failures`` and does not hold up the others. Left by an error, everything
    that had arrived is saved all the same.

    Args:
        path: Where to, as for ``Result.save``.
        plan: Everything that was decided for the request.
        overwrite: Replace existing files.
        png_level: For PNG: ``fast``, or ``best`` for files some percent smaller that take tens of times as long.

    Raises:
        BadValue: The suffix names no known kind, or there is no such level.
        UnknownField: The pattern names something unknown.
        OutputError: The path cannot exist.

    Example::

        plan = server.prepare("a red fox", batch_size=4)
        with PictureWriter("fox.png", plan) as writer:
            for event in server.stream(plan, keep=False):
                writer.take(event)
        print(writer.paths)
    """

    def __init__(self, path: str | Path, plan: Plan, *, overwrite: bool = False, png_level: str = "fast") -> None:
        checked(path)
        check_level(png_level)
        self._path = path
        self._rounds = plan.rounds()
        self._overwrite = overwrite
        self._saver = Saver(expected(plan), overwrite=overwrite, png_level=png_level)
        self._count = 0
        self._warm = False

    @property
    def paths(self) -> list[Path]:
        """The files that are written so far, in the order of the pictures."""
        return self._saver.paths

    @property
    def failures(self) -> list[Failure]:
        """The pictures that could not be saved so far."""
        return self._saver.failures

    def take(self, event: StreamEvent) -> None:
        """Take an event of the stream; those without a picture are passed over."""
        if not self._warm:
            self._warm = True
            warm(FILES)
        if isinstance(event, ImageArrived):
            self.add(event.blob)

    def add(self, blob: bytes) -> Picture:
        """Add the next picture as the tensor bytes that came; saving it has begun when this returns."""
        picture = picture_at(self._count, blob, self._rounds)
        self._saver.add(picture, target_of(self._path, picture, self._count, overwrite=self._overwrite))
        self._count += 1
        return picture

    def finish(self) -> None:
        """Wait until everything that came is saved, or has failed; nothing is raised for the latter.

        One interruption (Ctrl-C) does not stop it: the files are finished and then it is passed on. A second one does.
        """
        self._saver.finish()

    def close(self) -> list[Path]:
        """Wait until everything that came is saved.

        Returns:
            The files, in the order of the pictures.

        Raises:
            DrawThingsError: Why the first of those that could not be saved could not; the others are on disk.
        """
        return self._saver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
            return
        self.finish()
        for failure in self.failures:
            _log.warning("picture %d is not saved: %s", failure.picture.index, failure.error)


class Saver:
    """Saves pictures in threads; their files get their names one after the other.

    Args:
        count: How many pictures there will be, as far as is known: the fewer, the more threads work on each.
        overwrite: Replace existing files.
        png_level: ``fast`` or ``best``.

    Attributes:
        paths: The files that are written so far, in order.
        failures: The pictures that could not be saved so far, in order.
    """

    def __init__(self, count: int, *, overwrite: bool, png_level: str) -> None:
        self.paths: list[Path] = []
        self.failures: list[Failure] = []
        self._overwrite = overwrite
        self._png_level = png_level
        self._threads = max(1, processors() // max(1, count))
        self._pool = ThreadPoolExecutor(processors(), thread_name_prefix="drawthings-pictures")
        self._last: Future[None] | None = None

    def add(self, picture: Picture, target: Path) -> None:
        """Begin to save a picture."""
        self._last = self._pool.submit(self._save, picture, target, self._last)

    def finish(self) -> None:
        """Wait until every picture is saved or has failed; a second interruption gives up on those not begun."""
        try:
            self._wait()
        except KeyboardInterrupt:
            # What is in memory is worth another moment.
            self._wait()
            raise
        finally:
            # Nothing is left to cancel unless it was interrupted twice.
            self._pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> list[Path]:
        """Wait until every picture is saved.

        Returns:
            The files in order.

        Raises:
            Exception: Why the first of those that could not be saved could not.
        """
        self.finish()
        if self.failures:
            raise self.failures[0].error
        return self.paths

    def _wait(self) -> None:
        if self._last is not None:
            # Each one waits for the one before it.
            wait([self._last])
        self._pool.shutdown()

    def _save(self, picture: Picture, target: Path, before: Future[None] | None) -> None:
        def turn() -> None:
            if before is not None:
                wait([before])

        try:
            path = write_picture(
                picture,
                target,
                overwrite=self._overwrite,
                png_level=self._png_level,
                threads=self._threads,
                turn=turn,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the picture and the others must not be lost
            turn()
            self.failures.append(Failure(picture, target, error))
        else:
            self.paths.append(path)


class Ahead:
    """Decodes the pictures of a generation while later ones are still on their way.

    Only where more than one is expected, only the first few, and no clips: a clip is better decoded while it is
    written. Errors stay with the picture until somebody asks for its pixels.

    Args:
        plan: Everything that was decided for the request.
    """

    def __init__(self, plan: Plan) -> None:
        self._rounds = plan.rounds()
        self._most = MOST_AHEAD if expected(plan) > 1 and not plan.model.video else 0
        self._decoding: list[Future[NDArray[np.uint8]]] = []
        self._pool: ThreadPoolExecutor | None = None
        self._warm = False
        self._finished = False

    def take(self, event: StreamEvent) -> None:
        """Take an event of the stream; a picture in it begins to be decoded, the last event gets what was."""
        if not self._warm:
            self._warm = True
            warm(PIXELS if self._most else FILES)
        elif isinstance(event, Sampling) and event.step == 1:
            # A server at work leaves time to load what only pixels need; one that answers at once does not.
            warm(PIXELS)
        if isinstance(event, ImageArrived) and len(self._decoding) < self._most:
            self._pool = self._pool or ThreadPoolExecutor(processors(), thread_name_prefix="drawthings-ahead")
            plan = picture_at(event.index, event.blob, self._rounds).plan
            self._decoding.append(self._pool.submit(decode_picture, event.blob, plan))
        elif isinstance(event, Finished):
            self._finished = True
            for picture, decoding in zip(event.result.pictures, self._decoding, strict=False):
                picture.expect(decoding)

    def close(self) -> None:
        """Let go of the threads: they end by themselves, after a whole generation when all is decoded."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=not self._finished)


def expected(plan: Plan) -> int:
    """Return how many pictures a plan will bring; of a clip that is not known, and 1 stands for it."""
    configuration = plan.configuration
    return 1 if plan.model.video else configuration.batch_size * configuration.batch_count
