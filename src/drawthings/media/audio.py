"""The sound of clips: from the server's tensors to samples, and to WAV files.

The sample rate is not sent. It belongs to the model's family and is never worked out from the number of frames.
"""

from __future__ import annotations

import contextlib
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from drawthings.errors import BadHeader, BadValue, OutOfRange, UnsupportedDatatype
from drawthings.media.draft import Draft, failure
from drawthings.tensor.codec import decode_tensor

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

CHANNELS = 2
SAMPLE_BYTES = 2
LOUDEST = 32767
FASTEST = 384_000
PIECE = 1 << 16
"""Samples that are converted at a time."""


def decode_sound(blobs: Sequence[bytes]) -> NDArray[np.float32]:
    """Turn the server's sound tensors into samples; several are played one after the other.

    Args:
        blobs: Tensor blobs, each with a header of its own.

    Returns:
        Left and right. A single channel is heard on both sides; numbers that are not finite become silence.

    Shapes:
        each tensor (2, n) float32 in [-1, 1], channel by channel; (n,), (1, n) and a leading 1 are read as well; result
        (2, samples) float32 in [-1, 1].

    Raises:
        TensorError: A blob cannot be read, or holds no sound.

    Source: the decoder of ``LTX2.swift`` and the preconditions of ``VideoExporter.swift``; read there, not measured.
    """
    pieces = [_samples(decode_tensor(blob)) for blob in blobs]
    return np.concatenate(pieces, axis=1) if pieces else np.zeros((CHANNELS, 0), np.float32)


def checked_samples(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Return sound as two channels in range.

    Raises:
        BadValue: The array is no stereo sound of floating-point numbers.
    """
    if samples.ndim != CHANNELS or samples.shape[0] != CHANNELS or samples.dtype.kind != "f":
        raise BadValue(
            f"Sound has the shape (2, samples) and floating-point numbers, not {samples.shape} {samples.dtype}.",
            hint="Give left and right as two rows, each from -1 to 1.",
            field="samples",
        )
    clipped: NDArray[np.float32] = np.clip(np.nan_to_num(samples, posinf=0, neginf=0), -1, 1).astype(np.float32)
    return clipped


class WavFile:
    """A WAV file of 16 bits that is written piece by piece.

    The lengths in its header are filled in at the end; the standard library's writer would try to do that once more
    when it is thrown away after an error.

    Args:
        path: Where to; replaced when it is there.
        rate: Samples per second.

    Raises:
        OSError: It cannot be written; callers know what to say about that.

    Source: the RIFF/WAVE format, PCM with the short form of its format chunk.
    """

    def __init__(self, path: Path, rate: int) -> None:
        self._rate = rate
        self._bytes = 0
        self._file = path.open("wb")
        self._file.write(self._header())

    def write(self, samples: NDArray[np.float32]) -> None:
        """Add some samples, (2, n) in [-1, 1]."""
        for start in range(0, samples.shape[1], PIECE):
            piece = samples[:, start : start + PIECE].T * LOUDEST
            self._bytes += self._file.write(np.rint(piece).astype("<i2").tobytes())

    def close(self) -> None:
        """Write the lengths into the header and close the file; nothing happens the second time."""
        if self._file.closed:
            return
        with self._file:
            self._file.seek(0)
            self._file.write(self._header())

    def _header(self) -> bytes:
        frame = CHANNELS * SAMPLE_BYTES
        form = struct.pack("<HHIIHH", 1, CHANNELS, self._rate, self._rate * frame, frame, 8 * SAMPLE_BYTES)
        riff = struct.pack("<4sI4s4sI", b"RIFF", 20 + len(form) + self._bytes, b"WAVE", b"fmt ", len(form))
        return riff + form + struct.pack("<4sI", b"data", self._bytes)


def write_wav(path: str | os.PathLike[str], samples: NDArray[Any], rate: int, *, overwrite: bool = False) -> Path:
    """Write sound as a WAV file.

    Args:
        path: Where to.
        samples: Left and right, (2, samples) in [-1, 1].
        rate: Samples per second.
        overwrite: Replace an existing file, instead of taking the next free number.

    Returns:
        The path that was written.

    Raises:
        BadValue: The array is no stereo sound.
        OutOfRange: The rate is none.
        OutputError: It cannot be written.
    """
    sound = checked_samples(samples)
    if not 0 < rate <= FASTEST:
        hint = "Sound has 8000 to 96000 samples per second."
        raise OutOfRange(f"{rate} samples per second is no rate.", hint=hint, field="rate", value=rate)
    draft = Draft(path, overwrite=overwrite)
    try:
        with contextlib.closing(WavFile(draft.path, rate)) as file:
            file.write(sound)
    except (OSError, ValueError) as error:
        draft.discard()
        raise failure(draft.target, error) from error
    return draft.keep()


def _samples(values: NDArray[Any]) -> NDArray[np.float32]:
    if values.dtype.kind != "f":
        raise UnsupportedDatatype(
            f"Sound holds floating-point numbers, not {values.dtype}.", datatype=str(values.dtype)
        )
    while values.ndim > CHANNELS and values.shape[0] == 1:
        values = values[0]
    rows = values[None] if values.ndim == 1 else values
    if rows.ndim != CHANNELS or rows.shape[0] not in (1, CHANNELS):
        raise BadHeader(f"Sound has the shape (2, samples); this tensor has {values.shape}.")
    stereo = np.broadcast_to(rows, (CHANNELS, rows.shape[1]))
    return checked_samples(stereo)
