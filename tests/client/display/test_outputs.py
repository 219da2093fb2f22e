"""What a notebook shows of results, pictures, clips and grids: the right kind, decodable, and never without bounds."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from drawthings import DrawThings, Picture, Result
from drawthings.client.display import clip, outputs, place, still
from drawthings.media.metadata import read_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings import EmbeddedServer

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
LTX = "ltx_2.3_22b_distilled_1.1_q6p.ckpt"


@pytest.fixture(scope="module")
def client(plain_server: EmbeddedServer) -> Iterator[DrawThings]:
    with DrawThings(f"grpc://{plain_server.address}") as made:
        yield made


@pytest.fixture(scope="module")
def pair(client: DrawThings) -> Result:
    return client.generate('a "red" boat', model=SD15, width=192, height=128, steps=1, seed=3, batch_size=2)


@pytest.fixture(scope="module")
def waves(client: DrawThings) -> Result:
    return client.generate("waves", model=LTX, width=192, height=128, steps=1, seed=3, num_frames=9)


def single(pair: Result) -> Result:
    return Result(pair.pictures[:1], pair.plan)


def painted(pair: Result, pixels: np.ndarray) -> Picture:
    """Return a picture of the given pixels."""
    picture = Picture(header(pixels.shape), 0, 3, pair.plan)
    picture.__dict__["pixels"] = pixels
    return picture


def header(shape: tuple[int, ...]) -> bytes:
    """Return the header of a tensor of that shape, as far as its size is asked for."""
    from drawthings.tensor.header import Header

    known = np.frombuffer(bytes(68), "<u4").copy()
    known[:9] = (0, 1, 2, 0x20000, 0, *(1, *shape)) if len(shape) == 3 else known[:9]
    assert Header.parse(memoryview(known.tobytes())).shape == (1, *shape)
    return known.tobytes()


def images_in(html: str) -> list[Image.Image]:
    found = re.findall(r'src="data:image/\w+;base64,([^"]+)"', html)
    return [Image.open(io.BytesIO(base64.b64decode(data))) for data in found]


def test_one_picture_is_a_png_with_its_settings_and_words(pair: Result) -> None:
    for shown in (single(pair)._repr_png_(), pair.picture._repr_png_()):
        assert shown is not None
        data, metadata = shown
        found = read_metadata(data)
        assert found is not None
        assert found.document["seed"] == 3
        assert metadata == {"alt": 'a "red" boat (seed 3)'}
    assert single(pair)._repr_html_() is single(pair)._repr_jpeg_() is pair.picture._repr_jpeg_() is None


def test_several_pictures_lie_side_by_side_with_their_seeds(pair: Result) -> None:
    assert pair._repr_png_() is pair._repr_jpeg_() is None
    html = pair._repr_html_()
    assert html is not None
    assert [image.size for image in images_in(html)] == [(192, 128), (192, 128)]
    assert [int(seed) for seed in re.findall(r"<figcaption[^>]*>\d: seed (\d+)<", html)] == [p.seed for p in pair]
    assert 'alt="a &quot;red&quot; boat (seed 3)"' in html


def test_a_result_without_pictures_shows_none(pair: Result) -> None:
    empty = Result((), pair.plan)
    assert empty._repr_png_() is empty._repr_jpeg_() is empty._repr_html_() is None


def test_a_picture_that_cannot_be_read_does_not_hide_the_others(pair: Result) -> None:
    html = outputs.pictures_html([pair[0], Picture(b"broken", 1, 4, pair.plan)])
    assert len(images_in(html)) == 1
    assert "This picture cannot be read." in html


def test_no_more_than_sixty_four_pictures_are_shown(pair: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "image_tag", lambda *_: "<img>")
    html = outputs.pictures_html([pair[0]] * 70)
    assert html.count("<img>") == 64
    assert html.endswith("<p>And 6 more.</p>")


@pytest.mark.parametrize(
    ("shape", "kind", "size"),
    [
        ((1024, 1536, 3), "PNG", (1536, 1024)),
        ((1024, 1537, 3), "JPEG", (1537, 1024)),
        ((1024, 4096, 3), "JPEG", (2048, 512)),
        ((1024, 2048, 4), "PNG", (1024, 512)),
    ],
)
def test_large_pictures_go_in_smaller(
    pair: Result, shape: tuple[int, ...], kind: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.zeros(shape, np.uint8)
    monkeypatch.setattr(Picture, "size", (shape[1], shape[0]))
    picture = painted(pair, pixels)
    shown = [each for each in (picture._repr_png_(), picture._repr_jpeg_()) if each is not None]
    assert len(shown) == 1
    with Image.open(io.BytesIO(shown[0][0])) as image:
        assert (image.format, image.size) == (kind, size)


def test_noise_does_not_break_the_bounds(pair: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1024, 2048, 3), np.uint8)
    monkeypatch.setattr(Picture, "size", (2048, 1024))
    shown = painted(pair, noise)._repr_jpeg_()
    assert shown is not None
    assert len(shown[0]) < 6_000_000
    assert len(still.image_tag(noise, "noise")) < 300_000


def test_transparency_is_kept_in_small_pictures() -> None:
    (image,) = images_in(still.image_tag(np.zeros((600, 300, 4), np.uint8), "<glass>"))
    assert (image.format, image.mode, image.size) == ("WEBP", "RGBA", (256, 512))


def test_a_clip_plays_with_its_sound(waves: Result) -> None:
    import av

    assert waves._repr_png_() is waves._repr_jpeg_() is None
    film = waves.film
    assert film is not None
    for html in (waves._repr_html_(), film._repr_html_()):
        assert html is not None
        assert "9 frames, 0.36 s at 25 frames per second, with sound; seed 3" in html
        (data,) = re.findall(r'<video [^>]*src="data:video/mp4;base64,([^"]+)"', html)
        with av.open(io.BytesIO(base64.b64decode(data))) as file:
            assert len(list(file.decode(video=0))) == 9
            assert file.streams.audio


def test_without_a_program_for_mp4_a_clip_is_an_animation_with_the_sound_beside(
    waves: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drawthings.media.video._has_pyav", lambda: False)
    monkeypatch.setattr("shutil.which", lambda _: None)
    html = waves._repr_html_()
    assert html is not None
    (image,) = images_in(html)
    assert getattr(image, "n_frames", 1) == 9
    (sound,) = re.findall(r'<audio [^>]*src="data:audio/wav;base64,([^"]+)"', html)
    assert base64.b64decode(sound).startswith(b"RIFF")
    monkeypatch.setattr(clip, "MOST_BYTES", len(base64.b64decode(sound)) - 1)
    html = waves._repr_html_()
    assert html is not None
    assert "The sound is too long" in html


def test_a_clip_that_is_too_large_is_made_smaller_and_at_last_a_picture(
    waves: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides = []
    encoded = clip._encoded

    def counted(film: Any, suffix: str, side_px: int) -> bytes:
        sides.append(side_px)
        return encoded(film, suffix, side_px)

    monkeypatch.setattr(clip, "_encoded", counted)
    monkeypatch.setattr(clip, "MOST_BYTES", 10)
    html = waves._repr_html_()
    assert html is not None
    assert sides == [640, 320]
    assert len(images_in(html)) == 1
    assert "film.save(&quot;clip.mp4&quot;) writes it" in html


def test_a_grid_is_its_contact_sheet(client: DrawThings) -> None:
    asked = {"model": SD15, "width": 128, "height": 128, "seed": 1, "steps": 1}
    flat = client.grid("a fox", x=("steps", [1, 2]), **asked)
    shown = flat._repr_png_()
    assert shown is not None
    assert shown[1] == {"alt": "a fox, by steps"}
    with Image.open(io.BytesIO(shown[0])) as image:
        assert image.size[0] > 128
    assert flat._repr_jpeg_() is flat._repr_html_() is None
    deep = client.grid("a fox", x=("steps", [1]), y=("seed", [1]), z=("shift", [1.0, 2.0]), **asked)
    assert deep._repr_png_() is deep._repr_jpeg_() is None
    html = deep._repr_html_()
    assert html is not None
    assert len(images_in(html)) == 2


def test_a_large_sheet_is_a_jpeg(client: DrawThings, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = client.grid("a fox", x=("steps", [1]), model=SD15, width=128, height=128, seed=1)
    monkeypatch.setattr(type(grid), "sheet", lambda *_, **__: np.zeros((1400, 1400, 3), np.uint8))
    shown = grid._repr_jpeg_()
    assert grid._repr_png_() is None
    assert shown is not None
    assert shown[0].startswith(b"\xff\xd8")
    many = replace(grid, axes=(*grid.axes, *grid.axes, replace(grid.axes[0], values=tuple(range(10)))))
    html = many._repr_html_()
    assert html is not None
    assert len(images_in(html)) == 8
    assert html.endswith("<p>And 2 more: grid.sheet(z).</p>")


def test_what_the_cell_shows_already_is_not_shown_again(pair: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    result = single(pair)
    monkeypatch.setattr(place, "_shown", [result])
    assert result._repr_png_() is result._repr_jpeg_() is result._repr_html_() is None
    # An equal one is another one.
    assert single(pair)._repr_png_() is not None
