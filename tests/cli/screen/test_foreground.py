"""Who has the terminal, and what signals do to it; the signals themselves in a program of its own."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from drawthings.cli.screen import foreground
from terminals import Terminal

if TYPE_CHECKING:
    from pathlib import Path

# A job that ignores the first Ctrl-C for as long as it likes.
STUBBORN = """
import sys, time
from drawthings.cli.screen import foreground
from drawthings.cli.screen.live import Live
from drawthings.cli.screen.terminal import Terminal

live = Live(sys.stderr, Terminal())
with foreground.interruptible(), foreground.shown(live):
    live.start()
    live.doing("working")
    try:
        while True:
            time.sleep(0.05)
    except KeyboardInterrupt:
        foreground.tell("tidying up")
        while True:
            time.sleep(0.05)
"""


class Recorder:
    """A screen that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, text: str) -> None:
        self.told.append(text)

    def cancelling(self) -> None:
        self.told.append("(cancelling)")

    def rest(self) -> None:
        self.told.append("(rest)")

    def resume(self) -> None:
        self.told.append("(resume)")


def test_lines_go_above_the_screen_or_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Recorder()
    foreground.tell("before")
    with foreground.shown(screen):
        foreground.tell("during")
    foreground.tell("after")
    assert screen.told == ["during"]
    assert capsys.readouterr().err == "before\nafter\n"


def test_nobody_who_reads_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("click.echo", gone)
    foreground.tell("nobody reads this")


def test_the_first_ctrl_c_interrupts() -> None:
    screen = Recorder()
    with pytest.raises(KeyboardInterrupt), foreground.interruptible(), foreground.shown(screen):
        signal.raise_signal(signal.SIGINT)
    assert screen.told == ["(cancelling)"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_second_one_ends_the_program(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def leave(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", leave)
    screen = Recorder()
    with foreground.interruptible(), foreground.shown(screen):
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(SystemExit) as left:
            signal.raise_signal(signal.SIGINT)
    assert left.value.code == 130
    assert screen.told == ["(cancelling)", "(rest)"]
    assert capfd.readouterr().err == "Stopped.\n"


def test_who_handles_ctrl_c_already_goes_on_to() -> None:
    def own(*_: object) -> None:
        """Do nothing."""

    before = signal.signal(signal.SIGINT, own)
    try:
        with foreground.interruptible():
            assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_signals_are_left_alone() -> None:
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with foreground.interruptible(), foreground.shown(Recorder()):
                assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        except BaseException as error:  # noqa: BLE001 - to be told in the test's own thread
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert failed == []


def test_signals_are_as_before_afterwards() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGTSTP)]
    with foreground.shown(Recorder()):
        assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGTSTP)] == before


def test_ctrl_c_twice_stops_at_once_and_gives_the_terminal_back(tmp_path: Path) -> None:
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    with Terminal(tmp_path) as terminal:
        terminal.run("python3 stubborn.py")
        terminal.wait_for(" working")
        assert terminal.screen.cursor.hidden
        terminal.press("\x03")
        terminal.wait_for("cancelling; Ctrl-C again stops at once")
        assert "tidying up" in terminal.lines
        terminal.press("\x03")
        terminal.wait_for_prompt()
        assert "Stopped." in terminal.lines
        assert not any("cancelling" in line for line in terminal.lines)
        assert not terminal.screen.cursor.hidden
        assert terminal.status() == 130


def test_ctrl_z_gives_the_terminal_back_for_a_while(tmp_path: Path) -> None:
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    with Terminal(tmp_path) as terminal:
        terminal.run("python3 stubborn.py")
        terminal.wait_for(" working")
        terminal.press("\x1a")
        terminal.wait_for_prompt()
        assert not any(" working" in line for line in terminal.lines)
        assert not terminal.screen.cursor.hidden
        terminal.run("fg")
        terminal.wait_for(" working")
        assert terminal.screen.cursor.hidden
        terminal.press("\x03")
        terminal.wait_for("cancelling")
        terminal.press("\x03")
        terminal.wait_for_prompt()


def test_a_termination_gives_the_terminal_back(tmp_path: Path) -> None:
    (tmp_path / "stubborn.py").write_text(STUBBORN + "\n")
    with Terminal(tmp_path) as terminal:
        terminal.run("python3 stubborn.py & echo pid: $!; wait")
        terminal.wait_for(" working")
        pid = next(line.split()[1] for line in terminal.lines if line.startswith("pid:"))
        os.kill(int(pid), signal.SIGTERM)
        terminal.wait(lambda seen: not seen.screen.cursor.hidden)
        terminal.wait_for_prompt()
        assert not any(" working" in line for line in terminal.lines)
