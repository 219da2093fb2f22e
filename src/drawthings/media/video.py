"""Clips as files: one small interface, and the suffix decides what is behind it.

``.mp4``, ``.m4v`` and ``.mov`` are H.264 with AAC sound, by PyAV (the extra ``video``) or by a program ``ffmpeg`` on
the PATH; ``.gif`` and ``.webp`` are animations without sound; ``.png`` is a folder of numbered pictures. Frames go in
one at a time and none is kept, so the length of a clip costs no memory.
"""

from __future__ import annotations

import importlib
import logging
import math
import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from drawthings.errors import BadValue, OutOfRange, OutputError
from drawthings.media.audio import checked_samples
from drawthings.media.draft import Draft, failure
from drawthings.media.png import checked_pixels

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from numpy.typing import NDArray

_log = logging.getLogger("drawthings.media")

SUFFIXES = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".gif": "gif", ".webp": "webp", ".png": "frames"}
MUTE = frozenset({"gif", "webp"})
MOST_PX = {"mp4": 16384, "mov": 16384, "gif": 65535, "webp": 16384, "frames": 1 << 24}
FASTEST_FPS = 240
RGB = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmForm:
    """What a clip looks like.

    Attributes:
        width: Pixels of each frame.
        height: Pixels of each frame.
        fps: Frames per second.
        audio_rate: Samples per second of the sound, or None for a clip without.
        preset: How much time x264 takes for how small a file: ``ultrafast`` to ``veryslow``.
        crf: How good the picture is, 0 (lossless) to 51; 17 looks like the original.
        comment: What the file says about how it was made, for the container's comment.
        xmp: The same as an XMP packet, for WebP and numbered pictures.
    """

    width: int
    height: int
    fps: float
    audio_rate: int | None = None
    preset: str = "veryfast"
    crf: int = 17
    comment: str = ""
    xmp: str | None = None

    @property
    def rate(self) -> Fraction:
        """Frames per second as the fraction that containers keep: 23.976 is 24000/1001."""
        if float(self.fps).is_integer():
            return Fraction(self.fps)
        television = Fraction(max(1, round(self.fps * 1.001)) * 1000, 1001)
        near = abs(television - Fraction(self.fps)) < Fraction(2, 1000)
        return television if near else Fraction(self.fps).limit_denominator(1001)

    @property
    def even_size(self) -> tuple[int, int]:
        """Width and height made even, as H.264 with halved colour wants them."""
        return self.width + self.width % 2, self.height + self.height % 2


class Encoder(Protocol):
    """What writes one kind of clip to a hidden name; it says OSError or ValueError when it cannot."""

    def frame(self, rgb: NDArray[np.uint8]) -> None:
        """Take the next frame, (height, width, 3)."""

    def sound(self, samples: NDArray[np.float32]) -> None:
        """Take more sound, (2, n); called only when the form has a rate."""

    def finish(self) -> None:
        """Complete the file and let go of it; works with what there is after an error, too."""

    def stop(self) -> None:
        """Let go of everything without completing the file; may follow anything and never fails."""


class FilmFile:
    """A clip that is being written.

    Args:
        draft: The hidden name it grows under.
        encoder: What writes it.
        form: What it looks like.
        kind: What kind of file it is.
    """

    def __init__(self, draft: Draft, encoder: Encoder, form: FilmForm, *, kind: str) -> None:
        self.form = form
        self.frames = 0
        self._draft = draft
        self._encoder = encoder
        self._kind = kind
        self._open = True

    def frame(self, pixels: NDArray[np.uint8]) -> None:
        """Add the next frame.

        Args:
            pixels: The picture; grey becomes RGB, and one with transparency is laid on white.

        Shapes:
            (height, width, 1, 3 or 4) uint8.

        Raises:
            BadValue: It is no picture of the clip's size.
            OutputError: It cannot be written; the frames before it are in the file that the error names ``kept``.
        """
        rgb = _rgb(pixels, self.form)
        self._do(lambda: self._encoder.frame(rgb))
        self.frames += 1

    def sound(self, samples: NDArray[Any]) -> None:
        """Add sound behind what is there; it may come before, between or after the frames.

        Animations have no sound, and a clip without a rate takes none: a warning says so, once, and it is left out.

        Args:
            samples: Left and right.

        Shapes:
            (2, n) floating-point numbers in [-1, 1].

        Raises:
            BadValue: It is no stereo sound.
            OutputError: It cannot be written; the frames are in the file that the error names ``kept``.
        """
        stereo = checked_samples(samples)
        if self.form.audio_rate is None or self._kind in MUTE:
            _log.warning("%s takes no sound; %d samples are left out", self._draft.target.name, stereo.shape[1])
            return
        self._do(lambda: self._encoder.sound(stereo))

    def close(self) -> Path:
        """Complete the clip and give it its name.

        Returns:
            The path of the file, or of the folder of numbered pictures.

        Raises:
            OutputError: It has no frame, or cannot be completed.
        """
        if not self.frames:
            self.discard()
            raise OutputError(f"{str(self._draft.target)!r} has no frame.", path=self._draft.target, kept=None)
        self._do(self._encoder.finish)
        self._open = False
        return self._draft.keep()

    def abandon(self) -> Path | None:
        """Stop early and keep the frames so far, under a name that says so.

        Returns:
            The path, or None when there is nothing to keep.
        """
        if not self._open:
            return None
        self._open = False
        try:
            if self.frames:
                self._encoder.finish()
                return self._draft.keep(unfinished=True)
        except (OSError, ValueError, OutputError) as error:
            _log.warning("the part of %s that was written cannot be kept: %s", self._draft.target.name, error)
        self._encoder.stop()
        self._draft.discard()
        return None

    @property
    def is_open(self) -> bool:
        """Whether frames can be added: not after closing, abandoning or an error."""
        return self._open

    def discard(self) -> None:
        """Stop and leave nothing behind."""
        self._open = False
        self._encoder.stop()
        self._draft.discard()

    def _do(self, step: Callable[[], None]) -> None:
        if not self._open:
            raise OutputError(f"{str(self._draft.target)!r} is closed.", path=self._draft.target, kept=None)
        try:
            step()
        except (OSError, ValueError) as error:
            raise failure(self._draft.target, error, kept=self.abandon()) from error


