from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawthings.server.painter.scene import swimmers
from drawthings.server.painter.scene.plan import Spot
from drawthings.server.painter.words import Wish

if TYPE_CHECKING:
    from collections.abc import Callable


def spot(name: str, word: str = "", colour: tuple[float, float, float] | None = None) -> Spot:
    return Spot(Wish(name, word or name, colour), 0.5, 0.9, 0.5, flip=False, band="front")


def test_whales_spout_above_the_water_only(plan_of: Callable[..., Any]):
    above, below = (len(swimmers.whale(spot("whale"), plan_of(prompt))) for prompt in ("sea", "coral reef"))
    assert above > below


def test_sharks_have_no_stripes(plan_of: Callable[..., Any]):
    plan = plan_of("coral reef")
    shark, koi = (swimmers.fish(spot("fish", word), plan) for word in ("shark", "koi"))
    assert len(shark) != len(koi)
    assert max(shark[0].colour) - min(shark[0].colour) < 0.2 < max(koi[0].colour) - min(koi[0].colour)
