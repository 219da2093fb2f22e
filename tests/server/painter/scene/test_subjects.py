from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drawthings.server.painter.scene import beasts, birds, buildings, objects, people, plants, swimmers, table, vehicles
from drawthings.server.painter.scene.plan import Spot
from drawthings.server.painter.scene.subjects import DRAWINGS, drawing
from drawthings.server.painter.vocabulary import SUBJECTS
from drawthings.server.painter.words import Wish

if TYPE_CHECKING:
    from collections.abc import Callable

MODULES = (beasts, birds, buildings, objects, people, plants, swimmers, table, vehicles)


def test_every_drawing_comes_from_a_module_of_drawings():
    assert {draw.__module__ for draw in DRAWINGS.values()} == {module.__name__ for module in MODULES}


@pytest.mark.parametrize("name", sorted(SUBJECTS))
def test_a_drawing_stands_on_its_foot_and_is_about_one_unit_tall(name: str, plan_of: Callable[..., Any], sizes_up: Any):
    plan = plan_of("a field at night")
    for word in SUBJECTS[name].split("|"):
        spot = Spot(Wish(name, word.strip()), 0.5, 0.9, 0.5, flip=False, band="front")
        low, high = sizes_up(drawing(spot, plan))
        assert -0.35 < low[1] < 0.45
        assert 0.3 < high[1] < 2
        assert high[0] > 0 > low[0]


@pytest.mark.parametrize("name", sorted(SUBJECTS))
def test_a_colour_dyes_the_drawing(name: str, plan_of: Callable[..., Any]):
    word = SUBJECTS[name].split("|")[0].strip()
    plan = plan_of("a field")
    plain, blue = (
        Spot(Wish(name, word, colour), 0.5, 0.9, 0.5, flip=False, band="front") for colour in (None, (0.1, 0.2, 0.9))
    )
    colours = [[part.colour for part in drawing(spot, plan)] for spot in (plain, blue)]
    assert colours[0] != colours[1]
