"""A clip as numbered pictures in a folder, with the sound beside them: what editing programs import."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from drawthings.media.audio import WavFile
from drawthings.media.belt import CLIP_THREADS, Belt, clip_threads
from drawthings.media.png import png_parts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from drawthings.media.video import FilmForm


class FramesEncoder:
    """Writes ``name-0001.png``, ``name-0002.png`` and so on, and ``name.wav`` where there is sound.

    Several frames are compressed at the same time, each in a thread.

    Args:
        folder: An empty folder.
        name: What the files are called.
        form: What the clip looks like; its XMP packet goes into every picture.
    """

    def __init__(self, folder: Path, name: str, form: FilmForm) -> None:
        self._folder = folder
        self._name = name
        self._form = form
        self._count = 0
        self._wav: WavFile | None = None
        self._belt = Belt(
            partial(png_parts, xmp=form.xmp, threads=1), self._add, threads=clip_threads(), room=CLIP_THREADS
        )

    def frame(self, rgb: NDArray[np.uint8]) -> None:
        """See ``Encoder``."""
        self._belt.put(rgb)

    def sound(self, samples: NDArray[np.float32]) -> None:
        """See ``Encoder``."""
        if self._wav is None:
            self._wav = WavFile(self._folder / f"{self._name}.wav", self._form.audio_rate or 0)
        self._wav.write(samples)

    def finish(self) -> None:
        """See ``Encoder``."""
        self._belt.finish()
        self.stop()

    def stop(self) -> None:
        """See ``Encoder``."""
        self._belt.close()
        if self._wav is not None:
            self._wav.close()

    def _add(self, parts: Iterable[bytes | memoryview]) -> None:
        self._count += 1
        path = self._folder / f"{self._name}-{self._count:04}.png"
        try:
            with path.open("wb") as file:
                file.writelines(parts)
        except OSError:
            path.unlink(missing_ok=True)
            raise
