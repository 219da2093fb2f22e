"""Pictures by the graphics protocol of kitty, which Ghostty and Konsole speak too.

Source:
    The protocol's description, `kitty/docs/graphics-protocol.rst`.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from drawthings.media.png import encode_png

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

START, END = "\x1b_G", "\x1b\\"
CHUNK = 4096
"""Letters of base64 that one command may carry."""


def encode_kitty(pixels: NDArray[np.uint8], *, columns: int, rows: int, number: int) -> str:
    """Return the commands that send a picture and place it at the cursor, which stays where it is.

    Args:
        pixels: The picture.
        columns: Cells that it fills in width.
        rows: Cells that it fills in height.
        number: What it is called, for ``delete_kitty``.

    Shapes:
        pixels (h, w, 3) uint8.
    """
    data = base64.b64encode(encode_png(pixels)).decode()
    # Sent as PNG (f=100) and shown at once (a=T) under the placement p; C=1 keeps the cursor; q=2 asks for no answer.
    keys = f"a=T,f=100,t=d,i={number},p=1,c={columns},r={rows},C=1,q=2"
    parts = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    commands = []
    for place, part in enumerate(parts):
        more = int(place < len(parts) - 1)
        control = f"{keys},m={more}" if place == 0 else f"m={more},q=2"
        commands.append(f"{START}{control};{part}{END}")
    return "".join(commands)


def delete_kitty(number: int) -> str:
    """Return the command that takes a picture off the screen and out of the terminal's memory."""
    return f"{START}a=d,d=I,i={number},q=2{END}"
