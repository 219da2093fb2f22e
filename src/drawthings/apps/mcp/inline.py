"""Small copies of pictures for a conversation.

Hosts cut a result off, or drop the connection, when it is larger than about a megabyte: the official Python client
refuses events beyond 1,048,576 bytes. All pictures of one answer together stay far below that.
"""

from __future__ import annotations

import base64
import io
import math
from typing import TYPE_CHECKING

from mcp_types import ImageContent

from drawthings.request.sources import open_bytes

if TYPE_CHECKING:
    from PIL import Image

LONGEST_SIDE_PX = 1024
ANSWER_BYTES = 700_000
"""What all pictures of one answer take at most, in base64."""
BASE64 = 4 / 3
MEDIA_TYPE = "image/webp"

QUALITIES = (80, 55)
SHRINKING = 0.9
"""The sides become at least so much shorter when even the lower quality is too large."""


def share(count: int) -> int:
    """Return how many bytes each of so many pictures may take."""
    return int(ANSWER_BYTES / BASE64 / max(1, count))


def small_copy(picture: bytes, *, longest_px: int = LONGEST_SIDE_PX, most_bytes: int | None = None) -> bytes:
    """Return a picture as WebP of few bytes; this takes some tens of milliseconds.

    Args:
        picture: A file of any kind that Pillow reads.
        longest_px: The longer side at most; a smaller picture keeps its size.
        most_bytes: What it may take; by default a whole answer's worth.

    Returns:
        The file, at the best quality and size that fit.

    Raises:
        BadImage: It is no picture.
    """
    limit = share(1) if most_bytes is None else most_bytes
    image = open_bytes(picture, "The picture")
    if image.mode not in {"RGB", "RGBA"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    while True:
        image.thumbnail((longest_px, longest_px))
        for quality in QUALITIES:
            data = _webp(image, quality)
            if len(data) <= limit:
                return data
        longest_px = int(max(image.size) * min(SHRINKING, math.sqrt(limit / len(data))))


def _webp(image: Image.Image, quality: int) -> bytes:
    target = io.BytesIO()
    image.save(target, "WEBP", quality=quality, method=2)
    return target.getvalue()


def content(data: bytes, media_type: str = MEDIA_TYPE) -> ImageContent:
    """Return a picture as part of an answer."""
    return ImageContent(data=base64.b64encode(data).decode("ascii"), mime_type=media_type)
