from __future__ import annotations

import io
import os

import numpy as np
import pyte

from drawthings.cli.screen.panel import Row, panel, strip
from drawthings.cli.screen.pen import write
from drawthings.cli.screen.terminal import Size, Terminal
from drawthings.stream import events

SIZE = Size(60, 24)
ROWS = [Row("gpu1", 0.25, "1/4", "3 done", "7 a fox"), Row("gpu2:7860", None, "idle", "12 done", "")]


class Preview(events.Preview):
    """A preview of one grey, or one that cannot be read."""

    def pixels(self) -> np.ndarray | None:
        return np.full((8, 8, 3), self.step, np.uint8) if self.blob else None


def drawn(text: str) -> list[str]:
    screen = pyte.Screen(SIZE.columns, SIZE.rows)
    pyte.Stream(screen).feed(text)
    return [line.rstrip() for line in screen.display]


def test_columns_stand_below_each_other_and_rows_fill_the_terminal() -> None:
    made = panel(None, ROWS, SIZE, unicode=True)
    assert (made.rows, made.columns) == (2, 59)
    first, second, *rest = drawn(made.text)
    assert first == "gpu1       ━━━━────────────  1/4   3 done   7 a fox"
    assert second == "gpu2:7860                    idle  12 done"
    assert set(rest) == {""}


def test_long_words_are_cut_and_commands_in_them_are_none() -> None:
    row = Row("a" * 99, 1.0, "4/4", "1 done", "\x1b[2Jwords " * 20)
    (line,) = drawn(panel(None, [row], SIZE, unicode=False).text)[:1]
    assert line.startswith("aaa")
    assert line.endswith("...")
    assert "\x1b" not in line


def test_pictures_are_above() -> None:
    previews = [Preview(progress=0.1, step=1, blob=b"x"), Preview(progress=0.1, step=99, blob=b"x")]
    above = strip(previews, Terminal(pictures="blocks"), SIZE, rows_below=3, number=1)
    assert above is not None
    made = panel(above, ROWS, SIZE, unicode=True)
    assert made.rows == above.rows + 2
    lines = drawn(made.text)
    assert all("▀" in line for line in lines[: above.rows])
    assert lines[above.rows].startswith("gpu1")


def test_no_pictures_where_there_is_no_room_or_none_can_be_read() -> None:
    terminal = Terminal(pictures="blocks")
    broken = Preview(progress=0.1, step=1, blob=b"")
    assert strip([broken], terminal, SIZE, rows_below=3, number=1) is None
    whole = Preview(progress=0.1, step=1, blob=b"x")
    assert strip([whole], terminal, Size(60, 8), rows_below=4, number=1) is None


def test_a_terminal_that_has_gone_is_noticed() -> None:
    assert write(io.StringIO(), "words")
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w", encoding="utf-8")
    assert not write(stream, "words")
    stream.close()
