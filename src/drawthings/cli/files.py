"""``drawthings files``: look for files on a server, and put files there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli.options import CONNECTION, client, options
from drawthings.cli.progress import tell, watching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings import DrawThings
    from drawthings.cli.progress import Sink
    from drawthings.client.upload import Uploaded

MISSING = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@click.option("--name", metavar="NAME", help="What the file is called on the server. Default: as here.")
@click.option("--force", is_flag=True, help="Send it even when the server has the very same file.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@options(CONNECTION)
def upload(paths: tuple[str, ...], name: str | None, **given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """Put FILES into the models folder of a server.

    A file that is there already, byte for byte, is not sent again. One that broke off leaves nothing behind and can
    simply be sent once more.

    \b
    Examples:
      drawthings files upload my_lora_f16.ckpt
      drawthings files upload ~/Downloads/lora.ckpt --name my_lora_f16.ckpt --server mac.local
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    if name is not None and len(paths) > 1:
        raise click.UsageError("--name is for one file; give the others under their own names.")
    with client(given) as connected, watching(given, connected.connection.server) as shown:
        done = [_send(connected, shown, path, name, given) for path in paths]
    if given["as_json"]:
        rows = [{"file": one.file, "size": one.size, "sha256": one.sha256, "sent": one.sent} for one in done]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for one in done:
        click.echo(one.file)


def _send(connected: DrawThings, shown: Sink, path: str, name: str | None, given: Mapping[str, Any]) -> Uploaded:
    done = connected.upload(path, name, force=given["force"], on_step=shown.upload)
    if not given["quiet"]:
        state = "replaced another file of that name" if done.replaced and done.sent else "new on the server"
        tell(f"{done.file}: {state if done.sent else 'the server has it already'}.")
    return done
