"""Who has the terminal, and what signals do to it.

Ctrl-C once cancels: the job ends in order, and what had arrived is kept. Ctrl-C twice stops at once. Ctrl-Z and
SIGTERM give the terminal back first. There is one foreground for the whole process, as there is one terminal.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

INTERRUPTED = 130


class Screen(Protocol):
    """Something that draws on the terminal."""

    def tell(self, text: str) -> None:
        """Write a line above what is drawn."""

    def cancelling(self) -> None:
        """Show that the job is about to end."""

    def rest(self) -> None:
        """Give the terminal back, from a signal handler: whatever thread draws just now."""

    def resume(self) -> None:
        """Take the terminal again after ``rest``."""


_screens: list[Screen] = []


@contextmanager
def shown(screen: Screen) -> Iterator[None]:
    """Give the terminal to a screen for a while."""
    _screens.append(screen)
    try:
        with _handled({"SIGTERM": _end, "SIGTSTP": _stop}):
            yield
    finally:
        _screens.remove(screen)


def tell(text: str) -> None:
    """Write a line on standard error, above whatever is drawn there.

    Whoever read it may have gone, and the pictures matter more than that.
    """
    with suppress(OSError):
        if _screens:
            _screens[-1].tell(text)
        else:
            click.echo(text, err=True)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let the first Ctrl-C cancel, and the second one stop the program at once.

    Only where Ctrl-C means what it usually does: not in threads, nor where it is ignored or means something else.
    """
    pressed = False

    def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
        nonlocal pressed
        if pressed:
            _rest()
            with suppress(OSError):
                os.write(2, b"Stopped.\n")
            os._exit(INTERRUPTED)
        pressed = True
        for screen in _screens:
            screen.cancelling()
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    with _handled({"SIGINT": interrupt}):
        yield


def _rest() -> None:
    for screen in _screens:
        screen.rest()


def _end(number: int, _frame: FrameType | None) -> None:
    """Give the terminal back and end as the signal says."""
    _rest()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


def _stop(number: int, _frame: FrameType | None) -> None:
    """Give the terminal back, sleep until someone says to go on, and take it again."""
    _rest()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    # Here the process sleeps, and goes on from here.
    signal.signal(number, _stop)
    for screen in _screens:
        screen.resume()


@contextmanager
def _handled(handlers: dict[str, Any]) -> Iterator[None]:
    """Answer signals for a while, where they are not answered or ignored already."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        for name, handler in handlers.items():
            number = getattr(signal, name, None)
            usual = {signal.SIG_DFL, signal.default_int_handler}
            if number is not None and (found := signal.getsignal(number)) in usual:
                before[number] = found
                signal.signal(number, handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
