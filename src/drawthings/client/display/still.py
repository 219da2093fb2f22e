"""Still pictures as notebooks keep them: in the output itself, so never larger than a few megabytes.

The rule: a picture of up to 1.5 megapixels goes in as the PNG that ``save`` would write, with its settings. A larger
one goes in as a JPEG with no side longer than 2048 pixels; with transparency, as a PNG of at most 1024. Of several
pictures side by side each is a JPEG (with transparency a WebP) with no side longer than 512 pixels.
"""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from drawthings.client.result import Picture

PNG_PX = 1_572_864
"""Pixels of the largest picture that goes in as it is: 1024x1536."""

JPEG_SIDE_PX, CLEAR_SIDE_PX, SMALL_SIDE_PX = 2048, 1024, 512
JPEG_QUALITY, SMALL_QUALITY = 90, 85
RGBA = 4

Still: TypeAlias = "tuple[bytes, dict[str, Any]]"
"""The bytes of a file and what a notebook should know of it, as IPython wants it."""


def png_of(picture: Picture) -> Still | None:
    """Return a picture as a PNG for a notebook, or None for one that is too large for it; see ``jpeg_of``.

    Raises:
        TensorError: The bytes from the server cannot be read.
    """
    from drawthings.media.png import encode_png

    if not is_large(picture.size):
        return picture.encode("png"), {"alt": words_of(picture)}
    if not _is_clear(picture.pixels):
        return None
    return encode_png(reduced(picture.pixels, CLEAR_SIDE_PX)), {"alt": words_of(picture)}


def jpeg_of(picture: Picture) -> Still | None:
    """Return a picture as a JPEG for a notebook, or None for one that goes in as a PNG.

    Raises:
        TensorError: The bytes from the server cannot be read.
    """
    if not is_large(picture.size) or _is_clear(picture.pixels):
        return None
    return large_jpeg(picture.pixels), {"alt": words_of(picture)}


def is_large(size: tuple[int, int]) -> bool:
    """Return whether a picture of that width and height is too large to go in as it is."""
    return size[0] * size[1] > PNG_PX


def large_jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """Return a large picture as a JPEG of a sane size."""
    from drawthings.media.image import encode_image

    return encode_image(reduced(pixels, JPEG_SIDE_PX), "jpeg", quality=JPEG_QUALITY)


def image_tag(pixels: NDArray[np.uint8], alt: str) -> str:
    """Return a picture as an HTML element with the picture in it, for showing it beside others.

    Args:
        pixels: The picture; it is made small.
        alt: What it shows, for those who cannot see it.
    """
    from drawthings.media.image import encode_image

    small = reduced(pixels, SMALL_SIDE_PX)
    kind = "webp" if _is_clear(small) else "jpeg"
    address = data_address(f"image/{kind}", encode_image(small, kind, quality=SMALL_QUALITY))
    height, width = small.shape[:2]
    return (
        f'<img src="{address}" alt="{escape(alt)}" width="{width}" height="{height}" '
        'style="max-width:100%;height:auto;display:block">'
    )


def data_address(mime: str, data: bytes) -> str:
    """Return the bytes of a file as an address that holds them."""
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def words_of(picture: Picture) -> str:
    """Say what a picture shows and which seed made it."""
    prompt = picture.plan.order.prompt.strip()
    return f"{prompt} (seed {picture.seed})" if prompt else f"seed {picture.seed}"


def reduced(pixels: NDArray[np.uint8], most_px: int) -> NDArray[np.uint8]:
    """Return a picture with no side longer than so many pixels; a small one stays as it is.

    Shapes:
        pixels (h, w, 3) or (h, w, 4) uint8; result the same or smaller.
    """
    import numpy as np
    from PIL import Image

    height, width = pixels.shape[:2]
    if max(height, width) <= most_px:
        return pixels
    factor = most_px / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS, reducing_gap=3))


def _is_clear(pixels: NDArray[np.uint8]) -> bool:
    """Return whether a picture has transparency."""
    return bool(pixels.shape[-1] == RGBA)
