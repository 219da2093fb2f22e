"""What the terminal can do, from its environment."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import termios

import pytest

from drawthings.cli.screen.terminal import ALL_COLOURS, FEW_COLOURS, Size, describe, measure, moves, wanted_kind
from drawthings.errors import BadValue

XTERM = {"TERM": "xterm-256color"}
TRUE = {**XTERM, "COLORTERM": "truecolor"}


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({**TRUE, "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, "kitty"),
        ({**XTERM, "TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({**XTERM, "TERM_PROGRAM": "WezTerm"}, "iterm"),
        ({**XTERM, "LC_TERMINAL": "iTerm2", "SSH_TTY": "/dev/pts/1"}, "iterm"),
        ({"TERM": "wezterm"}, "iterm"),
        ({"TERM": "foot-extra"}, "sixel"),
        ({"TERM": "mlterm-256color"}, "sixel"),
        (TRUE, "blocks"),
        ({**XTERM, "TERM_PROGRAM": "Apple_Terminal"}, "blocks"),
        ({**TRUE, "TERM_PROGRAM": "vscode"}, "blocks"),
        ({"TERM": "linux"}, "off"),
        ({"TERM": "vt100"}, "off"),
        # The terminal around tmux may know more, but tmux stands between.
        ({**TRUE, "TMUX": "tmux,1,0", "TERM_PROGRAM": "tmux", "KITTY_WINDOW_ID": "1"}, "blocks"),
        ({"TERM": "screen", "TMUX": "tmux,1,0"}, "blocks"),
        ({"TERM": "screen-256color", "STY": "1.pts", "LC_TERMINAL": "iTerm2"}, "blocks"),
        ({**TRUE, "NO_COLOR": "1"}, "off"),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, "kitty"),
    ],
)
def test_how_pictures_are_drawn(environment: dict[str, str], kind: str) -> None:
    assert describe(environment).pictures == kind


@pytest.mark.parametrize(
    ("environment", "colours"),
    [
        (XTERM, FEW_COLOURS),
        (TRUE, ALL_COLOURS),
        ({"TERM": "xterm-direct"}, ALL_COLOURS),
        ({"TERM": "xterm-kitty"}, ALL_COLOURS),
        ({**XTERM, "WT_SESSION": "x"}, ALL_COLOURS),
        ({"TERM": "tmux-256color", "COLORTERM": "24bit"}, ALL_COLOURS),
    ],
)
def test_how_many_colours(environment: dict[str, str], colours: int) -> None:
    assert describe(environment).colours == colours


def test_a_way_that_was_named_wins_over_every_guess() -> None:
    assert describe({"TERM": "linux", "NO_COLOR": "1"}, wanted="blocks").pictures == "blocks"
    assert describe({"TERM": "xterm-kitty"}, wanted="off").pictures == "off"
    assert describe({**TRUE, "TMUX": "x"}, wanted="kitty").tmux
    assert not describe({**TRUE, "TMUX": "x"}, wanted="sixel").tmux
    assert not describe({**TRUE, "TMUX": "x"}).tmux


def test_without_the_characters_there_are_no_blocks_and_without_colours_no_style() -> None:
    assert describe(TRUE, unicode=False).pictures == "off"
    assert describe(TRUE).styled
    assert not describe({**TRUE, "NO_COLOR": "1"}).styled
    # As the convention has it, an empty one does not count.
    assert describe({**TRUE, "NO_COLOR": ""}).styled


@pytest.mark.parametrize(
    ("environment", "windows", "can"),
    [
        (XTERM, False, True),
        ({"TERM": "dumb"}, False, False),
        ({}, False, False),
        ({}, True, False),
        ({"WT_SESSION": "x"}, True, True),
        ({"TERM": "dumb", "WT_SESSION": "x"}, True, False),
    ],
)
def test_which_terminals_draw_a_line_again(environment: dict[str, str], windows: bool, can: bool) -> None:
    assert moves(environment, windows=windows) is can


def test_the_option_wins_over_the_variable() -> None:
    variable = {"DRAWTHINGS_PREVIEW": " Kitty "}
    assert wanted_kind({}) == "auto"
    assert wanted_kind({"DRAWTHINGS_PREVIEW": ""}) == "auto"
    assert wanted_kind(variable) == "kitty"
    assert wanted_kind(variable, "off") == "off"


def test_an_unknown_way_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(BadValue, match="DRAWTHINGS_PREVIEW is 'ascii'") as found:
        wanted_kind({"DRAWTHINGS_PREVIEW": "ascii"})
    assert "auto, kitty, iterm, sixel, blocks, off" in found.value.hint


@pytest.mark.parametrize(
    ("told", "size"),
    [
        ((40, 100, 0, 0), Size(100, 40)),
        ((40, 100, 1000, 800), Size(100, 40, (10, 20))),
        ((40, 100, 1, 1), Size(100, 40)),
    ],
)
def test_the_size_is_asked_of_the_system(told: tuple[int, int, int, int], size: Size) -> None:
    ours, theirs = pty.openpty()
    try:
        fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", *told))
        with open(theirs, "w", closefd=False) as stream:
            assert measure(stream) == size
    finally:
        os.close(ours)
        os.close(theirs)


def test_what_is_no_terminal_has_the_size_that_the_shell_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "91")
    monkeypatch.setenv("LINES", "31")
    assert measure(io.StringIO()) == Size(91, 31)
