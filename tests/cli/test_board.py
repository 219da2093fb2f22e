from __future__ import annotations

import io
import os
import pty
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pyte
import pytest

from drawthings.batch.run import Tally
from drawthings.batch.standing import ServerStatus
from drawthings.cli.board import EVERY_S, Lines, Table, board, summary
from drawthings.cli.screen.foreground import shown, tell
from drawthings.cli.screen.terminal import Size, Terminal
from drawthings.errors import BadValue
from drawthings.stream import events


class Preview(events.Preview):
    """A red preview."""

    def pixels(self) -> np.ndarray:
        return np.full((8, 8, 3), (255, 0, 0), np.uint8)


def status(**facts: Any) -> ServerStatus:
    return ServerStatus(**{"server": "grpc://gpu1:7859", "state": "idle", **facts})


BUSY = status(
    state="working",
    progress=0.5,
    step=4,
    steps=8,
    job="7 a fox",
    done=3,
    preview=Preview(progress=0.5, step=4, blob=b""),
)
DOWN = status(server="grpc://gpu2:7859", state="down", trouble="It does not answer.", failed=2)


class Watched:
    """A board on a terminal that is only played."""

    def __init__(self, size: Size | None = None, **terminal: Any) -> None:
        self.size = size or Size(80, 30)
        self.out = io.StringIO()
        self.screen = pyte.Screen(self.size.columns, self.size.rows)
        self._stream = pyte.Stream(self.screen)
        self.table = Table(self.out, Terminal(**{"pictures": "off", **terminal}), size=lambda: self.size)

    def look(self, *servers: ServerStatus, **tally: Any) -> list[str]:
        """Return what is on the screen after a look."""
        self.table.look(Tally(**{"total": 9, "done": 3, **tally}), servers)
        self.table.tick()
        return self.lines()

    def lines(self) -> list[str]:
        self._stream.feed(self.out.getvalue())
        self.out.seek(0)
        self.out.truncate()
        return [line.rstrip() for line in self.screen.display if line.strip()]


def test_a_row_for_each_server_and_a_line_for_all():
    first, second, line = Watched().look(BUSY, DOWN)
    assert first.split() == ["gpu1:7859", "━" * 8 + "─" * 8, "4/8", "3", "done", "7", "a", "fox"]
    assert second.split() == ["gpu2:7859", "down", "0", "done,", "2", "failed", "It", "does", "not", "answer."]
    assert line.startswith("3 of 9 done")


def test_rows_are_drawn_again_in_their_place():
    watched = Watched()
    watched.look(BUSY, DOWN)
    lines = watched.look(replace(BUSY, step=5, job="7"), replace(DOWN, state="idle", trouble=""), done=4)
    assert [line.split()[-1] for line in lines[:2]] == ["7", "failed"]
    assert "5/8" in lines[0]
    assert lines[2].startswith("4 of 9 done")
    assert len(lines) == 3


def test_previews_stand_above_their_rows():
    watched = Watched(pictures="blocks")
    lines = watched.look(BUSY, DOWN)
    assert sum("▀" in line for line in lines) == 10
    assert "gpu1" in lines[10]
    assert len(watched.look(replace(BUSY, preview=None), DOWN)) == 3


def test_a_small_terminal_gets_no_previews_and_counts_the_rows_it_cannot_show():
    lines = Watched(Size(40, 5), pictures="blocks").look(BUSY, DOWN, DOWN, DOWN, DOWN)
    assert len(lines) == 4
    assert lines[2] == "and 3 more"
    assert all(len(line) < 40 for line in lines)


def test_a_terminal_without_unicode():
    lines = Watched(unicode=False).look(replace(BUSY, job="ein Füchslein"))
    assert "########........" in lines[0]
    assert all(line.isascii() for line in lines)


def test_what_is_told_stands_above_and_the_end_leaves_nothing_else():
    watched = Watched()
    watched.look(BUSY)
    with shown(watched.table):
        tell("gpu2 is \x1b[31mback")
        lines = watched.lines()
        assert lines[0] == "gpu2 is  [31mback"
        assert len(lines) == 3
        watched.table.cancelling()
        watched.table.tick()
        assert "Ctrl-C again" in watched.lines()[-1]
        watched.table.rest()
        watched.table.tick()
        assert watched.lines() == ["gpu2 is  [31mback"]
        watched.table.resume()
        watched.table.tick()
        assert len(watched.lines()) == 3
    watched.table.close()
    assert watched.lines() == ["gpu2 is  [31mback"]


def test_a_terminal_gets_the_rows_and_gets_its_screen_back(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("drawthings.cli.board.LOOK_S", 0.01)
    ours, theirs = pty.openpty()
    drawn = threading.Event()
    said: list[bytes] = []

    def read() -> None:
        while b"\x1b[?25h" not in b"".join(said):
            said.append(os.read(ours, 4096))
            if b"3 of 9" in b"".join(said):
                drawn.set()

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        with board(quiet=False) as rows:
            rows.look(Tally(total=9, done=3), (BUSY,))
            assert drawn.wait(10)
        reader.join(10)
        assert not reader.is_alive()
        monkeypatch.undo()
    os.close(ours)


def test_a_pipe_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    clock = [100.0]
    monkeypatch.setattr("drawthings.cli.board.time.monotonic", lambda: clock[0])
    lines = Lines()
    for clock[0] in (100.0, 101.0, 100.0 + EVERY_S):
        lines.look(Tally(total=9, done=3, started=0.0), (BUSY,))
    assert [line[:13] for line in capsys.readouterr().err.splitlines()] == ["3 of 9 done, "] * 2


def test_the_words_of_a_summary():
    words = summary(Tally(total=100, before=10, done=30, failed=2, repeated=1))
    assert words.startswith("40 of 100 done, 2 failed, 1 begun anew")
    assert "left" in words
    assert summary(Tally(total=3)) == "0 of 3 done"
    assert summary(Tally(total=3, expected_s=7200)) == "0 of 3 done, 2 h 00 min left"


def test_nothing_is_shown_when_quiet_and_a_pipe_gets_lines(capsys: pytest.CaptureFixture[str]):
    with board(quiet=True) as rows:
        rows.look(Tally(), ())
    assert capsys.readouterr().err == ""
    with board(quiet=False) as rows:
        rows.look(Tally(total=3), ())
    assert capsys.readouterr().err == "0 of 3 done\n"


def test_a_way_to_draw_that_there_is_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DRAWTHINGS_PREVIEW", "oil")
    with pytest.raises(BadValue, match="oil"), board(quiet=False):
        pass
