from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings.server.painter.edit import edit
from drawthings.server.painter.words import read_prompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Likeness = Callable[[NDArray[Any], NDArray[Any]], float]
    Pixels = NDArray[np.float32]


def follow(instruction: str, picture: Pixels, **more: Any) -> Pixels:
    return edit(picture * 0.5 + 0.5, read_prompt(instruction), 3, **more) * 2 - 1


@pytest.mark.parametrize(
    "instruction",
    [
        "add warm sunset lighting", "make it snowy", "night", "make it blue", "oil painting", "black and white",
        "golden hour", "foggy morning", "rainy", "autumn", "spring", "winter", "storm", "in outer space", "under water",
        "watercolor", "pencil sketch", "pixel art", "neon", "mosaic", "comic", "vintage", "remove the castle",
        "remove the background", "add a cat", "make the castle red", "zorblax wibbly", "dark and moody",
    ],
)  # fmt: skip
def test_the_composition_survives_the_instruction(instruction: str, castle: Pixels, photo: Pixels, likeness: Likeness):
    for picture in (castle, photo):
        result = follow(instruction, picture)
        assert result.shape == picture.shape
        assert likeness(result, picture) >= 0.6, instruction


@pytest.mark.parametrize(
    ("instruction", "channel", "sign"),
    [("warm sunset", 0, 1), ("make it blue", 2, 1), ("make it red", 0, 1), ("autumn", 2, -1), ("spring", 0, 1)],
)
def test_the_mood_follows_the_instruction(instruction: str, channel: int, sign: int, castle: Pixels):
    before, after = (p.mean((0, 1)) for p in (castle, follow(instruction, castle)))
    assert sign * ((after - after.mean()) - (before - before.mean()))[channel] > 0.05


def test_night_is_darker_and_snow_brighter(castle: Pixels):
    assert follow("night", castle).mean() < castle.mean() - 0.1
    assert follow("make it snowy", castle).mean() > castle.mean()
    assert np.ptp(follow("black and white", castle), axis=-1).max() < 0.05


def test_unknown_words_turn_the_colours_each_in_its_own_way(castle: Pixels):
    results = [follow(word, castle) for word in ("zorblax", "wibbly", "brillig")]
    assert all(np.abs(result - castle).mean() > 0.005 for result in results)
    assert np.abs(results[0] - results[1]).mean() > 0.005


def test_what_is_added_appears_and_what_is_there_does_not_appear_twice(castle: Pixels):
    def changed(instruction: str) -> float:
        return float((np.abs(follow(instruction, castle) - castle).max(-1) > 0.1).mean())

    assert changed("add a cat") > 0.02
    assert changed("add the castle") == 0
    assert changed("put a dog beside the castle") > 0.02


def test_one_thing_takes_the_place_of_another(castle: Pixels):
    result = follow("turn the castle into a red balloon", castle)
    assert (np.abs(result - castle).max(-1) > 0.2).mean() > 0.03


def test_without_a_background_the_thing_stands_on_a_plain(castle: Pixels):
    result = follow("remove the background", castle)
    assert result[:20].std() < castle[:20].std()


def test_references_lend_colours_and_an_inset(castle: Pixels):
    pink = np.broadcast_to(np.array((1.0, 0.2, 0.6), np.float32), (30, 50, 3))
    plain = follow("x", castle)
    seen = follow("x", castle, references=[(pink, 1.0)])
    inset = np.abs(seen - plain).max(-1)
    assert inset[100:118, 145:158].mean() > 0.2
    assert np.array_equal(follow("x", castle, references=[(pink, 0.0)]), plain)


def test_a_small_picture_can_be_edited_too():
    tiny = np.zeros((8, 8, 3), np.float32)
    assert follow("add a cat at night in the snow", tiny, references=[(tiny, 1.0)]).shape == (8, 8, 3)
