from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drawthings.server.painter.scene import objects
from drawthings.server.painter.scene.plan import Spot
from drawthings.server.painter.words import Wish

if TYPE_CHECKING:
    from collections.abc import Callable


def spot(name: str, word: str = "", colour: tuple[float, float, float] | None = None) -> Spot:
    return Spot(Wish(name, word or name, colour), 0.5, 0.9, 0.5, flip=False, band="front")


def test_a_pumpkin_is_carved_in_the_dark_or_when_asked(plan_of: Callable[..., Any]):
    def glows(word: str, prompt: str) -> bool:
        return any(part.glow for part in objects.pumpkin(spot("pumpkin", word), plan_of(prompt)))

    assert not glows("pumpkin", "field at noon")
    assert glows("pumpkin", "field at night")
    assert glows("jack o lantern", "field at noon")


@pytest.mark.parametrize("word", ["lantern", "candle", "street lamp"])
def test_lamps_are_alight(word: str, plan_of: Callable[..., Any]):
    assert any(part.glow for part in objects.lamp(spot("lamp", word), plan_of("field at noon")))


def test_a_street_lamp_is_taller_than_a_lantern(plan_of: Callable[..., Any], sizes_up: Any):
    tall, low = (
        sizes_up(objects.lamp(spot("lamp", word), plan_of("city")))[1][1] for word in ("street lamp", "lantern")
    )
    assert tall > low


def test_gems_have_their_colours(plan_of: Callable[..., Any]):
    red, green = (objects.crystal(spot("crystal", word), plan_of("studio"))[0].colour for word in ("ruby", "emerald"))
    assert red[0] > red[1]
    assert green[1] > green[0]
