"""``drawthings generate``."""

from __future__ import annotations

from typing import Any

import click

from drawthings.cli import job
from drawthings.cli.options import CONNECTION, OUTPUT, SETTINGS, options


@click.command()
@click.argument("prompt")
@options(OUTPUT, SETTINGS, CONNECTION)
def generate(prompt: str, **given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """Make pictures from a PROMPT.

    \b
    Examples:
      drawthings generate "a red fox in the snow" -o fox.png
      drawthings generate "a lion" --model juggernaut_xl_v9_q6p_q8p.ckpt --size 1024 --steps 30
      drawthings generate "a zen garden" --lora some_lora_f16.ckpt:0.8 --seed 42 --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    job.run(given, prompt)
