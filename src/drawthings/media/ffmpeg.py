"""MP4 and MOV by the program ``ffmpeg``, for those who have it and not PyAV.

Raw frames go through a pipe. The sound comes after the frames and one pipe cannot carry both in that order, so it waits
in a WAV file and a second, quick run of the program puts it beside the pictures without touching them.
"""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from drawthings.media.audio import WavFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from drawthings.media.video import FilmForm

QUIET = ("ffmpeg", "-hide_banner", "-loglevel", "error", "-y")
INDEX_FIRST = ("-movflags", "+faststart")
# The matrix is chosen for the conversion, then every place where a build of ffmpeg may look is told the result.
FILTERS = (
    "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
    "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
)
TAGS = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
LAST_WORDS = 400


class FfmpegEncoder:
    """Writes a clip through the program ``ffmpeg``.

    Args:
        path: Where to.
        form: What it looks like.
        container: ``mp4`` or ``mov``.

    Raises:
        OSError: The program cannot be started.
    """

    def __init__(self, path: Path, form: FilmForm, *, container: str) -> None:
        self._path = path
        self._form = form
        self._container = container
        self._wav: WavFile | None = None
        self._scratch = tempfile.TemporaryDirectory(prefix="drawthings-")
        folder = Path(self._scratch.name)
        self._sound, self._facts = folder / "sound.wav", folder / "facts.txt"
        self._errors = (folder / "errors.txt").open("w+b")
        try:
            self._facts.write_text(_metadata(form.comment), encoding="utf-8", newline="\n")
            self._process = self._start()
        except OSError:
            self._clean()
            raise

    def frame(self, rgb: NDArray[np.uint8]) -> None:
        """See ``Encoder``."""
        width, height = self._form.even_size
        padding = ((0, height - rgb.shape[0]), (0, width - rgb.shape[1]), (0, 0))
        even = np.pad(rgb, padding, mode="edge") if (height, width) != rgb.shape[:2] else rgb
        try:
            self._pipe.write(np.ascontiguousarray(even).data)
        except OSError as error:
            # The program has gone; what it said last tells more than the broken pipe.
            raise OSError(self._last_words() or str(error)) from error

    def sound(self, samples: NDArray[np.float32]) -> None:
        """See ``Encoder``."""
        if self._wav is None:
            self._wav = WavFile(self._sound, self._form.audio_rate or 0)
        self._wav.write(samples)

    def finish(self) -> None:
        """See ``Encoder``."""
        try:
            with contextlib.suppress(OSError):
                self._pipe.close()
            if self._process.wait() != 0:
                raise OSError(self._last_words() or f"ffmpeg ended with {self._process.returncode}")
            if self._wav is not None:
                self._wav.close()
                # Should this fail, the pictures can still be kept without it.
                self._wav = None
                self._add_sound()
        finally:
            self._clean()

    def stop(self) -> None:
        """See ``Encoder``."""
        self._process.kill()
        with contextlib.suppress(OSError):
            self._pipe.close()
        self._process.wait()
        self._clean()

    @property
    def _pipe(self) -> IO[bytes]:
        assert self._process.stdin is not None  # noqa: S101 - asked for when it was started
        return self._process.stdin

    def _start(self) -> subprocess.Popen[bytes]:
        width, height = self._form.even_size
        source = ("-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", f"{width}x{height}")
        rate = ("-framerate", str(self._form.rate), "-i", "pipe:0")
        facts = ("-f", "ffmetadata", "-i", str(self._facts), "-map", "0:v", "-map_metadata", "1")
        quality = ("-c:v", "libx264", "-preset", self._form.preset, "-crf", str(self._form.crf))
        return subprocess.Popen(  # noqa: S603 - a fixed program with our own arguments
            [*QUIET, *source, *rate, *facts, "-vf", FILTERS, *TAGS, *quality, *self._target(self._path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
        )

    def _add_sound(self) -> None:
        both = self._path.with_suffix(".sound.tmp")
        inputs = ("-i", str(self._path), "-i", str(self._sound), "-map", "0:v", "-map", "1:a", "-map_metadata", "0")
        codecs = ("-c:v", "copy", "-c:a", "aac", "-b:a", "192k")
        try:
            self._run([*QUIET, *inputs, *codecs, *self._target(both)])
            both.replace(self._path)
        finally:
            both.unlink(missing_ok=True)

    def _run(self, command: Sequence[str]) -> None:
        done = subprocess.run(  # noqa: S603 - as above
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._errors, check=False
        )
        if done.returncode != 0:
            raise OSError(self._last_words() or f"ffmpeg ended with {done.returncode}")

    def _target(self, path: Path) -> tuple[str, ...]:
        return (*INDEX_FIRST, "-f", self._container, str(path))

    def _last_words(self) -> str:
        """Return the last line that the program wrote about what went wrong."""
        self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").split("\n")
        return next((f"ffmpeg says: {line.strip()[:LAST_WORDS]}" for line in reversed(lines) if line.strip()), "")

    def _clean(self) -> None:
        self._errors.close()
        if self._wav is not None:
            self._wav.close()
        with contextlib.suppress(OSError):
            self._scratch.cleanup()


def _metadata(comment: str) -> str:
    """Write a comment in the form that the program reads, in a file because a command line has a limit."""
    escaped = "".join(f"\\{char}" if char in "=;#\\\n" else char for char in comment)
    return f";FFMETADATA1\ncomment={escaped}\n"
