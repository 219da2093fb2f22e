"""What the servers have, as lists for agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings.apps.mcp.arguments import Kind
    from drawthings.catalogue.catalogue import Catalogue

MOST = 100
"""Entries in one answer; a longer list would fill a conversation."""
LISTS: Mapping[Kind, str] = {
    "model": "models",
    "lora": "loras",
    "control": "controls",
    "upscaler": "upscalers",
    "embedding": "embeddings",
}


def listing(catalogue: Catalogue, kind: Kind, query: str = "") -> dict[str, Any]:
    """Return the entries of one kind.

    Args:
        catalogue: What the servers have.
        kind: What to list.
        query: Words that name, file or family contain; all of them must be found.
    """
    words = query.casefold().split()
    entries = [entry for entry in getattr(catalogue, LISTS[kind]) if _has(entry, words)]
    found: dict[str, Any] = {"kind": kind, "count": len(entries), "entries": [_facts(each, kind) for each in entries]}
    if len(entries) > MOST:
        found["entries"] = found["entries"][:MOST]
        found["note"] = f"These are the first {MOST}; a query finds the others."
    if not catalogue.browsable:
        found["note"] = catalogue.note
    return found


def _has(entry: Any, words: list[str]) -> bool:  # noqa: ANN401 - an entry of any kind
    text = f"{entry.name} {entry.file} {entry.version}".casefold()
    return all(word in text for word in words)


def _facts(entry: Any, kind: Kind) -> dict[str, Any]:  # noqa: ANN401 - an entry of any kind
    """Return what helps to choose an entry."""
    told: dict[str, Any] = {"name": entry.name, "file": entry.file}
    if kind == "upscaler":
        return {**told, "factor": entry.scale_factor}
    told["family"] = entry.version
    if kind == "model":
        told |= {"makes": "clips" if entry.video else "pictures", "size": entry.native_px, "edits": entry.edits}
    elif kind == "lora":
        told["weight"] = entry.recommended_weight
    elif kind == "control":
        told["reads"] = entry.modifier
    else:
        told["keyword"] = entry.keyword
    return told