def film_kind(path: str | os.PathLike[str]) -> str:
    """Return which kind of clip a path's suffix names: ``mp4``, ``mov``, ``gif``, ``webp`` or ``frames``.

    Raises:
        BadValue: The suffix is missing or names no kind that can be written.
    """
    suffix = Path(path).suffix
    kind = SUFFIXES.get(suffix.lower())
    if kind is None:
        what = f"the suffix {suffix!r}" if suffix else "no suffix"
        raise BadValue(
            f"{str(path)!r} has {what}; clips are written as {', '.join(SUFFIXES)} (a folder of pictures).",
            hint="Give the name one of these suffixes.",
            field="path",
            value=str(path),
            suggestions=tuple(SUFFIXES),
        )
    return kind


def check_writable(path: str | os.PathLike[str]) -> str:
    """Return the kind of clip that a path names, if clips of that kind can be written here.

    Raises:
        BadValue: The suffix names no kind.
        OutputError: What that kind needs is not installed.
    """
    kind = film_kind(path)
    if kind in {"mp4", "mov"} and not _has_pyav() and shutil.which("ffmpeg") is None:
        raise OutputError(
            f"{str(path)!r} needs PyAV or the program ffmpeg, and neither is here.",
            hint="pip install 'drawthings[video]', or install ffmpeg, or write .gif, .webp or .png (numbered frames).",
            path=Path(path),
            kept=None,
        )
    return kind


def open_film(path: str | os.PathLike[str], form: FilmForm, *, overwrite: bool = False) -> FilmFile:
    """Begin a clip.

    Args:
        path: Where to; missing folders are made, and without ``overwrite`` an existing file is never touched: the new
            one gets a number before its suffix. ``clip.png`` means a folder ``clip`` with ``clip-0001.png`` and so on.
        form: What it looks like.
        overwrite: Replace an existing file. A folder is never replaced.

    Returns:
        The clip, to be closed or abandoned.

    Raises:
        BadValue: The suffix names no kind of clip, or a folder was to be replaced.
        OutOfRange: The size or the frame rate is none.
        OutputError: It cannot be written there, or what it needs is not installed.
    """
    kind = check_writable(path)
    _check_form(form, kind)
    folder = kind == "frames"
    if folder and overwrite:
        raise BadValue(
            "A folder of pictures is never replaced.", hint="Remove the old one, or leave overwrite out.", field="path"
        )
    target = Path(path)
    draft = Draft(target.with_suffix("") if folder else target, overwrite=overwrite, folder=folder)
    try:
        encoder = _encoder(kind, draft, form)
    except (OSError, ValueError) as error:
        draft.discard()
        raise failure(draft.target, error) from error
    return FilmFile(draft, encoder, form, kind=kind)


def _encoder(kind: str, draft: Draft, form: FilmForm) -> Encoder:
    if kind == "gif":
        from drawthings.media.gif import GifEncoder

        return GifEncoder(draft.path, form)
    if kind == "webp":
        from drawthings.media.webp import WebpEncoder

        return WebpEncoder(draft.path, form)
    if kind == "frames":
        from drawthings.media.frames import FramesEncoder

        return FramesEncoder(draft.path, draft.target.name, form)
    if _has_pyav():
        from drawthings.media.mp4 import Mp4Encoder

        return Mp4Encoder(draft.path, form, container=kind)
    from drawthings.media.ffmpeg import FfmpegEncoder

    return FfmpegEncoder(draft.path, form, container=kind)


def _has_pyav() -> bool:
    """Return whether PyAV is there and can be loaded; a broken installation counts as none."""
    try:
        importlib.import_module("av")
    except ImportError:
        return False
    return True


def _check_form(form: FilmForm, kind: str) -> None:
    if not (math.isfinite(form.fps) and 0 < form.fps <= FASTEST_FPS and form.rate > 0):
        hint = "Most clips have 16 to 30."
        raise OutOfRange(f"{form.fps} frames per second is none.", hint=hint, field="fps", value=form.fps)
    for name, length in (("width", form.width), ("height", form.height)):
        if not 1 <= length <= MOST_PX[kind]:
            raise OutOfRange(
                f"A {name} of {length} px does not fit a clip of this kind (1 to {MOST_PX[kind]}).",
                hint="Write numbered pictures (.png).",
                field=name,
                value=length,
            )


def _rgb(pixels: NDArray[np.uint8], form: FilmForm) -> NDArray[np.uint8]:
    picture = checked_pixels(pixels)
    if picture.shape[:2] != (form.height, form.width):
        height, width = picture.shape[:2]
        raise BadValue(f"A frame of {width}x{height} px does not fit a clip of {form.width}x{form.height}.")
    if picture.shape[2] == 1:
        picture = np.repeat(picture, RGB, axis=2)
    elif picture.shape[2] > RGB:
        from PIL import Image

        from drawthings.request.pictures import flatten

        picture = np.asarray(flatten(Image.fromarray(picture)))
    return np.ascontiguousarray(picture)
