"""From the name a person types to the entry that is meant, with "did you mean"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from drawthings.catalogue.entries import E, Entry, stem_of

CLOSE_ENOUGH = 0.5
FAR_BEHIND = 0.25
"""A name that is so much less alike than the best one is not worth mentioning."""
Spelling = Callable[[str], str]


def squeezed(name: str) -> str:
    """Return a name as it is compared when spelling does not matter: letters and digits only, lower case."""
    return "".join(character for character in stem_of(name.strip()).casefold() if character.isalnum())


def _as_written(name: str) -> str:
    return name


def _case_aside(name: str) -> str:
    return stem_of(name.strip()).casefold()


SPELLINGS: tuple[Spelling, ...] = (_as_written, _case_aside, squeezed)
"""How names are compared, strictest first."""


def find(entries: Sequence[E], name: str) -> tuple[E, ...]:
    """Find what a name means.

    A file name as written wins; then file and friendly names without regard to case and extension; then letters and
    digits alone, so that "Z Image Turbo 1.0" and ``z_image_turbo_1.0`` are the same.

    Args:
        entries: What there is.
        name: What was typed.

    Returns:
        All entries that fit in the strictest way in which any does: usually one, none if the name is unknown, several
        if it is ambiguous.
    """
    for spelling in SPELLINGS:
        wanted = spelling(name)
        found = tuple(entry for entry in entries if wanted and wanted in {spelling(entry.file), spelling(entry.name)})
        if found:
            return found
    return ()


def nearest(entries: Iterable[Entry], name: str, count: int = 3) -> tuple[str, ...]:
    """Find the files whose names come closest to one that is unknown.

    Args:
        entries: What there is.
        name: What was typed.
        count: How many to return at most.

    Returns:
        File names: first those that contain what was typed, then the most similar ones, best first.
    """
    return _closest({entry.file: (entry.file, entry.name) for entry in entries}, name, count)


def nearest_names(names: Iterable[str], name: str, count: int = 3) -> tuple[str, ...]:
    """Find the names that come closest to one that is unknown; like ``nearest``."""
    return _closest({candidate: (candidate,) for candidate in names}, name, count)


def _closest(candidates: Mapping[str, tuple[str, ...]], name: str, count: int) -> tuple[str, ...]:
    import difflib

    wanted = squeezed(name)
    scores: dict[str, float] = {}
    for candidate, spellings in candidates.items():
        keys = {squeezed(spelling) for spelling in spellings}
        likeness = max(difflib.SequenceMatcher(None, wanted, key).ratio() for key in keys)
        contained = bool(wanted) and any(wanted in key for key in keys)
        if contained or likeness >= CLOSE_ENOUGH:
            scores[candidate] = likeness + contained
    best = max(scores.values(), default=0.0)
    close = [candidate for candidate, score in scores.items() if score >= best - FAR_BEHIND]
    return tuple(sorted(close, key=lambda candidate: (-scores[candidate], candidate))[:count])
