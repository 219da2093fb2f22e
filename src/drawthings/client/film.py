"""What a video model gives back: frames that are decoded one at a time, sound, and a file that holds both."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from drawthings.client.footage import fps_of
from drawthings.client.result import Picture
from drawthings.media.belt import CLIP_ROOM, Belt, clip_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from drawthings.client.result import Result
    from drawthings.media.video import FilmForm
    from drawthings.request.configuration import Configuration
    from drawthings.request.note import Note
    from drawthings.request.plan import Plan

DEFAULT_NAME = "{model}-{seed}.mp4"


def is_film(plan: Plan) -> bool:
    """Return whether the result of a plan is a clip: the model's family says so, never the number of pictures."""
    return plan.model.video


@dataclass(frozen=True)
class Film:
    """A clip, as the server sent it.

    The frames stay compressed until they are looked at. ``save`` and ``frames`` decode several at a time, one for each
    processor, and hold only a few more, however long the clip is.

    Attributes:
        blobs: The tensor bytes of the frames, in their order.
        plan: Everything that was decided for the request.
        audio: The tensor bytes of the sound, for models that make sound.
        elapsed_s: Seconds from sending the request to the last byte.

    Example:
        >>> from drawthings import DrawThings
        >>> with DrawThings("embedded") as server:
        ...     result = server.generate(
        ...         "a lighthouse at night", model="wan_v2.1_1.3b_480p_q8p.ckpt",
        ...         width=128, height=128, steps=1, num_frames=5,
        ...     )
        >>> film = Film.of(result)
        >>> len(film), film.fps, film.duration_s
        (5, 16.0, 0.3125)
    """

    blobs: tuple[bytes, ...] = field(repr=False)
    plan: Plan = field(repr=False)
    audio: tuple[bytes, ...] = field(default=(), repr=False)
    elapsed_s: float = 0.0

    @classmethod
    def of(cls, result: Result) -> Film:
        """Return the clip that a result of a video model is."""
        return cls(tuple(picture.blob for picture in result.pictures), result.plan, result.audio, result.elapsed_s)

    @property
    def fps(self) -> float:
        """Frames per second at playback: the model's specification, or its family."""
        return float(fps_of(self.plan.model))

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return len(self.blobs) / self.fps

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height of the frames in pixels, with an upscaler those after it."""
        height, width = self.frame(0).shape[:2]
        return width, height

    @property
    def seed(self) -> int:
        """The seed that made it; one for all frames."""
        return self.plan.configuration.seed or 0

    @property
    def configuration(self) -> Configuration:
        """All settings, with the seed that was used."""
        return self.plan.configuration

    @property
    def model(self) -> str:
        """The checkpoint's file name."""
        return self.plan.model.file

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was decided for the user, and warnings."""
        return self.plan.notes

    @property
    def audio_rate(self) -> int | None:
        """Samples per second of the sound, or None for families without; the family's, as it is not sent."""
        return audio_rate_of(self.plan)

    @cached_property
    def sound(self) -> NDArray[np.float32]:
        """The sound as samples; without any, an array of none.

        Shapes:
            (2, samples) float32 in [-1, 1].

        Raises:
            TensorError: The bytes from the server cannot be read; they stay available in ``audio``.
        """
        from drawthings.media.audio import decode_sound

        return decode_sound(self.audio)

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Decode one frame; -1 is the last, from which a next clip may go on.

        Shapes:
            (height, width, 3) uint8 RGB.

        Raises:
            TensorError: The bytes from the server cannot be read.
        """
        from drawthings.tensor.pixels import blob_to_pixels

        return blob_to_pixels(self.blobs[index])

    def frames(self) -> Iterator[NDArray[np.uint8]]:
        """Decode the frames, several at a time but in their order; only a few are in memory.

        Yields:
            Arrays as ``frame`` returns.

        Raises:
            TensorError: The bytes of a frame cannot be read.
        """
        return decoded(self.blobs)

    def picture(self, index: int) -> Picture:
        """Return a frame as a picture that can be saved with its settings."""
        return Picture(self.blobs[index], range(len(self.blobs))[index], self.seed, self.plan)

    def save(
        self,
        path: str | Path,
        *,
        fps: float | None = None,
        overwrite: bool = False,
        on_frame: Callable[[int], None] | None = None,
    ) -> Path:
        """Write the clip, with its sound and how it was made.

        Args:
            path: Where to: ``.mp4``, ``.m4v``, ``.mov`` (with sound), ``.gif``, ``.webp`` (without), ``.png`` (a folder
                of numbered pictures), a folder, or a pattern with ``{model}`` and ``{seed}``. Without ``overwrite``
                an existing file is never touched: the new one gets a number before its suffix.
            fps: Another speed than the model's own.
            overwrite: Replace an existing file.
            on_frame: Called with the number of frames written so far, and in the end with all of them.

        Returns:
            The path that was written; the folder for numbered pictures.

        Raises:
            BadValue: The suffix names no kind of clip.
            OutputError: It cannot be written, or PyAV and ffmpeg are both missing.
            TensorError: The bytes of a frame cannot be read; what came before it is kept as an unfinished clip.
        """
        from drawthings.client.recorder import FilmWriter

        with FilmWriter(path, self.plan, fps=fps, overwrite=overwrite) as writer:
            for blob in self.blobs:
                writer.add_frame(blob)
                if on_frame is not None:
                    on_frame(writer.frames)
            for blob in self.audio:
                writer.add_sound(blob)
        if on_frame is not None:
            on_frame(writer.frames)
        return writer.path

    def save_sound(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the sound alone as a WAV file.

        Args:
            path: Where to; without ``overwrite`` an existing file is never touched.
            overwrite: Replace an existing file.

        Returns:
            The path that was written.

        Raises:
            OutputError: There is no sound, or it cannot be written.
        """
        from drawthings.errors import OutputError
        from drawthings.media.audio import write_wav

        if not self.audio or self.audio_rate is None:
            raise OutputError(f"The clip of {self.model} has no sound.", hint="LTX-2 makes sound.", path=path)
        return write_wav(path, self.sound, self.audio_rate, overwrite=overwrite)

    def __len__(self) -> int:
        return len(self.blobs)

    def _repr_html_(self) -> str:
        from drawthings.client.display.clip import film_html

        return film_html(self)


