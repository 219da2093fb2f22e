"""Sizes from headers: the same as a decoder's, and nothing for what is no picture."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from drawthings.apps.jobs.measure import Measure, measure
from hostile import gif_of, png_of


def encoded(kind: str, size: tuple[int, int], **how: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind, **how)
    return buffer.getvalue()


@pytest.mark.parametrize("size", [(1, 1), (640, 480), (129, 1025)])
@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("png", {}),
        ("jpeg", {}),
        ("jpeg", {"progressive": True}),
        ("jpeg", {"exif": b"Exif\0\0" + bytes(500)}),
        ("webp", {}),
        ("webp", {"lossless": True}),
        ("webp", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}),
        ("gif", {}),
        ("gif", {"comment": b"hello" * 200}),
    ],
)
def test_is_what_a_decoder_finds(kind: str, how: dict[str, object], size: tuple[int, int]) -> None:
    assert measure(encoded(kind, size, **how)) == Measure(kind, *size)  # type: ignore[arg-type]


def test_a_small_screen_does_not_hide_a_huge_frame() -> None:
    found = measure(gif_of(60000, 50000))
    assert found is not None
    assert (found.width, found.height, found.pixels) == (60000, 50000, 3_000_000_000)


def test_a_header_is_believed_only_for_what_it_says() -> None:
    assert measure(png_of(9000, 9000)) == Measure("png", 9000, 9000)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "gif"])
def test_a_file_that_is_cut_off_anywhere_is_no_picture_or_still_the_same(kind: str) -> None:
    data = encoded(kind, (33, 44))
    for length in range(min(len(data), 700)):
        assert measure(data[:length]) in {None, Measure(kind, 33, 44)}  # type: ignore[arg-type]


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"GIF89a"]),
)
def test_junk_never_breaks_it(data: bytes, head: bytes) -> None:
    found = measure(head + data)
    assert found is None or found.kind in {"png", "jpeg", "webp", "gif"}
