"""Masks in the forms people have, and those that would do nothing."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import wirewalk
from drawthings.errors import BadImage, BadMask, BadValue
from drawthings.request.masks import Mask, check_codes, fit_mask, grown_mask, mask_blob, read_mask

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (60, 40)


def spots() -> np.ndarray[Any, np.dtype[np.bool_]]:
    where = np.zeros((40, 60), bool)
    where[5:20, 10:30] = True
    return where


def codes_of(where: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.where(where, 2, 0)


def grey() -> Image.Image:
    return Image.fromarray(np.where(spots(), np.uint8(200), np.uint8(30)))


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def see_through() -> Image.Image:
    image = Image.new("RGBA", SIZE, "white")
    image.putalpha(Image.fromarray(np.where(spots(), np.uint8(0), np.uint8(255))))
    return image


FORMS: dict[str, Any] = {
    "a grey picture": grey(),
    "a colour picture": grey().convert("RGB"),
    "a palette picture": grey().convert("1", dither=Image.Dither.NONE).convert("P"),
    "one bit": grey().convert("1", dither=Image.Dither.NONE),
    "bytes of a file": png(grey()),
    "transparency": see_through(),
    "grey with transparency": see_through().convert("LA"),
    "bool": spots(),
    "bytes": np.where(spots(), 255, 0).astype(np.uint8),
    "bytes with a channel": np.where(spots(), 255, 0).astype(np.uint8)[:, :, None],
    "floating point": spots().astype(np.float32),
    "a box": (10, 5, 30, 20),
    "a Mask": Mask(grey()),
    "an inverted Mask": Mask(~spots(), invert=True),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_becomes_the_same_codes(form: str) -> None:
    assert np.array_equal(read_mask(FORMS[form], SIZE), codes_of(spots()))


def test_a_file(tmp_path: Path) -> None:
    grey().save(tmp_path / "mask.png")
    assert np.array_equal(read_mask(tmp_path / "mask.png", SIZE), codes_of(spots()))


def test_another_size_of_the_same_shape_is_scaled_without_mixing() -> None:
    found = read_mask(spots(), (120, 80))
    assert np.array_equal(found, codes_of(spots().repeat(2, 0).repeat(2, 1)))


def test_codes_are_taken_as_they_are() -> None:
    given = np.where(spots(), 4 | 0x80, 3)
    assert np.array_equal(read_mask(Mask(given, codes=True), SIZE), given)


def test_the_original_shows_through_by_the_high_bits() -> None:
    found = read_mask(Mask(spots(), original=0.5), SIZE)
    assert set(np.unique(found)) == {0, 2 | 0x80}
    assert np.array_equal(read_mask(Mask(spots(), original=0.01), SIZE), codes_of(spots()))


BAD: dict[str, tuple[Any, str]] = {
    "nothing masked": (np.zeros((40, 60), bool), "repaints nothing"),
    "everything masked": (np.ones((40, 60), bool), "whole picture"),
    "only kept": (Mask(np.full((40, 60), 3), codes=True), "go on as without a mask"),
    "only empty": (Mask(np.full((40, 60), 1), codes=True), "as without picture"),
    "grey levels as codes": (Mask(np.where(spots(), 255, 0), codes=True), "has the code 7"),
    "codes below 0": (Mask(np.where(spots(), -1, 0), codes=True), "-1 to 0"),
    "codes above 255": (Mask(np.where(spots(), 256, 0), codes=True), "0 to 256"),
    "codes of another type": (Mask(spots().astype(np.float32), codes=True), "float32 of shape"),
    "codes with channels": (Mask(np.zeros((40, 60, 3), np.uint8), codes=True), r"\(40, 60, 3\)"),
    "codes from a file": (Mask("mask.png", codes=True), "not str"),
    "another shape": (np.eye(50, dtype=bool), "50x50 and the picture 60x40"),
    "a box outside": ((10, 5, 61, 20), "does not lie"),
    "a box the wrong way round": ((30, 5, 10, 20), "does not lie"),
    "a box of everything": ((0, 0, 60, 40), "whole picture"),
    "a box of three": ((1, 2, 3), "no box"),
    "a box of fractions": ((1.5, 2, 3, 4), "no box"),
    "too much of the original": (Mask(spots(), original=1.5), "1.5"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_mask_is_refused_with_the_reason(case: str) -> None:
    source, words = BAD[case]
    with pytest.raises(BadMask, match=words) as caught:
        read_mask(source, SIZE)
    assert caught.value.hint


def test_no_picture_at_all() -> None:
    with pytest.raises(BadImage):
        read_mask(b"nothing", SIZE)


def test_codes_with_a_channel() -> None:
    given = np.where(spots(), 2, 0).astype(np.int64)[:, :, None]
    assert np.array_equal(read_mask(Mask(given, codes=True), SIZE), given[:, :, 0])


def test_it_follows_a_cropped_picture() -> None:
    codes = codes_of(spots()).astype(np.uint8)
    assert np.array_equal(fit_mask(codes, 40, 40), codes[:, 10:50])


def test_it_follows_a_stretched_picture() -> None:
    codes = codes_of(spots()).astype(np.uint8)
    assert np.array_equal(fit_mask(codes, 120, 40, "stretch"), codes.repeat(2, 1))


@pytest.mark.parametrize(("code", "other", "beside"), [(2, 0, 0), (2, 3, 3), (0, 3, 3), (1, 0, 3)])
def test_what_is_added_around_a_picture_is_kept(code: int, other: int, beside: int) -> None:
    codes = np.where(spots(), code, other).astype(np.uint8)
    fitted = fit_mask(codes, 60, 60, "contain")
    assert np.array_equal(fitted[10:50], codes)
    assert set(np.unique(fitted[:10])) == set(np.unique(fitted[50:])) == {beside}


def test_a_mask_that_is_lost_on_the_way_is_refused() -> None:
    codes = np.zeros((40, 60), np.uint8)
    codes[:, :5] = 2
    with pytest.raises(BadMask, match="brought to the canvas of 40x40"):
        fit_mask(codes, 40, 40)


def test_there_is_no_other_way_to_fit() -> None:
    with pytest.raises(BadValue, match="squeeze"):
        fit_mask(codes_of(spots()).astype(np.uint8), 40, 40, "squeeze")


def test_a_larger_canvas_has_nothing_around_the_picture() -> None:
    grown = grown_mask(None, (10, 0, 70, 40), (80, 60))
    assert set(np.unique(grown[:40, 10:70])) == {3}
    assert int((grown == 1).sum()) == 80 * 60 - 60 * 40
    inner = grown_mask(codes_of(spots()).astype(np.uint8), (10, 0, 70, 40), (80, 60))
    assert np.array_equal(inner[:40, 10:70], np.where(spots(), 2, 3))


def test_a_canvas_without_room_has_nothing_to_paint() -> None:
    with pytest.raises(BadMask, match="canvas of 60x40"):
        grown_mask(None, (0, 0, 60, 40), SIZE)


def test_two_codes_are_never_refused() -> None:
    check_codes(np.array([[1, 3]], np.uint8))
    with pytest.raises(BadMask):
        check_codes(np.array([[0, 7]], np.uint8))


def test_on_the_wire_it_has_two_dimensions() -> None:
    head = wirewalk.tensor_head(mask_blob(codes_of(spots()).astype(np.uint8)))
    assert (head["codec"], head["datatype"], head["layout"], head["shape"]) == (0x217, 0x1000, 1, (40, 60))
