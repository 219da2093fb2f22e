"""Mask codes: which pixels are kept, repainted, or filled from nothing, and how the parts are put together.

The low three bits of a mask byte are its code: 0 depends on the others, 1 has nothing underneath, 2 (or 4) is
repainted, 3 is always kept, 5 to 7 count as 0. The high five bits say how much of the original shines through.

Source: ``generateImageWithMask1AndMask2``, ``generateImageWithMask2`` and ``imageWithMask`` in
``LocalImageGenerator.swift``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.painter.raster import HALF, Plane, Rgb, blur

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL_PX = 8
"""Kept and repainted areas meet at cells of the latent: one repainted pixel repaints its whole cell."""

_FRESH, _AGAIN, _KEPT = 1, 2, 3
_CODES = np.array([0, 1, 2, 3, 2, 0, 0, 0], np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """What a mask asks for.

    Args:
        fresh: Pixels filled from noise whatever the strength.
        again: Pixels repainted with the strength.
        kept: All others.
        through: How much of the original shines through a repainted pixel.

    Shapes:
        each (h, w) float32, 0 or 1; ``through`` 0..1.
    """

    fresh: Plane
    again: Plane
    kept: Plane
    through: Plane

    @property
    def changed(self) -> Plane:
        """Every pixel that is not kept."""
        return 1 - self.kept


def read_zones(mask: NDArray[np.uint8], height: int, width: int) -> Zones | None:
    """Read a mask.

    Args:
        mask: The codes (h, w); stretched without mixing when its size differs.
        height: Rows of the canvas.
        width: Columns of the canvas.

    Returns:
        The zones, or None where the server works as if there were no mask: only code 0, only 3 or only 1.
    """
    if mask.shape != (height, width):
        rows = np.arange(height) * mask.shape[0] // height
        columns = np.arange(width) * mask.shape[1] // width
        mask = mask[rows][:, columns]
    codes = _CODES[mask & 7]
    present = {int(code) for code in np.unique(codes)}
    if len(present) == 1 and present != {_AGAIN}:
        return None
    spare_kept = _AGAIN in present and not {_FRESH, _KEPT} <= present
    kept = (codes == _KEPT) | ((codes == 0) & spare_kept)
    fresh = codes == _FRESH
    through = np.where(kept, 0, (mask & 0xF8).astype(np.float32) / np.float32(255)).astype(np.float32)
    return Zones(fresh.astype(np.float32), (~kept & ~fresh).astype(np.float32), kept.astype(np.float32), through)


def only_fresh(mask: NDArray[np.uint8]) -> bool:
    """Say whether every pixel is to be filled from nothing, so that the picture is painted as if without input."""
    return bool((_CODES[mask & 7] == _FRESH).all())


def bounding_box(plane: Plane) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom around everything above one half."""
    rows = np.flatnonzero((plane > HALF).any(1))
    columns = np.flatnonzero((plane > HALF).any(0))
    if not len(rows):
        return (0, 0, plane.shape[1], plane.shape[0])
    return (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def in_cells(changed: Plane) -> Plane:
    """Return the changed area as the latent sees it: whole cells."""
    height, width = changed.shape
    rows, columns = -(-height // CELL_PX), -(-width // CELL_PX)
    padded = np.zeros((rows * CELL_PX, columns * CELL_PX), np.float32)
    padded[:height, :width] = changed
    cells = padded.reshape(rows, CELL_PX, columns, CELL_PX).max((1, 3))
    return np.repeat(np.repeat(cells, CELL_PX, 0), CELL_PX, 1)[:height, :width]


def grown(plane: Plane, pixels: int) -> Plane:
    """Grow an area by pixels in all eight directions; negative shrinks it."""
    if pixels < 0:
        return 1 - grown(1 - plane, -pixels)
    for _ in range(min(pixels, max(plane.shape))):
        wide = np.pad(plane, 1)
        rows = np.maximum(np.maximum(wide[:-2], wide[1:-1]), wide[2:])
        plane = np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
    return plane


def compose(picture: Rgb, result: Rgb, zones: Zones, *, blur_px: float, outset: int, preserve: bool) -> Rgb:
    """Put the kept parts of a picture and the repainted parts of a result together.

    Args:
        picture: The original.
        result: The repainted picture.
        zones: What the mask asks for.
        blur_px: Sigma of the seam.
        outset: Pixels by which the kept area shrinks before it is blurred; negative grows it.
        preserve: Whether the original is laid over the result; otherwise kept and changed areas meet at latent cells.
    """
    cells = in_cells(grown(zones.changed, 8 * (-(-outset // 8))) if outset > 0 else zones.changed)
    share = cells * (1 - zones.through**2)
    out: Rgb = picture + (result - picture) * share[..., None]
    if not preserve:
        return out
    over = blur(grown(zones.kept, -outset), blur_px)[..., None]
    return out + (picture - out) * over
