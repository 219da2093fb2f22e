"""What the library decided or noticed on the way to a request, in words for the person who asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["note", "warn"]


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence about a request.

    Attributes:
        code: A short stable name, for programs.
        severity: ``note`` for a choice that was made, ``warn`` for something likely to disappoint.
        text: The sentence.
        field: The setting or argument to look at, by the name it has in a call; None where it is none in particular.
    """

    code: str
    severity: Severity
    text: str
    field: str | None = None

    def __str__(self) -> str:
        return self.text

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ANN401, FBT001 - IPython's printer and its terms
        """Show the sentence alone in IPython and in notebooks, in lists of notes, too."""
        del cycle
        printer.text(f"Warning: {self.text}" if self.severity == "warn" else self.text)
