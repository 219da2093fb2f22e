"""The models of a server as an HTML table, for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.catalogue.entries import ModelEntry

MOST_ROWS = 100

HEADS = ("Model", "File", "Family", "Makes", "Best size")


def table_of(catalogue: Catalogue) -> str:
    """Return the models as a table, and how many there are of everything else."""
    heads = "".join(f"<th>{head}</th>" for head in HEADS)
    rows = "".join(map(_row, catalogue.models[:MOST_ROWS]))
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""
    more = len(catalogue.models) - MOST_ROWS
    rest = f"<p>And {more} more models.</p>" if more > 0 else ""
    others = (
        (catalogue.loras, "LoRAs"),
        (catalogue.controls, "control nets"),
        (catalogue.upscalers, "upscalers"),
        (catalogue.embeddings, "embeddings"),
    )
    told = ", ".join(f"{len(entries)} {name}" for entries, name in others)
    note = f"<p>{escape(catalogue.note)}</p>" if catalogue.note else ""
    return f"{table}{rest}<p>{len(catalogue.models)} models, {told}.</p>{note}"


def _row(entry: ModelEntry) -> str:
    makes = (
        "clips" if entry.video else "edits" if entry.edit_only else "pictures and edits" if entry.edits else "pictures"
    )
    size = f"{entry.native_px}x{entry.native_px}"
    cells = (escape(entry.name), f"<code>{escape(entry.file)}</code>", escape(entry.version), makes, size)
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
