"""Animated WebP, written frame by frame.

Pillow compresses each frame; its own writer of animations would keep all of them until the last has come.

Source: the WebP container specification, sections "Extended File Format" and "Animation" (RFC 9649).
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from PIL import Image

from drawthings.media.belt import CLIP_THREADS, Belt, clip_threads

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from drawthings.media.video import FilmForm

QUALITY = 85
METHOD = 2
"""How hard the encoder tries, 0 to 6; from here on it takes much longer for little."""

ANIMATED, WITH_XMP = 0x02, 0x04
RIFF_HEAD = 12
ALONE = 0x02
"""A frame replaces what was there instead of being laid over it."""


class WebpEncoder:
    """Writes an animation that runs for ever; several frames are compressed at the same time, each in a thread.

    Args:
        path: Where to.
        form: What it looks like; sound is left out.

    Raises:
        OSError: It cannot be written.
    """

    def __init__(self, path: Path, form: FilmForm) -> None:
        self._form = form
        self._count = 0
        self._belt = Belt(_compressed, self._add, threads=clip_threads(), room=CLIP_THREADS)
        self._file = path.open("wb")
        self._file.write(b"RIFF\0\0\0\0WEBP")
        flags = ANIMATED | (WITH_XMP if form.xmp else 0)
        self._put(b"VP8X", struct.pack("<I", flags) + _three(form.width - 1) + _three(form.height - 1))
        self._put(b"ANIM", struct.pack("<IH", 0, 0))

    def frame(self, rgb: NDArray[np.uint8]) -> None:
        """See ``Encoder``."""
        self._belt.put(rgb)

    def sound(self, samples: NDArray[np.float32]) -> None:
        """Never called: an animated WebP has no sound."""

    def finish(self) -> None:
        """See ``Encoder``."""
        self._belt.finish()
        self._belt.close()
        if self._form.xmp:
            self._put(b"XMP ", self._form.xmp.encode("utf-8", "replace"))
        length = self._file.tell()
        self._file.seek(4)
        self._file.write(struct.pack("<I", length - 8))
        self._file.close()

    def stop(self) -> None:
        """See ``Encoder``."""
        self._belt.close()
        self._file.close()

    def _add(self, body: bytes) -> None:
        place = _three(0) * 2 + _three(self._form.width - 1) + _three(self._form.height - 1)
        self._put(b"ANMF", place + _three(self._delay()) + bytes([ALONE]) + body)

    def _delay(self) -> int:
        """Milliseconds of the next frame, so that the whole lasts as long as it should."""
        before, self._count = self._count, self._count + 1
        return max(1, round(self._count * 1000 / self._form.rate) - round(before * 1000 / self._form.rate))

    def _put(self, name: bytes, body: bytes) -> None:
        self._file.write(struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2))


def _compressed(rgb: NDArray[np.uint8]) -> bytes:
    """Return a frame as the chunks of a WebP of its own."""
    single = io.BytesIO()
    Image.fromarray(rgb).save(single, "WEBP", quality=QUALITY, method=METHOD)
    return single.getvalue()[RIFF_HEAD:]


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")
