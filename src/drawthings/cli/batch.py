"""``drawthings batch``: many jobs, on one server or several, that survive whatever happens meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import completion, options, wishes
from drawthings.cli.alias import option
from drawthings.cli.options import PREVIEW, SETTINGS
from drawthings.cli.pool import SERVERS, connections
from drawthings.cli.screen.foreground import tell
from drawthings.cli.screen.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from drawthings.batch.manifest import Manifest
    from drawthings.batch.run import Tally
    from drawthings.batch.standing import ServerStatus
    from drawthings.batch.task import Task

RUNNING = (
    option(
        "--form",
        type=click.Choice(["png", "jpg", "webp"]),
        default="png",
        show_default=True,
        help="The kind of file that pictures become; clips become MP4.",
    ),
    option("--wait", type=float, metavar="SECONDS", help="How long to wait when no server is left. Default: 300."),
    option("--scheduler", metavar="ADDRESS", help="Dask workers do it: inproc, local, or tls://main:8786."),
    option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
    option("--quiet", "-q", is_flag=True, help="No progress."),
    *PREVIEW,
)

FOLDER = click.argument("folder", required=False, default="batch")
NUMBERS = click.argument("numbers", nargs=-1, type=int)
RESUME = "drawthings batch resume"


@click.group()
def batch() -> None:
    """Many jobs, on one server or several; nothing is lost and nothing is made twice."""


@batch.command()
@click.argument("jobs")
@option("--output", "-o", default="batch", show_default=True, metavar="FOLDER", help="The folder of the batch.")
@option("--vary", multiple=True, metavar="NAME=VALUE,…", help="A setting that varies, as for grid; repeatable.")
@option("--seeds", type=click.IntRange(1), default=1, metavar="COUNT", help="So many of each, with different seeds.")
@option("--edit", metavar="INSTRUCTION", help="What to change in each picture of a folder.")
@option("--upscale", type=click.Choice(["2", "4"]), help="Enlarge each picture of a folder.")
@option(
    "--wordings",
    type=click.Choice(["all", "seed", "plain"]),
    default="all",
    show_default=True,
    help="What {red|blue} becomes: all of them, one by the seed, or plain text.",
)
@option("--wildcards", metavar="FOLDER", complete=completion.files, help="Where colour.txt is, for __colour__.")
@options.options(RUNNING, SETTINGS, SERVERS)
def run(jobs: str, output: str, **given: Any) -> int:  # noqa: ANN401 - click hands over all options
    """Do the jobs of a list: .jsonl, .csv, .yaml, a prompt a line, or a folder of pictures.

    What was done before is not done again, so the same command goes on where it stopped. Options such as --steps hold
    for all jobs that do not say otherwise.

    \b
    Examples:
      drawthings batch run prompts.txt -o foxes -s gpu1:7859 -s gpu2:7859
      drawthings batch run jobs.jsonl --vary steps=4,8 --seeds 3
      drawthings batch run photos/ --edit "make it winter" -o winter
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.batch.manifest import Manifest

    with Manifest(output, create=True) as manifest:
        salt = manifest.about("salt")
    return _run(output, given, lambda: _tasks(jobs, given, salt))


@batch.command()
@FOLDER
@options.options(RUNNING, SERVERS)
def resume(folder: str, **given: Any) -> int:  # noqa: ANN401 - click hands over all options
    """Go on with a batch that was interrupted.

    \b
    Example:
      drawthings batch resume foxes -s gpu1:7859 -s gpu2:7859
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.batch.manifest import Manifest

    Manifest(folder).close()
    return _run(folder, given, lambda: iter(()))


@batch.command()
@FOLDER
@option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def status(folder: str, *, as_json: bool) -> None:
    """Tell how far a batch is, and what failed.

    \b
    Examples:
      drawthings batch status foxes
      drawthings batch status foxes --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.batch.manifest import Manifest

    with Manifest(folder) as manifest:
        counts = manifest.counts()
        troubles = [_trouble(row) for row in manifest.rows("failed", "poison")]
    if as_json:
        click.echo(json.dumps({"folder": folder, **counts, "troubles": troubles}, indent=2, ensure_ascii=False))
        return
    click.echo(", ".join(f"{count} {state}" for state, count in counts.items() if count) or "no jobs")
    for trouble in troubles:
        click.echo(f"{trouble['state']} {trouble['number']}: {trouble['reason']}")


@batch.command()
@FOLDER
@NUMBERS
def retry(folder: str, numbers: tuple[int, ...]) -> None:
    """Let jobs that failed or were cancelled wait again: those with these numbers, or all.

    \b
    Examples:
      drawthings batch retry foxes
      drawthings batch retry foxes 17 23
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.batch.manifest import Manifest

    with Manifest(folder) as manifest:
        count = manifest.retry(numbers)
    click.echo(f"{count} {'job waits' if count == 1 else 'jobs wait'} again; `{RESUME} {folder}` goes on.")


@batch.command()
@FOLDER
@NUMBERS
def cancel(folder: str, numbers: tuple[int, ...]) -> None:
    """Cancel jobs that wait: those with these numbers, or all. It works while the batch runs, too.

    \b
    Examples:
      drawthings batch cancel foxes
      drawthings batch cancel foxes 17 23
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.batch.manifest import Manifest

    with Manifest(folder) as manifest:
        count = manifest.cancel(numbers)
    click.echo(f"{count} {'job is' if count == 1 else 'jobs are'} cancelled.")


