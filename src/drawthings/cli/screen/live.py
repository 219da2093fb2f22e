"""Draws a running job on the terminal, again and again, without ever holding it up.

Events only leave a note of themselves. A thread of its own looks a few times a second what there is to show: it
decodes no preview but the latest, and writes to the terminal however slow that is.
"""

from __future__ import annotations

import re
import textwrap
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from drawthings.cli.screen.drawn import Drawn
from drawthings.cli.screen.line import Line
from drawthings.cli.screen.text import cells
from drawthings.client.account import Account
from drawthings.errors import TensorError
from drawthings.stream.events import ImageArrived, Preview

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from drawthings.cli.screen.drawing import Drawing
    from drawthings.cli.screen.terminal import Size, Terminal
    from drawthings.client.answers import StreamEvent
    from drawthings.client.result import Picture
    from drawthings.request.note import Note
    from drawthings.request.plan import Plan
    from drawthings.wire.parcel import UploadStep

LINE_S = 0.1
"""Seconds between two looks at the line."""

PICTURE_S = 0.25
"""Seconds between two pictures at least."""

PAUSE = 5
"""How many times as long as a picture took to draw the next one waits."""

SMALLEST_ROWS = 12
"""A terminal with fewer rows shows the line only."""

PREVIEW_ROWS, PICTURE_ROWS = 16, 24
SHEET_MOST, SHEET_PX = 16, 1024
"""How many pictures are shown side by side at most, and how many pixels of each: no terminal shows more."""

STYLE = re.compile(r"\x1b\[[0-9;]*m")
BOLD, DIM = "\x1b[1m", "\x1b[2m"


class Live(Drawn):
    """Shows a job on a terminal.

    Args:
        stream: The terminal.
        terminal: What it can do.
        server: The address of the server, to be shown.
        clock: Tells the time in seconds.
        size: Tells how large the terminal is.
    """

    def __init__(
        self,
        stream: TextIO,
        terminal: Terminal,
        server: str = "",
        *,
        clock: Callable[[], float] = time.monotonic,
        size: Callable[[], Size] | None = None,
    ) -> None:
        super().__init__(stream, terminal, name="drawthings-screen", every_s=LINE_S, size=size)
        self._clock = clock
        self._line = Line(server, unicode=terminal.unicode, styled=terminal.styled)
        self._account = Account(clock())
        # What is known is behind a lock of its own, which is never held for long.
        self._known = threading.Lock()
        self._pending: Preview | ImageArrived | None = None
        self._poster: bytes | None = None
        self._next_picture_s = clock()
        self._turn = 0

    # ------------------------------------------------------------------------------------------ what a job tells

    def expect(self, plan: Plan) -> None:
        """Note what is going to be made."""
        with self._known:
            self._account.expect(plan, self._clock())

    def show(self, event: StreamEvent) -> None:
        """Note an event; it is on the screen soon."""
        with self._known:
            self._account.take(event, self._clock())
            if isinstance(event, Preview):
                self._pending = event
            elif isinstance(event, ImageArrived):
                if self._account.film and self._poster is None:
                    self._poster = event.blob
                # What is complete is shown by ``finish``, once.
                self._pending = None if self._account.complete else event

    def upload(self, step: UploadStep) -> None:
        """Note how far an upload is."""
        with self._known:
            self._account.take_upload(step, self._clock())

    def doing(self, words: str) -> None:
        """Note what happens now, where no event tells it."""
        with self._known:
            self._account.do(words)

    def note(self, note: Note) -> None:
        """Write a note above the line."""
        text = f"Warning: {note.text}" if note.severity == "warn" else note.text
        style = BOLD if note.severity == "warn" else DIM
        # Broken at words, and not where the terminal happens to end.
        lines = textwrap.wrap(text, max(2, self._size().columns) - 1, break_long_words=False, break_on_hyphens=False)
        self._above("\n".join(lines), style if self._terminal.styled else "")

    def finish(self, pictures: Sequence[Picture] = ()) -> None:
        """Leave the result standing: the pictures, or for a clip its first frame."""
        self.close()
        # The result is on disk, or told as broken, by now; a sight of it is a courtesy.
        with suppress(TensorError):
            drawing = self._final(pictures)
            if drawing is not None:
                self._write(self._region.leave(drawing))

    # ------------------------------------------------------------------------------------------ the screen's life

    def start(self) -> None:
        """Begin to draw."""
        self.tick()
        super().start()

    def tick(self) -> None:
        """Bring the screen up to date."""
        now_s, size = self._clock(), self._size()
        drawing = self._preview(now_s, size)
        with self._known:
            if self._cancelling:
                self._account.do("cancelling; Ctrl-C again stops at once")
            status = self._account.status(now_s)
        self._turn += 1
        line = self._line.compose(status, size.columns, self._turn)
        with self._screen:
            if self._resting:
                return
            text = self._region.show(line, _cells_of(line), size.columns)
            if drawing is not None:
                text += self._region.place(drawing)
            self._write(text)

    # ------------------------------------------------------------------------------------------ how it is done

    def _preview(self, now_s: float, size: Size) -> Drawing | None:
        """Return the latest picture there is, unless there was one just now."""
        if self._terminal.pictures == "off" or size.rows < SMALLEST_ROWS or now_s < self._next_picture_s:
            return None
        with self._known:
            event, self._pending = self._pending, None
        pixels = None if event is None else _pixels(event)
        if pixels is None:
            return None
        drawing = self._drawing(pixels, size, min(PREVIEW_ROWS, size.rows // 2))
        # Large pictures on a busy machine come less often, so that most of the time is left to the job.
        self._next_picture_s = now_s + max(PICTURE_S, PAUSE * (self._clock() - now_s))
        return drawing

    def _final(self, pictures: Sequence[Picture]) -> Drawing | None:
        from drawthings.cli.screen.raster import opaque, side_by_side, within
        from drawthings.tensor.pixels import blob_to_pixels

        size = self._size()
        if self._terminal.pictures == "off" or size.rows < SMALLEST_ROWS:
            return None
        if pictures:
            width, height = size.cell_px
            ratio = size.columns * width / (size.rows * height)
            small = [within(opaque(picture.pixels), SHEET_PX, SHEET_PX) for picture in pictures[:SHEET_MOST]]
            sheet = side_by_side(small, ratio)
        elif self._poster is not None:
            sheet = opaque(blob_to_pixels(self._poster))
        else:
            return None
        return self._drawing(sheet, size, min(PICTURE_ROWS, size.rows * 3 // 4))

    def _drawing(self, pixels: NDArray[np.uint8], size: Size, rows: int) -> Drawing:
        from drawthings.cli.screen.drawing import draw

        self._number += 1
        return draw(pixels, self._terminal, size, rows=rows, number=self._number)


def _pixels(event: Preview | ImageArrived) -> NDArray[np.uint8] | None:
    """Decode what is to be shown; what cannot be read is not shown, and told by whoever needs it."""
    from drawthings.cli.screen.raster import opaque
    from drawthings.tensor.pixels import blob_to_pixels

    if isinstance(event, Preview):
        return event.pixels()
    with suppress(TensorError):
        return opaque(blob_to_pixels(event.blob))
    return None


def _cells_of(line: str) -> int:
    """Count the cells of a line without its colours."""
    return cells(STYLE.sub("", line))
