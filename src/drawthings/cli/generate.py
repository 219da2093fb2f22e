"""``drawthings generate``."""

from __future__ import annotations

from typing import Any

import click

from drawthings.cli import completion, job, prompts
from drawthings.cli.alias import INPUT_IMAGE, option
from drawthings.cli.options import CONNECTION, HINTS, OUTPUT, PNG, PROMPT, RUN, SETTINGS, WORDING, options
from drawthings.cli.verb import Verb


@click.command(cls=Verb)
@click.argument("prompt", required=False)
@option(
    "--image",
    metavar="IMAGE",
    also=INPUT_IMAGE,
    complete=completion.files,
    help="A picture to start from; --strength says how much of it may change.",
)
@options(PROMPT, OUTPUT, RUN, WORDING, PNG, SETTINGS, HINTS, CONNECTION)
def generate(prompt: str | None, image: str | None, **given: Any) -> int:  # noqa: ANN401 - click hands over all options
    """Make pictures from a PROMPT. The flags of draw-things-cli are understood too.

    {red|blue} in the prompt stands for one of the two, chosen by the seed.

    \b
    Examples:
      drawthings generate "a red fox in the snow" -o fox.png
      drawthings generate "a lion" -m juggernaut_xl_v9_q6p_q8p.ckpt --steps 30
      drawthings generate "a zen garden" --lora some_lora_f16.ckpt:0.8 --json
      drawthings generate "a dancer" --hint pose=skeleton.png --seed 42
      drawthings generate --prompt-file prompt.txt -n 4 -o "fox-{seed}.png"
      drawthings generate "a {red|blue} fox" --dry-run
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    return job.run(given, prompts.prompt(prompt, given), image=image)
