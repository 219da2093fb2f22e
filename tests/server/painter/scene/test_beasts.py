from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drawthings.server.painter.scene import beasts
from drawthings.server.painter.scene.plan import Spot
from drawthings.server.painter.words import Wish

if TYPE_CHECKING:
    from collections.abc import Callable


def spot(name: str, word: str = "", colour: tuple[float, float, float] | None = None) -> Spot:
    return Spot(Wish(name, word or name, colour), 0.5, 0.9, 0.5, flip=False, band="front")


@pytest.mark.parametrize("kind", sorted(beasts.COATS))
def test_sitting_animals_have_two_eyes_with_a_light_in_each(kind: str, plan_of: Callable[..., Any]):
    parts = beasts.beast(spot(kind), plan_of("field"))
    lights = [part for part in parts if part.colour == (1.0, 1.0, 1.0)]
    assert len(lights) >= 2


def test_young_animals_have_larger_heads(plan_of: Callable[..., Any], sizes_up: Any):
    plan = plan_of("field")
    assert sizes_up(beasts.beast(spot("cat", "kitten"), plan))[1][1] > sizes_up(beasts.beast(spot("cat"), plan))[1][1]


def test_a_unicorn_has_a_horn_and_a_deer_antlers(plan_of: Callable[..., Any], sizes_up: Any):
    plan = plan_of("field")
    horse, unicorn, deer = (
        sizes_up(beasts.standing(spot(*which), plan))[1][1]
        for which in (("horse", "horse"), ("horse", "unicorn"), ("deer", "deer"))
    )
    assert unicorn > horse
    assert deer > horse


def test_a_panda_keeps_its_white(plan_of: Callable[..., Any]):
    plan = plan_of("field")
    plain = {part.colour for part in beasts.beast(spot("panda"), plan)}
    dyed = {part.colour for part in beasts.beast(spot("panda", colour=(0.9, 0.1, 0.1)), plan)}
    assert beasts.COATS["panda"].fur in plain & dyed
    assert plain != dyed
