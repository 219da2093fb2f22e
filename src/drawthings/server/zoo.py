"""What the server knows of files: its own list, the files beside the models, and what a request brings along."""

from __future__ import annotations

import difflib
import importlib.resources
import json
import logging
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from drawthings._generated import imageService_pb2 as pb
from drawthings.catalogue.entries import (
    ControlEntry,
    EmbeddingEntry,
    Entry,
    LoraEntry,
    ModelEntry,
    UpscalerEntry,
    entry_from,
)
from drawthings.catalogue.specification import flaw_of
from drawthings.errors import BadValue
from drawthings.server.store import CUSTOM_FILES, Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_log = logging.getLogger("drawthings.server")

KINDS: Mapping[str, type[Entry]] = {
    kind.wire_key: kind for kind in (ModelEntry, LoraEntry, ControlEntry, EmbeddingEntry, UpscalerEntry)
}
"""The five lists, by their name on the wire."""

DEFAULT_MODEL = "ltx_2.3_22b_distilled_1.1_q8p.ckpt"
"""What the official server takes when the model of a request is missing. Source: `ModelZoo.defaultSpecification`."""

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class Zoo:
    """Entries by file name, in five lists.

    Attributes:
        entries: For each list, file name to entry, in the order in which ``Echo`` shows them.
    """

    entries: Mapping[str, Mapping[str, Entry]] = field(repr=False)

    def model(self, file: str) -> ModelEntry | None:
        """Find a model's entry."""
        return self._find(ModelEntry, file)

    def lora(self, file: str) -> LoraEntry | None:
        """Find a LoRA's entry."""
        return self._find(LoraEntry, file)

    def control(self, file: str) -> ControlEntry | None:
        """Find a control net's entry."""
        return self._find(ControlEntry, file)

    def upscaler(self, file: str) -> UpscalerEntry | None:
        """Find an upscaler's entry."""
        return self._find(UpscalerEntry, file)

    def with_more(self, more: Mapping[str, Iterable[Entry]]) -> Zoo:
        """Return a zoo in which further entries take the place of those of the same file."""
        return Zoo({kind: {**self.entries[kind], **{entry.file: entry for entry in more[kind]}} for kind in KINDS})

    def installed(self, store: Store) -> pb.MetadataOverride:
        """Return the lists of everything whose files are all there, as ``Echo`` sends them."""
        lists = {}
        for kind, entries in self.entries.items():
            whole = [entry for entry in entries.values() if all(map(store.has, entry.required_files))]
            lists[kind] = json.dumps([entry.spec for entry in whole], default=dict, ensure_ascii=False).encode()
        return pb.MetadataOverride(**lists)

    def _find(self, kind: type[E], file: str) -> E | None:
        entry = self.entries[kind.wire_key].get(file)
        return entry if isinstance(entry, kind) else None


@cache
def _built_in() -> tuple[Zoo, tuple[str, ...]]:
    raw: dict[str, Any] = json.loads(importlib.resources.files(__package__).joinpath("zoo.json").read_text("utf-8"))
    zoo = Zoo({kind: {item["file"]: entry_from(KINDS[kind], item) for item in raw[kind]} for kind in KINDS})
    return zoo, tuple(raw["extras"])


def built_in_zoo() -> Zoo:
    """Return the built-in list: at least one model of every family, under the names the app uses."""
    return _built_in()[0]


def built_in_files() -> tuple[str, ...]:
    """Return the names of all files that the built-in list needs, and of a few extra ones."""
    zoo, extras = _built_in()
    entries = [entry for entries in zoo.entries.values() for entry in entries.values()]
    return tuple(dict.fromkeys([name for entry in entries for name in entry.required_files] + list(extras)))


def chosen_files(names: Iterable[str]) -> tuple[str, ...]:
    """Return the files that a part of the built-in list needs.

    Args:
        names: File names of entries, or versions of families, which stand for everything made for them.

    Raises:
        BadValue: The list has nothing of that name; the error carries the nearest ones.
    """
    known: dict[str, list[Entry]] = {}
    for entries in built_in_zoo().entries.values():
        for entry in entries.values():
            for name in {entry.file, getattr(entry, "version", "")} - {""}:
                known.setdefault(name, []).append(entry)
    files: list[str] = []
    for name in names:
        found = known.get(name, [])
        if not found:
            near = tuple(difflib.get_close_matches(name, known, n=3))
            raise BadValue(
                f"The built-in list has nothing called {name!r}.",
                hint=f"Did you mean {near[0]}?" if near else "Name a file of it, or a family by its version: flux1.",
                field="catalogue",
                value=name,
                suggestions=near,
            )
        files += [file for entry in found for file in entry.required_files]
    return tuple(dict.fromkeys(files))


def zoo_of(store: Store) -> Zoo:
    """Return the built-in list with what the files beside the models add to it or change.

    Source:
        ``builtinModelsAndAvailableSpecifications`` of the zoos; the files are read at start, bad elements left out.
    """
    more: dict[str, list[Entry]] = {}
    for kind, name in CUSTOM_FILES.items():
        more[kind], flaws = read_list(kind, store.custom(name))
        for flaw in flaws:
            _log.warning("%s: %s", name, flaw)
    return built_in_zoo().with_more(more)


def read_list(kind: str, raw: bytes) -> tuple[list[Entry], list[str]]:
    """Read a JSON array of specifications as the official server does.

    Args:
        kind: The list, by its name on the wire.
        raw: UTF-8 JSON, or nothing.

    Returns:
        The entries that decode, the first of each file, and a sentence about each element that does not.
    """
    if not raw:
        return [], []
    try:
        items = json.loads(raw)
    except (ValueError, RecursionError):
        return [], [f"The list of {kind} is no JSON."]
    if not isinstance(items, list):
        return [], [f"The list of {kind} is no JSON array."]
    entries: dict[str, Entry] = {}
    flaws = []
    for number, item in enumerate(items, start=1):
        flaw = flaw_of(kind, item)
        if not flaw:
            try:
                entry = entry_from(KINDS[kind], item)
            except ValueError as error:
                flaw = f"cannot be read: {error}"
            else:
                entries.setdefault(entry.file, entry)
        if flaw:
            flaws.append(f"Element {number} of the list of {kind} {flaw}.")
    return list(entries.values()), flaws
