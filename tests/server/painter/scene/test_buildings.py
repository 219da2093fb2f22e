from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drawthings.server.painter.scene import buildings
from drawthings.server.painter.scene.plan import Spot
from drawthings.server.painter.words import Wish

if TYPE_CHECKING:
    from collections.abc import Callable


def spot(name: str, word: str = "", colour: tuple[float, float, float] | None = None) -> Spot:
    return Spot(Wish(name, word or name, colour), 0.5, 0.9, 0.5, flip=False, band="front")


@pytest.mark.parametrize("name", ["house", "castle", "tent", "tower"])
def test_windows_shine_at_night_and_not_by_day(name: str, plan_of: Callable[..., Any]):
    draw = {"house": buildings.house, "castle": buildings.castle, "tent": buildings.tent, "tower": buildings.tower}[
        name
    ]
    night, day = (
        sum(part.glow for part in draw(spot(name), plan_of(prompt))) for prompt in ("hills at night", "hills at noon")
    )
    assert night > day


def test_a_lighthouse_sends_its_beams_in_the_dark(plan_of: Callable[..., Any]):
    night, day = (
        len(buildings.lighthouse(spot("lighthouse"), plan_of(prompt))) for prompt in ("sea at night", "sea at noon")
    )
    assert night == day + 2


def test_snow_lies_on_roofs(plan_of: Callable[..., Any]):
    winter, summer = (len(buildings.house(spot("house"), plan_of(prompt))) for prompt in ("hills in winter", "hills"))
    assert winter == summer + 1


def test_temples_differ_by_word(plan_of: Callable[..., Any]):
    plan = plan_of("hills")
    assert len({len(buildings.temple(spot("temple", word), plan)) for word in ("pagoda", "church", "torii")}) == 3
