from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawthings.server.painter.scene import people
from drawthings.server.painter.scene.plan import Spot
from drawthings.server.painter.words import Wish

if TYPE_CHECKING:
    from collections.abc import Callable


def spot(name: str, word: str = "", colour: tuple[float, float, float] | None = None) -> Spot:
    return Spot(Wish(name, word or name, colour), 0.5, 0.9, 0.5, flip=False, band="front")


def test_the_word_dresses_the_person(plan_of: Callable[..., Any]):
    plan = plan_of("hills")
    words = ("man", "astronaut", "knight", "wizard", "monk", "samurai", "soldier")
    assert len({tuple(part.colour for part in people.person(spot("person", word), plan)) for word in words}) == len(
        words
    )


def test_a_queen_wears_a_crown_and_a_witch_a_hat(plan_of: Callable[..., Any], sizes_up: Any):
    plan = plan_of("studio")
    woman, queen, witch = (
        sizes_up(people.portrait(spot("portrait", word), plan))[1][1] for word in ("woman", "queen", "witch")
    )
    assert woman < queen < witch


def test_people_vary_with_the_seed(plan_of: Callable[..., Any]):
    looks = {
        tuple(part.colour for part in people.portrait(spot("portrait", "woman"), plan_of("studio", seed=s)))
        for s in range(8)
    }
    assert len(looks) > 4


def test_robots_have_shining_eyes(plan_of: Callable[..., Any]):
    assert sum(part.glow for part in people.robot(spot("robot"), plan_of("studio"))) >= 4
