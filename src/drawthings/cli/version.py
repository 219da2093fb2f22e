"""``drawthings version``: what this is, and what its fast paths are built on."""

from __future__ import annotations

import json
import platform

import click

LIBRARIES = ("grpcio", "protobuf", "numpy", "Pillow", "rms-fpzip", "isal", "av", "zeroconf", "cryptography")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def version(*, as_json: bool) -> None:
    """Tell the version, Python's, what decodes pictures here, and the versions of the libraries.

    \b
    Example:
      drawthings version --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings import __version__
    from drawthings.tensor.core import which

    facts = {
        "drawthings": __version__,
        "python": f"{platform.python_version()} ({platform.system()} {platform.machine()})",
        "decoder": which(),
    }
    libraries = {name: _version_of(name) for name in LIBRARIES}
    if as_json:
        click.echo(json.dumps({**facts, "libraries": libraries}, indent=2))
        return
    width = max(map(len, (*facts, *LIBRARIES)))
    for name, value in (*facts.items(), *libraries.items()):
        click.echo(f"{name:{width}}  {value or 'not installed'}")


def _version_of(name: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
