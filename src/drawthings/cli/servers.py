"""``drawthings servers``: the servers in the local network, and those that have a profile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings.profiles import Profile
    from drawthings.wire.sightings import Found

TLS = {True: "TLS", False: "plaintext", None: "unknown"}


def _checked(_ctx: click.Context, _param: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no address of an interface."""
    from ipaddress import IPv4Address

    for text in texts:
        try:
            IPv4Address(text)
        except ValueError as error:
            raise click.BadParameter(f"{text!r} is no IPv4 address.") from error
    return texts


@click.command()
@click.option("--seconds", type=click.FloatRange(0.1, 600), default=3.0, show_default=True, help="How long to look.")
@click.option(
    "--interface",
    "interfaces",
    multiple=True,
    metavar="IPV4",
    callback=_checked,
    help="Look only at this interface; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--debug", is_flag=True, help="Show what is going on, and tracebacks.")
def servers(seconds: float, interfaces: tuple[str, ...], *, as_json: bool, debug: bool) -> None:
    """Find the servers that announce themselves in the local network, and list the profiles.

    The app announces itself while its server is on. A gRPCServerCLI on Linux does so only now and then: up to a minute
    may pass.

    \b
    Examples:
      drawthings servers
      drawthings servers --seconds 60 --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.cli.connection import watch
    from drawthings.profiles import all_profiles
    from drawthings.wire.discovery import discover

    watch(debug=debug)
    profiles = all_profiles()
    found = discover(seconds, interfaces=interfaces)
    if as_json:
        click.echo(json.dumps(_facts(found, profiles), indent=2, ensure_ascii=False))
        return
    _print_table(
        [("NAME", "SERVER", "TLS", "HOST"), *((one.name, one.address, TLS[one.tls], one.host) for one in found)]
    )
    if profiles:
        rows = [(_marked(one), one.server or "", one.model or "") for one in profiles]
        click.echo()
        _print_table([("PROFILE", "SERVER", "MODEL"), *rows])
    if not found:
        click.echo(
            f"No server announced itself within {seconds:g} s. One on Linux may take up to a minute (--seconds 60); "
            "one behind a router is not heard, but can be named with --server.",
            err=True,
        )


def _facts(found: Sequence[Found], profiles: Sequence[Profile]) -> dict[str, Any]:
    return {
        "servers": [
            {"name": one.name, "server": one.address, "tls": one.tls, "host": one.host, "addresses": one.addresses}
            for one in found
        ],
        "profiles": [
            {"name": one.name, "server": one.server, "model": one.model, "default": one.default} for one in profiles
        ],
    }


def _marked(profile: Profile) -> str:
    return f"{profile.name} (default)" if profile.default else profile.name


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; nothing for a head without rows."""
    if len(rows) == 1:
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        # What comes from the network may hold anything, and must not steer the terminal.
        click.echo("".join(one if one.isprintable() else "?" for one in line).rstrip())
