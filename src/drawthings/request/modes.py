"""Any picture that Pillow can hold, as 8-bit sRGB: upright, and in one of two modes.

Pillow's own conversions clip 16-bit and floating-point pictures at 255, which turns most of them white, and ignore
embedded colour profiles. This module scales the first and applies the second.
"""

from __future__ import annotations

import io
import logging
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageCms, ImageOps

from drawthings.errors import BadImage

_log = logging.getLogger("drawthings.request")

Array = npt.NDArray[Any]
Bytes = npt.NDArray[np.uint8]

OPAQUE = 255
FULL_16 = 65535
FULL_32 = 2**31 - 1
# What white is in a floating-point picture: files use all three, and only the values tell them apart.
FLOAT_WHITES = (1.0, 255.0, float(FULL_16))
# Pillow opens 16-bit files of these formats in its 32-bit mode.
FORMATS_16 = {"PNG", "PPM"}
DEEP_MODES = {"I", "F", "I;16", "I;16L", "I;16B", "I;16N"}


def to_plain(image: Image.Image, *, ours: bool = False) -> Image.Image:
    """Bring a picture of any mode to upright 8-bit sRGB.

    Args:
        image: A loaded picture; it is left as it is, unless it is ours.
        ours: Whether nobody else holds it. Then it is itself the result where nothing but its metadata has to go: a
            copy takes as long as a tenth of reading the file.

    Returns:
        A new picture in mode RGB, or RGBA when something of the original is transparent, be it by an alpha channel, a
        palette entry or a colour; without metadata. EXIF orientation and an embedded colour profile have been applied;
        a broken one of either is ignored.

    Raises:
        BadImage: The values are not finite, or larger than any scale in use.
    """
    if _is_plain(image):
        colour = image if ours and not getattr(image, "is_animated", False) else image.copy()
        colour.info = {}
        return colour
    form = image.format
    upright = _upright(image)
    profile = upright.info.get("icc_profile")
    if upright.mode in DEEP_MODES:
        upright = _eight_bits(upright, form)
    elif upright.mode == "La":
        upright = upright.convert("LA")
    alpha = upright.convert("RGBA").getchannel("A") if upright.has_transparency_data else None
    colour = _in_srgb(_without_alpha(upright), profile)
    if alpha is not None and alpha.getextrema()[0] != OPAQUE:
        # A channel that says nothing would make a mask of the whole picture, or of none of it.
        colour.putalpha(alpha)
    colour.info = {}
    return colour


def to_bytes(values: Array, white: float) -> Bytes:
    """Scale numbers from 0..white to 0..255, rounding to the nearest and holding outliers at the ends.

    Shapes:
        Any shape of any real type; the result has the same shape in uint8.
    """
    # Single precision separates all 65,536 levels; 32-bit integers need more.
    wide = np.float64 if values.dtype.itemsize > 2 else np.float32  # noqa: PLR2004 - bytes
    scaled: Array = np.multiply(values, 255 / white, dtype=wide)
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def _is_plain(image: Image.Image) -> bool:
    """Tell whether nothing is to be done: most pictures, which are then not taken through every step."""
    if image.mode != "RGB" or image.has_transparency_data or "icc_profile" in image.info:
        return False
    try:
        return bool(image.getexif().get(ExifTags.Base.Orientation, 1) == 1)
    except Exception:  # noqa: BLE001 - a parser of somebody else's bytes may raise anything; _upright() copes with it
        return False


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception as error:  # noqa: BLE001 - a parser of somebody else's bytes may raise anything
        _log.debug("EXIF orientation ignored: %s", error)
        return image.copy()


def _eight_bits(image: Image.Image, form: str | None) -> Image.Image:
    values = np.asarray(image)
    if image.mode == "F":
        white = _float_white(values)
    elif image.mode == "I":
        white = _integer_white(int(values.max()), form)
    else:
        white = FULL_16
    return Image.fromarray(to_bytes(values, white))


def _float_white(values: Array) -> float:
    if not np.isfinite(values).all():
        raise BadImage("The picture has values that are not finite.", hint="Replace NaN and infinity by numbers.")
    top = float(values.max())
    for white in FLOAT_WHITES:
        if top <= white:
            return white
    raise BadImage(
        f"The picture's floating-point values go up to {top:g}, beyond every usual scale.",
        hint="Scale them to 0..1, where 1 is white.",
    )


def _integer_white(top: int, form: str | None) -> int:
    if top > FULL_16:
        return FULL_32
    # Pillow itself turns 8-bit pictures into this mode without scaling, so small values are 8-bit ones.
    return FULL_16 if top > 255 or form in FORMATS_16 else 255  # noqa: PLR2004 - a byte


def _without_alpha(image: Image.Image) -> Image.Image:
    """Keep the colours as they are, in a mode that colour profiles are made for."""
    if image.mode in {"L", "LA", "1"}:
        return image.convert("L")
    if image.mode in {"CMYK", "RGB"}:
        # The copy has no transparent colour in its info, which a later conversion would act on.
        return Image.merge(image.mode, image.split())
    return image.convert("RGBA").convert("RGB")


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Convert with the embedded profile if it is there and usable, else with Pillow's plain arithmetic."""
    if isinstance(profile, bytes):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            name = ImageCms.getProfileDescription(source).casefold()
            if "srgb" not in name or "linear" in name:
                target = ImageCms.createProfile("sRGB")
                return ImageCms.buildTransform(source, target, image.mode, "RGB").apply(image)
        except (ImageCms.PyCMSError, ImportError, OSError, TypeError, ValueError) as error:
            _log.warning("the picture's colour profile cannot be used and is ignored: %s", error)
    return image.convert("RGB")
