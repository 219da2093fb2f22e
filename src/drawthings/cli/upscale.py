"""``drawthings upscale``."""

from __future__ import annotations

from typing import Any

import click

from drawthings.cli import completion, job
from drawthings.cli.options import ASKER, CONNECTION, OUTPUT, PNG, RUN, options
from drawthings.cli.verb import Verb


@click.command(cls=Verb)
@click.argument("image", shell_complete=completion.files)
@click.option(
    "--upscaler",
    metavar="NAME",
    shell_complete=completion.names_of("upscalers"),
    help="An upscaler on the server. Default: one is chosen.",
)
@click.option("--factor", type=int, help="2 or 4. Default: the upscaler's own; 2 where none is named.")
@click.option("--faces", metavar="FILE", help="A face restoration model on the server (works on a Mac).")
@click.option(
    "--model",
    "-m",
    metavar="NAME",
    shell_complete=completion.names_of("models"),
    help="Any model; the server needs one named though it does not paint.",
)
@options(OUTPUT, RUN, PNG, ASKER, CONNECTION)
def upscale(image: str, factor: int | None, faces: str | None, **given: Any) -> int:  # noqa: ANN401 - as click does
    """Enlarge IMAGE without painting anything new.

    \b
    Examples:
      drawthings upscale photo.jpg -o large.png
      drawthings upscale photo.jpg --factor 4 --upscaler remacri_4x_f16.ckpt
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.client.setup import upscaling

    asked = upscaling({}, image, given["upscaler"], factor)
    if faces is not None:
        asked["face_restoration"] = faces
    return job.run(given, "", **asked)
