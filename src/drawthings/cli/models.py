"""``drawthings models``, ``loras``, ``controls``, ``upscalers`` and ``embeddings``: what a server has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import completion, table
from drawthings.cli.alias import option
from drawthings.cli.options import CONNECTION, client, options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drawthings import Catalogue
    from drawthings.catalogue.entries import Entry

KINDS = ("models", "loras", "controls", "upscalers", "embeddings")
WORDS = {"controls": "control nets", "loras": "LoRAs"}

BROWSER_OFF = (
    "The server does not tell what it has. Start it with --model-browser, or in the app switch the model browser on; "
    "until then name files by their whole names."
)

AS_JSON = option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
FOR = option(
    "--for",
    "for_model",
    metavar="MODEL",
    complete=completion.names_of("models"),
    help="Only what has an effect on this model.",
)


@click.group()
def models() -> None:
    """The models of a server."""


@models.command("list")
@click.option("--loras", is_flag=True, help="Also list the LoRAs.")
@click.option("--controls", is_flag=True, help="Also list the control nets.")
@click.option("--upscalers", is_flag=True, help="Also list the upscalers.")
@click.option("--embeddings", is_flag=True, help="Also list the textual inversions.")
@options((AS_JSON,), CONNECTION)
def list_models(**given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """List the models of a server.

    \b
    Examples:
      drawthings models list
      drawthings models list --loras --server mac.local
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    found = _catalogue(given)
    if given["as_json"]:
        _print_json({kind: _all_facts(getattr(found, kind), kind) for kind in KINDS})
        return
    wanted = [kind for kind in KINDS if kind == "models" or given[kind]]
    for kind in wanted if found.browsable else ():
        entries = getattr(found, kind)
        click.echo(f"{kind} ({len(entries)})")
        _show(entries, kind)


@click.group()
def loras() -> None:
    """The LoRAs of a server."""


@loras.command("list")
@options((FOR, AS_JSON), CONNECTION)
def list_loras(**given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """List the LoRAs of a server; each works with models of its own family only.

    \b
    Examples:
      drawthings loras list
      drawthings loras list --for qwen_image_edit_2511_q6p.ckpt
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    _list("loras", given)


@click.group()
def controls() -> None:
    """The control nets and adapters of a server."""


@controls.command("list")
@options((FOR, AS_JSON), CONNECTION)
def list_controls(**given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """List the control nets and adapters of a server, and the hint that each one reads.

    \b
    Examples:
      drawthings controls list
      drawthings controls list --for juggernaut_xl_v9_q6p_q8p.ckpt --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    _list("controls", given)


@click.group()
def upscalers() -> None:
    """The upscalers of a server."""


@upscalers.command("list")
@options((AS_JSON,), CONNECTION)
def list_upscalers(**given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """List the upscalers of a server, and by how much each enlarges.

    \b
    Example:
      drawthings upscalers list
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    _list("upscalers", given)


@click.group()
def embeddings() -> None:
    """The textual inversions of a server."""


@embeddings.command("list")
@options((FOR, AS_JSON), CONNECTION)
def list_embeddings(**given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """List the textual inversions of a server, and the word in the prompt that stands for each.

    \b
    Example:
      drawthings embeddings list --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    _list("embeddings", given)


def _catalogue(given: Mapping[str, Any]) -> Catalogue:
    """Return what the server has; what cannot be read, or is not told, is noted."""
    with client(given) as connected:
        found = connected.models()
    for problem in found.problems:
        click.echo(f"Note: {problem}", err=True)
    if not found.browsable:
        click.echo(BROWSER_OFF, err=True)
    return found


def _list(kind: str, given: Mapping[str, Any]) -> None:
    """Print one kind of file."""
    found = _catalogue(given)
    entries: Sequence[Entry] = getattr(found, kind)
    if given.get("for_model"):
        model = found.model(given["for_model"])
        entries = found.loras_for(model) if kind == "loras" else _of_family(entries, model.version)
        if not entries and found.browsable:
            click.echo(f"None of the {WORDS.get(kind, kind)} is for {model.file} ({model.version}).", err=True)
    if given["as_json"]:
        _print_json(_all_facts(entries, kind))
    elif found.browsable:
        _show(entries, kind)


def _of_family(entries: Sequence[Entry], family: str) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.version in {"", family})


def _print_json(facts: object) -> None:
    click.echo(json.dumps(facts, indent=2, ensure_ascii=False))


def _all_facts(entries: Sequence[Entry], kind: str) -> list[dict[str, Any]]:
    return [_facts(entry, kind) for entry in entries]


def _facts(entry: Any, kind: str) -> dict[str, Any]:  # noqa: ANN401 - each kind has facts of its own
    """Return what is worth telling about an entry of a kind."""
    facts: dict[str, Any] = {"file": entry.file}
    if kind == "upscalers":
        facts["scale"] = entry.scale_factor
    else:
        facts["family"] = entry.version
    if kind == "models":
        facts |= {"size": entry.native_px, "modifier": entry.modifier or ""}
    if kind == "loras":
        facts["weight"] = entry.recommended_weight
    if kind == "controls":
        facts |= {"reads": entry.modifier, "type": entry.control_type}
    if kind == "embeddings":
        facts["keyword"] = entry.keyword
    return {**facts, "name": entry.name}


def _show(entries: Sequence[Entry], kind: str) -> None:
    """Print entries in columns, the friendly name last, where it may be cut."""
    rows = _all_facts(entries, kind)
    if rows:
        cells = [["" if value is None else str(value) for value in row.values()] for row in rows]
        table.show([[head.upper() for head in rows[0]], *cells])