def decoded(blobs: Iterable[bytes]) -> Iterator[NDArray[np.uint8]]:
    """Decode frames in threads, a few ahead of the one in use, and yield them in their order."""
    from drawthings.tensor.pixels import blob_to_pixels

    done: deque[NDArray[np.uint8]] = deque()
    belt = Belt(blob_to_pixels, done.append, threads=clip_threads(), room=CLIP_ROOM)
    try:
        for blob in blobs:
            belt.put(blob)
            while done:
                yield done.popleft()
        while belt:
            belt.step()
            yield done.popleft()
    finally:
        belt.close()


def audio_rate_of(plan: Plan) -> int | None:
    """Return the rate of the sound that comes with the clips of a plan's model, or None when none comes."""
    return plan.model.family.audio_rate if plan.model.family else None


def form_of(plan: Plan, pixels: NDArray[np.uint8], fps: float | None) -> FilmForm:
    """Return what the file of a clip looks like, with the settings as the app writes them inside.

    Args:
        plan: Everything that was decided for the request.
        pixels: One frame.
        fps: Frames per second, where they are not the model's own.
    """
    from drawthings.client.creation import xmp_for
    from drawthings.media.video import FilmForm
    from drawthings.media.xmp import read_packet

    xmp = xmp_for(plan, plan.configuration.seed or 0)
    packet = read_packet(xmp.encode())
    height, width = pixels.shape[:2]
    return FilmForm(
        width=width,
        height=height,
        fps=fps or fps_of(plan.model),
        audio_rate=audio_rate_of(plan),
        comment=packet.comment if packet else "",
        xmp=xmp,
    )


def film_path(path: str | Path, plan: Plan) -> Path:
    """Return the file name for a clip.

    Args:
        path: A file name, a folder (existing, or ending in a slash), or a pattern with ``{model}`` and ``{seed}``.
        plan: Where model and seed come from.

    Raises:
        UnknownField: The pattern names something unknown.
    """
    from pathlib import Path

    from drawthings.media.naming import expand_name
    from drawthings.profiles import home_expanded

    text = str(path)
    if text.endswith(("/", "\\")) or home_expanded(text).is_dir():
        text = str(Path(text) / DEFAULT_NAME)
    if "{" not in text:
        return home_expanded(text)
    return expand_name(text, model=Path(plan.model.file).stem, seed=plan.configuration.seed or 0)
