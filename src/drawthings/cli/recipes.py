"""``drawthings recipes``: what settings are recommended, for what, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import completion, table
from drawthings.cli.options import CONNECTION, client, options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings.request.recipes import Recipe, RecipeRow

COLUMNS = {"steps": "steps", "guidance": "guidance_scale", "sampler": "sampler", "shift": "shift"}
AUTOMATIC = "automatic"
ENDINGS = (".ckpt", ".safetensors")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def recipes() -> None:
    """Recommended settings for every model family and variant."""


@recipes.command("list")
@click.option(
    "--family",
    metavar="NAME",
    shell_complete=completion.families,
    help="Only those for one model family, for example qwen_image.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def list_recipes(*, family: str | None, as_json: bool) -> None:
    """List the recommended settings in the order in which they are searched.

    The first one whose conditions hold counts; what you set yourself always wins over it.

    \b
    Examples:
      drawthings recipes list
      drawthings recipes list --family qwen_image --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.request.recipes import recipe_rows

    if family is not None:
        _check_family(family)
    rows = [row for row in recipe_rows() if family is None or not row.versions or family in row.versions]
    if as_json:
        click.echo(json.dumps([_facts(row) for row in rows], indent=2, ensure_ascii=False))
        return
    table.show([("NAME", "FAMILIES", *(head.upper() for head in COLUMNS), "WHY"), *(_cells(row) for row in rows)])


def _check_family(name: str) -> None:
    """Refuse a family that nobody knows; what is for all of them would be listed for it."""
    from drawthings.catalogue.families import FAMILIES
    from drawthings.errors import UnknownChoice
    from drawthings.profiles import nearest

    if name not in FAMILIES:
        near = nearest(name, FAMILIES)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(FAMILIES)}."
        raise UnknownChoice(f"There is no model family {name!r}.", hint=hint, value=name, suggestions=near)


@recipes.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@options(CONNECTION)
def show(name: str, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """Show the recommended settings called NAME, or those for the family or the model NAME.

    With --server the model may have any of its names there; without, its file name tells the family.

    \b
    Examples:
      drawthings recipes show qwen-image-lightning
      drawthings recipes show qwen_image
      drawthings recipes show z_image_turbo_1.0_q6p.ckpt
      drawthings recipes show "FLUX.1 [schnell]" --server mac.local
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    facts = _recipe_facts(name, given) if given["server"] or name.lower().endswith(ENDINGS) else _row_facts(name)
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    for label, value in facts.items():
        if label == "settings":
            click.echo("settings:")
            for setting, wanted in value.items():
                click.echo(f"  {setting} = {_written(wanted)}")
        elif value:
            text = ", ".join(map(str, value)) if isinstance(value, list) else value
            click.echo(f"{label.replace('_', ' ') + ':':14}{text}")


def _row_facts(name: str) -> dict[str, Any]:
    """Return a row by its name, or what an ordinary model of a family gets; dashes and underscores are the same."""
    from drawthings.catalogue.entries import ModelEntry
    from drawthings.catalogue.guess import guess_entry
    from drawthings.request.recipes import recipe_for, recipe_named, recipe_rows

    rows = recipe_rows()
    folded = name.lower().replace("_", "-")
    for row in rows:
        if folded == row.name:
            return _facts(row)
    for family in sorted({family for row in rows for family in row.versions}):
        if folded == family.replace("_", "-"):
            # An ordinary model of the family is what a file of that name would be taken for.
            guessed = guess_entry(ModelEntry, f"{family}.ckpt")
            entry = guessed if guessed.version == family else ModelEntry(family, family, family)
            return _recommended(recipe_for(entry), {"family": family})
    return _facts(recipe_named(name))


def _recipe_facts(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is recommended for a model; nothing is asked of a server unless one is named."""
    from drawthings.catalogue.entries import ModelEntry
    from drawthings.catalogue.guess import guess_entry
    from drawthings.request.recipes import recipe_for

    if given["server"]:
        with client(given) as connected:
            entry = connected.models().model(name)
    else:
        entry = guess_entry(ModelEntry, name)
    known = "described by the server" if entry.known else "guessed from the file name"
    return _recommended(recipe_for(entry), {"model": entry.file, "family": entry.version, "known": known})


def _recommended(recipe: Recipe, about: Mapping[str, str]) -> dict[str, Any]:
    return {
        **about,
        "recipe": recipe.name,
        "size": f"{recipe.native_px}x{recipe.native_px}",
        "settings": dict(recipe.settings),
        "refiner": recipe.refiner_model or "",
        "why": recipe.why,
        "sources": list(recipe.sources),
    }


def _facts(row: RecipeRow) -> dict[str, Any]:
    conditions = {
        "modifiers": sorted(row.modifiers),
        "model_names": row.model.pattern if row.model else "",
        "lora_names": row.lora.pattern if row.lora else "",
        "consistency": row.consistency,
        "guidance_embed": row.guidance_embed,
    }
    return {
        "name": row.name,
        "families": sorted(row.versions),
        **{name: value for name, value in conditions.items() if value not in ("", [], None)},
        "settings": dict(row.settings),
        "why": row.why,
        "sources": list(row.sources),
    }


def _cells(row: RecipeRow) -> tuple[str, ...]:
    values = {head: _written(row.settings.get(setting, "")) for head, setting in COLUMNS.items()}
    if row.settings.get("resolution_dependent_shift") is True:
        values["shift"] = AUTOMATIC
    families = sorted(row.versions)
    shown = ", ".join(families[:2]) + (f", +{len(families) - 2}" if len(families) > 2 else "")  # noqa: PLR2004 - as said
    return (row.name, shown or "all", *values.values(), row.why)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)
