"""Sixels, byte for byte and read back."""

from __future__ import annotations

import re

import numpy as np
import pytest

from drawthings.cli.screen.sixel import encode_sixel, palette_numbers

TOKEN = re.compile(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)(.)|([?-~])|(\$)|(-)")


def solid(height: int, width: int, colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def read(text: str) -> np.ndarray:
    """Paint sixels as a terminal does; what nobody painted stays at -1."""
    head = re.match(r'\x1bP0;1;0q"1;1;(\d+);(\d+)', text)
    assert head is not None
    assert text.endswith("\x1b\\")
    width, height = map(int, head.groups())
    canvas = np.full((height + 6, width, 3), -1)
    palette: dict[int, tuple[int, ...]] = {}
    colour, row, column = -1, 0, 0
    body = text[head.end() : -2]
    assert TOKEN.sub("", body) == ""
    for found in TOKEN.finditer(body):
        number, *percent = found.group(1, 2, 3, 4)
        if number is not None:
            palette[int(number)] = tuple(round(int(value) * 255 / 100) for value in percent if value is not None)
        elif found[5] is not None:
            colour = int(found[5])
        elif found[9]:
            column = 0
        elif found[10]:
            row, column = row + 6, 0
        else:
            count, letter = (int(found[6]), found[7]) if found[6] else (1, found[8])
            for bit in range(6):
                if ord(letter) - 63 >> bit & 1:
                    canvas[row + bit, column : column + count] = palette[colour]
            column += count
    assert (canvas[height:] == -1).all()
    return canvas[:height]


def test_one_colour() -> None:
    assert encode_sixel(solid(6, 5, (255, 0, 0))) == '\x1bP0;1;0q"1;1;5;6#210;2;100;0;0#210!5~\x1b\\'


def test_bands_and_colours() -> None:
    pixels = np.concatenate([solid(6, 3, (255, 255, 255)), solid(1, 3, (0, 0, 0))])
    pixels[0, 0] = 0
    assert encode_sixel(pixels) == ('\x1bP0;1;0q"1;1;3;7#0;2;0;0;0#251;2;100;100;100#0@$#251}~~-#0@@@\x1b\\')


def test_runs_of_up_to_three_are_written_out() -> None:
    assert "#210~~~\x1b" in encode_sixel(solid(6, 3, (255, 0, 0)))
    assert "#210!4~\x1b" in encode_sixel(solid(6, 4, (255, 0, 0)))


@pytest.mark.parametrize("shape", [(1, 1), (6, 4), (7, 13), (36, 50)])
def test_every_pixel_arrives_in_the_colour_of_the_palette(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (*shape, 3)).astype(np.uint8)
    numbers = palette_numbers(pixels).astype(int)
    places = np.stack([numbers // 42, numbers // 6 % 7, numbers % 6], -1)
    expected = np.rint(np.rint(places / [5, 6, 5] * 100) * 2.55)
    assert np.abs(read(encode_sixel(pixels)) - expected).max() <= 1


@pytest.mark.parametrize("level", [0, 30, 100, 128, 200, 255])
def test_areas_have_their_colour_on_the_whole(level: int) -> None:
    painted = read(encode_sixel(solid(24, 24, (level, level, level))))
    assert np.abs(painted.mean((0, 1)) - level).max() < 3
