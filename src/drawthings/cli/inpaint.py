"""``drawthings inpaint``."""

from __future__ import annotations

from typing import Any

import click

from drawthings.cli import completion, job, prompts
from drawthings.cli.complaint import Misuse
from drawthings.cli.options import CONNECTION, HINTS, OUTPUT, PNG, PROMPT, RUN, SETTINGS, options
from drawthings.cli.verb import Verb


@click.command(cls=Verb)
@click.argument("image", shell_complete=completion.files)
@click.argument("prompt", required=False)
@click.option(
    "--mask",
    metavar="FILE",
    shell_complete=completion.files,
    help="A picture: white is repainted; or, if it has any, what is transparent.",
)
@click.option("--box", metavar="L,T,R,B", help="A box to repaint: left, top, right, bottom in pixels of the picture.")
@click.option("--invert", is_flag=True, help="Repaint what the mask keeps, and keep what it repaints.")
@click.option("--mask-blur", type=float, metavar="PIXELS", help="How soft the seam is. Default: 1.5.")
@click.option(
    "--mask-outset", type=int, metavar="PIXELS", help="How far the repainted part grows; negative shrinks it."
)
@options(PROMPT, OUTPUT, RUN, PNG, SETTINGS, HINTS, CONNECTION)
def inpaint(image: str, prompt: str | None, **given: Any) -> int:  # noqa: ANN401 - click hands over all options
    """Repaint a part of IMAGE to show PROMPT, and keep the rest.

    Without --mask and --box, what is transparent in IMAGE is repainted.

    \b
    Examples:
      drawthings inpaint photo.jpg "a red boat" --mask mask.png -o boat.png
      drawthings inpaint photo.jpg "clear sky" --box 0,0,900,200
      drawthings inpaint cutout.png "a window" --mask-blur 4
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.client.setup import inpainting

    asked: dict[str, Any] = {}
    if given["mask_blur"] is not None:
        asked["mask_blur"] = given["mask_blur"]
    if given["mask_outset"] is not None:
        asked["mask_blur_outset"] = given["mask_outset"]
    return job.run(given, prompts.prompt(prompt, given), **inpainting({}, image, _mask(given)), **asked)


def _mask(given: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever a mask can be made of
    """Return the mask that the options describe, or None for the picture's own transparency."""
    from drawthings.cli.assignment import parse_box
    from drawthings.request.masks import Mask

    if given["mask"] and given["box"]:
        raise Misuse("There are two masks, --mask and --box.", "Give one of them.")
    source = parse_box(given["box"]) if given["box"] else given["mask"]
    if source is None and given["invert"]:
        raise Misuse("--invert has nothing to turn round.", "Give a --mask or a --box.")
    return None if source is None else Mask(source, invert=given["invert"])
