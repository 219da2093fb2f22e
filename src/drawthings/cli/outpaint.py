"""``drawthings outpaint``."""

from __future__ import annotations

from typing import Any

import click

from drawthings.cli import job
from drawthings.cli.options import CONNECTION, HINTS, OUTPUT, PNG, PROMPT, SETTINGS, options


@click.command()
@click.argument("image")
@click.argument("prompt", required=False)
@click.option("--left", type=int, default=0, metavar="PIXELS", help="How much to add on the left.")
@click.option("--top", type=int, default=0, metavar="PIXELS", help="How much to add at the top.")
@click.option("--right", type=int, default=0, metavar="PIXELS", help="How much to add on the right.")
@click.option("--bottom", type=int, default=0, metavar="PIXELS", help="How much to add at the bottom.")
@options(PROMPT, OUTPUT, PNG, SETTINGS, HINTS, CONNECTION)
def outpaint(image: str, prompt: str | None, **given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """Paint what lies beyond the edges of IMAGE; PROMPT says what the whole shows.

    The sides of the result are multiples of 64, so somewhat more than asked may be added.

    \b
    Examples:
      drawthings outpaint photo.jpg "a house on a hill, wide meadow" --left 200 --right 200
      drawthings outpaint portrait.png "a woman in a blue coat" --bottom 256 -o standing.png
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    borders = (given["left"], given["top"], given["right"], given["bottom"])
    job.run(given, prompt, image=image, borders=borders)
