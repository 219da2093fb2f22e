"""Our rows of the screen, as a terminal shows them."""

from __future__ import annotations

import pyte
import pytest

from drawthings.cli.screen.drawing import RESTORE, SAVE, Drawing
from drawthings.cli.screen.region import HIDE, Region

COLUMNS, ROWS = 30, 12


class Shown:
    """A region and the terminal that it is drawn on."""

    def __init__(self, before: int = 2) -> None:
        self.region = Region()
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.Stream(self.screen)
        self.stream.feed("".join(f"before {number}\r\n" for number in range(before)))

    def line(self, text: str) -> None:
        self.stream.feed(self.region.show(text, len(text), COLUMNS))

    def place(self, letter: str, rows: int = 3, columns: int = 4) -> None:
        self.stream.feed(self.region.place(drawn(letter, rows, columns)))

    def above(self, text: str) -> None:
        self.stream.feed(self.region.above(f"{text}\r\n", COLUMNS))

    def erase(self) -> None:
        self.stream.feed(self.region.erase(COLUMNS))

    @property
    def lines(self) -> list[str]:
        rows = [row.rstrip() for row in self.screen.display]
        return rows[: max((place + 1 for place, row in enumerate(rows) if row), default=0)]


def drawn(letter: str, rows: int = 3, columns: int = 4) -> Drawing:
    return Drawing(rows, columns, SAVE + "\r\n".join([letter * columns] * rows) + RESTORE, f"\x1b]9;gone {letter}\x07")


def test_a_line_is_drawn_again_in_place() -> None:
    shown = Shown()
    shown.line("step 10 of 20")
    shown.line("step 9")
    assert shown.lines == ["before 0", "before 1", "step 9"]


def test_what_the_terminal_shows_for_ctrl_c_is_painted_over() -> None:
    shown = Shown()
    line = "step 10 of 20 " + "-" * 15
    shown.line(line)
    shown.stream.feed("^C")
    shown.line(line + " ")
    assert shown.lines == ["before 0", "before 1", line]
    shown.stream.feed("^C")
    shown.erase()
    assert shown.lines == ["before 0", "before 1"]


def test_the_same_line_is_not_written_twice() -> None:
    shown = Shown()
    shown.line("step 1")
    assert shown.region.show("step 1", 6, COLUMNS) == ""


def test_a_picture_is_above_the_line_and_replaced_in_place() -> None:
    shown = Shown()
    shown.line("step 1")
    shown.place("a")
    shown.line("step 2")
    shown.place("b")
    assert shown.lines == ["before 0", "before 1", "bbbb", "bbbb", "bbbb", "step 2"]


def test_the_one_before_is_removed_after_the_new_one_is_there() -> None:
    region = Region()
    region.show("step 1", 6, COLUMNS)
    region.place(drawn("a"))
    text = region.place(drawn("b"))
    assert text.index("bbbb") < text.index("gone a")


@pytest.mark.parametrize(("rows", "columns"), [(1, 4), (3, 2), (5, 6)])
def test_another_shape_leaves_nothing_behind(rows: int, columns: int) -> None:
    shown = Shown()
    shown.line("step 1")
    shown.place("a")
    shown.place("b", rows, columns)
    assert shown.lines == ["before 0", "before 1", *["b" * columns] * rows, "step 1"]


def test_at_the_bottom_the_screen_scrolls() -> None:
    shown = Shown(before=ROWS)
    shown.line("step 1")
    shown.place("a")
    shown.line("step 2")
    shown.place("b")
    assert shown.lines == [f"before {number}" for number in range(4, ROWS)] + ["bbbb", "bbbb", "bbbb", "step 2"]


def test_text_goes_above_and_not_through() -> None:
    shown = Shown()
    shown.line("step 1")
    shown.place("a")
    shown.above("Warning: hot")
    shown.above("Warning: hotter")
    assert shown.lines == [
        *("before 0", "before 1", "Warning: hot", "Warning: hotter", "aaaa", "aaaa", "aaaa", "step 1"),
    ]


def test_text_before_anything_is_shown_is_just_written() -> None:
    shown = Shown()
    shown.above("hello")
    shown.line("step 1")
    assert shown.lines == ["before 0", "before 1", "hello", "step 1"]


def test_a_picture_may_come_before_the_line() -> None:
    shown = Shown()
    shown.place("a")
    shown.line("step 1")
    assert shown.lines == ["before 0", "before 1", "aaaa", "aaaa", "aaaa", "step 1"]


def test_what_is_erased_leaves_the_cursor_where_it_began() -> None:
    shown = Shown()
    shown.erase()
    shown.line("step 1")
    shown.place("a")
    shown.erase()
    assert shown.lines == ["before 0", "before 1"]
    assert (shown.screen.cursor.y, shown.screen.cursor.x) == (2, 0)
    shown.line("step 2")
    assert shown.lines == ["before 0", "before 1", "step 2"]


def test_a_picture_may_be_left_standing() -> None:
    shown = Shown()
    shown.line("step 1")
    shown.erase()
    shown.stream.feed(shown.region.leave(drawn("a")))
    shown.stream.feed("ready>")
    assert shown.lines == ["before 0", "before 1", "aaaa", "aaaa", "aaaa", "ready>"]


def test_rows_that_a_narrower_terminal_broke_are_cleared_too() -> None:
    region = Region()
    line = "step 1 " + "-" * 22
    region.show(line, len(line), COLUMNS)
    region.place(drawn("a", 3, 10))
    # The terminal became 20 wide, and broke the line of 29 below the cursor; the picture still fits.
    text = region.show("step 2", 6, 20)
    assert text.startswith("\x1b]9;gone a\x07\r\x1b[3A\x1b[J")
    assert text.endswith("step 2\x1b[K\r")
    assert "aaaa" in text
    # 8 columns, and each row of the picture is now two: it waits for the next one.
    text = region.show("step 3", 6, 8)
    assert "aaaa" not in text
    assert "\x1b[6A\x1b[J" in text


def test_the_cursor_is_hidden_while_something_is_shown() -> None:
    assert Region().show("step 1", 6, COLUMNS).startswith(HIDE)
