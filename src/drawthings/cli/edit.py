"""``drawthings edit``."""

from __future__ import annotations

from typing import Any

import click

from drawthings.cli import job
from drawthings.cli.options import CONNECTION, HINTS, OUTPUT, PNG, PROMPT, SETTINGS, options


@click.command()
@click.argument("image")
@click.argument("instruction", required=False)
@options(PROMPT, OUTPUT, PNG, SETTINGS, HINTS, CONNECTION)
def edit(image: str, instruction: str | None, **given: Any) -> None:  # noqa: ANN401 - as click does
    """Change IMAGE by an INSTRUCTION and keep its composition.

    With an edit model (Qwen Image Edit, FLUX Kontext …) the instruction says how much changes and strength stays 1.
    With any other model this is image to image, and --strength says how much may change.

    \b
    Examples:
      drawthings edit photo.jpg "make it snowy" -o snowy.png
      drawthings edit room.png "put the chair of Picture 2 into the room" --ref chair.png
      drawthings edit sketch.png "oil painting" --model realdream_15sd15_q6p_q8p.ckpt --strength 0.6
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    job.run(given, instruction, image=image)
