"""``drawthings files``: look for files on a server, and put files there."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli.options import CONNECTION, client, options

if TYPE_CHECKING:
    from drawthings.client.upload import Uploaded
    from drawthings.settings import Connection
    from drawthings.wire.parcel import UploadStep

WORDS = {
    "hashing": "reading",
    "checking": "asking the server",
    "sending": "sending",
    "done": "done",
}
MISSING = 1
TENTH = 0.1


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
    from drawthings.cli.connection import connection

    if name is not None and len(paths) > 1:
        raise click.UsageError("--name is for one file; give the others under their own names.")
    wanted = connection(given)
    done = [_send(wanted, path, name, force=given["force"], quiet=given["quiet"]) for path in paths]
    if given["as_json"]:
        rows = [{"file": one.file, "size": one.size, "sha256": one.sha256, "sent": one.sent} for one in done]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for one in done:
        click.echo(one.file)


def _send(wanted: Connection, path: str, name: str | None, *, force: bool, quiet: bool) -> Uploaded:
    from drawthings.client.setup import reachable
    from drawthings.client.upload import parcel_of, uploaded
    from drawthings.wire._sync import Wire

    parcel = parcel_of(path, name)
    with closing(Wire(reachable(wanted))) as wire, closing(wire.upload(parcel, force=force)) as steps:
        shown = _Shown(quiet=quiet)
        for step in steps:
            shown.show(step)
    done = uploaded(step)
    if not quiet:
        state = "replaced another file of that name" if done.replaced and done.sent else "new on the server"
        click.echo(f"{done.file}: {state if done.sent else 'the server has it already'}.", err=True)
    return done


class _Shown:
    """Shows how far an upload is: one line drawn again on a terminal, a line for each tenth elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._last = ("", -1.0)

    def show(self, step: UploadStep) -> None:
        """Show one step."""
        stage, progress = self._last
        if self._quiet or (stage == step.stage and step.progress - progress < (0.01 if self._terminal else TENTH)):
            return
        self._last = (step.stage, step.progress)
        line = f"{step.progress:4.0%} {WORDS[step.stage]} {step.name}"
        if step.stage == "sending":
            line += f", {step.done_bytes / 1e6:.0f} of {step.total_bytes / 1e6:.0f} MB"
        end = step.stage == "done"
        click.echo(f"\r\x1b[K{line}" if self._terminal else line, err=True, nl=not self._terminal or end)
