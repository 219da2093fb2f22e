"""Files without their words, read back by programs of others: Pillow, and FFmpeg's libraries for clips."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from drawthings.apps.jobs.stripping import stripped
from drawthings.media.image import encode_image
from drawthings.media.video import FilmForm, open_film

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "a fox that nobody is to know of"
PIXELS = np.random.default_rng(3).integers(0, 256, (48, 64, 3), dtype=np.uint8)
KINDS = ("png", "jpeg", "webp")


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def of_others(kind: str) -> bytes:
    """Return a picture as Pillow writes it, with words wherever that kind of file has room for them."""
    exif = Image.Exif()
    exif[0x010E] = WORDS
    more: dict[str, Any] = {"exif": exif, "icc_profile": b"profile " * 20, "xmp": WORDS.encode()}
    if kind == "png":
        text = PngImagePlugin.PngInfo()
        text.add_text("parameters", WORDS)
        text.add_text("packed", WORDS, zip=True)
        text.add_itxt("XML:com.adobe.xmp", WORDS, zip=True)
        more |= {"pnginfo": text}
        del more["xmp"]
    if kind in {"jpeg", "gif"}:
        more |= {"comment": WORDS}
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, kind.upper(), **more)
    return file.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_words_of_others_go_and_pixels_and_colours_stay(kind: str) -> None:
    before, after = of_others(kind), stripped(of_others(kind))
    image = opened(after)
    assert WORDS.encode() in before
    assert WORDS.encode() not in after
    assert image.info["icc_profile"] == b"profile " * 20
    assert not set(image.info) & {"exif", "xmp", "comment", "parameters", "packed", "XML:com.adobe.xmp"}
    assert not image.getexif()
    assert np.array_equal(np.asarray(image), np.asarray(opened(before)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_of_ours_becomes_the_one_that_was_written_without_words(kind: str) -> None:
    bare = encode_image(PIXELS, kind)
    after = stripped(encode_image(PIXELS, kind, xmp=WORDS))
    assert np.array_equal(np.asarray(opened(after)), np.asarray(opened(bare)))
    assert not opened(after).info.keys() - opened(bare).info.keys()
    assert stripped(after) == after


def clip(folder: Path, kind: str) -> bytes:
    form = FilmForm(width=64, height=48, fps=10, comment=WORDS, xmp=WORDS)
    film = open_film(folder / f"clip.{kind}", form)
    for shade in (10, 120, 240):
        film.frame(np.full((48, 64, 3), shade, np.uint8))
    return film.close().read_bytes()


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_an_animation_keeps_its_frames_and_their_times_and_goes_on_for_ever(tmp_path: Path, kind: str) -> None:
    before = clip(tmp_path, kind)
    after = stripped(before)
    assert WORDS.encode() in before
    assert WORDS.encode() not in after
    old, new = Image.open(io.BytesIO(before)), Image.open(io.BytesIO(after))
    assert not set(new.info) & {"comment", "xmp", "exif"}
    assert (new.n_frames, new.info["loop"]) == (3, 0)  # type: ignore[attr-defined]
    for frame in range(3):
        old.seek(frame)
        new.seek(frame)
        assert np.array_equal(np.asarray(new.convert("RGB")), np.asarray(old.convert("RGB")))
        assert new.info["duration"] == old.info["duration"]


def test_a_film_plays_as_before_and_has_no_comment(tmp_path: Path) -> None:
    def told(data: bytes) -> tuple[str | None, list[bytes]]:
        with av.open(io.BytesIO(data)) as film:
            frames = [frame.to_ndarray(format="rgb24").tobytes() for frame in film.decode(video=0)]
            return film.metadata.get("comment"), frames

    before = clip(tmp_path, "mp4")
    after = stripped(before)
    assert told(before)[0] == WORDS
    assert WORDS.encode() not in after
    assert told(after) == (None, told(before)[1])
    assert len(after) == len(before)


@pytest.mark.parametrize("data", [b"", b"words", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_does_no_harm(data: bytes) -> None:
    assert len(stripped(data)) <= max(len(data), 12)


def test_the_last_words_of_an_animation_go_as_well() -> None:
    before = of_others("gif")
    late = before[:-1] + b"\x21\xfe\x01x\x00" + before[-1:]
    assert opened(before).info["comment"] == WORDS.encode()
    assert stripped(late) == stripped(before)
    assert WORDS.encode() not in stripped(late)
    assert stripped(late).endswith(b"\x00\x3b")


@given(
    kind=st.sampled_from((*KINDS, "gif")), cut=st.integers(0, 4000), at=st.integers(0, 999), byte=st.integers(0, 255)
)
def test_a_damaged_file_ends_and_never_grows(kind: str, cut: int, at: int, byte: int) -> None:
    data = bytearray(of_others(kind)[:cut])
    if at < len(data):
        data[at] = byte
    assert len(stripped(bytes(data))) <= max(len(data), 12)
