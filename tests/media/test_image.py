import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drawthings.errors import BadValue
from drawthings.media.image import encode_image, kind_of
from drawthings.media.xmp import Packet, find_packet, xmp_packet

PACKET = xmp_packet(Packet(description="a fox", comment="{}"))


def photo(side: int = 96, channels: int = 3) -> np.ndarray:
    y, x = np.mgrid[0:side, 0:side] / side
    waves = [127 + 120 * np.sin(3 * x + phase) * np.cos(2 * y) for phase in range(channels)]
    return np.rint(np.stack(waves, axis=-1)).astype(np.uint8)


def reopened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.png", "png"), ("A.PNG", "png"), ("a.b.jpg", "jpeg"), ("x/y.jpeg", "jpeg"), (Path("a.WebP"), "webp")],
)
def test_the_suffix_names_the_kind(name: str, kind: str):
    assert kind_of(name) == kind


@pytest.mark.parametrize("name", ["a.gif", "a", "a.png.bak", ".png", "", "a."])
def test_unknown_suffixes_are_told(name: str):
    with pytest.raises(BadValue, match=r"\.png, \.jpg, \.jpeg, \.webp") as caught:
        kind_of(name)
    assert caught.value.suggestions == (".png", ".jpg", ".jpeg", ".webp")


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("channels", [0, 1, 3])
def test_every_kind_opens_and_looks_alike(kind: str, channels: int):
    pixels = photo(channels=channels or 1)
    shown = pixels if channels else pixels[:, :, 0]
    image = reopened(encode_image(shown, kind))
    assert image.format == kind.upper()
    difference = np.asarray(image.convert("RGB")).astype(int) - (pixels if channels == 3 else pixels.repeat(3, 2))
    assert np.abs(difference).mean() < 3


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_every_kind_carries_the_packet(kind: str):
    data = encode_image(photo(), kind, xmp=PACKET)
    assert find_packet(data) == PACKET.encode()
    image = reopened(data)
    carried = image.info.get("xmp") or image.text["XML:com.adobe.xmp"].encode()
    assert carried == PACKET.encode()


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_without_a_packet_there_is_none(kind: str):
    assert find_packet(encode_image(photo(), kind)) is None


def test_quality_counts():
    sizes = [len(encode_image(photo(), "jpeg", quality=quality)) for quality in (20, 60, 95)]
    assert sizes == sorted(sizes)
    assert len(encode_image(photo(), "webp", quality=20)) < len(encode_image(photo(), "webp", quality=100))


def test_good_jpegs_keep_colour_at_full_resolution():
    def sampling(quality: int) -> list[tuple[int, ...]]:
        return [layer[1:3] for layer in reopened(encode_image(photo(), "jpeg", quality=quality)).layer]

    assert sampling(90) == [(1, 1)] * 3
    assert sampling(89)[0] == (2, 2)


def test_lossless_webp_keeps_every_byte_even_under_transparency():
    pixels = photo(channels=4)
    pixels[:, :, 3] = np.where(pixels[:, :, 3] > 127, 255, 0)
    np.testing.assert_array_equal(np.asarray(reopened(encode_image(pixels, "webp", lossless=True))), pixels)
    assert not np.array_equal(np.asarray(reopened(encode_image(pixels, "webp"))), pixels)


def test_jpeg_lays_transparency_on_white():
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[:8] = (200, 0, 0, 255)
    image = reopened(encode_image(pixels, "jpeg"))
    assert image.mode == "RGB"
    np.testing.assert_allclose(image.getpixel((8, 14)), (255, 255, 255), atol=4)
    np.testing.assert_allclose(image.getpixel((8, 2)), (200, 0, 0), atol=8)


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_png_and_webp_keep_transparency(kind: str):
    assert reopened(encode_image(np.full((4, 4, 4), 128, np.uint8), kind)).mode == "RGBA"


def test_a_packet_too_long_for_a_jpeg_is_left_out_and_told(caplog: pytest.LogCaptureFixture):
    fitting, longer = "x" * 65504, "x" * 65505
    assert find_packet(encode_image(photo(), "jpeg", xmp=fitting)) == fitting.encode()
    assert not caplog.records
    assert find_packet(encode_image(photo(), "jpeg", xmp=longer)) is None
    assert "65505 bytes" in caplog.text
    assert find_packet(encode_image(photo(), "webp", xmp=longer)) == longer.encode()


@pytest.mark.parametrize(("kind", "side"), [("jpeg", 65536), ("webp", 16384)])
def test_pictures_too_large_for_a_format_are_told(kind: str, side: int):
    with pytest.raises(BadValue, match=f"{side}x1 px"):
        encode_image(np.zeros((1, side), np.uint8), kind)
    assert encode_image(np.zeros((1, side), np.uint8), "png")


@pytest.mark.parametrize("quality", [0, 101, -5])
def test_impossible_quality_is_told(quality: int):
    with pytest.raises(BadValue, match=f"Quality {quality}"):
        encode_image(photo(), "jpeg", quality=quality)


def test_unknown_kinds_are_told():
    with pytest.raises(BadValue, match="'tiff'") as caught:
        encode_image(photo(), "tiff")
    assert caught.value.suggestions == ("png", "jpeg", "webp")


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_what_is_no_picture_is_told(kind: str):
    with pytest.raises(BadValue):
        encode_image(np.zeros((4, 4, 3)), kind)
