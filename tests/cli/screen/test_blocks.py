"""Half-blocks, letter by letter."""

from __future__ import annotations

import numpy as np
import pytest

from drawthings.cli.screen.blocks import encode_blocks, nearest_256

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def picture(*rows: list[tuple[int, int, int]]) -> np.ndarray:
    return np.array(rows, np.uint8)


def test_two_pixels_share_a_cell() -> None:
    assert encode_blocks(picture([RED, BLUE], [WHITE, RED])) == [
        "\x1b[38;2;255;0;0;48;2;255;255;255m▀\x1b[38;2;0;0;255;48;2;255;0;0m▀\x1b[0m"
    ]


def test_a_colour_is_written_where_it_changes() -> None:
    assert encode_blocks(picture([RED, RED, RED], [BLUE, BLUE, WHITE])) == [
        "\x1b[38;2;255;0;0;48;2;0;0;255m▀▀\x1b[48;2;255;255;255m▀\x1b[0m"
    ]


def test_below_an_odd_row_the_paper_stays() -> None:
    rows = encode_blocks(picture([RED], [RED], [BLUE]))
    assert rows[1] == "\x1b[38;2;0;0;255m▀\x1b[0m"


def test_256_colours() -> None:
    assert encode_blocks(picture([RED], [(128, 128, 128)]), 256) == ["\x1b[38;5;196;48;5;244m▀\x1b[0m"]


@pytest.mark.parametrize(
    ("colour", "number"),
    [
        ((0, 0, 0), 16),
        (WHITE, 231),
        (RED, 196),
        (BLUE, 21),
        ((95, 135, 175), 67),
        ((8, 8, 8), 232),
        ((238, 238, 238), 255),
        ((100, 100, 100), 241),
    ],
)
def test_the_nearest_of_256(colour: tuple[int, int, int], number: int) -> None:
    assert nearest_256(np.array([colour], np.uint8)).tolist() == [number]


def test_the_nearest_is_never_far() -> None:
    levels = [0, 95, 135, 175, 215, 255]
    table = {
        16 + 36 * r + 6 * g + b: (levels[r], levels[g], levels[b]) for r in range(6) for g in range(6) for b in range(6)
    }
    table |= {232 + step: (8 + 10 * step,) * 3 for step in range(24)}
    colours = np.random.default_rng(1).integers(0, 256, (200, 3)).astype(np.uint8)
    every = np.array(list(table.values()))
    for colour, number in zip(colours, nearest_256(colours), strict=True):
        distance = ((np.array(table[int(number)]) - colour.astype(int)) ** 2).sum()
        assert distance <= ((every - colour.astype(int)) ** 2).sum(-1).min() * 1.3 + 50
