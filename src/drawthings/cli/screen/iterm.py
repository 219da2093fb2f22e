"""Pictures by the protocol of iTerm2, which WezTerm, mintty and others speak too.

Source:
    https://iterm2.com/documentation-images.html
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from drawthings.media.png import encode_png

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def encode_iterm(pixels: NDArray[np.uint8], *, columns: int, rows: int) -> str:
    """Return the command that shows a picture at the cursor, which goes behind it.

    Args:
        pixels: The picture.
        columns: Cells that it fills at most in width.
        rows: Cells that it fills at most in height; its shape is kept.

    Shapes:
        pixels (h, w, 3) uint8.
    """
    file = encode_png(pixels)
    keys = f"inline=1;size={len(file)};width={columns};height={rows};preserveAspectRatio=1"
    return f"\x1b]1337;File={keys}:{base64.b64encode(file).decode()}\x07"
