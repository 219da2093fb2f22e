"""What the library decided or noticed on the way to a request, in words for the person who asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["note", "warn"]


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence about a request.

    Attributes:
        code: A short stable name, for programs.
        severity: ``note`` for a choice that was made, ``warn`` for something likely to disappoint.
        text: The sentence.
    """

    code: str
    severity: Severity
    text: str

    def __str__(self) -> str:
        return self.text
