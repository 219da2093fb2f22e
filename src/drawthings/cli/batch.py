"""``drawthings batch``: many jobs, on one server or several, that survive whatever happens meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import completion, options, wishes
from drawthings.cli.alias import option
from drawthings.cli.options import CONNECTION, SETTINGS
from drawthings.cli.screen.foreground import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from drawthings.batch.manifest import Manifest
    from drawthings.batch.run import Tally
    from drawthings.batch.task import Task
    from drawthings.settings import Connection

SERVERS = (
    option(
        "--server",
        "-s",
        "servers",
        multiple=True,
        metavar="ADDRESS",
        complete=completion.servers,
        help="A server; repeatable, one for each GPU. Default: DRAWTHINGS_SERVER, the profile, localhost:7859.",
    ),
    *CONNECTION[1:],
)

RUNNING = (
    option(
        "--form",
        type=click.Choice(["png", "jpg", "webp"]),
        default="png",
        show_default=True,
        help="The kind of file that pictures become; clips become MP4.",
    ),
    option("--wait", type=float, metavar="SECONDS", help="How long to wait when no server is left. Default: 300."),
    option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
    option("--quiet", "-q", is_flag=True, help="No progress."),
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
        click.echo(f"{manifest.retry(numbers)} jobs wait again; `{RESUME} {folder}` does them.")


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
        click.echo(f"{manifest.cancel(numbers)} jobs are cancelled.")


@batch.command()
@FOLDER
@option("--output", "-o", required=True, metavar="FILE", help="A table (csv, parquet) or a contact sheet (png, jpg).")
def export(folder: str, output: str) -> None:
    """Write what a batch has made as a table, or as contact sheets.

    \b
    Examples:
      drawthings batch export foxes -o foxes.csv
      drawthings batch export foxes -o sheet.jpg
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
    from drawthings.cli.grid import parse_axis

    defaults = {name: _plain(value) for name, value in wishes.settings(given).items()}
    words = {"negative_prompt": given["negative"], "prompt": given["edit"]}
    defaults |= {name: value for name, value in words.items() if value}
    if given["upscale"]:
        defaults["upscale"] = int(given["upscale"])
    spreader = Spreader(
        salt=salt,
        defaults=defaults,
        axes=[replace(axis, values=tuple(map(_plain, axis.values))) for axis in map(parse_axis, given["vary"])],
        seeds=given["seeds"],
        wordings=given["wordings"],
        wildcards=Path(given["wildcards"]) if given["wildcards"] else None,
    )
    return spreader.tasks(read_jobs(jobs))


def _plain(value: Any) -> Any:  # noqa: ANN401 - what JSON can hold
    """Return a setting as a manifest holds it; LoRAs and controls become objects of the app's JSON."""
    from drawthings.request.parts import Control, Lora

    if isinstance(value, Lora | Control):
        return value.to_json()
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or type(value) in {bool, int, float, str} else str(getattr(value, "label", value))


def _connections(given: Mapping[str, Any]) -> list[Connection]:
    from drawthings.cli.connection import connection

    servers = given["servers"] or (None,)
    first = connection({**given, "server": servers[0]})
    return [first if server is None else replace(first, server=server) for server in servers]


# ------------------------------------------------------------------------------------------------------- the running


def _run(folder: str, given: Mapping[str, Any], tasks: Callable[[], Iterator[Task]]) -> int:
    import asyncio

    from drawthings.batch.manifest import Manifest
    from drawthings.batch.rules import BATCH
    from drawthings.batch.run import run_batch
    from drawthings.cli.board import board

    connections = _connections(given)
    rules = BATCH if given["wait"] is None else replace(BATCH, wait_s=given["wait"])
    try:
        with board(quiet=given["quiet"]) as shown:
            tally = asyncio.run(
                run_batch(folder, connections, tasks(), form=given["form"], rules=rules, on_look=shown.look)
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
        click.echo(json.dumps({**facts, "troubles": troubles}, indent=2, ensure_ascii=False))
    else:
        click.echo(folder)
    tell(", ".join(f"{count} {state}" for state, count in counts.items() if count) or "no jobs")
    for trouble in troubles[:MOST_TOLD]:
        tell(f"{trouble['state']} {trouble['number']} ({trouble['prompt'][:40]}): {trouble['reason']}")
    if troubles:
        tell(f"Only those again: drawthings batch retry {folder} && {RESUME} {folder}")
    if tally.stopped is not None:
        tell(f"Stopped: {tally.stopped}")
        tell(f"Hint: {tally.stopped.hint} Then: {RESUME} {folder}")
        return exit_code(tally.stopped)
    return 1 if troubles else 0


MOST_TOLD = 20


def _trouble(row: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: row[name] for name in ("number", "state", "error", "reason", "hint", "server", "tries")}
    return {**facts, "prompt": json.loads(row["request"])["prompt"]}
