"""The pictures of one generation: painted bit by bit, shown as previews, and encoded when they are done."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.blobs import stretched
from drawthings.server.commission import commission
from drawthings.server.painter.film import paint_frames
from drawthings.server.painter.latent import PATCH_PX, PATCHES, to_latent
from drawthings.server.painter.painter import finish, paint, paint_layer, stage
from drawthings.server.painter.sketch import sketch
from drawthings.server.painter.sound import audio
from drawthings.tensor.codec import encode_tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from drawthings.server.course import Pass
    from drawthings.server.reading import Reading
    from drawthings.tensor.codec import CodecName


class Easel:
    """Paints the results of one generation.

    A result is painted when the sampling has come so far, so that the steps share the work; it is kept encoded, and
    small for the previews.

    Args:
        reading: What is asked for.
        codec: How tensors are compressed: ``auto`` or ``raw``.
        sketches: Whether two colours do in place of a picture.
        previews: Whether ``preview`` will be called.
    """

    def __init__(self, reading: Reading, *, codec: CodecName, sketches: bool = False, previews: bool = True) -> None:
        self._reading = reading
        self._course = reading.course
        self._codec: CodecName = codec
        self._sketches, self._previews = sketches, previews
        self._job = commission(reading)
        self._pictures = self._paint()
        self._small: list[NDArray[np.float32]] = []
        self.images: list[bytes] = []

    def advance(self, share: float, check: Callable[[], None]) -> None:
        """Paint until a share of the results is done, the first at any rate.

        Args:
            share: How much of the sampling is done, 0 to 1.
            check: Called between pictures; it raises when the client is gone.
        """
        wanted = min(self._course.count, max(1, math.ceil(self._course.count * share)))
        while len(self.images) < wanted:
            check()
            picture = next(self._pictures)
            if self._previews:
                self._small.append(self._reduced(picture))
            values = finish(self._job, picture)[None].astype(np.float16)
            self.images.append(encode_tensor(values, codec=self._codec))

    def preview(self, part: Pass, done: int, check: Callable[[], None]) -> bytes:
        """Return what the sampler has in mind after some steps, as an encoded latent tensor.

        Args:
            part: The round of sampling.
            done: Steps done in it.
            check: As for ``advance``.
        """
        self.advance(0, check)
        # Of a clip the frames that are not painted yet look like the last one that is.
        chosen = [min(self._index(frame, part), len(self._small) - 1) for frame in range(part.frames)]
        size = _picture_size(part)
        looks = [stage(self._job, self._small[index], done, part.runs, index=index, size=size) for index in chosen]
        latent = to_latent(
            np.stack(looks),
            part.version,
            size=(part.rows, part.columns),
            channels=part.channels,
            sound_rows=part.sound_rows,
            seed=self._reading.seeds[0],
        )
        return encode_tensor(latent, codec=self._codec)

    def sound(self) -> list[bytes]:
        """Return the sound of a clip as an encoded tensor, or nothing for models without."""
        family, fps = self._reading.family, self._reading.model.fps
        if not family.audio_rate or not fps:
            return []
        return [encode_tensor(audio(self._job, self._course.count / fps, family.audio_rate), codec=self._codec)]

    def _paint(self) -> Iterator[NDArray[np.float32]]:
        job, course = self._job, self._course
        if self._sketches:
            return (sketch(job, index, four_channels=course.four_channels) for index in range(course.count))
        if self._reading.family.video:
            return paint_frames(job, course.count)
        if course.four_channels:
            return (paint_layer(job, index, course.count) for index in range(course.count))
        return (paint(job, index) for index in range(course.count))

    def _reduced(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the colours of a picture at the size of the last previews."""
        return stretched(picture[..., -3:], *_picture_size(self._course.second or self._course.first))

    def _index(self, frame: int, part: Pass) -> int:
        """Return the result that a frame of a preview shows; a latent frame of a clip stands for several."""
        return frame if part.frames >= self._course.count else frame * self._reading.family.frame_step


def _picture_size(part: Pass) -> tuple[int, int]:
    """Return rows and columns of the pictures that become one preview."""
    patch = PATCH_PX if part.version == PATCHES else 1
    return part.rows * patch, part.columns * patch
