"""What a file name tells about a model when the server does not say what it has.

The patterns stand in ``known.json``. A guess serves to choose settings and to warn; it is never sent to the server,
because an incomplete specification would switch features off there.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from drawthings.catalogue.entries import E, Entry, LoraEntry, ModelEntry, UpscalerEntry, stem_of
from drawthings.catalogue.record import EMPTY, Record

FALLBACK_VERSION = "v1"
"""What the server itself takes a model without specification for. Source: ``ModelZoo.versionForModel``."""

NAMES = 1024
"""So many names are remembered: a batch asks for the same few thousands of times."""


def guess_entry(kind: type[E], file: str, note: str = "") -> E:
    """Make an entry of nothing but a file name.

    Args:
        kind: What it is said to be, for example ``ModelEntry``.
        file: The file name.
        note: Why it has to be guessed.

    Returns:
        An entry with ``known`` false and an empty specification. A model always gets a version, that of Stable
        Diffusion 1 if nothing else fits; of other files it stays empty when the name tells nothing.
    """
    guess, version = _guess(kind, normal(file))
    return kind(file=file, name=stem_of(file), version=version, known=False, guess=guess, note=note)


def normal(file: str) -> str:
    """Return a file name as the patterns want it: lower case, without extension, underscores between words."""
    return re.sub(r"[\s\-]+", "_", stem_of(file).lower())


def _guess(kind: type[Entry], stem: str) -> tuple[Record, str]:
    version = _first("models", stem)
    if kind is ModelEntry:
        return version, version.text("version") or FALLBACK_VERSION
    if kind is LoraEntry:
        own = _first("loras", stem)
        return own, own.text("version") or version.text("version")
    if kind is UpscalerEntry:
        return _first("upscalers", stem), ""
    return EMPTY, version.text("version")


@lru_cache(NAMES)
def _first(table: str, stem: str) -> Record:
    """Return what the first fitting row of a table says, without its pattern."""
    # The patterns are compiled as they are tried: most names are found out long before the end of the table.
    row = next((row for row in _known()[table] if re.search(row["match"], stem)), None)
    return EMPTY if row is None else Record({key: fact for key, fact in row.items() if key != "match"})


@cache
def _known() -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = json.loads(
        Path(__file__).with_name("known.json").read_text(encoding="utf-8")
    )
    return tables
