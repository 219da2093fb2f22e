"""The size of a picture as clients say it, brought to the grid of the server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drawthings.errors import BadValue, OutOfRange
from drawthings.request.fields import BLOCK_PX, BY_NAME
from drawthings.request.pictures import canvas_for
from drawthings.request.values import shown

if TYPE_CHECKING:
    from drawthings.apps.http.values import Values

MOST_SKEWED = 8
_SIZE = re.compile(r"\s*([0-9]{1,5})\s*[x*]\s*([0-9]{1,5})\s*")
_SHAPE = re.compile(r"\s*([0-9]{1,3}(?:\.[0-9]{1,3})?)\s*:\s*([0-9]{1,3}(?:\.[0-9]{1,3})?)\s*")
_HINT = "Use auto, a size such as 1024x1536, or a shape such as 16:9."


def canvas(values: Values, native_px: int) -> dict[str, int]:
    """Return the sides of the canvas that a body asks for.

    Args:
        values: The body: ``size``, or ``width`` and ``height``, which win, or ``aspect_ratio``.
        native_px: The side of the square that the model draws best.

    Returns:
        ``width`` and ``height``, each at the nearest multiple of 64; nothing where both are left open, and then the
        client takes the model's own size, or the shape of the picture that is edited.

    Raises:
        BadValue: The size is no size.
        OutOfRange: It is smaller or larger than a canvas may be.
    """
    size = values.text("size").strip().lower()
    shape = values.text("aspect_ratio").strip().lower()
    sides = {name: side for name in ("width", "height") if (side := values.whole(name)) is not None}
    if sides:
        found = {name: _snapped(side, name) for name, side in sides.items()}
    elif size not in {"", "auto"}:
        found = _named(size, "size", native_px)
    elif shape not in {"", "auto"}:
        found = _named(shape, "aspect_ratio", native_px)
    else:
        return {}
    return found


def _named(text: str, name: str, native_px: int) -> dict[str, int]:
    size, shape = _SIZE.fullmatch(text), _SHAPE.fullmatch(text)
    if size:
        return {"width": _snapped(int(size[1]), name), "height": _snapped(int(size[2]), name)}
    across, down = (float(shape[1]), float(shape[2])) if shape else (0.0, 0.0)
    if not across or not down:
        raise BadValue(f"{name} is {shown(text)}, which is no size.", hint=_HINT, field=name, value=text)
    if not 1 / MOST_SKEWED <= across / down <= MOST_SKEWED:
        raise OutOfRange(f"{name} {shown(text)} is too long a strip.", hint=_HINT, field=name, value=text)
    width, height = canvas_for(round(across * 1000), round(down * 1000), area_px=native_px**2)
    return {"width": width, "height": height}


def _snapped(side: int, name: str) -> int:
    limits = BY_NAME["width"]
    low, high = int(limits.minimum or BLOCK_PX), int(limits.maximum or BLOCK_PX)
    if not low <= side <= high:
        raise OutOfRange(
            f"{name} has a side of {side} pixels; it must be {low} to {high}.", hint=_HINT, field=name, value=side
        )
    return (side + BLOCK_PX // 2) // BLOCK_PX * BLOCK_PX
