"""The line of a running job: as much of it as the terminal is wide, and never wider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.cli.screen.text import cells, padded, printable, shortened
from drawthings.client.pace import duration, elapsed

if TYPE_CHECKING:
    from drawthings.client.account import Status

WHEEL = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
PLAIN_WHEEL = "|/-\\"
DONE, HALF, REST = "━", "╸", "─"
PLAIN_DONE, PLAIN_REST = "#", "."

LONGEST = 110
"""Cells that a line takes at most: on a wide terminal its ends stay within one look."""

BAR_LEAST = 6
SERVER_FROM = 60
"""From so many columns on there is room for the name of the server."""

SERVER_MOST = 40
WORDS_LEAST = 8
WORDS_USUAL = 20
"""Cells that the words get at least, so that the bar does not jump when the step gets a second digit."""

TAIL_USUAL = 18
"""Cells that share and time get at least."""

GREEN, DIM, RESET = "\x1b[32m", "\x1b[2m", "\x1b[0m"


class Line:
    """Puts the status of a job into one line.

    Args:
        server: The address of the server; may be empty.
        unicode: Whether the terminal shows more than ASCII.
        styled: Whether it may be coloured.
    """

    def __init__(self, server: str = "", *, unicode: bool = True, styled: bool = True) -> None:
        self._unicode = unicode
        self._styled = styled
        self._server = self._ascii(printable(server))

    def compose(self, status: Status, columns: int, turn: int) -> str:
        """Return the line.

        The last column stays free, because a cursor behind it would go to the next row on some terminals.

        Args:
            status: How the job stands.
            columns: How wide the terminal is.
            turn: Which position the turning wheel has; any number.

        Returns:
            The line, with colours when it is styled and without a line break; it takes at most ``columns - 1`` cells.
        """
        room = max(1, columns - 1)
        wheel = WHEEL if self._unicode else PLAIN_WHEEL
        words = f"{wheel[turn % len(wheel)]} {self._ascii(printable(status.words))}"
        time = f"{duration(status.left_s)} left" if status.left_s is not None else elapsed(status.elapsed_s)
        tail = f"{int(100 * status.share):3}%  {time}"
        server = self._server_part(columns)
        wide = padded(words, WORDS_USUAL) if columns >= SERVER_FROM else words
        bar = self._bar_width(wide, tail, server, room)
        if not bar:
            return self._tight(words, tail, room)
        # The time gets a fixed place, so that the server's name stands still.
        after = padded(tail, TAIL_USUAL) if server else tail
        return f"{wide} {self._bar(status.share, bar)} {after}{self._style(DIM, server)}"

    def _server_part(self, columns: int) -> str:
        if not self._server or columns < SERVER_FROM:
            return ""
        return "  " + shortened(self._server, min(SERVER_MOST, columns // 4), ellipsis=self._ellipsis)

    def _bar_width(self, words: str, tail: str, server: str, room: int) -> int:
        after = max(TAIL_USUAL, cells(tail)) if server else cells(tail)
        taken = cells(words) + 2 + after + cells(server)
        width = min(room, LONGEST) - taken
        return width if width >= BAR_LEAST else 0

    def _tight(self, words: str, tail: str, room: int) -> str:
        """Return the line without a bar; the words give way to the numbers until nothing would be left of them."""
        left = room - cells(tail) - 1
        if left >= WORDS_LEAST:
            return f"{shortened(words, left, ellipsis=self._ellipsis)} {tail}"
        return shortened(words, room, ellipsis=self._ellipsis)

    def _bar(self, share: float, width: int) -> str:
        done = share * width
        whole = int(done)
        if not self._unicode:
            return PLAIN_DONE * whole + PLAIN_REST * (width - whole)
        head = DONE * whole
        if whole < width and done - whole >= 0.5:  # noqa: PLR2004 - half a cell
            head += HALF
        return self._style(GREEN, head) + self._style(DIM, REST * (width - len(head)))

    def _style(self, style: str, text: str) -> str:
        return f"{style}{text}{RESET}" if self._styled and text else text

    def _ascii(self, words: str) -> str:
        return words if self._unicode else words.encode("ascii", "replace").decode()

    @property
    def _ellipsis(self) -> str:
        return "…" if self._unicode else "..."
