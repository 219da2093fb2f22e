from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.server.painter.vocabulary import PLACES, SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_seed_moves_things_and_words_hardly_do(plan_of: Callable[..., Any]):
    fox, cat = plan_of("a fox in a field at noon"), plan_of("a cat in a field at noon")
    assert (fox.sun, fox.horizon) == (cat.sun, cat.horizon)
    assert fox.grain != cat.grain
    suns = {plan_of("a fox in a field", seed=seed).sun for seed in range(6)}
    assert len(suns) == 6


@pytest.mark.parametrize("place", sorted(PLACES))
@pytest.mark.parametrize("aspect", [0.4, 1.0, 3.0])
def test_everything_lies_in_the_picture(place: str, aspect: float, plan_of: Callable[..., Any]):
    for subject in ("fox", "hot air balloon", "lighthouse", "boat", "whale", "tree", "portrait", "two cats and a dog"):
        plan = plan_of(f"{subject}, {PLACES[place].split('|')[0]}", aspect=aspect)
        assert plan.brief.place == place
        assert 0.3 < plan.horizon < 0.95
        assert 0 < plan.sun[0] < 1
        assert plan.sunward == (-1 if plan.sun[0] < 0.5 else 1)
        for spot in plan.spots:
            assert 0 <= spot.x <= 1
            assert 0.2 < spot.foot < 1.1


def test_figures_stand_apart_and_are_sorted_back_to_front(plan_of: Callable[..., Any]):
    plan = plan_of("three foxes, a house and a balloon")
    assert [spot.band for spot in plan.spots] == ["air", "far", "front", "front", "front"]
    places = sorted(spot.x for spot in plan.spots)
    assert all(b - a > 0.05 for a, b in itertools.pairwise(places))


def test_crowds_are_limited(plan_of: Callable[..., Any]):
    assert len(plan_of("many foxes").spots) == 5
    assert len(plan_of(", ".join(f"a {name}" for name in sorted(SUBJECTS))).spots) == 5


def test_close_is_larger_and_wide_is_smaller(plan_of: Callable[..., Any]):
    close, usual, wide = (plan_of(f"a fox in a field{word}").spots[0].tall for word in (", close up", "", ", vast"))
    assert close > usual > wide


@pytest.mark.parametrize(
    ("prompt", "ground"),
    [
        ("a field", "grass"),
        ("a field in autumn", "autumn"),
        ("a field in the snow", "snow"),
        ("a desert", "sand"),
        ("winter", "snow"),
    ],
)
def test_the_ground_follows_the_season(prompt: str, ground: str, plan_of: Callable[..., Any]):
    assert plan_of(prompt).ground == ground


def test_a_tint_is_the_first_loose_colour(plan_of: Callable[..., Any]):
    assert plan_of("a field").tint is None
    assert plan_of("a blue field of red")
    assert plan_of("everything is blue").tint == plan_of("everything is blue").brief.tints[0]
