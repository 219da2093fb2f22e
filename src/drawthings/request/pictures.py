"""Pictures going in: from anywhere, in any mode, brought to exactly the size that the server needs.

``sources.py`` opens them, ``modes.py`` makes them upright 8-bit sRGB; this module is what the rest of the package uses.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor

from drawthings.errors import BadImage, BadSize, BadValue
from drawthings.request.modes import to_plain
from drawthings.request.sources import open_array, open_bytes, open_file, open_path, told

if TYPE_CHECKING:
    from drawthings.tensor.codec import CodecName


PictureSource: TypeAlias = (
    str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Image.Image | npt.NDArray[Any]
)
FramesSource: TypeAlias = PictureSource | Sequence[PictureSource]
"""A picture, or several: a list of them, or an array of four axes, which is a list of pictures too."""
Color: TypeAlias = str | tuple[int, int, int]
Mode: TypeAlias = Literal["cover", "contain", "stretch"]

MODES = ("cover", "contain", "stretch")
MOST_PX = 32768
"""The longest side of a fitted picture: the server's 8192 px four times enlarged."""

FRAMES_AXES = 4
"""Axes of an array that holds several pictures."""

ASPECT_WEIGHT = 6.0
"""How much a change of shape counts against a change of area when a canvas is chosen."""


def load_picture(source: PictureSource) -> Image.Image:
    """Open a picture from whatever a person has at hand.

    Args:
        source: A path (``~`` is the home folder), the bytes of a file, a file object in binary mode, a Pillow image or
            a numpy array; see ``open_array`` for the arrays that are pictures. Of an animation the first frame
            counts; a Pillow image is taken at the frame where it stands.

    Returns:
        A new picture in mode RGB, or RGBA if it has any transparency: upright, in 8-bit sRGB, without metadata.

    Raises:
        BadImage: It is no picture, is damaged or too large, or cannot be read; the message names it and the reason.
    """
    image, name = _opened(source)
    with told(name):
        image.load()
        if 0 in image.size:
            raise BadImage(f"{name} has no pixels: {image.width}x{image.height}.", hint="Check how it was made.")
        return to_plain(image, ours=image is not source)


def load_frames(source: FramesSource) -> tuple[Image.Image, ...]:
    """Open a picture, or several that follow each other.

    Args:
        source: Whatever ``load_picture`` opens; a list or tuple of that; or an array (frames, height, width, channels).

    Returns:
        The pictures, each as ``load_picture`` returns it.

    Raises:
        BadImage: One of them cannot be read, or the list is empty.
    """
    several: Sequence[Any] = source if isinstance(source, list | tuple) else [source]
    if getattr(source, "ndim", 0) == FRAMES_AXES:
        several = tuple(np.asarray(source))
    if not several:
        raise BadImage("The list of pictures to start from is empty.", hint="Give one, or leave it out.")
    return tuple(load_picture(each) for each in several)


def _opened(source: object) -> tuple[Image.Image, str]:
    if isinstance(source, Image.Image):
        return source, "The given image"
    if isinstance(source, bytes | bytearray | memoryview):
        name = "The given data"
        return open_bytes(bytes(source), name), name
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        return open_path(path), str(path)
    if hasattr(source, "read"):
        return open_file(source), "The given file object"
    if hasattr(source, "__array__"):
        name = "The given array"
        with told(name):
            return open_array(np.asarray(source)), name
    raise BadImage(
        f"A picture cannot be read from {type(source).__name__}.",
        hint="Give a path, bytes, a file object, a Pillow image or a numpy array.",
    )


def flatten(image: Image.Image, background: Color = "white") -> Image.Image:
    """Lay a picture on a background, which ends its transparency.

    The app instead sends the hidden colours of transparent pixels, mid-grey where nothing is left of them, together
    with a mask (``ImageConverter.tensor(from:)``); without a mask that would show as a grey patch.

    Args:
        image: A picture in mode RGB or RGBA.
        background: A colour name, ``#rrggbb``, or three bytes.

    Returns:
        The picture in mode RGB; one without transparency is returned as it is.

    Raises:
        BadValue: There is no such colour.
    """
    if image.mode == "RGB":
        return image
    below = Image.new("RGBA", image.size, (*_colour(background), 255))
    return Image.alpha_composite(below, image.convert("RGBA")).convert("RGB")


def fit_picture(
    image: Image.Image, width: int, height: int, mode: Mode | str = "cover", *, fill: Color = "black"
) -> Image.Image:
    """Bring a picture to exactly the given size.

    Args:
        image: A picture in mode RGB or RGBA; transparency is kept.
        width: The width wanted.
        height: The height wanted.
        mode: ``cover`` fills the size and crops what sticks out, the same on both sides; ``contain`` shows the whole
            picture on a ground of the fill colour; ``stretch`` changes its shape.
        fill: The ground for ``contain``: a colour name, ``#rrggbb``, or three bytes.

    Returns:
        A picture of that size, resampled with Lanczos; pixel for pixel the same if it had the size already.

    Units:
        Pixels.

    Raises:
        BadValue: There is no such mode or colour.
        BadSize: A side is below 1 or above 32768 px.
    """
    if mode not in MODES:
        hint = "cover crops, contain pads, stretch distorts."
        raise BadValue(f"{mode!r} is no way to fit a picture.", hint=hint, value=mode, suggestions=MODES)
    for side in (width, height):
        if not 1 <= side <= MOST_PX:
            hint = f"Give sides from 1 to {MOST_PX} px."
            raise BadSize(f"A picture cannot be {width}x{height} px.", hint=hint, value=(width, height))
    if mode == "contain":
        return _contained(image, (width, height), _colour(fill))
    box = central_box(image.size, (width, height)) if mode == "cover" else None
    return image.resize((width, height), Image.Resampling.LANCZOS, box=box)


