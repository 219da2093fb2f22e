"""Pictures in the terminal's own language."""

from __future__ import annotations

import re

import numpy as np
import pytest

from drawthings.cli.screen.drawing import RESTORE, SAVE, draw, through_tmux
from drawthings.cli.screen.kitty import delete_kitty, encode_kitty
from drawthings.cli.screen.terminal import Size, Terminal

SIZE = Size(80, 40)
PIXELS = np.random.default_rng(3).integers(0, 256, (64, 64, 3)).astype(np.uint8)


@pytest.mark.parametrize("kind", ["kitty", "iterm", "sixel", "blocks"])
def test_every_language_gives_the_cursor_back(kind: str) -> None:
    drawing = draw(PIXELS, Terminal(pictures=kind), SIZE, rows=10, number=3)
    assert (drawing.columns, drawing.rows) == (20, 10)
    assert drawing.text.startswith(SAVE)
    assert drawing.text.endswith(RESTORE)
    assert "\n" not in drawing.text or kind == "blocks"


def test_blocks_fill_their_cells() -> None:
    drawing = draw(PIXELS, Terminal(pictures="blocks"), SIZE, rows=10, number=3)
    rows = drawing.text.split("\r\n")
    assert len(rows) == 10
    assert all(row.count("▀") == 20 for row in rows)
    assert drawing.removal == ""


def test_blocks_in_256_colours() -> None:
    drawing = draw(PIXELS, Terminal(pictures="blocks", colours=256), SIZE, rows=10, number=3)
    assert "38;5;" in drawing.text
    assert "38;2;" not in drawing.text


def test_kitty_scales_a_small_picture_itself_and_takes_it_away_by_name() -> None:
    drawing = draw(PIXELS, Terminal(pictures="kitty"), SIZE, rows=10, number=3)
    assert drawing.text == SAVE + encode_kitty(PIXELS, columns=20, rows=10, number=3) + RESTORE
    assert drawing.removal == delete_kitty(3)


def test_a_large_picture_is_sent_as_large_as_it_is_shown() -> None:
    large = np.zeros((2048, 2048, 3), np.uint8)
    small = draw(large, Terminal(pictures="iterm"), SIZE, rows=10, number=3)
    assert len(small.text) < 3000


def test_sixels_end_within_their_rows() -> None:
    drawing = draw(PIXELS, Terminal(pictures="sixel"), SIZE, rows=10, number=3)
    found = re.search(r'"1;1;(\d+);(\d+)', drawing.text)
    assert found is not None
    # Ten rows of 16 pixels would be 160, whose last band would reach into an eleventh.
    assert found.groups() == ("160", "156")


def test_tmux_hands_commands_on() -> None:
    assert through_tmux("\x1b_Ga=d\x1b\\") == "\x1bPtmux;\x1b\x1b_Ga=d\x1b\x1b\\\x1b\\"
    drawing = draw(PIXELS, Terminal(pictures="kitty", tmux=True), SIZE, rows=10, number=3)
    assert drawing.text.startswith(SAVE + "\x1bPtmux;\x1b\x1b_G")
    assert drawing.removal == through_tmux(delete_kitty(3))
