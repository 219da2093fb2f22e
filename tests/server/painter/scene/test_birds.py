from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawthings.server.painter.scene import birds
from drawthings.server.painter.scene.plan import Spot
from drawthings.server.painter.words import Wish

if TYPE_CHECKING:
    from collections.abc import Callable


def spot(name: str, word: str = "", colour: tuple[float, float, float] | None = None) -> Spot:
    return Spot(Wish(name, word or name, colour), 0.5, 0.9, 0.5, flip=False, band="front")


def test_every_kind_of_bird_has_its_own_plumage(plan_of: Callable[..., Any]):
    plan = plan_of("field")
    backs = {
        tuple(part.colour for part in birds.bird(spot("bird", word), plan))
        for word in ("robin", "crow", "parrot", "bird")
    }
    assert len(backs) == 4


def test_gulls_are_pale_and_other_flocks_dark(plan_of: Callable[..., Any]):
    plan = plan_of("sea")
    gull, hawk = (sum(birds.gulls(spot("gulls", word), plan)[0].colour) for word in ("seagull", "hawk"))
    assert gull > hawk
    assert len(birds.gulls(spot("gulls", "seagull"), plan)) == 10
