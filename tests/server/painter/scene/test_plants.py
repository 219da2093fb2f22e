from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawthings.server.painter.scene import plants
from drawthings.server.painter.scene.plan import Spot
from drawthings.server.painter.words import Wish

if TYPE_CHECKING:
    from collections.abc import Callable


def spot(name: str, word: str = "", colour: tuple[float, float, float] | None = None) -> Spot:
    return Spot(Wish(name, word or name, colour), 0.5, 0.9, 0.5, flip=False, band="front")


def test_leaves_follow_the_season(plan_of: Callable[..., Any]):
    crowns = {
        plants.tree(spot("tree"), plan_of(prompt))[-1].colour
        for prompt in ("hills", "hills in autumn", "hills in winter", "desert")
    }
    assert len(crowns) == 4


def test_christmas_trees_are_lit_and_winter_firs_carry_snow(plan_of: Callable[..., Any]):
    summer, winter = plan_of("mountains"), plan_of("mountains in winter")
    assert any(part.glow for part in plants.pine(spot("pine", "christmas tree"), summer))
    assert not any(part.glow for part in plants.pine(spot("pine"), summer))
    assert len(plants.pine(spot("pine"), winter)) > len(plants.pine(spot("pine"), summer))


def test_blossoms_differ_by_word(plan_of: Callable[..., Any]):
    plan = plan_of("garden")
    assert len({len(plants.flower(spot("flower", word), plan)) for word in ("rose", "tulip", "daisy", "poppy")}) == 4


def test_the_little_mushroom_stands_on_either_side(plan_of: Callable[..., Any], sizes_up: Any):
    sides = {bool(sizes_up(plants.mushroom(spot("mushroom"), plan_of("forest", seed=s)))[1][0] > 0.5) for s in range(8)}
    assert sides == {True, False}
