"""``drawthings edit``."""

from __future__ import annotations

from typing import Any

import click

from drawthings.cli import completion, job, prompts
from drawthings.cli.complaint import Misuse
from drawthings.cli.options import CONNECTION, HINTS, OUTPUT, PNG, PROMPT, RUN, SETTINGS, options
from drawthings.cli.verb import Verb


@click.command(cls=Verb)
@click.argument("image", shell_complete=completion.files)
@click.argument("instruction", required=False)
@options(PROMPT, OUTPUT, RUN, PNG, SETTINGS, HINTS, CONNECTION)
def edit(image: str, instruction: str | None, **given: Any) -> int:  # noqa: ANN401 - as click does
    """Change IMAGE by an INSTRUCTION and keep its composition.

    With an edit model (Qwen Image Edit, FLUX Kontext …) the instruction says how much changes and strength stays 1.
    With any other model this is image to image, and --strength says how much may change.

    \b
    Examples:
      drawthings edit photo.jpg "make it snowy" -o snowy.png
      drawthings edit room.png "add the chair of Picture 2" --ref chair.png
      drawthings edit sketch.png "oil painting" --strength 0.6
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    words = prompts.prompt(instruction, given)
    if not words.strip():
        raise Misuse("The instruction is empty.", 'Say what is to change, for example "make it snowy".')
    return job.run(given, words, image=image)
