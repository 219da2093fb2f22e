"""MP4 and MOV by PyAV: H.264 and AAC in this process, frame by frame."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from drawthings.media.video import FilmForm

BT709 = 1
"""The number of BT.709 as matrix, primaries and transfer curve. Source: ITU-T H.273, tables 2 to 4."""

LIMITED = 1
"""FFmpeg's number for the range 16 to 235, which video players expect."""

AAC_BITS = 192_000
PIECE = 1 << 14

# The index goes to the front, so that a browser can begin to play; packets are held back until all have come, because
# the sound follows the last frame and would otherwise lie far from the pictures it belongs to.
MUXING = {"movflags": "+faststart", "max_interleave_delta": "0"}


class Mp4Encoder:
    """Writes a clip with PyAV.

    The colours are converted with the BT.709 matrix to limited range, and the file says so: without the tags players
    guess, and older ones guess another matrix for small pictures.

    Args:
        path: Where to.
        form: What it looks like.
        container: ``mp4`` or ``mov``.

    Raises:
        OSError: It cannot be opened, or this build of FFmpeg lacks x264.
    """

    def __init__(self, path: Path, form: FilmForm, *, container: str) -> None:
        self._form = form
        self._count = 0
        self._samples = 0
        with _plain():
            self._file: Any = av.open(str(path), "w", format=container, options=MUXING)
            self._file.metadata["comment"] = form.comment
            self._video = self._add_video()
            self._audio: Any = self._add_audio() if form.audio_rate else None

    def frame(self, rgb: NDArray[np.uint8]) -> None:
        """See ``Encoder``."""
        width, height = self._form.even_size
        padding = ((0, height - rgb.shape[0]), (0, width - rgb.shape[1]), (0, 0))
        even = np.pad(rgb, padding, mode="edge") if (height, width) != rgb.shape[:2] else rgb
        with _plain():
            picture = av.VideoFrame.from_ndarray(even, format="rgb24").reformat(
                format="yuv420p", dst_colorspace="ITU709"
            )
            picture.pts, picture.time_base = self._count, 1 / self._form.rate
            self._file.mux(self._video.encode(picture))
        self._count += 1

    def sound(self, samples: NDArray[np.float32]) -> None:
        """See ``Encoder``."""
        for start in range(0, samples.shape[1], PIECE):
            piece = np.ascontiguousarray(samples[:, start : start + PIECE])
            with _plain():
                heard = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
                heard.sample_rate = self._audio.rate
                heard.pts, heard.time_base = self._samples, Fraction(1, self._audio.rate)
                self._file.mux(self._audio.encode(heard))
            self._samples += piece.shape[1]

    def finish(self) -> None:
        """See ``Encoder``."""
        with _plain():
            self._file.mux(self._video.encode(None))
            if self._audio is not None and self._samples:
                self._file.mux(self._audio.encode(None))
            self._file.close()

    def stop(self) -> None:
        """See ``Encoder``."""
        with contextlib.suppress(OSError), _plain():
            self._file.close()

    def _add_video(self) -> Any:  # noqa: ANN401 - PyAV's own type
        form = self._form
        video = self._file.add_stream("libx264", rate=form.rate, options={"preset": form.preset, "crf": str(form.crf)})
        video.width, video.height = form.even_size
        video.pix_fmt = "yuv420p"
        context = video.codec_context
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED
        return video

    def _add_audio(self) -> Any:  # noqa: ANN401 - PyAV's own type
        audio = self._file.add_stream("aac", rate=self._form.audio_rate, layout="stereo")
        audio.bit_rate = AAC_BITS
        return audio


@contextlib.contextmanager
def _plain() -> Iterator[None]:
    """Let PyAV's errors out as the operating system's, which is what most of them are."""
    try:
        yield
    except av.FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error
