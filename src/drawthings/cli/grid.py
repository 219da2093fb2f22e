"""``drawthings grid``."""

from __future__ import annotations

import json
import math
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import click

from drawthings.cli import completion, options, prompts, wishes
from drawthings.cli.options import HINTS, PREVIEW, PROMPT, SETTINGS
from drawthings.cli.pool import SERVERS, painter
from drawthings.cli.progress import tell, watching
from drawthings.cli.verb import Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from drawthings import Cell, DrawThings, Grid, Pool
    from drawthings.cli.progress import Sink
    from drawthings.client.album import Album
    from drawthings.client.answers import StreamEvent
    from drawthings.client.grid import Axis

OnEvent: TypeAlias = "Callable[[Cell, StreamEvent], None]"
OnCell: TypeAlias = "Callable[[Cell], None]"

AXIS = "NAME=VALUE,VALUE,…"


@click.command(cls=Verb)
@click.argument("prompt", required=False)
@click.option("--x", "x", metavar=AXIS, required=True, help="What varies along the columns, for example steps=4,8,16.")
@click.option("--y", "y", metavar=AXIS, help="What varies along the rows.")
@click.option("--z", "z", metavar=AXIS, help="What varies from sheet to sheet.")
@click.option(
    "--image",
    metavar="IMAGE",
    shell_complete=completion.files,
    help="A picture to start from; --strength says how much of it may change.",
)
@click.option("--output", "-o", default="grid", show_default=True, metavar="FOLDER", help="A new folder for all files.")
@click.option("--json", "as_json", is_flag=True, help="Print what made each picture as JSON.")
@click.option("--quiet", "-q", is_flag=True, help="No progress and no notes.")
@options.options(PREVIEW, PROMPT, SETTINGS, HINTS, SERVERS)
def grid(prompt: str | None, image: str | None, **given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """Make the pictures of all combinations of some settings, and a contact sheet of them.

    NAME is any setting, --cfg as guidance_scale; or model, lora, prompt, negative_prompt; or replace, which puts each
    value into the prompt in the place of the first one. Numbers may be a range: steps=4..20:4. Values that hold commas
    are a JSON list: prompt='["a, b", "c"]'. All pictures share one seed unless it varies. Of several
    servers each makes a part of them.

    \b
    Examples:
      drawthings grid "a red fox" --x steps=4,8,16 --y "sampler=UniPC Trailing,DDIM Trailing"
      drawthings grid "a red fox" --x replace=red,blue,white --y seed=1..3 -o foxes
      drawthings grid "a lion" --x model=model_a.ckpt,model_b.ckpt --y cfg=3,5,7 --size 512
      drawthings grid "a red fox" --x seed=1..9 -s gpu1:7859 -s gpu2:7859
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.client.album import Album

    words = prompts.prompt(prompt, given)
    axes = {name: axis for name in ("x", "y", "z") if given[name] and (axis := parse_axis(given[name]))}
    wanted = {**wishes.settings(given), **wishes.pictures(given)}
    wanted |= {"negative_prompt": prompts.negative(given), "fit": given["fit"], "check": not given["force"]}
    if image is not None:
        wanted["image"] = image
    album = Album(given["output"])
    count = math.prod(len(axis.values) for axis in axes.values())
    with painter(given) as client, _shown(client, given, count) as shown:
        made = _make(client, words, {**axes, **wanted}, album=album, shown=shown)
    *sheets, facts = album.finish(made)
    _tell(made, sheets, facts, as_json=given["as_json"])


def parse_axis(text: str) -> Axis:
    """Read ``NAME=VALUE,VALUE,…``, ``NAME=FIRST..LAST[:STEP]`` or ``NAME=[JSON, …]``.

    Raises:
        BadValue: It is no axis, or a value cannot be read.
        UnknownField: There is no such setting.
    """
    from drawthings.client.grid import WORDS, Axis
    from drawthings.errors import BadValue

    name, equals, values = text.partition("=")
    name = _SHORT.get(name.strip().replace("-", "_"), name.strip().replace("-", "_"))
    if not equals or not values:
        raise BadValue(
            f"{text!r} is no axis of a grid.",
            hint="Write a name and its values: --x steps=4,8,16.",
            field="x",
            value=text,
        )
    return Axis(name, tuple(value if name in WORDS else _setting(name, value) for value in _values(text, values)))


_SHORT = {"cfg": "guidance_scale", "lora": "loras", "batch": "batch_size", "size": "width"}
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)(?::(\d+(?:\.\d+)?))?")
_MOST = 1000


def _values(text: str, values: str) -> list[str]:
    from drawthings.errors import BadValue

    if values.lstrip().startswith("["):
        try:
            return [each if isinstance(each, str) else json.dumps(each) for each in json.loads(values)]
        except ValueError as error:
            raise BadValue(f"{text!r} is no JSON list.", hint='Write NAME=\'["a", "b"]\'.', field="x") from error
    if found := _RANGE.fullmatch(values.strip()):
        return _range(text, *found.groups())
    return [value.strip() for value in values.split(",")]


def _range(text: str, first: str, last: str, step: str | None) -> list[str]:
    from decimal import Decimal

    from drawthings.errors import BadValue

    start, end, by = Decimal(first), Decimal(last), Decimal(step or "1")
    if by <= 0 or end < start or (end - start) / by > _MOST:
        raise BadValue(
            f"{text!r} is no range of up to {_MOST} values.",
            hint="Write steps=4..20:4, the smaller number first.",
            field="x",
        )
    return [str(start + by * place) for place in range(int((end - start) / by) + 1)]


def _setting(name: str, value: str) -> Any:  # noqa: ANN401 - a setting may be anything
    from drawthings.cli.assignment import parse_assignment

    if name == "loras":
        from drawthings.request.parts import Lora

        return tuple(Lora.parse(each) for each in value.split("+") if each.strip() not in {"", "none"})
    return parse_assignment(f"{name}={value}")[1]


@contextmanager
def _shown(client: DrawThings | Pool, given: Mapping[str, Any], count: int) -> Iterator[tuple[OnEvent, OnCell]]:
    """Yield what shows events and places: the job of one server, or what each of several servers does.

    Args:
        client: The server, or the pool.
        given: All options.
        count: How many places the grid has.
    """
    if len(given["servers"]) > 1:
        from drawthings.batch.run import Tally
        from drawthings.cli.board import board

        pool, tally = cast("Pool", client), Tally(total=count)

        def count_in(cell: Cell) -> None:
            tally.done += cell.error is None
            tally.failed += cell.error is not None
            rows.look(tally, pool.status())

        with board(quiet=given["quiet"], preview="off" if given["no_preview"] else None) as rows:
            yield lambda _cell, _event: rows.look(tally, pool.status()), count_in
        return
    with watching(given, cast("DrawThings", client).connection.server) as shown:
        yield _noted(shown), lambda _cell: None


def _noted(shown: Sink) -> OnEvent:
    """Return what shows an event, and with the first one of a place which place that is."""
    from drawthings.request.note import Note

    current: list[tuple[int, int, int]] = []

    def watch(cell: Cell, event: StreamEvent) -> None:
        if current != [cell.place]:
            current[:] = [cell.place]
            shown.note(Note("grid", "note", cell.label))
        shown.show(event)

    return watch


def _make(
    client: DrawThings | Pool, prompt: str, wanted: Mapping[str, Any], *, album: Album, shown: tuple[OnEvent, OnCell]
) -> Grid:
    on_event, on_cell = shown

    def keep(cell: Cell) -> None:
        album.add(cell)
        on_cell(cell)
        if cell.error is not None:
            tell(f"Failed: {cell.label}: {cell.error}")

    whole: dict[str, Any] = {**wanted, "on_cell": keep, "on_event": on_event}
    try:
        return client.grid(prompt, **whole)
    except KeyboardInterrupt:
        tell(f"Kept: {album.folder}")
        raise


def _tell(grid: Grid, sheets: list[Path], facts: Path, *, as_json: bool) -> None:
    if as_json:
        click.echo(facts.read_text("utf-8"))
    else:
        for path in sheets:
            click.echo(path)
    missing = sum(not cell.pictures for cell in grid.cells)
    if missing:
        tell(f"{missing} of {len(grid.cells)} places have no picture; {facts} says why.")
