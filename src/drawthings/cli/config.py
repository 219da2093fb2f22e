"""``drawthings config``: where the configuration file is, and where each setting of the connection comes from."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

SECRET = "********"  # noqa: S105 - what is shown in its place
BY_ENVIRONMENT = "environment"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def config() -> None:
    """Where the settings of the connection come from."""


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
@click.option("--profile", metavar="NAME", help="A profile of the configuration file.")
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
