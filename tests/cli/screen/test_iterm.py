"""The protocol of iTerm2, byte for byte."""

from __future__ import annotations

import base64

import numpy as np

from drawthings.cli.screen.iterm import encode_iterm
from drawthings.media.png import encode_png


def test_a_picture_is_one_command() -> None:
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    file = encode_png(pixels)
    assert encode_iterm(pixels, columns=12, rows=4) == (
        f"\x1b]1337;File=inline=1;size={len(file)};width=12;height=4;preserveAspectRatio=1:"
        f"{base64.b64encode(file).decode()}\x07"
    )
