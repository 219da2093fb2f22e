"""Animated GIF, written frame by frame.

Pillow compresses each frame; its own writer of animations would keep all of them until the last has come.

Source: the GIF89a specification, sections 17 to 26.
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

COLOURS = 256
SHORTEST = 2
"""Hundredths of a second; players take less for a slow animation."""

EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
HAS_PALETTE = 0x80
HEADER_BYTES = 13
FOREVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
BLOCK = 255


class GifEncoder:
    """Writes an animation that runs for ever; each frame has the 256 colours that suit it best.

    A GIF counts time in hundredths of a second, so the frames take turns in being a little longer and shorter, and
    the whole lasts as long as it should up to 50 frames per second.

    Several frames are compressed at the same time, each in a thread.

    Args:
        path: Where to.
        form: What it looks like; sound is left out.

    Raises:
        OSError: It cannot be written.
    """

    def __init__(self, path: Path, form: FilmForm) -> None:
        self._form = form
        self._belt = Belt(_compressed, self._add, threads=clip_threads(), room=CLIP_THREADS)
        self._count = 0
        self._file = path.open("wb")
        self._file.write(b"GIF89a" + struct.pack("<HHBBB", form.width, form.height, 0, 0, 0) + FOREVER)
        if form.comment:
            self._file.write(b"\x21\xfe" + _blocks(_seven_bits(form.comment)))

    def frame(self, rgb: NDArray[np.uint8]) -> None:
        """See ``Encoder``."""
        self._belt.put(rgb)

    def sound(self, samples: NDArray[np.float32]) -> None:
        """Never called: a GIF has no sound."""

    def finish(self) -> None:
        """See ``Encoder``."""
        self._belt.finish()
        self._belt.close()
        self._file.write(bytes([TRAILER]))
        self._file.close()

    def stop(self) -> None:
        """See ``Encoder``."""
        self._belt.close()
        self._file.close()

    def _add(self, single: bytes) -> None:
        """Take over a frame from a GIF of its own."""
        colours, data = take_apart(single)
        size = (len(colours) // 3).bit_length() - 2
        place = struct.pack("<BHHHHB", IMAGE, 0, 0, self._form.width, self._form.height, HAS_PALETTE | size)
        self._file.write(b"\x21\xf9\x04\x00" + struct.pack("<HBB", self._delay(), 0, 0) + place + colours + data)

    def _delay(self) -> int:
        before, self._count = self._count, self._count + 1
        return max(SHORTEST, round(self._count * 100 / self._form.rate) - round(before * 100 / self._form.rate))


def _compressed(rgb: NDArray[np.uint8]) -> bytes:
    """Return a frame as a GIF of its own."""
    image = Image.fromarray(rgb)
    # The quicker of Pillow's two ways to choose colours; with dithering nobody sees the difference.
    palette = image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE)
    single = io.BytesIO()
    image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(single, "GIF", interlace=0)
    return single.getvalue()


def take_apart(gif: bytes) -> tuple[bytes, bytes]:
    """Return the colours of a GIF of one picture, and its compressed data.

    Args:
        gif: A file as Pillow writes it: at most one table of colours, then extensions, then the picture.

    Returns:
        The table of colours, three bytes each, and everything behind the picture's description but the trailer.

    Raises:
        ValueError: It is none.
    """
    flags = gif[HEADER_BYTES - 3]
    place = HEADER_BYTES + _palette_bytes(flags)
    colours = gif[HEADER_BYTES:place]
    while gif[place] == EXTENSION:
        place += 2
        while gif[place]:
            place += gif[place] + 1
        place += 1
    if gif[place] != IMAGE or gif[-1] != TRAILER:
        raise ValueError("Pillow wrote a GIF in a form that is not known here")
    own = _palette_bytes(gif[place + 9])
    place += 10
    return gif[place : place + own] or colours, gif[place + own : -1]


def _palette_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & HAS_PALETTE else 0


def _seven_bits(comment: str) -> bytes:
    """Spell a JSON text without the characters that a GIF's comment may not have; its meaning stays."""
    units = struct.iter_unpack("<H", comment.encode("utf-16-le", "surrogatepass"))
    return "".join(chr(unit) if unit < 128 else f"\\u{unit:04x}" for (unit,) in units).encode()  # noqa: PLR2004 - ASCII


def _blocks(data: bytes) -> bytes:
    pieces = (data[start : start + BLOCK] for start in range(0, len(data), BLOCK))
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"
