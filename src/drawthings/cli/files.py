"""``drawthings files``: look for files on a server, and put files there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import completion
from drawthings.cli.alias import option
from drawthings.cli.complaint import Misuse
from drawthings.cli.journal import Journal
from drawthings.cli.options import CONNECTION, client, options
from drawthings.cli.progress import tell, watching

if TYPE_CHECKING:
    from drawthings.client.upload import Uploaded
    from drawthings.wire.parcel import UploadStep

MISSING = 1


@click.group()
def files() -> None:
    """Look for files on a server, and put files there."""


@files.command("check")
@click.argument("names", nargs=-1, required=True)
@click.option("--hash", "hashes", is_flag=True, help="Also tell the SHA-256; the server reads the whole file for it.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@options(CONNECTION)
def check(names: tuple[str, ...], **given: Any) -> int:  # noqa: ANN401 - click hands over all options
    """Tell whether a server has the files NAMES; the exit code is 1 when one is missing.

    \b
    Examples:
      drawthings files check flux_1_dev_q8p.ckpt
      drawthings files check --hash --json some_lora_f16.ckpt
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    with client(given) as connected:
        found = connected.files_exist(names, hashes=given["hashes"])
    if given["as_json"]:
        rows = [{"file": one.file, "exists": one.exists, "sha256": one.sha256} for one in found]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        for one in found:
            state = "there" if one.exists else "missing"
            click.echo(f"{state:8}{one.file}" + (f"  {one.sha256}" if one.sha256 else ""))
    return 0 if all(one.exists for one in found) else MISSING


@files.command("upload")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...", shell_complete=completion.files)
@click.option("--name", metavar="NAME", help="What the file is called on the server. Default: as here.")
@click.option("--force", is_flag=True, help="Send it even when the server has the very same file.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@option("--jsonl", is_flag=True, help="Print how far it is as JSON, a line for each step; the result comes last.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@options(CONNECTION)
def upload(paths: tuple[str, ...], name: str | None, **given: Any) -> int:  # noqa: ANN401 - click hands over all options
    """Put FILES into the models folder of a server.

    A file that is there already, byte for byte, is not sent again. One that broke off leaves nothing behind and can
    simply be sent once more.

    \b
    Examples:
      drawthings files upload my_lora_f16.ckpt
      drawthings files upload ~/Downloads/lora.ckpt --name my_lora_f16.ckpt --server mac.local
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    if name is not None and len(paths) > 1:
        raise Misuse(f"--name {name} is for one file, and there are {len(paths)}.", "Send them one by one.")
    journal = Journal(wanted=given["jsonl"])
    with client(given) as connected, watching(given, connected.connection.server) as shown:

        def step(each: UploadStep) -> None:
            journal.upload(each)
            shown.upload(each)

        done = []
        for path in paths:
            done.append(connected.upload(path, name, force=given["force"], on_step=step))
            if not given["quiet"]:
                _tell(done[-1])
    rows = [{"file": one.file, "size": one.size, "sha256": one.sha256, "sent": one.sent} for one in done]
    if given["as_json"]:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif given["jsonl"]:
        journal.result({"files": rows})
    else:
        for one in done:
            click.echo(one.file)
    return journal.close()


def _tell(done: Uploaded) -> None:
    """Tell what became of a file."""
    state = "replaced another file of that name" if done.replaced and done.sent else "new on the server"
    tell(f"{done.file}: {state if done.sent else 'the server has it already'}.")
