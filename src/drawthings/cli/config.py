"""``drawthings config``: the settings of pictures, the configuration file, and what the connection is made of."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import completion, table
from drawthings.cli.alias import option

if TYPE_CHECKING:
    from drawthings.request.field import Field

SECRET = "********"  # noqa: S105 - what is shown in its place
BY_ENVIRONMENT = "environment"
WIDTH, INDENT = 78, "  "


@click.group()
def config() -> None:
    """The settings of pictures, and where those of the connection come from."""


@config.command("path")
def path() -> None:
    """Print where the configuration file is, or would be.

    \b
    Example:
      $EDITOR "$(drawthings config path)"
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.profiles import config_file

    where = config_file()
    click.echo(where)
    if not where.exists():
        click.echo("It does not exist; everything has its default.", err=True)


@config.command("show")
@option("--profile", metavar="NAME", complete=completion.profiles, help="A profile of the configuration file.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(profile: str | None, *, as_json: bool) -> None:
    """Print every setting of the connection, and where it comes from; secrets are not shown.

    \b
    Examples:
      drawthings config show
      drawthings config show --profile studio --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    rows = origins(profile)
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max(len(row["name"]) for row in rows)
    shown = max(len(str(row["value"])) for row in rows)
    for row in rows:
        value = "-" if row["value"] is None else str(row["value"])
        click.echo(f"{row['name']:{width}}  {value:{shown}}  {row['source']}".rstrip())


@config.command("fields")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=completion.fields)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def fields(names: tuple[str, ...], *, as_json: bool) -> None:
    """List every setting of a picture that --set takes: what it may be, and what it is when nothing is said.

    With NAMES, all about these. For most models `drawthings recipes show` knows better values than the defaults.

    \b
    Examples:
      drawthings config fields
      drawthings config fields sampler shift
      drawthings generate "a red fox" --set shift=2.5 --set tiled_decoding=on
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.request.fields import BY_NAME, unknown_field

    chosen = [name.replace("-", "_") for name in names] or list(BY_NAME)
    unknown = next((name for name in chosen if name not in BY_NAME), None)
    if unknown is not None:
        raise unknown_field(unknown)
    facts = [_facts(BY_NAME[name]) for name in chosen]
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
    elif names:
        click.echo("\n\n".join(_described(each) for each in facts))
    else:
        rows = [(each["name"], _written(each["default"]), _short(each)) for each in facts]
        table.show([("NAME", "DEFAULT", "VALUES"), *rows])


def _facts(field: Field) -> dict[str, Any]:
    """Return everything about a setting."""
    default: Any = field.default
    labels = [choice.label for choice in field.choices] if field.choices else []
    return {
        "name": field.name,
        "type": field.kind.value,
        "default": getattr(default, "label", list(default) if isinstance(default, tuple) else default),
        "minimum": field.minimum,
        "maximum": field.maximum,
        "step": field.step if field.step > 1 else None,
        "unit": "px" if field.unit.value else None,
        "choices": labels or list(field.allowed),
        "range": field.range_text(),
        "json": field.json,
        "option": OPTIONS.get(field.name or ""),
        "doc": field.doc,
    }


OPTIONS = {
    **{name: f"--{name}" for name in ("model", "width", "height", "steps", "seed", "sampler", "strength")},
    "guidance_scale": "--cfg",
    "batch_size": "--batch",
    "batch_count": "-n",
    "loras": "--lora",
    "controls": "--control",
    "mask_blur": "--mask-blur",
    "mask_blur_outset": "--mask-outset",
    "num_frames": "--frames",
    "upscaler": "--upscaler",
    "upscaler_scale_factor": "--factor",
    "face_restoration": "--faces",
}
"""Settings that have an option of their own."""

FORMS = {
    "flag": "on or off",
    "text": "a text",
    "parts": "a JSON list",
    "integer": "a whole number",
    "number": "a number",
}


def _short(facts: dict[str, Any]) -> str:
    """Return what a setting may be, on one line."""
    text = facts["range"].replace(" or None for", " for") or FORMS.get(facts["type"], "")
    return f"{facts['unit']}, {text}" if facts["unit"] else text


def _described(facts: dict[str, Any]) -> str:
    own = f" ({facts['option']})" if facts["option"] else ""
    words = {
        "": facts["doc"],
        "values: ": _short(facts),
        "default:": _written(facts["default"]),
        "the app:": facts["json"] or "has no such setting",
    }
    lines = (click.wrap_text(f"{label} {text}".strip(), WIDTH, "  ", INDENT) for label, text in words.items())
    return "\n".join((f"{facts['name']}{own}", *lines))


def _written(value: object) -> str:
    from drawthings.request.values import plain

    if isinstance(value, bool):
        return "on" if value else "off"
    if value in (None, "", []):
        return "-"
    return plain(value) if isinstance(value, float) else str(value)


def origins(profile: str | None) -> list[dict[str, Any]]:
    """Return name, value and source of each setting.

    Raises:
        ConfigError: The file, a variable or the profile makes no sense.
    """
    from drawthings.profiles import environment_values, file_layers
    from drawthings.settings import Connection

    connection = Connection.from_environment(profile)
    layers = [*file_layers(profile), (BY_ENVIRONMENT, environment_values())]
    rows = []
    for name, value in _flat(connection).items():
        told = [(source, part[name]) for source, part in layers if name in part]
        source, said = told[-1] if told else ("default", None)
        if source == BY_ENVIRONMENT:
            source = f"environment, {_variable(name)}"
        if name == "secret" and value is not None:
            value = f"{SECRET} (from the file {said})" if isinstance(said, Path) else SECRET  # noqa: PLW2901 - shown instead
        rows.append({"name": name, "value": value, "source": source})
    return rows


def _variable(name: str) -> str:
    if name == "secret" and not os.environ.get("DRAWTHINGS_SECRET"):
        return "DRAWTHINGS_SECRET_FILE"
    return f"DRAWTHINGS_{name.upper()}"


def _flat(connection: Any) -> dict[str, Any]:  # noqa: ANN401 - a Connection, whose module is imported late
    """Return the settings under the names that the file uses."""
    from drawthings.settings import RETRY_KEYS, TIMEOUT_KEYS
    from drawthings.wire.known import KnownServers

    tls = connection.tls
    return {
        "server": connection.server,
        "model": connection.model,
        "secret": connection.secret,
        "tls": tls.mode,
        "tls_ca": None if tls.ca_file is None else str(tls.ca_file),
        "trust": tls.trust,
        "known_servers": str(KnownServers(tls.known_servers).path),
        **{key: getattr(connection.timeouts, name) for key, name in TIMEOUT_KEYS.items()},
        **{key: getattr(connection.retry, name) for key, name in RETRY_KEYS.items()},
    }
