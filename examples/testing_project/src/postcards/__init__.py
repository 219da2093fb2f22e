"""Postcards: a picture with a white edge, from a place and a season."""

from __future__ import annotations

from pathlib import Path

from PIL import ImageOps

from drawthings import DrawThings
from drawthings.errors import DrawThingsError, Incomplete

EDGE_PX = 16


class NoPostcard(Exception):
    """There is no postcard; says why in words for the person who wanted one."""


def make_postcard(place: str, season: str, folder: Path, *, seed: int | None = None) -> Path:
    """Have a postcard painted by the server that the environment names, and put it into a folder.

    Raises:
        NoPostcard: The server cannot be reached, or did not finish.
    """
    try:
        with DrawThings() as server:
            result = server.generate(f"{place} in {season}, postcard", width=384, height=256, steps=4, seed=seed)
    except Incomplete as error:
        raise NoPostcard(f"The server stopped in the middle: {error}") from error
    except DrawThingsError as error:
        raise NoPostcard(f"{error} {error.hint}") from error
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{place}-{season}-{result.seed}.png"
    ImageOps.expand(result.picture.image(), EDGE_PX, "white").save(path)
    return path
