"""Clips as notebooks play them: small enough to be kept in the output itself.

The rule: no side is longer than 640 pixels, and what is still larger than 4 MB is made again with half of that. A clip
that does not fit even so shows its first frame, and says how to save it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from drawthings.client.display.still import data_address, image_tag, reduced
from drawthings.errors import OutputError

if TYPE_CHECKING:
    from drawthings.client.film import Film

MOST_BYTES = 4_000_000
SIDES_PX = (640, 320)
CRF = 23
"""Half the bytes of what ``save`` writes, and hardly to be told from it at this size."""

STYLE = "max-width:100%;height:auto;display:block"


def film_html(film: Film) -> str:
    """Return a clip as an HTML element that plays it, sound included.

    It is an MP4 where PyAV or the program ffmpeg is there to write one, else an animated WebP with the sound beside it.

    Raises:
        TensorError: The bytes of a frame cannot be read.
        OutputError: It cannot be written.
    """
    suffix = _suffix()
    for side_px in SIDES_PX:
        data = _encoded(film, suffix, side_px)
        if len(data) <= MOST_BYTES:
            return _figure(_player(film, suffix, data), words_of(film))
    poster = image_tag(film.frame(0), _prompt(film))
    return _figure(poster, f'{words_of(film)}; too long to be shown here: film.save("clip{suffix}") writes it')


def words_of(film: Film) -> str:
    """Say how long a clip is and what made it."""
    sound = ", with sound" if film.audio else ""
    return f"{len(film)} frames, {film.duration_s:.3g} s at {film.fps:g} frames per second{sound}; seed {film.seed}"


def _suffix() -> str:
    from drawthings.media.video import check_writable

    with suppress(OutputError):
        check_writable("clip.mp4")
        return ".mp4"
    return ".webp"


def _encoded(film: Film, suffix: str, side_px: int) -> bytes:
    """Return a clip as the bytes of a file."""
    from drawthings.client.film import form_of
    from drawthings.media.video import open_film

    first = reduced(film.frame(0), side_px)
    form = replace(form_of(film.plan, first, film.fps), crf=CRF)
    with TemporaryDirectory(prefix="drawthings-") as folder:
        file = open_film(Path(folder) / f"clip{suffix}", form)
        try:
            for pixels in film.frames():
                file.frame(reduced(pixels, side_px))
            if film.audio and suffix == ".mp4":
                file.sound(film.sound)
            return file.close().read_bytes()
        finally:
            if file.is_open:
                file.discard()


def _player(film: Film, suffix: str, data: bytes) -> str:
    label = escape(_prompt(film))
    if suffix == ".mp4":
        address = data_address("video/mp4", data)
        return f'<video controls loop playsinline aria-label="{label}" style="{STYLE}" src="{address}"></video>'
    return f'<img src="{data_address("image/webp", data)}" alt="{label}" style="{STYLE}">{_sound(film)}'


def _sound(film: Film) -> str:
    """Return the sound alone, for clips that cannot hold it."""
    if not film.audio or film.audio_rate is None:
        return ""
    with TemporaryDirectory(prefix="drawthings-") as folder:
        data = film.save_sound(Path(folder) / "sound.wav").read_bytes()
    if len(data) > MOST_BYTES:
        return '<p>The sound is too long to be kept here: film.save_sound("sound.wav") writes it.</p>'
    return f'<audio controls style="display:block" src="{data_address("audio/wav", data)}"></audio>'


def _prompt(film: Film) -> str:
    return film.plan.order.prompt.strip() or "a clip"


def _figure(content: str, words: str) -> str:
    return (
        f'<figure style="margin:0">{content}<figcaption style="font-size:.85em">{escape(words)}</figcaption></figure>'
    )
