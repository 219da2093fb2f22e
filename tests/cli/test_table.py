"""Columns: whole for programs, fitted for people."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from drawthings.cli import table

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = [("FILE", "FAMILY", "NAME"), ("a_long_name.ckpt", "v1", "A friendly name"), ("b.ckpt", "sdxl", "")]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    def shown(rows: list[tuple[str, ...]], columns: int) -> list[str]:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(table.shutil, "get_terminal_size", lambda: os.terminal_size((columns, 24)))
        table.show(rows)
        return capsys.readouterr().out.splitlines()

    return shown


def test_a_program_gets_everything(capsys: pytest.CaptureFixture[str]) -> None:
    table.show(ROWS)
    assert capsys.readouterr().out.splitlines() == [
        "FILE              FAMILY  NAME",
        "a_long_name.ckpt  v1      A friendly name",
        "b.ckpt            sdxl",
    ]


def test_the_last_column_is_cut(lines: Callable[..., list[str]]) -> None:
    assert lines(ROWS, 36)[1] == "a_long_name.ckpt  v1      A friendl…"


def test_columns_without_room_are_left_out(lines: Callable[..., list[str]]) -> None:
    assert lines(ROWS, 30) == ["FILE              FAMILY", "a_long_name.ckpt  v1", "b.ckpt            sdxl"]
    assert lines(ROWS, 20) == ["FILE", "a_long_name.ckpt", "b.ckpt"]
    assert lines(ROWS, 5) == ["FILE", "a_long_name.ckpt", "b.ckpt"]


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_nothing_is_wider_than_the_terminal(columns: int, lines: Callable[..., list[str]]) -> None:
    rows = [("FILE", "NAME"), ("狐の絵.ckpt", "狐" * 60), ("b", "e\u0301" * 300)]
    assert max(map(table.columns, lines(rows, columns))) <= columns


def test_what_would_steer_the_terminal_is_replaced() -> None:
    assert table.fitted("a\x1b[2Jb\n", 10) == "a?[2Jb?   "
    assert table.fitted("狐狐", 3) == "狐…"
    assert table.fitted("abc", 0) == ""
