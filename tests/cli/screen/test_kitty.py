"""The protocol of kitty, byte for byte."""

from __future__ import annotations

import base64
import re

import numpy as np

from drawthings.cli.screen.kitty import CHUNK, delete_kitty, encode_kitty
from drawthings.media.png import encode_png

COMMAND = re.compile(r"\x1b_G([^;\x1b]*);?([^\x1b]*)\x1b\\")


def test_a_small_picture_is_one_command() -> None:
    pixels = np.zeros((2, 3, 3), np.uint8)
    data = base64.b64encode(encode_png(pixels)).decode()
    assert len(data) <= CHUNK
    assert encode_kitty(pixels, columns=12, rows=4, number=77) == (
        f"\x1b_Ga=T,f=100,t=d,i=77,p=1,c=12,r=4,C=1,q=2,m=0;{data}\x1b\\"
    )


def test_a_large_one_is_cut_into_chunks() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (64, 80, 3)).astype(np.uint8)
    text = encode_kitty(pixels, columns=40, rows=16, number=5)
    commands = COMMAND.findall(text)
    assert COMMAND.sub("", text) == ""
    assert len(commands) > 3
    assert commands[0][0] == "a=T,f=100,t=d,i=5,p=1,c=40,r=16,C=1,q=2,m=1"
    assert {keys for keys, _ in commands[1:-1]} == {"m=1,q=2"}
    assert commands[-1][0] == "m=0,q=2"
    assert all(len(part) == CHUNK for _, part in commands[:-1])
    assert 0 < len(commands[-1][1]) <= CHUNK
    assert base64.b64decode("".join(part for _, part in commands)) == encode_png(pixels)


def test_a_picture_is_taken_away_with_its_data() -> None:
    assert delete_kitty(77) == "\x1b_Ga=d,d=I,i=77,q=2\x1b\\"
