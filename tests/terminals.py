"""Terminals to run the real commands in: a shell on a pseudo-terminal whose screen pyte keeps, or in tmux."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Self

import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PATIENCE_S = 12.0
GLANCE_S = 0.05
PROMPT = "ready> "

# The shell gets the pseudo-terminal as its own, so that Ctrl-C and Ctrl-Z reach what runs in it.
OWN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
)

# Strings for terminals that show pictures (APC, DCS, and OSC with a picture), which pyte would print.
STRINGS = re.compile(rb"\x1b_[^\x1b]*\x1b\\|\x1bP[^\x1b]*\x1b\\|\x1b\]1337;[^\x07]*\x07")
UNFINISHED = re.compile(rb"(\x1b_|\x1bP|\x1b\]1337;)[^\x1b\x07]*\x1b?\Z|\x1b\Z")


class Terminal:
    """A terminal with a shell in it.

    Args:
        folder: Where the shell is; ``drawthings`` is put there as a command.
        columns: How wide the terminal is.
        rows: How high it is.
        environment: Variables beside those of the tests.
    """

    def __init__(
        self, folder: Path, columns: int = 80, rows: int = 40, *, environment: Mapping[str, str] | None = None
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.raw = b""
        self._held = b""
        self._prompts = 0
        self._stream = pyte.ByteStream(self.screen)
        self._ours, theirs = pty.openpty()
        self._tell_size(columns, rows)
        self.shell = subprocess.Popen(
            [sys.executable, "-c", OWN_TERMINAL, "sh", "-i"],
            cwd=folder,
            env=variables(command_folder(folder), environment),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        self.wait_for_prompt()
        return self

    def __exit__(self, *_: object) -> None:
        # Hanging up ends the shell and whatever runs in it.
        os.close(self._ours)
        self.shell.kill()
        self.shell.wait()

    @property
    def lines(self) -> list[str]:
        """The rows that are not empty."""
        return [line.rstrip() for line in self.screen.display if line.strip()]

    @property
    def line(self) -> str:
        """The row that the cursor is in."""
        return self.screen.display[self.screen.cursor.y].rstrip()

    def run(self, command: str) -> None:
        """Type a command, once the shell waits for one."""
        self._prompts = self.raw.count(PROMPT.encode())
        self.press(command + "\n")

    def press(self, keys: str) -> None:
        """Press keys; ``\\x03`` is Ctrl-C, ``\\x1a`` is Ctrl-Z."""
        os.write(self._ours, keys.encode())

    def wait(self, what: Callable[[Terminal], object]) -> None:
        """Read until something is the case; a test that waits in vain shows what there was instead."""
        end = time.monotonic() + PATIENCE_S
        while not (self._whole and what(self)):
            left = end - time.monotonic()
            if left <= 0 or not self._read(left):
                break
        assert what(self), "\n".join(["waited in vain; the screen was:", *self.lines])

    def wait_for(self, text: str) -> None:
        """Read until a text is on the screen."""
        self.wait(lambda terminal: text in "\n".join(terminal.screen.display))

    def wait_for_prompt(self) -> None:
        """Read until the shell waits for the next command."""
        self.wait(
            lambda terminal: terminal.raw.count(PROMPT.encode()) > self._prompts and terminal.line == PROMPT.rstrip()
        )

    def status(self) -> int:
        """Return the exit code of the last command."""
        self.run("echo status: $?")
        self.wait_for_prompt()
        return int(next(line for line in reversed(self.lines) if re.fullmatch(r"status: \d+", line)).split()[1])

    def resize(self, columns: int, rows: int) -> None:
        """Make the terminal another size."""
        self.screen.resize(rows, columns)
        self._tell_size(columns, rows)

    @property
    def _whole(self) -> bool:
        """Whether nothing is half drawn: a job leaves the cursor at the begin of a row, the shell at its prompt."""
        drawing = self.raw.count(b"\x1b[?2026h") > self.raw.count(b"\x1b[?2026l")
        return not drawing and (self.screen.cursor.x == 0 or self.line == PROMPT.rstrip())

    def _tell_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self, patience_s: float) -> bool:
        """Read what there is; return whether there may be more."""
        ready, _, _ = select.select([self._ours], [], [], patience_s)
        if not ready:
            return False
        try:
            data = os.read(self._ours, 1 << 16)
        except OSError:  # as Linux says that nobody is at the other end any more
            return False
        self.raw += data
        shown = STRINGS.sub(b"", self._held + data)
        rest = UNFINISHED.search(shown)
        cut = rest.start() if rest else len(shown)
        self._held = shown[cut:]
        self._stream.feed(shown[:cut])
        return bool(data)


class Tmux:
    """A shell in a tmux of its own, which draws the screen by its own rules.

    Args:
        folder: Where the shell is.
        columns: How wide the terminal is.
        rows: How high it is.
    """

    def __init__(self, folder: Path, columns: int, rows: int = 40) -> None:
        self._environment = variables(command_folder(folder))
        self._command = ("tmux", "-f", os.devnull, "-S", str(folder / "tmux"))
        size = ("-x", str(columns), "-y", str(rows))
        self._tmux("new-session", "-d", *size, "-c", str(folder), "env", f"PS1={PROMPT}", "sh", "-i")

    def __enter__(self) -> Self:
        self.wait(lambda lines: lines[-1:] == [PROMPT.rstrip()])
        return self

    def __exit__(self, *_: object) -> None:
        self._tmux("kill-server")

    def run(self, command: str) -> None:
        """Type a command."""
        self._tmux("send-keys", "-l", command)
        self.press("Enter")

    def press(self, key: str) -> None:
        """Press a key by its name in tmux."""
        self._tmux("send-keys", key)

    def wait(self, what: Callable[[list[str]], object]) -> list[str]:
        """Wait until something is the case with the rows that are not empty, and return them."""
        end = time.monotonic() + PATIENCE_S
        while True:
            lines = [line.rstrip() for line in self._tmux("capture-pane", "-p").splitlines() if line.strip()]
            if (len(lines) > 1 or lines[-1:] == [PROMPT.rstrip()]) and what(lines):
                return lines
            assert time.monotonic() < end, "\n".join(["waited in vain; the screen was:", *lines])
            time.sleep(GLANCE_S)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._command, *arguments], env=self._environment, capture_output=True, text=True, check=True
        )
        return done.stdout


def command_folder(folder: Path) -> Path:
    """Put ``drawthings`` and the tests' own ``python3`` into a folder as commands, and return that folder."""
    commands = folder / ".commands"
    commands.mkdir(exist_ok=True)
    for name, call in (("drawthings", "-m drawthings.cli.main"), ("python3", "")):
        script = commands / name
        script.write_text(f'#!/bin/sh\nexec {sys.executable} {call} "$@"\n')
        script.chmod(0o755)
    return commands


def variables(commands: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of an ordinary terminal, whatever terminal the tests themselves run in."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("HOME", "PYTHON", "DRAW", "TMP"))}
    own = {"PATH": f"{commands}:{os.environ['PATH']}", "PS1": PROMPT, "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
    return {**kept, **own, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(more or {})}


def blocks(screen: pyte.Screen) -> list[list[tuple[str, str]]]:
    """Return ink and paper of the half-blocks on a screen, row by row."""
    rows = []
    for row in range(screen.lines):
        cells = [screen.buffer[row][column] for column in range(screen.columns)]
        found = [(cell.fg, cell.bg) for cell in cells if cell.data == "▀"]
        if found:
            rows.append(found)
    return rows
