"""Contact sheets: where pictures and words go."""

from __future__ import annotations

import numpy as np
import pytest

from drawthings.errors import BadValue
from drawthings.media import sheet
from drawthings.media.sheet import GAP_PX, MOST_PX, PAPER, SheetCell, contact_sheet


def plain(height: int, width: int, colour: tuple[int, ...]) -> SheetCell:
    return SheetCell(np.full((height, width, len(colour)), colour, np.uint8))


def boxes(pixels: np.ndarray, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Return left, top, width and height of where a colour is."""
    rows, columns = np.nonzero((pixels == colour).all(axis=2))
    return columns.min(), rows.min(), columns.max() - columns.min() + 1, rows.max() - rows.min() + 1


def test_pictures_stand_in_rows_and_columns_at_their_own_shape() -> None:
    red, blue, green = (255, 0, 0), (0, 0, 255), (0, 255, 0)
    cells = [[plain(64, 128, red), plain(64, 64, blue)], [plain(128, 128, green), SheetCell(None)]]
    pixels = contact_sheet(cells, cell_px=128)
    assert pixels.shape == (2 * (128 + GAP_PX) + GAP_PX,) * 2 + (3,)
    assert boxes(pixels, red) == (GAP_PX, GAP_PX + 32, 128, 64)
    assert boxes(pixels, blue) == (128 + 2 * GAP_PX + 32, GAP_PX + 32, 64, 64)
    assert boxes(pixels, green) == (GAP_PX, 128 + 2 * GAP_PX, 128, 128)


def test_large_pictures_are_made_smaller_and_small_ones_stay() -> None:
    pixels = contact_sheet([[plain(600, 1200, (255, 0, 0)), plain(10, 20, (0, 0, 255))]], cell_px=120)
    assert boxes(pixels, (255, 0, 0))[2:] == (120, 60)
    assert boxes(pixels, (0, 0, 255))[2:] == (20, 10)


@pytest.mark.parametrize("words", ["steps 4", "雪の中の狐", "→ ∆ и", "word " * 400, "x" * 3000])
def test_words_stand_beside_the_pictures_and_never_on_them(words: str) -> None:
    red = (255, 0, 0)
    bare = contact_sheet([[plain(96, 96, red)]], cell_px=96)
    pixels = contact_sheet([[plain(96, 96, red)]], columns=[words], rows=[words], title=words, cell_px=96)
    left, top, width, height = boxes(pixels, red)
    assert (width, height) == (96, 96)
    assert boxes(bare, red) == (GAP_PX, GAP_PX, 96, 96)
    for part in (pixels[: top // 2], pixels[top // 2 : top, left:], pixels[top:, :left]):
        assert (part != PAPER).any()
    assert (pixels[top + 96 :] == PAPER).all()


def test_a_cell_without_a_picture_says_why() -> None:
    silent = contact_sheet([[SheetCell(None)]], cell_px=128)
    assert (contact_sheet([[SheetCell(None, "no such model")]], cell_px=128) != silent).any()


def test_grey_and_transparent_pictures() -> None:
    pixels = contact_sheet(
        [[plain(16, 16, (7,)), plain(16, 16, (9, 9, 9, 255)), plain(16, 16, (1, 1, 1, 0))]], cell_px=16
    )
    assert tuple(pixels[16, 16]) == (7, 7, 7)
    assert tuple(pixels[16, 16 + 16 + GAP_PX]) == (9, 9, 9)
    assert tuple(pixels[16, 16 + 2 * (16 + GAP_PX)]) == PAPER


def test_cells_shrink_until_the_sheet_can_be_opened() -> None:
    row = [SheetCell(None)] * 100
    pixels = contact_sheet([row], cell_px=384)
    assert 0.7 * MOST_PX < pixels.shape[1] <= MOST_PX


@pytest.mark.parametrize(
    ("cells", "words", "message"),
    [
        ([], {}, "rectangle"),
        ([[]], {}, "rectangle"),
        ([[SheetCell(None)], []], {}, "rectangle"),
        ([[SheetCell(None)]], {"columns": ["a", "b"]}, "2 words for 1 columns"),
        ([[SheetCell(None)]], {"rows": ["a", "b"]}, "2 words for 1 rows"),
        ([[SheetCell(None)] * 1000], {}, "too large"),
    ],
)
def test_what_is_no_sheet_is_refused(cells: list[list[SheetCell]], words: dict[str, list[str]], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        contact_sheet(cells, **words)


def test_without_a_system_font_the_own_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet._font.cache_clear()
    monkeypatch.setattr(sheet, "_WIDE_FONTS", ("no such font.ttf",))
    assert contact_sheet([[SheetCell(None)]], title="雪", cell_px=64).shape[2] == 3
    sheet._font.cache_clear()
