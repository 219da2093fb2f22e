"""Pictures that clients send: recognised by their content and measured by their header before anything is unpacked."""

from __future__ import annotations

import base64
import binascii
import re

from drawthings.apps.jobs.measure import measure
from drawthings.errors import BadImage, BadSize

MOST_PIXELS = 40_000_000
MOST_SIDE = 16384
ELSEWHERE = re.compile(r"\s*[a-zA-Z][a-zA-Z0-9+.-]*://|\s*file:", re.ASCII)
DATA_URL = re.compile(r"\s*data:[^,]{0,200},", re.ASCII)
KINDS = "PNG, JPEG, WebP or GIF"


def picture(data: bytes | str, what: str = "image") -> bytes:
    """Return the bytes of a picture that a client sent, once it is sure that they are one of a bearable size.

    Args:
        data: The bytes, or base64, or a ``data:`` URL with base64.
        what: What the client calls it, for an error.

    Raises:
        BadImage: It is no picture of a kind that is taken, or a place in the net: nothing is fetched.
        BadSize: It has more pixels than allowed.
    """
    raw = data if isinstance(data, bytes) else from_text(data, what)
    found = measure(raw)
    if found is None:
        raise BadImage(f"{what} is no {KINDS}.", hint=f"Send a picture as {KINDS}.", field=what)
    if found.width < 1 or found.height < 1:
        raise BadImage(f"{what} has no pixels.", hint="Check how it was made.", field=what)
    if found.pixels > MOST_PIXELS or max(found.width, found.height) > MOST_SIDE:
        raise BadSize(
            f"{what} has {found.width}x{found.height} pixels; {MOST_PIXELS / 1e6:.0f} megapixels "
            f"and {MOST_SIDE} a side are allowed.",
            hint="Make it smaller; the canvas is never larger than 8192 pixels.",
            field=what,
        )
    return raw


def from_text(text: str, what: str = "image") -> bytes:
    """Return the bytes that stand in a text as base64, or in a ``data:`` URL.

    Raises:
        BadImage: It is neither.
    """
    if ELSEWHERE.match(text):
        raise BadImage(
            f"{what} is an address; pictures are not fetched from anywhere.",
            hint="Send the picture itself, as base64 or a data: URL.",
            field=what,
        )
    head = DATA_URL.match(text)
    if head is not None and ";base64" not in head[0].lower():
        raise BadImage(f"{what} is a data: URL without base64.", hint="Write data:image/png;base64,…", field=what)
    body = text[head.end() :] if head is not None else text
    try:
        # Some clients leave out the padding, others break lines.
        plain = re.sub(r"\s+", "", body).replace("-", "+").replace("_", "/").rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadImage(f"{what} is no base64.", hint="Send a picture as base64 or a data: URL.", field=what) from error
