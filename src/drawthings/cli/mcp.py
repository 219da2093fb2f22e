"""``drawthings mcp``."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import click

from drawthings.cli import completion
from drawthings.cli.alias import option
from drawthings.cli.complaint import Misuse
from drawthings.cli.options import options
from drawthings.cli.pool import SERVERS, connections
from drawthings.cli.screen.foreground import tell

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
HIGHEST_PORT = 65535

SERVING = (
    option(
        "--http", metavar="[HOST:]PORT", help="Serve streamable HTTP at /mcp, on this machine only. Default: stdio."
    ),
    option("--key-file", metavar="FILE", complete=completion.files, help="With --http: keys, as NAME:SHA256 a line."),
    option(
        "--allow-dir",
        "folders",
        multiple=True,
        metavar="FOLDER",
        complete=completion.files,
        help="Agents may read pictures below it; repeatable. Default: none.",
    ),
    option(
        "--save",
        metavar="FOLDER",
        complete=completion.files,
        help="Save all results there. Default: they are kept until the end.",
    ),
)


@click.command("mcp")
@options(SERVING, SERVERS)
def mcp(**given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """Serve tools for agents (Model Context Protocol): generate, edit, upscale, list models.

    A host such as Claude, VS Code or Cursor starts this command and talks to it over standard input and output; nothing
    else is written there. Several servers share the work.

    \b
    Examples:
      drawthings mcp --server mac.local
      drawthings mcp -s gpu1:7859 -s gpu2:7859 --allow-dir ~/Pictures --save ~/Pictures/agent
      drawthings mcp --server embedded --http 8765
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    place = None if given["http"] is None else _place(given["http"])
    if place is None and given["key_file"]:
        raise Misuse("--key-file is for --http.", "Over standard input and output nobody else can call.")
    _check_installed()
    import asyncio

    from drawthings.apps.mcp.serving import Serving, serve

    serving = Serving(
        connections=connections(given),
        folders=tuple(Path(folder) for folder in given["folders"]),
        save=Path(given["save"]) if given["save"] else None,
        place=place,
        key_file=Path(given["key_file"]) if given["key_file"] else None,
    )
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how a person ends it
        asyncio.run(serve(serving, tell))


def _check_installed() -> None:
    from importlib.util import find_spec

    if find_spec("mcp") is None:
        raise Misuse("The library for agents' tools is not installed.", 'pip install "drawthings[mcp]"')


def _place(text: str) -> tuple[str, int]:
    """Read ``[HOST:]PORT``; only this machine's own addresses are taken."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdecimal() or not int(port) <= HIGHEST_PORT:
        raise Misuse(f"{text} is no port.", "Write --http 8765, or --http 127.0.0.1:8765; 0 takes a free one.")
    if host not in LOOPBACK:
        raise Misuse(
            f"{host} can be reached from other machines.",
            "Use 127.0.0.1; `drawthings serve` has the same tools at /mcp for other machines, with keys.",
        )
    return host, int(port)
