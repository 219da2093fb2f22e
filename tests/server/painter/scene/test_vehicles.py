from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawthings.server.painter.scene import vehicles
from drawthings.server.painter.scene.plan import Spot
from drawthings.server.painter.words import Wish

if TYPE_CHECKING:
    from collections.abc import Callable


def spot(name: str, word: str = "", colour: tuple[float, float, float] | None = None) -> Spot:
    return Spot(Wish(name, word or name, colour), 0.5, 0.9, 0.5, flip=False, band="front")


def test_sports_cars_are_low_and_taxis_carry_a_sign(plan_of: Callable[..., Any], sizes_up: Any):
    plan = plan_of("city")
    sports, taxi, truck, car = (
        sizes_up(vehicles.car(spot("car", word), plan))[1][1] for word in ("sports car", "taxi", "truck", "car")
    )
    assert sports < car < taxi
    assert truck > car


def test_ships_have_two_masts_and_canoes_none(plan_of: Callable[..., Any]):
    plan = plan_of("sea")
    ship, boat, canoe = (len(vehicles.boat(spot("boat", word), plan)) for word in ("ship", "sailboat", "canoe"))
    assert ship > boat
    assert canoe < ship


def test_sails_take_the_tint_of_the_prompt(plan_of: Callable[..., Any]):
    plain, red = (vehicles.boat(spot("boat"), plan_of(prompt))[1].colour for prompt in ("sea", "the sea is red"))
    assert red[0] - red[2] > plain[0] - plain[2]


def test_balloons_burn_in_the_dark(plan_of: Callable[..., Any]):
    night, day = (
        sum(p.glow for p in vehicles.balloon(spot("balloon"), plan_of(x))) for x in ("hills at night", "hills at noon")
    )
    assert night > day == 0


def test_saucers_are_no_rockets(plan_of: Callable[..., Any], sizes_up: Any):
    plan = plan_of("space")
    saucer, rocket = (sizes_up(vehicles.rocket(spot("rocket", word), plan)) for word in ("ufo", "rocket"))
    assert saucer[1][0] - saucer[0][0] > rocket[1][0] - rocket[0][0]
