from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawthings.server.painter.scene import table
from drawthings.server.painter.scene.plan import Spot
from drawthings.server.painter.words import Wish

if TYPE_CHECKING:
    from collections.abc import Callable


def spot(name: str, word: str = "", colour: tuple[float, float, float] | None = None) -> Spot:
    return Spot(Wish(name, word or name, colour), 0.5, 0.9, 0.5, flip=False, band="front")


def test_fruit_differs_by_word(plan_of: Callable[..., Any]):
    plan = plan_of("studio")
    assert len({table.apple(spot("apple", word), plan)[0].colour for word in ("apple", "pear", "peach", "tomato")}) == 4
    assert len({table.citrus(spot("citrus", word), plan)[0].colour for word in ("lemon", "lime", "fruit")}) == 3


def test_tea_is_lighter_than_coffee(plan_of: Callable[..., Any]):
    plan = plan_of("studio")
    tea, coffee = ({part.colour for part in table.cup(spot("cup", word), plan)} for word in ("tea", "coffee"))
    assert sum(max(tea - coffee, key=sum)) > sum(max(coffee - tea, key=sum))


def test_the_glaze_follows_the_seed(plan_of: Callable[..., Any]):
    assert len({table.glaze(spot("cup"), plan_of("studio", seed=s)) for s in range(12)}) > 2
    assert table.glaze(spot("cup", colour=(1.0, 0.0, 0.0)), plan_of("studio")) == (1.0, 0.0, 0.0)
