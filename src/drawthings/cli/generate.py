"""``drawthings generate``."""

from __future__ import annotations

from typing import Any

import click

from drawthings.cli import job
from drawthings.cli.options import CONNECTION, HINTS, OUTPUT, PNG, PROMPT, SETTINGS, options


@click.command()
@click.argument("prompt", required=False)
@click.option("--image", metavar="IMAGE", help="A picture to start from; --strength says how much of it may change.")
@options(PROMPT, OUTPUT, PNG, SETTINGS, HINTS, CONNECTION)
def generate(prompt: str | None, image: str | None, **given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """Make pictures from a PROMPT.

    \b
    Examples:
      drawthings generate "a red fox in the snow" -o fox.png
      drawthings generate "a lion" --model juggernaut_xl_v9_q6p_q8p.ckpt --size 1024 --steps 30
      drawthings generate "a zen garden" --lora some_lora_f16.ckpt:0.8 --seed 42 --json
      drawthings generate "a dancer" --hint pose=skeleton.png --control controlnet_openpose_1.x_v1.1_f16.ckpt:0.9
      drawthings generate --prompt-file prompt.txt -n 4 -o "fox-{seed}.png"
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    job.run(given, prompt, image=image)
