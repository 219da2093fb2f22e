"""A preview as the bytes of a picture file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from drawthings.wire.aside import computed_async

if TYPE_CHECKING:
    from drawthings.stream.events import Preview

LATENT_PX = 8
"""A cell of a latent stands for so many pixels of the picture each way, in most families."""


async def glimpse(preview: Preview, form: str, max_side: int, quality: int) -> bytes | None:
    """Return a preview as a picture file, made in a thread.

    Args:
        preview: The preview.
        form: ``png``, ``jpeg`` or ``webp``.
        max_side: The longest side in pixels.
        quality: 1 to 100, for JPEG and WebP.

    Returns:
        The file; None for a preview that cannot be shown.
    """
    return await computed_async(partial(_encoded, preview, form, max_side, quality))


def _encoded(preview: Preview, form: str, max_side: int, quality: int) -> bytes | None:
    pixels = preview.pixels()
    if pixels is None:
        return None
    import numpy as np
    from PIL import Image

    from drawthings.media.image import encode_image

    image = Image.fromarray(pixels)
    factor = min(LATENT_PX, max_side / max(image.size))
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    large = image.resize(size, Image.Resampling.BICUBIC)
    return encode_image(np.asarray(large), form, quality=None if form == "png" else quality)
