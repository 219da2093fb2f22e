"""Where a running job can be shown: an output of a notebook that changes in place, or lines of text."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

_shown: list[object] = []


class Place(Protocol):
    """Somewhere to show a line of status and a picture below it; each takes the place of the one before.

    The status is shown first, before any picture.
    """

    def status(self, text: str, html: str) -> None:
        """Show how the job stands.

        Args:
            text: As plain text.
            html: The same for a notebook.
        """

    def picture(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        """Show a picture, or whatever stands in its place.

        Args:
            data: The same thing in one or several kinds, by media type.
            metadata: What is to be known of each kind.
        """

    def result(self, result: object) -> None:
        """Show what came out, in the picture's place."""

    def close(self, text: str, html: str) -> None:
        """Show how the job ended; nothing else follows."""


class Output:
    """An output of the notebook's cell, changed in place by display handles.

    Args:
        shell: IPython's shell.
    """

    def __init__(self, shell: Any) -> None:  # noqa: ANN401 - IPython's types are not there without IPython
        self._shell = shell
        self._display = importlib.import_module("IPython.display").display
        self._status: Any = None
        self._picture: Any = None
        self._html = ""

    def status(self, text: str, html: str) -> None:
        """Show how the job stands."""
        if html == self._html:
            return
        self._html = html
        data = {"text/plain": text, "text/html": html}
        if self._status is not None:
            self._status.update(data, raw=True)
            return
        self._status = self._display(data, raw=True, display_id=True)
        # The picture's output comes right below, so that jobs that run at the same time do not mix theirs.
        self._picture = self._display({"text/html": "", "text/plain": ""}, raw=True, display_id=True)

    def picture(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        """Show a picture below the status."""
        self._picture.update(data, raw=True, metadata=metadata)

    def result(self, result: object) -> None:
        """Show what came out as a cell that ends with it would; such a cell need not show it again."""
        self._picture.update(result)
        _shown.append(result)
        self._shell.events.register("post_run_cell", _forget)

    def close(self, text: str, html: str) -> None:
        """Show how the job ended."""
        self.status(text, html)


class Text:
    """A line of text that changes in place on a terminal; anywhere else only the end is told.

    Args:
        stream: Where to; standard error, because standard output is for results.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._moves = stream.isatty()
        self._length = 0

    def status(self, text: str, html: str) -> None:  # noqa: ARG002 - a terminal shows no HTML
        """Show how the job stands."""
        if self._moves:
            self._write(f"\r{text.ljust(self._length)}")
            self._length = len(text)

    def picture(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        """Show nothing: this is text."""

    def result(self, result: object) -> None:
        """Show nothing: the end is told in words."""

    def close(self, text: str, html: str) -> None:
        """Show how the job ended."""
        self.status(text, html)
        self._write("\n" if self._moves else f"{text}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def place() -> Place:
    """Return where this program can show something: the notebook it runs in, or else standard error."""
    shell = notebook()
    return Text(sys.stderr) if shell is None else Output(shell)


def notebook() -> Any | None:  # noqa: ANN401 - IPython's types are not there without IPython
    """Return IPython's shell when this code runs in a notebook; IPython is not imported to find out."""
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    # A shell in a terminal has no kernel, and shows text only.
    return shell if getattr(shell, "kernel", None) is not None else None


def was_shown(result: object) -> bool:
    """Return whether the running cell shows a result already, so that its end need not show it once more."""
    return any(each is result for each in _shown)


def _forget(*_: object) -> None:
    _shown.clear()
    shell = notebook()
    if shell is not None:
        shell.events.unregister("post_run_cell", _forget)
