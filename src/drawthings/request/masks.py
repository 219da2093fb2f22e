"""Which parts of a picture are repainted: masks in the forms people have, as the codes the server reads.

A mask on the wire has one byte for each pixel of the canvas. The low three bits are a code and not a grey level:

* 0: kept as soon as anything has code 2 (except when 1, 2 and 3 all occur); otherwise repainted with ``strength``
* 1: nothing is underneath; filled from pure noise whatever the strength
* 2 (and 4): repainted with ``strength``
* 3: always kept
* 5, 6, 7: taken for 0; so a grey level of 255 masks nothing

The high five bits (0xf8) say how much of the original stays visible in a repainted pixel: that value / 255 of it shows
in what the model starts from, and original and result are blended with its square at the end.

Three settings say how kept and repainted parts meet. ``preserve_original_after_inpaint`` (on) lays the kept pixels of
the original over the result; without it the seam lies at the cells of the latent, 8x8 pixels each, of which one
repainted pixel repaints the whole. ``mask_blur`` (1.5 px) is the sigma of the soft edge of what is laid over; 0 is a
hard edge. ``mask_blur_outset`` (0 px) shrinks what is laid over by that many pixels first, and lets the repainted
cells grow; a negative one extends it into the repainted part.

Source: ``generateImageWithMask``, ``generateImageWithMask2``, ``generateImageWithMask1AndMask2`` and
``imageWithMask`` in ``LocalImageGenerator.swift``, ``isInpainting`` in ``ImageGeneratorUtils.swift``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from drawthings.errors import BadMask, BadValue
from drawthings.request.pictures import MODES, PictureSource, central_box, inner_box, load_picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings.request.pictures import Mode

Codes: TypeAlias = npt.NDArray[np.uint8]
Box: TypeAlias = tuple[int, int, int, int]

DEPENDS: Final = 0
FILL: Final = 1
REPAINT: Final = 2
KEEP: Final = 3
CODE_BITS: Final = 0b111
ALPHA_BITS: Final = 0b11111000
HALF: Final = 128
"""From this grey level on a mask picture counts as white, and below this opacity as transparent."""

SHAPE_SLACK: Final = 0.02
"""How far the shape of a mask may be from that of its picture; a pixel of rounding stays well below."""

_GREY = "Give white for what is repainted and black for what is kept; or say codes=False for grey levels."


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """A mask with more said about it than a picture or a box says.

    Attributes:
        source: A picture, an array, or a box; see ``read_mask``.
        codes: Whether the source is an array of the server's own codes instead of black and white.
        original: How much of the original stays visible in what is repainted, 0 (nothing) to 1.
        invert: Whether black is repainted and white kept; of no effect on codes.
    """

    source: PictureSource | Box
    codes: bool = False
    original: float = 0.0
    invert: bool = False


MaskSource: TypeAlias = PictureSource | Box | Mask


def read_mask(source: MaskSource, size: tuple[int, int]) -> Codes:
    """Turn a mask in any form into codes for a picture.

    Args:
        source: A picture, where white is repainted and black is kept, or, if it has any transparency, where the
            transparent parts are repainted and the opaque ones kept; an array of bool (True is repainted), of bytes,
            or of floating point in 0..1; a box (left, top, right, bottom) in pixels of the picture, all inside of
            which is repainted; or a ``Mask`` around one of these.
        size: Width and height of the picture that the mask is about.

    Returns:
        The codes, 2 for what is repainted and 0 for what is kept, at the size of the picture. Another size of the
        same shape is scaled, each pixel taking the nearest one.

    Shapes:
        (height, width) uint8.

    Raises:
        BadImage: It is no picture.
        BadMask: It masks nothing or everything, has another shape than the picture, or is no mask.
    """
    mask = source if isinstance(source, Mask) else Mask(source)
    if not 0 <= mask.original <= 1:
        raise BadMask(
            f"A mask cannot leave {mask.original:g} of the original visible.", hint="Give original from 0 to 1."
        )
    if mask.codes:
        codes = _as_codes(mask.source)
    elif isinstance(mask.source, tuple | list):
        codes = _boxed(mask.source, size)
    else:
        codes = _painted(mask.source)
    if mask.invert and not mask.codes:
        codes = np.where(codes == REPAINT, np.uint8(DEPENDS), np.uint8(REPAINT))
    codes = _matched(codes, size)
    check_codes(codes)
    return _with_original(codes, mask.original)


def check_codes(codes: Codes, where: str = "") -> None:
    """Refuse codes that the server would not treat as a mask.

    Args:
        codes: The codes.
        where: When they came to be so, as the end of a sentence.

    Raises:
        BadMask: All of them mean the same; the message says what the server would do.
    """
    present = present_codes(codes)
    if len(present) != 1:
        return
    (only,) = present
    if only == REPAINT:
        raise BadMask(
            f"The mask repaints the whole picture{where}; the server would keep nothing of it.",
            hint="Leave some part unmasked, or start from the picture without a mask and set strength.",
        )
    if only == FILL:
        raise BadMask(
            f"The mask says that there is nothing anywhere (code 1){where}; the server would paint as without picture.",
            hint="Mark what is kept with code 3, or leave out picture and mask.",
        )
    raise BadMask(
        f"The mask repaints nothing{where}; the server would go on as without a mask and change the whole picture.",
        hint="Paint white, or cut out, what is to change. Where mask and meaning are the other way round, invert it.",
    )


def present_codes(codes: Codes) -> set[int]:
    """Return the codes that occur, in their plain form: 4 is 2, and 5 to 7 are 0."""
    plain = {4: REPAINT, 5: DEPENDS, 6: DEPENDS, 7: DEPENDS}
    return {plain.get(code, code) for code in np.unique(codes & CODE_BITS).tolist()}


def fit_mask(codes: Codes, width: int, height: int, mode: Mode | str = "cover") -> Codes:
    """Bring a mask to the canvas exactly as ``fit_picture`` brings its picture there.

    Args:
        codes: The codes at the size of the picture.
        width: The canvas' width.
        height: The canvas' height.
        mode: As for the picture. What ``contain`` adds around it is kept.

    Returns:
        The codes at canvas size; nearest neighbours, so no code is mixed with another.

    Raises:
        BadMask: What was masked is gone, cropped away or too small to be seen.
        BadValue: There is no such mode.
    """
    if mode not in MODES:
        hint = "cover crops, contain pads, stretch distorts."
        raise BadValue(f"{mode!r} is no way to fit a mask.", hint=hint, value=mode, suggestions=MODES)
    image = Image.fromarray(codes)
    if mode == "contain":
        left, top, right, bottom = inner_box(image.size, (width, height))
        fitted = np.full((height, width), _kept_beside(present_codes(codes)), np.uint8)
        inner = image.resize((right - left, bottom - top), Image.Resampling.NEAREST)
        fitted[top:bottom, left:right] = np.asarray(inner)
    else:
        box = central_box(image.size, (width, height)) if mode == "cover" else None
        fitted = np.array(image.resize((width, height), Image.Resampling.NEAREST, box=box))
    check_codes(fitted, f" once it is brought to the canvas of {width}x{height}")
    return fitted


def grown_mask(codes: Codes | None, box: Box, canvas: tuple[int, int]) -> Codes:
    """Return the mask of a picture that lies on a larger canvas: nothing is underneath around it.

    Args:
        codes: What of the picture itself is repainted, at any size; None for nothing.
        box: Left, top, right, bottom of the picture on the canvas.
        canvas: Width and height of the canvas.

    Returns:
        Codes 1 around the picture and 3 in it, but for what its own mask repaints.

    Raises:
        BadMask: The picture covers the canvas and has no mask of its own.
    """
    left, top, right, bottom = box
    grown = np.full((canvas[1], canvas[0]), FILL, np.uint8)
    grown[top:bottom, left:right] = KEEP
    if codes is not None:
        inner = np.asarray(Image.fromarray(codes).resize((right - left, bottom - top), Image.Resampling.NEAREST))
        changed = np.isin(inner & CODE_BITS, (FILL, REPAINT, 4))
        grown[top:bottom, left:right] = np.where(changed, inner, np.uint8(KEEP))
    check_codes(grown, f" on a canvas of {canvas[0]}x{canvas[1]}")
    return grown


def mask_blob(codes: Codes) -> bytes:
    """Return a mask as the tensor bytes that the server takes.

    Shapes:
        (height, width) uint8 on the wire, without dimensions for batch or channels.
    """
    from drawthings.tensor.codec import encode_tensor

    return encode_tensor(np.ascontiguousarray(codes, np.uint8), codec="deflate")


def _kept_beside(present: set[int]) -> int:
    """Return the code that keeps pixels without changing what the other codes mean."""
    return KEEP if KEEP in present or REPAINT not in present else DEPENDS


def _as_codes(source: PictureSource | Box) -> Codes:
    # A picture may hold codes as its grey levels, so everything that numpy can look at is looked at as numbers.
    values: npt.NDArray[Any] = np.asarray(source) if hasattr(source, "__array__") else np.empty(0)
    if values.ndim == 3 and values.shape[2] == 1:  # noqa: PLR2004 - rows, columns and a channel
        values = values[:, :, 0]
    if values.ndim != 2 or values.size == 0 or values.dtype.kind not in "ui":  # noqa: PLR2004 - rows and columns
        raise BadMask(
            f"Codes must be an array (height, width) of whole numbers, not {_named(source)}.",
            hint="Give numpy.uint8 codes: 2 repaint, 0 or 3 keep, 1 nothing underneath.",
        )
    if values.min() < 0 or values.max() > np.iinfo(np.uint8).max:
        raise BadMask(
            f"Codes are bytes, but the mask has {values.min()} to {values.max()}.", hint="Give codes from 0 to 255."
        )
    codes = values.astype(np.uint8)
    odd = sorted({code for code in np.unique(codes & CODE_BITS).tolist() if code > 4})  # noqa: PLR2004 - the last code
    if odd:
        raise BadMask(
            f"The mask has the code {odd[0]} in the low three bits of its bytes (a grey level of 255 has 7), which the "
            "server takes for 0: such a mask masks nothing, and the whole picture would change.",
            hint=_GREY,
        )
    return codes


def _named(value: object) -> str:
    if hasattr(value, "__array__"):
        array = np.asarray(value)
        return f"{array.dtype} of shape {array.shape}"
    return type(value).__name__


def _boxed(box: Sequence[float], size: tuple[int, int]) -> Codes:
    width, height = size
    whole = len(box) == 4 and all(isinstance(side, int) and not isinstance(side, bool) for side in box)  # noqa: PLR2004
    if not whole:
        raise BadMask(f"{box!r} is no box.", hint="Give four whole numbers: left, top, right, bottom in pixels.")
    left, top, right, bottom = (int(side) for side in box)
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise BadMask(
            f"The box {left},{top},{right},{bottom} does not lie in the picture of {width}x{height} pixels.",
            hint="Give left, top, right, bottom, where right and bottom are the first pixels outside.",
        )
    codes = np.zeros((height, width), np.uint8)
    codes[top:bottom, left:right] = REPAINT
    return codes


def _painted(source: PictureSource | Box) -> Codes:
    image = load_picture(source)  # type: ignore[arg-type] # a box never comes here
    if image.mode == "RGBA":
        repainted = np.asarray(image.getchannel("A")) < HALF
    else:
        repainted = np.asarray(image.convert("L")) >= HALF
    return np.where(repainted, np.uint8(REPAINT), np.uint8(DEPENDS))


def _matched(codes: Codes, size: tuple[int, int]) -> Codes:
    height, width = codes.shape
    if (width, height) == size:
        return codes
    if abs(np.log((width / height) / (size[0] / size[1]))) > SHAPE_SLACK:
        raise BadMask(
            f"The mask is {width}x{height} and the picture {size[0]}x{size[1]} pixels: they have different shapes.",
            hint="Make the mask as large as the picture.",
        )
    return np.array(Image.fromarray(codes).resize(size, Image.Resampling.NEAREST))


def _with_original(codes: Codes, original: float) -> Codes:
    """Put how much of the original stays visible into the high bits of what is repainted or filled."""
    alpha = np.uint8(round(original * 255) & ALPHA_BITS)
    if not alpha:
        return codes
    changed = np.isin(codes & CODE_BITS, (FILL, REPAINT, 4))
    return np.where(changed, (codes & CODE_BITS) | alpha, codes).astype(np.uint8)
