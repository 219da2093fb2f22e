"""The rows at the bottom of the screen that are ours: a picture, and the line of the job below it.

Everything here returns text; who writes it is ``live.py``. In between the cursor stands at the begin of the line, so
that the ``^C`` which terminals show for Ctrl-C breaks nothing, and nothing else may be written. Each change is one
piece of text, and what stays is not drawn again, so that nothing flickers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drawthings.cli.screen.drawing import Drawing

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
"""Between the two, terminals that know them collect what comes and show it at once; others pass over them."""

CLEAR_LINE, CLEAR_BELOW = "\x1b[K", "\x1b[J"


class Region:
    """Knows what of ours is on the screen, and says how to change it."""

    def __init__(self) -> None:
        self._line: str | None = None
        self._cells = 0
        self._picture: Drawing | None = None

    def show(self, line: str, cells: int, columns: int) -> str:
        """Return what shows another line below the same picture.

        Args:
            line: The line.
            cells: How many cells it takes.
            columns: How wide the terminal is now.
        """
        if self._line is None:
            return HIDE + self._begun(line, cells)
        if self._wraps(columns):
            # The terminal has become narrower, and broke our rows into more than we wrote; a picture that no longer
            # fits is left to the next one.
            picture = self._picture
            text = self.erase(columns)
            if picture is not None and picture.columns < columns:
                text += self.place(picture)
            return text + self._begun(line, cells)
        if line == self._line:
            return ""
        return "\r" + self._begun(line, cells)

    def place(self, picture: Drawing) -> str:
        """Return what shows another picture in place of the one before, and the same line below it."""
        before, line = self._picture, self._line
        self._picture = picture
        if line is None:
            # Nothing is there yet; what follows is the first line.
            return _rows(picture)
        if before is not None and before.rows == picture.rows and before.columns == picture.columns:
            up = f"\r\x1b[{before.rows}A"
            return f"{BEGIN}{up}{picture.text}{before.removal}\x1b[{before.rows}B{self._begun(line, self._cells)}{END}"
        removal, up = (before.removal, f"\x1b[{before.rows}A") if before is not None else ("", "")
        return f"{BEGIN}{removal}\r{up}{CLEAR_BELOW}{_rows(picture)}{self._begun(line, self._cells)}{END}"

    def erase(self, columns: int) -> str:
        """Return what takes everything of ours off the screen; the cursor is where it began.

        Args:
            columns: How wide the terminal is now; rows of a picture that became too long for it were broken.
        """
        if self._line is None:
            return ""
        removal, up = "", 0
        if self._picture is not None:
            up = self._picture.rows * max(1, -(-self._picture.columns // columns))
            removal = self._picture.removal
        self._line, self._picture = None, None
        return f"{removal}\r{_up(up)}{CLEAR_BELOW}"

    def above(self, text: str, columns: int) -> str:
        """Return what writes text above all of ours, which moves down.

        Args:
            text: Whole lines.
            columns: How wide the terminal is now.
        """
        line, cells, picture = self._line, self._cells, self._picture
        if line is None:
            return text
        erased = self.erase(columns)
        placed = self.place(picture) if picture is not None else ""
        return f"{BEGIN}{erased}{text}{placed}{self._begun(line, cells)}{END}"

    def leave(self, picture: Drawing) -> str:
        """Return what leaves a picture standing, with the cursor below it; nothing else of ours is there any more."""
        return _rows(picture)

    def _wraps(self, columns: int) -> bool:
        return max(self._cells, 0 if self._picture is None else self._picture.columns) >= columns

    def _begun(self, line: str, cells: int) -> str:
        self._line, self._cells = line, cells
        return f"{line}{CLEAR_LINE}\r"


def _rows(picture: Drawing) -> str:
    """Make room for a picture first, because the screen may scroll for it, and draw it there."""
    return "\r\n" * picture.rows + f"\x1b[{picture.rows}A{picture.text}\x1b[{picture.rows}B"


def _up(rows: int) -> str:
    return f"\x1b[{rows}A" if rows else ""
