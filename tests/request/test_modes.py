import io
import struct

import numpy as np
import pytest
from PIL import Image

from drawthings.errors import BadImage
from drawthings.request.modes import to_bytes, to_plain

RED = (200, 40, 90)


def s15f16(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def icc(description: bytes, red: tuple, green: tuple, blue: tuple) -> bytes:
    """Build a version 2 matrix profile with gamma 2.2, knowing nothing of littlecms."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, 563) + bytes(2)
    named = b"desc" + bytes(4) + struct.pack(">I", len(description) + 1) + description + bytes(1 + 8 + 3 + 67)
    tags = {
        b"desc": named + bytes(-len(named) % 4),
        b"wtpt": b"XYZ " + bytes(4) + s15f16(0.9642, 1.0, 0.8249),
        b"rXYZ": b"XYZ " + bytes(4) + s15f16(*red),
        b"gXYZ": b"XYZ " + bytes(4) + s15f16(*green),
        b"bXYZ": b"XYZ " + bytes(4) + s15f16(*blue),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body, offset = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data
    size = offset + len(body)
    header = struct.pack(">I4sI", size, b"test", 0x02100000) + b"mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    return (header + s15f16(0.9642, 1.0, 0.8249)).ljust(128, b"\0") + table + body


PRIMARIES = ((0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
SWAPPED = icc(b"green is red", PRIMARIES[1], PRIMARIES[0], PRIMARIES[2])
LIKE_SRGB = icc(b"sRGB by name", PRIMARIES[1], PRIMARIES[0], PRIMARIES[2])
LINEAR_BY_NAME = icc(b"linear sRGB", PRIMARIES[1], PRIMARIES[0], PRIMARIES[2])


def of_mode(mode: str) -> Image.Image:
    if mode == "P":
        return Image.new("RGB", (4, 3), RED).quantize(2)
    if mode in {"RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LAB", "RGBX"}:
        return Image.new("RGB", (4, 3), RED).convert(mode)
    if mode == "LA":
        return Image.new("LA", (4, 3), (77, 128))
    if mode == "La":
        return Image.new("LA", (4, 3), (77, 128)).convert("La")
    if mode == "RGBa":
        return Image.new("RGBA", (4, 3), (*RED, 128)).convert("RGBa")
    palette = Image.new("P", (4, 3))
    palette.putpalette(list(RED))
    return palette.convert("PA")


@pytest.mark.parametrize("mode", ["RGB", "RGBX", "CMYK", "YCbCr", "HSV", "LAB", "P"])
def test_colour_modes_keep_their_colour(mode: str):
    plain = to_plain(of_mode(mode))
    assert plain.mode == "RGB"
    assert plain.size == (4, 3)
    np.testing.assert_allclose(plain.getpixel((1, 1)), RED, atol=4)


def test_grey_becomes_equal_channels():
    assert to_plain(Image.new("L", (2, 2), 77)).getpixel((0, 0)) == (77, 77, 77)


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (1, 255)])
def test_one_bit_pictures_are_black_and_white(value: float, expected: object):
    assert to_plain(Image.new("1", (9, 2), value)).getpixel((8, 1)) == (expected,) * 3


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("RGBa", (*RED, 128)),
        ("LA", (77, 77, 77, 128)),
        ("La", (77, 77, 77, 128)),
    ],
)
def test_modes_with_alpha_keep_it(mode: str, expected: object):
    plain = to_plain(of_mode(mode))
    assert plain.mode == "RGBA"
    np.testing.assert_allclose(plain.getpixel((0, 0)), expected, atol=1)


@pytest.mark.parametrize("mode", ["RGBA", "PA"])
def test_an_alpha_channel_that_is_opaque_everywhere_says_nothing(mode: str):
    plain = to_plain(of_mode(mode))
    assert (plain.mode, plain.getpixel((0, 0))) == ("RGB", RED)


def test_colours_under_full_transparency_survive():
    plain = to_plain(Image.new("RGBA", (1, 1), (10, 20, 30, 0)))
    assert plain.getpixel((0, 0)) == (10, 20, 30, 0)


def test_transparent_palette_entry_becomes_alpha():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    image.info["transparency"] = 1
    plain = to_plain(image)
    assert [plain.getpixel((x, 0)) for x in (0, 1)] == [(10, 20, 30, 255), (40, 50, 60, 0)]


def test_palette_indices_are_no_grey_levels():
    image = Image.new("P", (1, 1))
    image.putpalette([250, 10, 20])
    assert to_plain(image).getpixel((0, 0)) == (250, 10, 20)


@pytest.mark.parametrize(("mode", "colour"), [("RGB", (10, 20, 30)), ("L", 10)])
def test_transparent_colour_becomes_alpha(mode: str, colour: object):
    image = Image.new(mode, (2, 1), colour)
    image.putpixel((1, 0), 99 if mode == "L" else (9, 9, 9))
    image.info["transparency"] = colour
    plain = to_plain(image)
    assert [plain.getpixel((x, 0))[3] for x in (0, 1)] == [0, 255]


@pytest.mark.parametrize("mode", ["I;16", "I;16L", "I;16B"])
def test_sixteen_bits_are_scaled_and_not_clipped(mode: str):
    order = ">u2" if mode == "I;16B" else "<u2"
    values = np.array([[0, 255, 32768, 65535]], dtype=order)
    image = Image.frombytes(mode, (4, 1), values.tobytes())
    assert [pixel[0] for pixel in (to_plain(image).getpixel((x, 0)) for x in range(4))] == [0, 1, 128, 255]


def test_all_levels_of_sixteen_bits_go_to_the_nearest_byte():
    values = np.arange(65536, dtype=np.uint16)
    expected = (values.astype(np.int64) * 2 + 257) // 514
    np.testing.assert_array_equal(to_bytes(values, 65535), expected)


@pytest.mark.parametrize(
    ("values", "form", "expected"),
    [
        ([0, 100, 255], None, [0, 100, 255]),
        ([0, 32768, 65535], None, [0, 128, 255]),
        ([0, 255, 200], "PPM", [0, 1, 1]),
        ([0, 2**30, 2**31 - 1], None, [0, 128, 255]),
        ([-5, 10, 20], None, [0, 10, 20]),
    ],
)
def test_thirty_two_bit_integers_find_their_scale(values: object, form: str | None, expected: object):
    image = Image.fromarray(np.array([values], dtype=np.int32))
    image.format = form
    assert [to_plain(image).getpixel((x, 0))[0] for x in range(3)] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0, 0.5, 1], [0, 128, 255]), ([0, 128, 255], [0, 128, 255]), ([0, 32768, 65535], [0, 128, 255])],
)
def test_floating_point_finds_its_scale(values: object, expected: object):
    image = Image.fromarray(np.array([values], dtype=np.float32))
    assert [to_plain(image).getpixel((x, 0))[0] for x in range(3)] == expected


@pytest.mark.parametrize(("value", "message"), [(np.nan, "not finite"), (np.inf, "not finite"), (1e6, "up to 1e")])
def test_floating_point_without_meaning_is_refused(value: float, message: str):
    with pytest.raises(BadImage, match=message):
        to_plain(Image.fromarray(np.array([[0, value]], dtype=np.float32)))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int):
    stored = Image.fromarray(np.arange(6, dtype=np.uint8).reshape(2, 3) * 40)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    stored.save(file, "PNG", exif=exif)
    shown = np.asarray(to_plain(Image.open(io.BytesIO(file.getvalue()))))[:, :, 0] // 40
    grid = np.arange(6).reshape(2, 3)
    # The orientations in the words of the Exif standard: where row 0 and column 0 of the file are to be seen.
    expected = {
        1: grid,
        2: grid[:, ::-1],
        3: grid[::-1, ::-1],
        4: grid[::-1],
        5: grid.T,
        6: grid[::-1].T,
        7: grid[::-1, ::-1].T,
        8: grid[:, ::-1].T,
    }[orientation]
    np.testing.assert_array_equal(shown, expected)


def test_broken_exif_is_ignored(monkeypatch: pytest.MonkeyPatch):
    def broken(_image: object) -> None:
        raise SyntaxError("not a TIFF file")

    monkeypatch.setattr("drawthings.request.modes.ImageOps.exif_transpose", broken)
    image = Image.new("RGB", (2, 1), RED)
    plain = to_plain(image)
    assert plain.getpixel((0, 0)) == RED
    assert plain is not image


def test_an_embedded_profile_is_applied():
    image = Image.new("RGB", (2, 2), (255, 0, 0))
    image.info["icc_profile"] = SWAPPED
    np.testing.assert_allclose(to_plain(image).getpixel((0, 0)), (0, 255, 0), atol=2)


def test_a_profile_leaves_alpha_alone():
    image = Image.new("RGBA", (2, 2), (255, 0, 0, 99))
    image.info["icc_profile"] = SWAPPED
    np.testing.assert_allclose(to_plain(image).getpixel((0, 0)), (0, 255, 0, 99), atol=2)


def test_srgb_stays_byte_for_byte():
    image = Image.new("RGB", (1, 1), (255, 0, 0))
    image.info["icc_profile"] = LIKE_SRGB
    assert to_plain(image).getpixel((0, 0)) == (255, 0, 0)


def test_linear_srgb_is_not_taken_for_srgb():
    image = Image.new("RGB", (1, 1), (255, 0, 0))
    image.info["icc_profile"] = LINEAR_BY_NAME
    np.testing.assert_allclose(to_plain(image).getpixel((0, 0)), (0, 255, 0), atol=2)


@pytest.mark.parametrize("profile", [b"junk", SWAPPED[:200], "text", b""])
def test_a_broken_profile_is_ignored(profile: object):
    image = Image.new("RGB", (1, 1), RED)
    image.info["icc_profile"] = profile
    assert to_plain(image).getpixel((0, 0)) == RED


def test_a_profile_of_another_colour_space_is_ignored(caplog: pytest.LogCaptureFixture):
    image = Image.new("L", (1, 1), 99)
    image.info["icc_profile"] = SWAPPED
    assert to_plain(image).getpixel((0, 0)) == (99, 99, 99)
    assert "colour profile" in caplog.text


def test_the_original_and_its_metadata_are_left_alone():
    image = Image.new("RGB", (2, 2), RED)
    image.info["icc_profile"] = SWAPPED
    image.info["comment"] = "keep"
    plain = to_plain(image)
    assert plain.info == {}
    plain.putpixel((0, 0), (0, 0, 0))
    assert image.getpixel((0, 0)) == RED
    assert image.info["comment"] == "keep"
