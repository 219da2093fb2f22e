"""A clip that is written while its frames arrive, so that nothing of it has to be kept in memory."""

from __future__ import annotations

import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Self

from drawthings.client.film import Film, audio_rate_of, film_path, form_of
from drawthings.client.warmth import FILMS, warm
from drawthings.errors import OutputError, StreamError
from drawthings.media.belt import CLIP_ROOM, clip_threads
from drawthings.stream.events import AudioArrived, ImageArrived

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from drawthings.client.answers import StreamEvent
    from drawthings.media.video import FilmFile
    from drawthings.request.plan import Plan

_log = logging.getLogger("drawthings.client")


class FilmWriter:
    """Writes the frames and the sound of a generation into a file as they come.

    Give it every event of the stream; it takes what it needs. Frames are decoded in several threads and written in
    another one. When they come faster than they can be written, taking one waits, so that no more than a few for each
    processor are ever decoded. Left normally, the clip is completed; left by an error, the frames that had come are
    kept in a file with ``-unfinished`` in its name, which ``path`` names then.

    Args:
        path: Where to, as for ``Film.save``. Nothing is created before the first frame.
        plan: Everything that was decided for the request.
        fps: Another speed than the model's own.
        overwrite: Replace an existing file.
        keep_blobs: Keep the frames as they came, too, for ``film``.

    Raises:
        BadValue: The suffix names no kind of clip.
        UnknownField: The pattern names something unknown.
        OutputError: What that kind of clip needs is not installed.

    Example::

        plan = server.prepare("a lighthouse at night", model="wan_v2.2_5b_ti2v_q8p.ckpt")
        with FilmWriter("clip.mp4", plan) as writer:
            for event in server.stream(plan):
                writer.take(event)
        print(writer.path)
    """

    def __init__(
        self,
        path: str | Path,
        plan: Plan,
        *,
        fps: float | None = None,
        overwrite: bool = False,
        keep_blobs: bool = False,
    ) -> None:
        from drawthings.media.video import check_writable

        self.frames = 0
        self.samples = 0
        self.size: tuple[int, int] | None = None
        self._target = film_path(path, plan)
        self._plan = plan
        self._fps = fps
        self._overwrite = overwrite
        self._file: FilmFile | None = None
        self._path: Path | None = None
        self._kept: tuple[list[bytes], list[bytes]] | None = ([], []) if keep_blobs else None
        check_writable(self._target)
        self._room = CLIP_ROOM
        self._decoders = ThreadPoolExecutor(clip_threads(), thread_name_prefix="drawthings-frames")
        self._press = ThreadPoolExecutor(1, thread_name_prefix="drawthings-film")
        self._waiting: deque[Future[None]] = deque()
        self._broken: Exception | None = None
        self._warm = False

    @property
    def path(self) -> Path:
        """The file, once it is complete or was kept unfinished.

        Raises:
            OutputError: There is none.
        """
        if self._path is None:
            raise OutputError(f"{str(self._target)!r} is not written.", path=self._target, kept=None)
        return self._path

    @property
    def kept(self) -> Path | None:
        """The file, or the unfinished part of it that was kept, or None when nothing was written."""
        return self._path

    @property
    def film(self) -> Film | None:
        """The clip as it came, or None without ``keep_blobs``."""
        if self._kept is None:
            return None
        frames, audio = self._kept
        return Film(tuple(frames), self._plan, tuple(audio))

    def take(self, event: StreamEvent) -> None:
        """Take an event of the stream; those without frame or sound are passed over.

        Raises:
            TensorError: A frame or the sound cannot be read.
            OutputError: The file cannot be written; what could be is in the file that the error names ``kept``.
        """
        if not self._warm:
            self._warm = True
            warm(FILMS)
        if isinstance(event, ImageArrived):
            self.add_frame(event.blob)
        elif isinstance(event, AudioArrived):
            self.add_sound(event.blob)

    def add_frame(self, blob: bytes) -> None:
        """Add the next frame as the tensor bytes that came.

        It is decoded and written beside what the caller does next, so an error in it shows a few frames later. After
        an error the clip is over: those behind it would be out of time.

        Raises:
            TensorError: A frame cannot be read.
            OutputError: The file cannot be written.
        """
        from drawthings.tensor.pixels import blob_to_pixels

        if self._kept is not None:
            self._kept[0].append(blob)
        while len(self._waiting) >= self._room:
            self._settle()
        if self._broken is not None:
            raise self._broken
        decoding = self._decoders.submit(blob_to_pixels, blob)
        self._waiting.append(self._press.submit(self._write, decoding))

    def add_sound(self, blob: bytes) -> None:
        """Add sound as the tensor bytes that came; it follows the frames.

        Raises:
            TensorError: It cannot be read.
            OutputError: The file cannot be written.
        """
        from drawthings.media.audio import decode_sound

        if self._kept is not None:
            self._kept[1].append(blob)
        self._flush()
        if audio_rate_of(self._plan) is None:
            _log.warning("the sound of %s is left out: its rate is not known", self._plan.model.file)
        elif self._file is not None:
            samples = decode_sound([blob])
            self._file.sound(samples)
            self.samples += samples.shape[1]

    def close(self) -> Path:
        """Complete the clip.

        Returns:
            The path that was written.

        Raises:
            TensorError: One of the last frames cannot be read.
            OutputError: There was no frame, or the file cannot be written.
        """
        self._flush()
        self._end_threads()
        if self._file is not None:
            self._path = self._file.close()
        return self.path

    def abandon(self) -> Path | None:
        """Stop early and keep the frames that had come.

        Returns:
            The path of the unfinished clip, or None when there is nothing to keep.
        """
        try:
            self._flush()
        except Exception as error:  # noqa: BLE001 - what was written before it counts
            _log.warning("the last frames are left out: %s", error)
        finally:
            self._end_threads()
        if self._file is not None and self._path is None:
            self._path = self._file.abandon()
        return self._path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            try:
                self.close()
            except BaseException as broken:
                self._note(broken)
                raise
        else:
            self._note(error)

    def _note(self, error: BaseException) -> None:
        """Save what came before an error, and tell the error where it is."""
        self.abandon()
        if isinstance(error, OutputError):
            self._path = self._path or error.details.get("kept")
        elif isinstance(error, StreamError):
            error.details["kept"] = self._path

    def _flush(self) -> None:
        while self._waiting:
            self._settle()

    def _settle(self) -> None:
        """Wait until the oldest frame is written."""
        # Only looked at as long as it is waited for, so that an interrupted wait loses nothing.
        wait([self._waiting[0]])
        try:
            self._waiting.popleft().result()
        except Exception:
            # Those behind it are passed over, see below, and have nothing else to tell.
            wait(self._waiting)
            self._waiting.clear()
            raise

    def _end_threads(self) -> None:
        for pool in (self._decoders, self._press):
            pool.shutdown(cancel_futures=True)

    def _write(self, decoding: Future[NDArray[np.uint8]]) -> None:
        """Write a frame, in the one thread that does that."""
        if self._broken is not None:
            decoding.cancel()
            return
        try:
            self._write_pixels(decoding.result())
        except Exception as error:
            self._broken = error
            raise

    def _write_pixels(self, pixels: NDArray[np.uint8]) -> None:
        from drawthings.media.video import open_film

        if self._file is None:
            form = form_of(self._plan, pixels, self._fps)
            self.size = (form.width, form.height)
            self._file = open_film(self._target, form, overwrite=self._overwrite)
        self._file.frame(pixels)
        self.frames += 1
