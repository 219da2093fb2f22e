"""``drawthings serve``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import completion
from drawthings.cli.alias import option
from drawthings.cli.complaint import Misuse
from drawthings.cli.options import options
from drawthings.cli.pool import SERVERS
from drawthings.cli.screen.foreground import INTERRUPTED, tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings.apps.http.keys import Keys
    from drawthings.apps.http.serving import Serving
    from drawthings.settings import Connection

NEEDED = ("starlette", "uvicorn", "python_multipart", "prometheus_client")

PLACE = (
    option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; others need keys or --trust."),
    option("--port", "-p", type=click.IntRange(0, 65535), default=7860, show_default=True, help="0: a free one."),
    option("--tls-cert", metavar="FILE", complete=completion.files, help="A certificate (PEM), for HTTPS."),
    option("--tls-key", metavar="FILE", complete=completion.files, help="Its key (PEM, without a password)."),
    option("--public-url", default="", metavar="URL", help="How it is reached through a proxy, for links."),
)

GUARD = (
    option("--api-key-file", "key_file", metavar="FILE", complete=completion.files, help="Keys, NAME:SHA256 a line."),
    option("--new-key", metavar="NAME", help="Make a key, add it to --api-key-file, print it, and end."),
    option("--trust", multiple=True, metavar="NETWORK", help="Clients from there need no key; repeatable."),
    option("--allow-host", "hosts", multiple=True, metavar="NAME", help="Another name it is called by; repeatable."),
    option("--cors-origin", "origins", multiple=True, metavar="ORIGIN", help="Pages that may call it; repeatable."),
    option("--log-prompts", is_flag=True, help="Write prompts to the log. Default: never."),
)

KEEPING = (
    option("--gallery", metavar="FOLDER", complete=completion.files, help="Where results are kept."),
    option("--no-gallery", is_flag=True, help="Keep results until the end only."),
    option("--strip-metadata", is_flag=True, help="Hand out pictures without prompt and settings inside."),
    option("--file-ttl", type=float, default=3600, show_default=True, metavar="SECONDS", help="How long links work."),
    option("--max-queue", type=click.IntRange(1), default=100, show_default=True, help="Jobs that may wait."),
    option(
        "--max-queue-each", type=click.IntRange(1), default=20, show_default=True, help="Those of a key, or its user."
    ),
    option("--rate", type=click.IntRange(1), metavar="N", help="Requests for pictures a minute, of a key or address."),
    option(
        "--deadline", type=float, default=1800, show_default=True, metavar="SECONDS", help="Then jobs are given up."
    ),
    option(
        "--drain", type=float, default=30, show_default=True, metavar="SECONDS", help="For running jobs at the end."
    ),
)

BEHIND = (*SERVERS[:4], *SERVERS[5:])
"""The way to the Draw Things servers; whom to trust is about clients here, `drawthings server trust` is for servers."""


@click.command("serve")
@options(PLACE, GUARD, KEEPING, BEHIND)
def serve(**given: Any) -> int:  # noqa: ANN401 - what click gives
    """Serve a page for the browser, and the APIs of OpenAI and AUTOMATIC1111, in front of Draw Things servers.

    Chat front-ends, plugins and agents take it for what they know. Jobs wait here, in a line that is fair between
    clients, one at a time for each server. Nobody but this machine reaches it unless --host says so.

    \b
    Examples:
      drawthings serve --server embedded
      drawthings serve -s gpu1:7859 -s gpu2:7859 --port 8080
      drawthings serve --new-key alice --api-key-file keys
      drawthings serve --host 0.0.0.0 --api-key-file keys --trust 192.168.1.0/24
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    if given["new_key"] is not None:
        _make_key(given["new_key"], given["key_file"])
        return 0
    _check_installed()
    import asyncio
    import logging

    from drawthings.apps.http.serving import check_place
    from drawthings.apps.http.serving import serve as run

    serving = _serving(given)
    check_place(serving.host, serving.settings)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("drawthings.gateway").setLevel(logging.INFO)
    in_order = asyncio.run(run(serving, tell))
    tell("Stopped." if in_order else "Stopped; what was running was cancelled.")
    return 0 if in_order else INTERRUPTED


