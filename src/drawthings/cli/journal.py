"""What happens, as JSON: one object on a line of standard output for each event, for programs that watch."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli.outlet import settle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from drawthings.client.answers import StreamEvent
    from drawthings.request.note import Note
    from drawthings.wire.parcel import UploadStep

DIGITS = 4
WITHOUT_LINE = frozenset({"Finished", "Done"})
"""Events that tell nothing that the result does not."""


class Journal:
    """Writes events while something is done.

    A reader that goes away is no reason to lose a picture: what is told after that is told to nobody, and ``close``
    says why.

    Args:
        wanted: Whether to write anything at all.
    """

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._broken: OSError | None = None

    def write(self, entry: Mapping[str, Any]) -> None:
        """Write one line; ``type`` says what it is about."""
        if not self._wanted or self._broken is not None:
            return
        try:
            click.echo(json.dumps(entry, ensure_ascii=False))
        except OSError as error:
            self._broken = error

    def event(self, event: StreamEvent) -> None:
        """Write an event of a generation; of pictures only how many bytes they have."""
        kind = type(event).__name__
        if kind in WITHOUT_LINE:
            return
        facts: dict[str, Any] = {"type": snake_case(kind), "progress": round(event.progress, DIGITS)}
        for each in fields(event):
            value = getattr(event, each.name)
            if isinstance(value, bytes):
                facts["bytes"] = len(value)
            elif each.name not in facts and not each.name.startswith("_"):
                facts[each.name] = value
        self.write(facts)

    def note(self, note: Note) -> None:
        """Write what was decided or noticed."""
        self.write({"type": "note", "code": note.code, "severity": note.severity, "text": note.text})

    def upload(self, step: UploadStep) -> None:
        """Write how far an upload is."""
        facts = {"name": step.name, "stage": step.stage, "done_bytes": step.done_bytes, "total_bytes": step.total_bytes}
        self.write({"type": "upload", "progress": round(step.progress, DIGITS), **facts})

    def kept(self, path: Path) -> None:
        """Write where something is that had arrived before things went wrong."""
        self.write({"type": "kept", "file": str(path)})

    def result(self, facts: Mapping[str, Any]) -> None:
        """Write the outcome, which is the last line."""
        self.write({"type": "result", **facts})

    def close(self) -> int:
        """Return the exit code: 0, or what it means that not everything could be told."""
        return 0 if self._broken is None else settle(self._broken)


def snake_case(name: str) -> str:
    """Return the name of an event's class as its ``type``: ``second_pass_sampling``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
