"""Sizes in the words of the original client.

That client divided pixels by a "latent size" of 64 or 128. The figure is kept as information; sizes on the wire are
pixels divided by 64 for every model.
"""

from __future__ import annotations

from typing import TypedDict

from drawthings.catalogue.entries import ModelEntry
from drawthings.catalogue.families import SDXL_LINE
from drawthings.catalogue.guess import guess_entry


class LatentInfo(TypedDict):
    """What the original client calls the latent information of a model.

    ``latent_size`` is 128 for the SDXL line and 64 for all others; ``default_scale`` and ``native_size`` are the side
    of the square the model draws best, in units of 64 pixels and in pixels; ``known`` is false when all of it was
    guessed from the file name.
    """

    file: str
    name: str
    version: str
    latent_size: int
    default_scale: int
    native_size: int
    known: bool


def latent_info(model: ModelEntry | str) -> LatentInfo:
    """Return the latent information of a model.

    Args:
        model: An entry of the catalogue, or a file name when the server lists nothing. Then the name decides: known
            families first, at last whether it contains "xl".

    Returns:
        A new dictionary.
    """
    entry = guess_entry(ModelEntry, model) if isinstance(model, str) else model
    return LatentInfo(
        file=entry.file,
        name=entry.name,
        version=entry.version,
        latent_size=128 if entry.version in SDXL_LINE else 64,
        default_scale=entry.default_scale,
        native_size=entry.native_px,
        known=entry.known,
    )