def _serving(given: Mapping[str, Any]) -> Serving:
    from drawthings.apps.http.serving import Serving
    from drawthings.apps.http.settings import GatewaySettings, networks
    from drawthings.apps.jobs.limits import Limits

    if given["gallery"] and given["no_gallery"]:
        raise Misuse("--gallery and --no-gallery exclude each other.", "Give one of them.")
    try:
        trust = networks(given["trust"])
    except ValueError as error:
        raise Misuse(f"--trust: {error}.", "Write an address or a network, as in 192.168.1.0/24.") from error
    connections = _connections(given)
    settings = GatewaySettings(
        model=connections[0].model,
        keys=_keys(given["key_file"]),
        trust=trust,
        hosts=tuple(name.lower() for name in given["hosts"]),
        cors_origins=tuple(origin.rstrip("/") for origin in given["origins"]),
        public_url=given["public_url"],
        log_prompts=given["log_prompts"],
        drain_s=given["drain"],
    )
    limits = Limits(
        queued=given["max_queue"],
        owner_queued=given["max_queue_each"],
        rate=given["rate"],
        deadline_s=given["deadline"],
    )
    return Serving(
        connections=connections,
        host=given["host"],
        port=given["port"],
        settings=settings,
        limits=limits,
        gallery=None if given["no_gallery"] else Path(given["gallery"] or default_gallery()).expanduser(),
        file_ttl_s=given["file_ttl"],
        strip_metadata=given["strip_metadata"],
        certificate=_certificate(given["tls_cert"], given["tls_key"]),
    )


def default_gallery() -> Path:
    """Return the folder in the user's data where results are kept when none is named."""
    from platformdirs import user_data_path

    return user_data_path("drawthings") / "gallery"


def _keys(path: str | None) -> Keys:
    from drawthings.apps.http.keys import Keys

    return Keys() if path is None else Keys.read(Path(path).expanduser())


def _certificate(certificate: str | None, key: str | None) -> tuple[Path, Path] | None:
    if not (certificate or key):
        return None
    if not (certificate and key):
        raise Misuse("HTTPS needs both --tls-cert and --tls-key.", "Give both, or neither.")
    return Path(certificate).expanduser(), Path(key).expanduser()


def _make_key(name: str, path: str | None) -> None:
    from drawthings.apps.http.keys import new_key

    if not name or set(name) & set(":#\n") or name != name.strip():
        raise Misuse(f"{name!r} is no name for a key.", "Use letters and digits.")
    if path is None:
        raise Misuse("--new-key needs the file that the key is added to.", "Give --api-key-file FILE.")
    key, line = new_key(name)
    file = Path(path).expanduser()
    if file.exists() and any(text.startswith(f"{name}:") for text in file.read_text(encoding="utf-8").splitlines()):
        raise Misuse(f"There is a key {name!r} in {file} already.", "Remove its line first, or take another name.")
    file.touch(mode=0o600)
    unfinished = not f"\n{file.read_text(encoding='utf-8')}".endswith("\n")
    with file.open("a", encoding="utf-8") as out:
        out.write(f"\n{line}\n" if unfinished else f"{line}\n")
    click.echo(key)
    tell(f"This is the key {name!r}; {file} holds only its hash, so keep it now.")


def _check_installed() -> None:
    from importlib.util import find_spec

    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise Misuse(f"The gateway needs {', '.join(missing)}.", 'pip install "drawthings[serve]"')


def _connections(given: Mapping[str, Any]) -> list[Connection]:
    from dataclasses import replace

    from drawthings.cli.connection import connection

    servers = given["servers"] or (None,)
    first = connection({**given, "server": servers[0], "trust": False})
    return [first if server is None else replace(first, server=server) for server in servers]
