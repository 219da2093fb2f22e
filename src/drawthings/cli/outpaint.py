"""``drawthings outpaint``."""

from __future__ import annotations

from typing import Any

import click

from drawthings.cli import completion, job, prompts
from drawthings.cli.options import CONNECTION, HINTS, OUTPUT, PNG, PROMPT, RUN, SETTINGS, options
from drawthings.cli.verb import Verb


@click.command(cls=Verb)
@click.argument("image", shell_complete=completion.files)
@click.argument("prompt", required=False)
@click.option("--left", type=int, default=0, metavar="PIXELS", help="How much to add on the left.")
@click.option("--top", type=int, default=0, metavar="PIXELS", help="How much to add at the top.")
@click.option("--right", type=int, default=0, metavar="PIXELS", help="How much to add on the right.")
@click.option("--bottom", type=int, default=0, metavar="PIXELS", help="How much to add at the bottom.")
@options(PROMPT, OUTPUT, RUN, PNG, SETTINGS, HINTS, CONNECTION)
def outpaint(image: str, prompt: str | None, **given: Any) -> int:  # noqa: ANN401 - click hands over all options
    """Paint what lies beyond the edges of IMAGE; PROMPT says what the whole shows.

    The sides of the result are multiples of 64, so somewhat more than asked may be added.

    \b
    Examples:
      drawthings outpaint photo.jpg "a house, wide meadow" --left 200 --right 200
      drawthings outpaint portrait.png "a woman in a coat" --bottom 256
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    borders = (given["left"], given["top"], given["right"], given["bottom"])
    return job.run(given, prompts.prompt(prompt, given), image=image, borders=borders)
