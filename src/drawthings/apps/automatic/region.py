"""Repainting of a region: what is done to pictures and masks before they are sent, and to results afterwards.

The web interface has two ways to repaint. The whole picture is brought to the canvas and comes back in that size; or
only the masked region is cut out, painted at the size of the canvas, and laid back into a picture that keeps its own
size. The server knows the first way; the second one is made of it here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter, ImageOps

from drawthings.errors import BadMask
from drawthings.request.frame import laid_on
from drawthings.request.masks import FILL, HALF, KEEP, Mask
from drawthings.request.pictures import flatten, inner_box, load_picture

if TYPE_CHECKING:
    from drawthings.request.pictures import PictureSource

Box: TypeAlias = tuple[int, int, int, int]
Size: TypeAlias = tuple[int, int]
Floats: TypeAlias = npt.NDArray[np.float32]

SURROUNDINGS, ORIGINAL, NOISE, NOTHING = range(4)
"""What lies under the masked part: ``inpainting_fill``."""
FILLING_SIDE = 1024
TINY = 1e-6
LAID_OVER = 2
"""Of a soft edge this many times its width counts as part of the region."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a picture that is painted by itself and laid back.

    Attributes:
        picture: The whole picture.
        mask: What of it is repainted: white is, with soft edges.
        box: Left, top, right, bottom of the part.
    """

    picture: Image.Image
    mask: Image.Image
    box: Box

    def laid_back(self, painted: Image.Image) -> Image.Image:
        """Return the whole picture with the painted part in it, at its own size."""
        left, top, right, bottom = self.box
        whole = self.picture.copy()
        whole.paste(painted.convert("RGB").resize((right - left, bottom - top), Image.Resampling.LANCZOS), (left, top))
        return Image.composite(whole, self.picture, self.mask)


def open_plain(source: PictureSource) -> Image.Image:
    """Open a picture and lay it on white where it is transparent, as the web interface does."""
    return flatten(load_picture(source))


def open_mask(source: PictureSource, size: Size, *, invert: bool) -> Image.Image:
    """Open a mask of the web interface.

    Args:
        source: A picture where white is repainted; where it has transparency, what is opaque is.
        size: Width and height of the picture it belongs to; it is stretched there.
        invert: Whether it is meant the other way round.

    Returns:
        A picture in mode L, black and white only.

    Raises:
        BadImage: It is no picture.
        BadMask: Nothing in it is repainted.
    """
    image = load_picture(source)
    level = image.getchannel("A") if image.mode == "RGBA" else image.convert("L")
    mask = level.resize(size, Image.Resampling.BILINEAR).point(lambda grey: 255 if grey >= HALF else 0)
    mask = ImageOps.invert(mask) if invert else mask
    if mask.getbbox() is None:
        raise BadMask(
            "The mask repaints nothing.",
            hint="White is repainted; inpainting_mask_invert=1 turns that round.",
            field="mask",
        )
    return mask


def covers_everything(mask: Image.Image) -> bool:
    """Return whether a mask leaves nothing as it is."""
    return ImageOps.invert(mask).getbbox() is None


def cut_out(picture: Image.Image, mask: Image.Image, *, blur: float, padding: int, shape: Size | None) -> Region:
    """Choose the region around what is masked.

    Args:
        picture: The whole picture.
        mask: Black and white, of the same size.
        blur: The sigma of the soft edge in pixels.
        padding: How many pixels around the masked part are shown to the model.
        shape: Width and height of the canvas, to whose shape the region is widened where the picture has room.
    """
    soft = mask.filter(ImageFilter.GaussianBlur(blur)) if blur else mask
    left, top, right, bottom = mask.getbbox() or (0, 0, *mask.size)
    more = padding + round(LAID_OVER * blur)
    box = (
        max(0, left - more),
        max(0, top - more),
        min(picture.width, right + more),
        min(picture.height, bottom + more),
    )
    return Region(picture, soft, box if shape is None else _widened(box, picture.size, shape))


def underlaid(picture: Image.Image, mask: Image.Image) -> Image.Image:
    """Return a picture whose masked part is filled with the colours around it.

    From coarse to fine, each level shows the mean colour of what is unmasked nearby; the nearest colours win. A filling
    has no detail, so that of a large picture is made of a small one.
    """
    factor = min(1.0, FILLING_SIDE / max(picture.size))
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    known = np.asarray(ImageOps.invert(mask).resize(size, Image.Resampling.BOX), np.float32)[..., None] / 255
    known = np.where(known < 1, np.float32(0), known)
    colours = np.asarray(picture.resize(size, Image.Resampling.BOX), np.float32)
    filled = _filled(np.concatenate([colours * known, known], axis=2), max(size))
    filling = Image.fromarray(np.clip(filled + 0.5, 0, 255).astype(np.uint8))
    return Image.composite(filling.resize(picture.size, Image.Resampling.BILINEAR), picture, mask)


def _filled(weighted: Floats, longest: int) -> Floats:
    """Return colours everywhere; ``weighted`` has colours times how much they are known, and that itself."""
    filled = np.zeros_like(weighted[..., :3])
    for step in _steps(longest):
        level = _spread(weighted, step)
        weight = level[..., 3:]
        sure = np.clip(weight * step * step, 0, 1)
        filled = (filled * (1 - sure) + level[..., :3] / np.maximum(weight, TINY) * sure).astype(np.float32)
    return filled


def emptied(mask: Image.Image) -> Mask:
    """Return the mask that has nothing underneath its white part, so that it is painted from noise alone."""
    return Mask(np.where(np.asarray(mask) >= HALF, np.uint8(FILL), np.uint8(KEEP)), codes=True)


def filled_up(image: Image.Image, canvas: Size) -> Image.Image:
    """Return a picture that is wholly on a canvas, whose edges go on where it leaves room."""
    return laid_on(image.convert("RGB"), inner_box(image.size, canvas), canvas, stretch_edges=True)


def mask_filled_up(mask: Image.Image, canvas: Size) -> Image.Image:
    """Return the mask for ``filled_up``: what is beside the picture is kept."""
    left, top, right, bottom = inner_box(mask.size, canvas)
    laid = Image.new("L", canvas, 0)
    laid.paste(mask.resize((right - left, bottom - top), Image.Resampling.NEAREST), (left, top))
    return laid


def _widened(box: Box, size: Size, shape: Size) -> Box:
    """Return a box in the shape of the canvas around another, as far as the picture reaches."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    wanted = shape[0] / shape[1]
    if width / height < wanted:
        width = min(size[0], max(width, round(height * wanted)))
    else:
        height = min(size[1], max(height, round(width / wanted)))
    x = min(max(0, (left + right - width) // 2), size[0] - width)
    y = min(max(0, (top + bottom - height) // 2), size[1] - height)
    return (x, y, x + width, y + height)


def _steps(longest: int) -> list[int]:
    """Return the sizes of the patches that are averaged, from the whole picture to a few pixels."""
    return [1 << power for power in range(max(1, longest.bit_length()), 0, -1)]


def _spread(weighted: Floats, step: int) -> Floats:
    """Return the means over square patches, brought back smoothly to the size of the picture."""
    height, width = weighted.shape[:2]
    small = (max(1, round(width / step)), max(1, round(height / step)))
    layers = [
        Image.fromarray(np.ascontiguousarray(weighted[..., layer]))
        .resize(small, Image.Resampling.BOX)
        .resize((width, height), Image.Resampling.BILINEAR)
        for layer in range(weighted.shape[2])
    ]
    return np.stack([np.asarray(layer) for layer in layers], axis=2)
