"""Progress on standard error: a bar on a terminal, a few lines into a pipe, nothing when asked to be quiet."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

import click

from drawthings.stream import events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.client.answers import StreamEvent
    from drawthings.request.note import Note

WORDS = {
    events.TextEncoded: "prompt encoded",
    events.ImageEncoded: "picture encoded",
    events.ImageDecoded: "decoded",
    events.SecondPassImageEncoded: "second pass",
    events.SecondPassImageDecoded: "decoded",
    events.FaceRestored: "faces restored",
    events.ImageUpscaled: "upscaled",
    events.ImageArrived: "receiving",
}


class Sink(Protocol):
    """Somewhere to show what happens."""

    def show(self, event: StreamEvent) -> None:
        """Show one event."""

    def note(self, note: Note) -> None:
        """Show a note."""


def phase(event: StreamEvent) -> str | None:
    """Say in a few words what an event means, or None when it says nothing new."""
    if isinstance(event, events.Sampling | events.SecondPassSampling):
        of = f" of {event.steps}" if event.steps else ""
        second = "second pass, " if isinstance(event, events.SecondPassSampling) else ""
        return f"{second}step {event.step}{of}"
    if isinstance(event, events.RemoteDownload):
        done = event.bytes_received / event.bytes_expected if event.bytes_expected else 0
        return f"the server downloads file {event.item + 1} of {event.items_expected}, {done:.0%}"
    if isinstance(event, events.DownloadExpected):
        return f"receiving {event.total_bytes / 1e6:.1f} MB"
    return WORDS.get(type(event))


class Quiet:
    """Shows nothing."""

    def show(self, event: StreamEvent) -> None:
        """Ignore an event."""

    def note(self, note: Note) -> None:
        """Ignore a note."""


def tell(text: str) -> None:
    """Write a line on standard error; whoever read it may have gone, and the pictures matter more."""
    with suppress(OSError):
        click.echo(text, err=True)


class Lines:
    """Writes a plain line now and then, for pipes and logs."""

    def __init__(self) -> None:
        self._last = ""
        self._shown = -1.0

    def show(self, event: StreamEvent) -> None:
        """Write the phase, at most once for every tenth of the way."""
        text = phase(event)
        if text is None or text == self._last or event.progress - self._shown < 0.1:  # noqa: PLR2004 - a tenth
            return
        self._last, self._shown = text, event.progress
        tell(f"{event.progress:4.0%} {text}")

    def note(self, note: Note) -> None:
        """Write a note."""
        tell(f"{'Warning: ' if note.severity == 'warn' else ''}{note.text}")


class Bar:
    """A bar that is drawn again in place, for terminals."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self.console = Console(stderr=True, highlight=False)
        texts = (TextColumn("{task.percentage:>3.0f}%"), TextColumn("{task.description}"), TimeElapsedColumn())
        self.progress = Progress(SpinnerColumn(), BarColumn(), *texts, console=self.console, transient=True)
        self.task = self.progress.add_task("waiting for the server", total=1.0)

    def show(self, event: StreamEvent) -> None:
        """Move the bar."""
        text = phase(event)
        if text is None:
            self.progress.update(self.task, completed=event.progress)
        else:
            self.progress.update(self.task, completed=event.progress, description=text)

    def note(self, note: Note) -> None:
        """Write a note above the bar."""
        from rich.markup import escape

        style = "yellow" if note.severity == "warn" else "dim"
        warning = "Warning: " if note.severity == "warn" else ""
        self.console.print(f"[{style}]{warning}{escape(note.text)}[/{style}]")


@contextmanager
def sink(*, quiet: bool) -> Iterator[Sink]:
    """Yield what fits standard error."""
    if quiet:
        yield Quiet()
    elif sys.stderr.isatty():
        bar = Bar()
        with bar.progress:
            yield bar
    else:
        yield Lines()