@batch.command()
@FOLDER
@option(
    "--output",
    "-o",
    required=True,
    metavar="PATH",
    help="A table (.csv, .parquet), a contact sheet (.png, .jpg), or a folder.",
)
def export(folder: str, output: str) -> None:
    """Write what a batch has made as a table, as contact sheets, or copy it to a folder with prompts as names.

    \b
    Examples:
      drawthings batch export foxes -o foxes.csv
      drawthings batch export foxes -o sheet.jpg
      drawthings batch export foxes -o for-anna/
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.batch.export import export as write
    from drawthings.batch.manifest import Manifest

    with Manifest(folder) as manifest:
        for path in write(manifest, output):
            click.echo(path)


# --------------------------------------------------------------------------------------------------------- the jobs


def _tasks(jobs: str, given: Mapping[str, Any], salt: str) -> Iterator[Task]:
    from drawthings.batch.jobs import read_jobs
    from drawthings.batch.spread import Spreader
    from drawthings.cli import prompts
    from drawthings.cli.grid import parse_axis

    defaults = {**wishes.settings(given), **wishes.pictures(given)}
    # What is not said stays out: what a job is recognised by again would be another.
    words = {"negative_prompt": prompts.negative(given), "prompt": given["edit"], "fit": given["fit"]}
    defaults |= {name: value for name, value in words.items() if value}
    if given["force"]:
        defaults["check"] = False
    if given["upscale"]:
        defaults["upscale"] = int(given["upscale"])
    spreader = Spreader(
        salt=salt,
        defaults=defaults,
        axes=list(map(parse_axis, given["vary"])),
        seeds=given["seeds"],
        wordings=given["wordings"],
        wildcards=Path(given["wildcards"]) if given["wildcards"] else None,
    )
    return spreader.tasks(read_jobs(jobs))


# ------------------------------------------------------------------------------------------------------- the running


def _run(folder: str, given: Mapping[str, Any], tasks: Callable[[], Iterator[Task]]) -> int:
    import asyncio

    from drawthings.batch.manifest import Manifest
    from drawthings.batch.rules import BATCH
    from drawthings.batch.run import run_batch
    from drawthings.cli.board import board

    servers = connections(given)
    rules = BATCH if given["wait"] is None else replace(BATCH, wait_s=given["wait"])
    try:
        with board(quiet=given["quiet"], preview="off" if given["no_preview"] else None) as shown:
            tally = asyncio.run(
                run_batch(
                    folder,
                    servers,
                    tasks(),
                    form=given["form"],
                    rules=rules,
                    scheduler=given["scheduler"],
                    on_look=shown.look,
                )
            )
    except KeyboardInterrupt:
        tell(f"Interrupted; `{RESUME} {folder}` goes on.")
        raise
    with Manifest(folder) as manifest:
        return _tell(folder, manifest, tally, as_json=given["as_json"])


def _tell(folder: str, manifest: Manifest, tally: Tally, *, as_json: bool) -> int:
    """Tell what came of it, and how to run only that again which failed; return the exit code."""
    from drawthings.cli.main import exit_code

    counts = manifest.counts()
    troubles = [_trouble(row) for row in manifest.rows("failed", "poison")]
    if as_json:
        facts = {"folder": folder, **counts, "this_run": {"done": tally.done, "repeated": tally.repeated}}
        servers = [{name: getattr(each, name) for name in TOLD} for each in tally.servers]
        click.echo(json.dumps({**facts, "servers": servers, "troubles": troubles}, indent=2, ensure_ascii=False))
    else:
        click.echo(folder)
    tell(", ".join(f"{count} {state}" for state, count in counts.items() if count) or "no jobs")
    for each in tally.servers:
        if tally.done and (len(tally.servers) > 1 or each.trouble):
            tell(_said(each, why=tally.stopped is None))
    for trouble in troubles[:MOST_TOLD]:
        tell(f"{trouble['state']} {trouble['number']} ({trouble['prompt'][:40]}): {trouble['reason']}")
    if len(troubles) > MOST_TOLD:
        tell(f"and {len(troubles) - MOST_TOLD} more: drawthings batch status {folder}")
    if troubles:
        tell(f"Only those again: drawthings batch retry {folder} && {RESUME} {folder}")
    if tally.stopped is not None:
        tell(f"Stopped: {tally.stopped}")
        tell(f"Hint: {tally.stopped.hint} Then: {RESUME} {folder}")
        return exit_code(tally.stopped)
    return 1 if troubles else 0


MOST_TOLD = 20
TOLD = ("server", "state", "done", "failed", "busy_s", "trouble")
"""What the JSON summary tells of each server."""


def _said(status: ServerStatus, *, why: bool) -> str:
    """Return what a server did in this run, and why it does no more, unless that is told elsewhere."""
    failed = f", {status.failed} failed" if status.failed else ""
    trouble = f"; {status.state}: {status.trouble}" if status.trouble and why else ""
    return printable(f"{status.server}: {status.done} done{failed}{trouble}")


def _trouble(row: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: row[name] for name in ("number", "state", "error", "reason", "hint", "server", "tries")}
    return {**facts, "prompt": json.loads(row["request"])["prompt"]}
