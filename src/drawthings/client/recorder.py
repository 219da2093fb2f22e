"""A clip that is written while its frames arrive, so that nothing of it has to be kept in memory."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Self

from drawthings.client.film import Decoder, Film, audio_rate_of, film_path, form_of
from drawthings.errors import DrawThingsError, OutputError, StreamError
from drawthings.stream.events import AudioArrived, ImageArrived

if TYPE_CHECKING:
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

    Give it every event of the stream; it takes what it needs. Left normally, the clip is completed; left by an error,
    the frames that had come are kept in a file with ``-unfinished`` in its name, which ``path`` names then.

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
        self._decoder = Decoder()

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
        if isinstance(event, ImageArrived):
            self.add_frame(event.blob)
        elif isinstance(event, AudioArrived):
            self.add_sound(event.blob)

    def add_frame(self, blob: bytes) -> None:
        """Add the next frame as the tensor bytes that came.

        It is decoded beside the encoding of those before it, so an error in it may show one or two frames later.

        Raises:
            TensorError: A frame cannot be read.
            OutputError: The file cannot be written.
        """
        if self._kept is not None:
            self._kept[0].append(blob)
        for pixels in self._decoder.push(blob):
            self._write(pixels)

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
        self._decoder.close()
        if self._file is not None:
            self._path = self._file.close()
        return self.path

    def abandon(self) -> Path | None:
        """Stop early and keep the frames that had come.

        Returns:
            The path of the unfinished clip, or None when there is nothing to keep.
        """
        if self._file is None or self._file.is_open:
            try:
                self._flush()
            except DrawThingsError as error:
                _log.warning("the last frames are left out: %s", error)
        self._decoder.close()
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
        for pixels in self._decoder.rest():
            self._write(pixels)

    def _write(self, pixels: NDArray[np.uint8]) -> None:
        from drawthings.media.video import open_film

        if self._file is None:
            form = form_of(self._plan, pixels, self._fps)
            self.size = (form.width, form.height)
            self._file = open_film(self._target, form, overwrite=self._overwrite)
        self._file.frame(pixels)
        self.frames += 1