def shrink_to_area(image: Image.Image, area_px: int) -> Image.Image:
    """Return the picture with at most that many pixels, in its own shape; a smaller one as it is."""
    factor = math.sqrt(area_px / (image.width * image.height))
    if factor >= 1:
        return image
    # Rounding down keeps the promise; a strip of a pixel or two may exceed it rather than vanish.
    size = (max(1, math.floor(image.width * factor)), max(1, math.floor(image.height * factor)))
    return image.resize(size, Image.Resampling.LANCZOS)


def canvas_for(
    width: int, height: int, *, area_px: int, step: int = 64, minimum: int = 128, maximum: int = 8192
) -> tuple[int, int]:
    """Choose the canvas for a picture: its own shape, about the given area, both sides on the server's grid.

    Of all sides on the grid the pair is taken whose shape and area are nearest, both measured as ratios (logarithms),
    a change of shape counting six times as much: it crops or distorts, while some more or fewer pixels only cost
    time. 3000x2000 at one megapixel becomes 1344x896 and 1920x1080 becomes 1344x768.

    Args:
        width: The picture's width.
        height: The picture's height.
        area_px: About how many pixels the canvas shall have, for example 1024 squared.
        step: The grid.
        minimum: The shortest side allowed.
        maximum: The longest side allowed.

    Returns:
        Width and height of the canvas.

    Units:
        Pixels.

    Raises:
        BadSize: A size or the area is below 1, or no side on the grid lies between minimum and maximum.
    """
    if min(width, height, area_px, step) < 1:
        hint = "Give sizes of at least 1 px."
        raise BadSize(f"There is no canvas for {width}x{height} px at {area_px} px.", hint=hint, value=(width, height))
    sides = range(max(1, math.ceil(minimum / step)) * step, maximum + 1, step)
    if not sides:
        hint = "Widen the range or take a finer grid."
        raise BadSize(f"No multiple of {step} px lies in {minimum}..{maximum}.", hint=hint, value=(width, height))
    return _nearest_pair(sides, math.log(width / height), math.log(area_px))


def _nearest_pair(sides: Sequence[int], shape: float, area: float) -> tuple[int, int]:
    logarithm = {side: math.log(side) for side in sides}

    def distance(pair: tuple[int, int]) -> float:
        across, down = logarithm[pair[0]], logarithm[pair[1]]
        return ASPECT_WEIGHT * abs(across - down - shape) + abs(across + down - area)

    return min(product(sides, sides), key=distance)


def picture_pixels(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Return a picture's pixels, on white where it is transparent.

    Shapes:
        (height, width, 3) uint8, writable and contiguous.
    """
    return np.array(flatten(image), dtype=np.uint8, order="C")


def picture_blob(image: Image.Image, codec: CodecName = "raw") -> bytes:
    """Return a picture as the tensor bytes that the server takes for an image or a reference.

    Args:
        image: A picture in mode RGB or RGBA, of the size the server expects.
        codec: How the payload is packed; see ``drawthings.tensor.codec``.

    Shapes:
        (1, height, width, 3) float16 in [-1, 1].
    """
    from drawthings.tensor.pixels import pixels_to_blob, rows_in_strip, strips_to_blob

    if codec != "raw":
        return pixels_to_blob(picture_pixels(image), codec)
    flat = flatten(image)
    width, height = flat.size
    rows = rows_in_strip(width)
    # Pillow hands out a whole picture only as a copy; strips of it fit into memory that is at hand.
    boxes = ((0, top, width, min(top + rows, height)) for top in range(0, height, rows))
    return strips_to_blob(height, width, (np.asarray(flat.crop(box)) for box in boxes))


def frames_blob(images: Sequence[Image.Image]) -> bytes:
    """Return pictures of one size as the tensor bytes that the server takes for the first frames of a clip.

    Shapes:
        (frames, height, width, 3) float16 in [-1, 1].
    """
    from drawthings.tensor.codec import encode_tensor
    from drawthings.tensor.pixels import encode_pixels

    return encode_tensor(np.concatenate([encode_pixels(picture_pixels(image)) for image in images]))


def _contained(image: Image.Image, size: tuple[int, int], fill: tuple[int, int, int]) -> Image.Image:
    left, top, right, bottom = inner_box(image.size, size)
    ground = Image.new(image.mode, size, fill if image.mode == "RGB" else (*fill, 255))
    ground.paste(image.resize((right - left, bottom - top), Image.Resampling.LANCZOS), (left, top))
    return ground


def inner_box(size: tuple[int, int], target: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return where a picture of a size lies on a canvas that shows all of it: left, top, right, bottom."""
    factor = min(target[0] / size[0], target[1] / size[1])
    width, height = (max(1, round(side * factor)) for side in size)
    left, top = (target[0] - width) // 2, (target[1] - height) // 2
    return (left, top, left + width, top + height)


def central_box(size: tuple[int, int], target: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return the largest part of the target's shape in the middle of a picture of that size."""
    width, height = size
    across = min(width, height * target[0] / target[1])
    down = min(height, width * target[1] / target[0])
    left, top = (width - across) / 2, (height - down) / 2
    return (left, top, left + across, top + down)


def _colour(colour: Color) -> tuple[int, int, int]:
    try:
        # bytes() refuses whatever is no whole number from 0 to 255.
        red, green, blue = bytes(ImageColor.getrgb(colour)[:3] if isinstance(colour, str) else colour)
    except (TypeError, ValueError) as error:
        hint = 'Give a name like "white", "#rrggbb", or three numbers from 0 to 255.'
        raise BadValue(f"{colour!r} is no colour.", hint=hint, value=colour) from error
    return (red, green, blue)
