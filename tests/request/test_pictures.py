import contextlib
import io
import math
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drawthings.errors import BadImage, BadSize, BadValue
from drawthings.request.pictures import (
    canvas_for,
    fit_picture,
    flatten,
    load_picture,
    picture_blob,
    picture_pixels,
    shrink_to_area,
)

RED = (200, 40, 90)


def halves(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Left half red, right half blue."""
    image = Image.new(mode, (width, height), "red")
    image.paste(Image.new(mode, (width - width // 2, height), "blue"), (width // 2, 0))
    return image


@pytest.fixture
def photo(tmp_path: Path):
    path = tmp_path / "photo.png"
    Image.new("RGB", (5, 4), RED).save(path)
    return path


def test_every_kind_of_source_gives_the_same_picture(photo: Path):
    data = photo.read_bytes()
    with photo.open("rb") as file:
        sources = [photo, str(photo), data, bytearray(data), memoryview(data), io.BytesIO(data), file]
        loaded = [load_picture(source) for source in sources]
    loaded.append(load_picture(Image.open(photo)))
    loaded.append(load_picture(np.full((4, 5, 3), RED, np.uint8)))
    for image in loaded:
        assert (image.mode, image.size, image.getpixel((2, 2))) == ("RGB", (5, 4), RED)


def test_whatever_numpy_can_read_is_a_source():
    class Tensor:
        def __array__(self, *_: object, **__: object) -> np.ndarray:
            return np.full((4, 5, 3), RED, np.uint8)

    assert load_picture(Tensor()).getpixel((0, 0)) == RED


def test_an_array_that_cannot_be_given_is_told():
    class OnTheCard:
        def __array__(self, *_: object, **__: object) -> np.ndarray:
            raise TypeError("copy it to the host first")

    with pytest.raises(BadImage, match="copy it to the host first"):
        load_picture(OnTheCard())


def test_transparency_gives_rgba():
    assert load_picture(Image.new("LA", (2, 2), (9, 99))).mode == "RGBA"


def test_the_result_is_a_copy(photo: Path):
    image = Image.open(photo)
    load_picture(image).putpixel((0, 0), (0, 0, 0))
    assert image.getpixel((0, 0)) == RED


@pytest.mark.parametrize("source", [5, None, 1.5, ["a.png"], {"a": 1}])
def test_what_is_no_source_is_told(source: object):
    with pytest.raises(BadImage, match="cannot be read from") as caught:
        load_picture(source)
    assert "numpy array" in caught.value.hint


def test_bad_files_are_told_with_their_path(tmp_path: Path):
    path = tmp_path / "notes.png"
    path.write_text("these are notes")
    with pytest.raises(BadImage, match=r"notes\.png is not readable as a picture: it is text"):
        load_picture(path)


def test_a_truncated_pillow_image_is_told():
    rng = np.random.default_rng(1)
    file = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(file, "PNG")
    image = Image.open(io.BytesIO(file.getvalue()[:5000]))
    with pytest.raises(BadImage, match="The given image cannot be decoded"):
        load_picture(image)


def test_a_picture_without_pixels_is_told():
    with pytest.raises(BadImage, match="no pixels: 0x3"):
        load_picture(Image.new("RGB", (0, 3)))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user who can be refused")
def test_a_real_refusal_is_told(photo: Path):
    photo.chmod(0)
    with pytest.raises(BadImage, match="permission denied"):
        load_picture(photo)


@settings(max_examples=30)
@given(st.binary(max_size=300))
def test_random_bytes_never_raise_anything_else(data: bytes):
    with pytest.raises(BadImage):
        load_picture(data)


@settings(max_examples=60)
@given(st.sampled_from(["PNG", "GIF", "TIFF", "BMP", "JPEG"]), st.integers(0, 400), st.integers(0, 255))
def test_damaged_files_load_or_are_told(kind: str, place: int, value: int):
    file = io.BytesIO()
    halves(20, 20).save(file, kind)
    data = bytearray(file.getvalue())
    data[place % len(data)] = value
    with contextlib.suppress(BadImage):
        assert load_picture(bytes(data)).mode in {"RGB", "RGBA"}


@pytest.mark.parametrize(
    ("background", "expected"),
    [("white", (255, 255, 255)), ("#0080ff", (0, 128, 255)), ((1, 2, 3), (1, 2, 3)), ("black", (0, 0, 0))],
)
def test_flatten_lays_on_the_background(background: object, expected: object):
    image = Image.new("RGBA", (2, 1), (*RED, 255))
    image.putpixel((1, 0), (9, 9, 9, 0))
    flat = flatten(image, background)
    assert flat.mode == "RGB"
    assert [flat.getpixel((x, 0)) for x in (0, 1)] == [RED, expected]


def test_flatten_mixes_half_transparent_pixels():
    assert flatten(Image.new("RGBA", (1, 1), (0, 0, 0, 51))).getpixel((0, 0)) == (204, 204, 204)


def test_flatten_returns_opaque_pictures_as_they_are():
    image = Image.new("RGB", (1, 1))
    assert flatten(image) is image


@pytest.mark.parametrize("background", ["no such colour", (1, 2), (1, 2, 300), (1, 2, -3), (0.5, 0, 0), None, 3.5])
def test_what_is_no_colour_is_told(background: object):
    with pytest.raises(BadValue, match="no colour"):
        flatten(Image.new("RGBA", (1, 1)), background)


@pytest.mark.parametrize("mode", ["cover", "contain", "stretch"])
@pytest.mark.parametrize("kind", ["RGB", "RGBA"])
@settings(max_examples=25)
@given(
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)), wanted=st.tuples(st.integers(1, 200), st.integers(1, 200))
)
def test_the_size_is_exact_whatever_comes(mode: str, kind: str, size: object, wanted: object):
    fitted = fit_picture(Image.new(kind, size, "red"), *wanted, mode)
    assert (fitted.size, fitted.mode) == (wanted, kind)


@pytest.mark.parametrize("mode", ["cover", "contain", "stretch"])
@pytest.mark.parametrize("size", [(4000, 1), (1, 4000)])
def test_extreme_shapes_survive(mode: str, size: object):
    assert fit_picture(Image.new("RGB", size, "red"), 64, 64, mode).size == (64, 64)


@pytest.mark.parametrize("mode", ["cover", "contain", "stretch"])
def test_a_picture_of_the_right_size_keeps_every_pixel(mode: str):
    pixels = np.random.default_rng(2).integers(0, 256, (64, 128, 3), dtype=np.uint8)
    np.testing.assert_array_equal(np.asarray(fit_picture(Image.fromarray(pixels), 128, 64, mode)), pixels)


def test_cover_crops_both_sides_alike():
    image = Image.new("RGB", (300, 100), "lime")
    image.paste(Image.new("RGB", (90, 100), "red"), (0, 0))
    image.paste(Image.new("RGB", (90, 100), "blue"), (210, 0))
    fitted = fit_picture(image, 100, 100)
    assert fitted.getcolors() == [(10000, (0, 255, 0))]


def test_cover_crops_top_and_bottom_of_tall_pictures():
    image = Image.new("RGB", (100, 300), "lime")
    image.paste(Image.new("RGB", (100, 90), "red"), (0, 0))
    image.paste(Image.new("RGB", (100, 90), "blue"), (0, 210))
    assert fit_picture(image, 50, 50).getcolors() == [(2500, (0, 255, 0))]


def test_contain_shows_everything_on_the_fill_colour():
    fitted = fit_picture(halves(200, 100), 64, 64, "contain", fill=(1, 2, 3))
    pixels = np.asarray(fitted)
    assert (pixels[:16] == (1, 2, 3)).all()
    assert (pixels[48:] == (1, 2, 3)).all()
    assert pixels[32, 2].tolist() == [255, 0, 0]
    assert pixels[32, 61].tolist() == [0, 0, 255]


def test_contain_fills_opaquely():
    assert fit_picture(Image.new("RGBA", (10, 20)), 64, 64, "contain").getpixel((0, 0)) == (0, 0, 0, 255)


def test_stretch_keeps_the_edges():
    pixels = np.asarray(fit_picture(halves(200, 100), 64, 128, "stretch"))
    assert pixels[64, 2].tolist() == [255, 0, 0]
    assert pixels[64, 61].tolist() == [0, 0, 255]


def test_hidden_colours_do_not_bleed_into_the_edge():
    image = Image.new("RGBA", (64, 64), (0, 0, 255, 0))
    image.paste(Image.new("RGBA", (32, 64), (255, 0, 0, 255)), (0, 0))
    pixels = np.asarray(fit_picture(image, 16, 16))
    visible = pixels[pixels[..., 3] > 0]
    assert (visible[:, 0] > 250).all()
    assert (visible[:, 2] < 5).all()


def test_unknown_modes_are_told():
    with pytest.raises(BadValue, match="'crop'") as caught:
        fit_picture(Image.new("RGB", (1, 1)), 64, 64, "crop")
    assert caught.value.suggestions == ("cover", "contain", "stretch")


@pytest.mark.parametrize(("width", "height"), [(0, 64), (64, -1), (40000, 64)])
def test_impossible_sizes_are_told(width: int, height: int):
    with pytest.raises(BadSize, match=f"{width}x{height}"):
        fit_picture(Image.new("RGB", (1, 1)), width, height)


@pytest.mark.parametrize(
    ("size", "area", "expected"),
    [((4000, 2000), 10**6, (1414, 707)), ((10, 10), 10**6, (10, 10)), ((5000, 1), 100, (707, 1))],
)
def test_shrinking_keeps_the_shape(size: object, area: int, expected: object):
    assert shrink_to_area(Image.new("RGB", size), area).size == expected


@pytest.mark.parametrize(
    ("size", "area", "expected"),
    [
        ((1000, 1000), 1024**2, (1024, 1024)),
        ((3000, 2000), 1024**2, (1344, 896)),
        ((1920, 1080), 1024**2, (1344, 768)),
        ((1080, 1920), 1024**2, (768, 1344)),
        ((4032, 3024), 1024**2, (1216, 896)),
        ((512, 768), 512**2, (384, 576)),
        ((1, 1), 512**2, (512, 512)),
        ((100000, 10), 1024**2, (8192, 128)),
    ],
)
def test_canvases_of_usual_pictures(size: object, area: int, expected: object):
    assert canvas_for(*size, area_px=area) == expected


@settings(max_examples=40)
@given(st.integers(1, 9000), st.integers(1, 9000), st.sampled_from([512, 768, 1024, 1536]))
def test_canvases_lie_on_the_grid_and_are_symmetric(width: int, height: int, side: int):
    canvas = canvas_for(width, height, area_px=side**2)
    assert all(length % 64 == 0 and 128 <= length <= 8192 for length in canvas)
    assert canvas_for(height, width, area_px=side**2) == canvas[::-1]


@settings(max_examples=40)
@given(st.floats(0.4, 2.5), st.sampled_from([1024, 1536]))
def test_canvases_are_near_in_shape_and_area(shape: float, side: int):
    width, height = canvas_for(round(1000 * shape), 1000, area_px=side**2)
    assert abs(math.log(width / height / shape)) < 0.06
    assert 0.75 < width * height / side**2 < 1.25


def test_a_canvas_obeys_its_limits():
    assert canvas_for(3000, 1000, area_px=1024**2, minimum=500, maximum=1000) == (960, 512)
    assert canvas_for(100, 100, area_px=1000, step=8, minimum=8) == (32, 32)


@pytest.mark.parametrize(
    "wish",
    [
        {"width": 0, "height": 5, "area_px": 9},
        {"width": 5, "height": -5, "area_px": 9},
        {"width": 5, "height": 5, "area_px": 0},
        {"width": 5, "height": 5, "area_px": 9, "step": 0},
        {"width": 5, "height": 5, "area_px": 9, "minimum": 130, "maximum": 190},
    ],
)
def test_canvases_that_cannot_be_are_told(wish: object):
    with pytest.raises(BadSize) as caught:
        canvas_for(**wish)
    assert caught.value.hint


def test_pixels_are_plain_bytes():
    image = Image.new("RGBA", (3, 2), (*RED, 255))
    image.putpixel((0, 0), (0, 0, 0, 0))
    pixels = picture_pixels(image)
    assert (pixels.shape, pixels.dtype) == ((2, 3, 3), np.uint8)
    assert pixels.flags.writeable
    assert pixels.flags.c_contiguous
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert tuple(pixels[1, 2]) == RED


def test_the_blob_holds_every_level_of_the_picture():
    levels = np.arange(256, dtype=np.uint8)
    pixels = np.stack([levels, levels[::-1], levels], axis=-1).reshape(4, 64, 3)
    blob = picture_blob(Image.fromarray(pixels))
    words = struct.unpack_from("<17I", blob)
    assert words[0] == 0
    assert words[3] == 0x20000
    assert words[5:9] == (1, 4, 64, 3)
    values = np.frombuffer(blob, "<f2", offset=68).reshape(4, 64, 3).astype(np.float64)
    np.testing.assert_array_equal(np.rint((values + 1) * 127.5), pixels)
