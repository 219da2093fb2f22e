"""How large the canvas is, and where on it a given picture lies.

Most pictures are fitted to the canvas and fill it. Two cases leave room beside the picture: outpainting, where the
room is what is painted, and enlarging, where the canvas must be a multiple of 64 pixels and the picture is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drawthings.errors import BadSize, BadValue
from drawthings.request.fields import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from drawthings.request.masks import Box
    from drawthings.request.wishes import Borders, Wishes

GRID_PX = 64
SHORTEST_PX = 128
SIDES = ("left", "top", "right", "bottom")
ROOMY = 2.0
"""An outpainted canvas keeps the picture's own pixels up to so many times the model's best area; beyond it shrinks."""

NOTHING_GREY = 128
"""What lies under pixels that have nothing underneath: the middle, as the app sends it for transparent ones.

Source: ``tensor(from:)`` in ``ImageConverter.swift``.
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a picture lies on its canvas, and how much room that leaves.

    Attributes:
        box: Left, top, right, bottom of the picture in pixels of the canvas.
        room: Pixels on the left, at the top, on the right and at the bottom.
    """

    box: Box
    room: Borders


def canvas_size(wishes: Wishes, native_px: int, size: tuple[int, int] | None) -> dict[str, Any]:
    """Return the sides of the canvas that a person left open.

    Args:
        wishes: What is asked for.
        native_px: The side of the square that the model draws best.
        size: Width and height of the picture, or None without one.

    Returns:
        ``width`` and ``height``: given ones as they are; else the native size in the shape of the picture, for
        outpainting the picture with its borders, and for enlarging the picture itself.

    Units:
        Pixels.
    """
    given = {name: wishes.settings[name] for name in ("width", "height") if name in wishes.settings}
    for name, side in given.items():
        # Sides are computed with below; what is off the grid may still be fitted, what is no number may not.
        BY_NAME[name].fit(side) if wishes.fit else BY_NAME[name].check(side)
    if size is None:
        side = next(iter(given.values()), native_px)
        return {"width": side, "height": side} | given
    if wishes.borders is not None:
        return _with_borders(size, check_borders(wishes.borders), native_px) | given
    if wishes.only_enlarges:
        return {"width": up_to_grid(size[0]), "height": up_to_grid(size[1])} | given
    from drawthings.request.pictures import canvas_for

    width, height = canvas_for(*size, area_px=native_px**2)
    if "width" in given:
        height = _on_grid(given["width"] * size[1] / size[0])
    elif "height" in given:
        width = _on_grid(given["height"] * size[0] / size[1])
    return {"width": width, "height": height} | given


def check_borders(borders: Sequence[int]) -> Borders:
    """Return borders as four whole numbers.

    Raises:
        BadValue: They are not four whole numbers, or none of them adds anything.
        BadSize: One is negative.
    """
    whole = len(borders) == len(SIDES) and all(isinstance(side, int) and not isinstance(side, bool) for side in borders)
    if not whole:
        raise BadValue(
            f"{borders!r} are no borders.",
            hint="Give whole numbers of pixels for left, top, right and bottom.",
            field="borders",
            value=borders,
        )
    for name, side in zip(SIDES, borders, strict=True):
        if side < 0:
            raise BadSize(
                f"{name} is {side}; a picture can only grow.", hint="Crop the picture before if it shall be smaller."
            )
    if not any(borders):
        raise BadValue(
            "No side is to grow, so there is nothing to paint.",
            hint="Give at least one of left, top, right and bottom, in pixels.",
            field="borders",
            value=borders,
        )
    left, top, right, bottom = borders
    return (left, top, right, bottom)


def place(size: tuple[int, int], borders: Borders, canvas: tuple[int, int]) -> Placed:
    """Lay a picture with its borders on a canvas.

    Args:
        size: Width and height of the picture.
        borders: How much is to be added, in pixels of the picture.
        canvas: Width and height of the canvas.

    Returns:
        Where the picture lies. It is made smaller where picture and borders do not fit, and never larger. What the
        canvas has beyond them goes to the sides that grow; to both sides alike where neither does.

    Units:
        Pixels.
    """
    left, top, right, bottom = borders
    factor = min(1.0, canvas[0] / (size[0] + left + right), canvas[1] / (size[1] + top + bottom))
    across = _along(size[0], (left, right), canvas[0], factor)
    down = _along(size[1], (top, bottom), canvas[1], factor)
    box = (across[0], down[0], across[1], down[1])
    return Placed(box, (box[0], box[1], canvas[0] - box[2], canvas[1] - box[3]))


def laid_on(image: Image.Image, box: Box, canvas: tuple[int, int], *, stretch_edges: bool) -> Image.Image:
    """Return a canvas with a picture on it.

    Args:
        image: The picture in mode RGB.
        box: Where it lies.
        canvas: Width and height of the canvas.
        stretch_edges: Whether the room around it shows the pixels at its edges; else the middle grey.
    """
    import numpy as np
    from PIL import Image as Pillow

    left, top, right, bottom = box
    size = (right - left, bottom - top)
    fitted = image if image.size == size else image.resize(size, Pillow.Resampling.LANCZOS)
    room = ((top, canvas[1] - bottom), (left, canvas[0] - right), (0, 0))
    pixels = np.asarray(fitted)
    if stretch_edges:
        return Pillow.fromarray(np.pad(pixels, room, mode="edge"))
    return Pillow.fromarray(np.pad(pixels, room, constant_values=NOTHING_GREY))


def up_to_grid(length_px: int) -> int:
    """Return the next side of a canvas that holds so many pixels."""
    return max(SHORTEST_PX, math.ceil(length_px / GRID_PX) * GRID_PX)


def _with_borders(size: tuple[int, int], borders: Borders, native_px: int) -> dict[str, Any]:
    left, top, right, bottom = borders
    width, height = size[0] + left + right, size[1] + top + bottom
    if width * height > ROOMY * native_px**2:
        from drawthings.request.pictures import canvas_for

        width, height = canvas_for(width, height, area_px=native_px**2)
    return {"width": up_to_grid(width), "height": up_to_grid(height)}


def _on_grid(length_px: float) -> int:
    return max(SHORTEST_PX, round(length_px / GRID_PX) * GRID_PX)


def _along(length: int, borders: tuple[int, int], canvas: int, factor: float) -> tuple[int, int]:
    """Return where a picture begins and ends along one side of its canvas."""
    inner = min(canvas, max(1, round(length * factor)))
    wanted = sum(borders)
    share = borders[0] / wanted if wanted else 0.5
    begin = round((canvas - inner) * share)
    return (begin, begin + inner)
