"""``drawthings models``: what a server has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli.options import CONNECTION, client, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings import Catalogue

KINDS = ("models", "loras", "controls", "upscalers", "embeddings")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def models() -> None:
    """What a server has."""


@models.command("list")
@click.option("--loras", is_flag=True, help="Also list the LoRAs.")
@click.option("--controls", is_flag=True, help="Also list the control nets.")
@click.option("--upscalers", is_flag=True, help="Also list the upscalers.")
@click.option("--embeddings", is_flag=True, help="Also list the textual inversions.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@options(CONNECTION)
def list_models(**given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """List the models of a server.

    \b
    Examples:
      drawthings models list
      drawthings models list --loras --server mac.local
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    with client(given) as connected:
        found = connected.models()
    for problem in found.problems:
        click.echo(f"Note: {problem}", err=True)
    if given["as_json"]:
        click.echo(json.dumps({kind: _facts(found, kind) for kind in KINDS}, indent=2, ensure_ascii=False))
        return
    if not found.browsable:
        click.echo(
            "The server does not tell what it has. Start it with --model-browser, or in the app switch the model "
            "browser on; until then name models by their file names.",
            err=True,
        )
        return
    for kind in KINDS:
        if kind == "models" or given[kind]:
            _table(kind, _facts(found, kind))


def _facts(catalogue: Catalogue, kind: str) -> list[dict[str, Any]]:
    """Return what is worth telling about each entry of a kind."""
    rows = []
    for entry in getattr(catalogue, kind):
        row = {"file": entry.file, "name": entry.name}
        if kind == "upscalers":
            row["scale"] = entry.scale_factor
        else:
            row["family"] = entry.version
        if kind == "models":
            row |= {"size": entry.native_px, "modifier": entry.modifier or ""}
        if kind == "embeddings":
            row["keyword"] = entry.keyword
        rows.append(row)
    return rows


def _table(kind: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print rows in columns as wide as they need to be."""
    click.echo(f"{kind} ({len(rows)})")
    if not rows:
        return
    heads = list(rows[0])
    widths = [max(len(head), *(len(str(row[head])) for row in rows)) for head in heads]
    for cells in (dict(zip(heads, (head.upper() for head in heads), strict=True)), *rows):
        line = "  ".join(str(cells[head]).ljust(width) for head, width in zip(heads, widths, strict=True))
        click.echo(f"  {line.rstrip()}")
