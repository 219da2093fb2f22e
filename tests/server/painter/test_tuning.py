from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drawthings.server.painter.dials import Dials
from drawthings.server.painter.job import Job
from drawthings.server.painter.tuning import (
    LEAST,
    MOST,
    STROKES,
    Cast,
    cast_of,
    echo,
    focused,
    kept_share,
    late_share,
    sharpness_of,
    skipped,
    strokes_of,
)

JOB = Job("a fox", 128, 64, 1)
GREY = np.random.default_rng(3).random((32, 48, 3)).astype(np.float32)


def test_neutral_dials_change_nothing():
    assert cast_of(JOB) == Cast(1, 1, 0, 1)
    assert sharpness_of(JOB) == 0
    assert strokes_of(Dials()) == pytest.approx(STROKES)
    assert kept_share(Dials()) == 1
    assert focused(GREY, 0) is GREY
    assert echo(GREY, ()) is GREY


@pytest.mark.parametrize("value", [-1e9, 0, 1e9])
@pytest.mark.parametrize("name", ["aesthetic_score", "guidance_embed", "shift", "stage_2_guidance", "clip_weight"])
def test_no_value_turns_colours_over(name: str, value: float):
    cast = cast_of(replace(JOB, dials=Dials(**{name: value})))
    assert LEAST <= cast.saturation <= MOST
    assert LEAST <= cast.contrast <= MOST
    assert cast.warmth > 0


def test_an_encoder_that_is_told_nothing_makes_the_picture_paler():
    assert cast_of(replace(JOB, echoes=("",))).saturation < cast_of(JOB).saturation


def test_an_echo_tints():
    red, green = echo(GREY, ("a red flower",)), echo(GREY, ("a green frog",))
    assert red[..., 0].mean() > green[..., 0].mean()
    assert np.array_equal(echo(GREY, ("",)), GREY)


@pytest.mark.parametrize(
    ("original", "negative", "sharper"),
    [((256, 128), (0, 0), 1), ((64, 32), (0, 0), -1), ((0, 0), (64, 32), 1), ((256, 0), (0, 0), 0)],
)
def test_sizes_that_are_told_decide_how_crisp_it_is(original: tuple[int, int], negative: tuple[int, int], sharper: int):
    dials = Dials(
        original_image_width=original[0],
        original_image_height=original[1],
        negative_original_image_width=negative[0],
        negative_original_image_height=negative[1],
    )
    assert np.sign(sharpness_of(replace(JOB, dials=dials))) == sharper


def test_sharpening_raises_edges_and_softening_lowers_them():
    rough = [np.abs(np.diff(np.clip(focused(GREY, crisp), 0, 1), axis=0)).mean() for crisp in (-0.8, 0, 0.8)]
    assert rough == sorted(rough)


def test_tea_cache_skips_in_its_window_only():
    on = Dials(tea_cache=True, tea_cache_threshold=0.2)
    assert skipped(Dials(tea_cache_threshold=0.2), 20) == 0
    assert skipped(on, 20) == pytest.approx(15 / 20 * 3 / 4)
    assert skipped(replace(on, tea_cache_end=10), 20) == pytest.approx(5 / 20 * 3 / 4)
    assert skipped(replace(on, tea_cache_start=30), 20) == 0
    assert skipped(replace(on, tea_cache_threshold=0.0), 20) == 0


def test_a_refiner_that_starts_early_decides_more():
    shares = [late_share(Dials(refiner_start=start)) for start in (0.0, 0.5, 1.0)]
    assert shares == sorted(shares, reverse=True)
    assert (shares[0], shares[-1]) == (1, 0)
