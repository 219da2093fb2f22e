from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from drawthings.catalogue.schedule import executed_steps
from drawthings.request.configuration import Configuration
from drawthings.server.schedule import LEAST_SHIFT, shift_for, start_step, timesteps
from drawthings.server.zoo import built_in_zoo

if TYPE_CHECKING:
    from drawthings.catalogue.entries import ModelEntry


def runs(steps: int, strength: float, *, spacing: str = "trailing", shift: float = 1.0, flow: bool = True):
    return steps - start_step(timesteps(steps, spacing, shift, flow=flow), strength)


@pytest.mark.parametrize("shift", [1, 2, 3, 3.158, 5])
@pytest.mark.parametrize("steps", [1, 2, 4, 8, 30, 50])
def test_flow_models_follow_the_formula(steps: int, shift: float):
    for strength in (0.05, 0.3, 0.5, 0.7, 0.95, 1.0):
        assert runs(steps, strength, shift=shift) == executed_steps(steps, strength, shift, flow=True)


def test_known_examples():
    assert runs(30, 0.7, shift=3.158) == 13
    assert runs(4, 0.7, shift=3) == 2


@pytest.mark.parametrize("flow", [True, False])
@pytest.mark.parametrize("spacing", ["karras", "linspace", "leading", "trailing", "ays", "manual"])
def test_more_strength_never_means_fewer_steps(spacing: str, flow: bool):
    counts = [runs(20, share / 20, spacing=spacing, flow=flow) for share in range(21)]
    assert counts == sorted(counts)
    assert counts[-1] == 20
    assert counts[0] <= 1


@pytest.mark.parametrize("spacing", ["karras", "linspace", "leading", "trailing"])
def test_a_single_step_is_no_trap(spacing: str):
    for flow in (True, False):
        noise = timesteps(1, spacing, 1, flow=flow)
        assert len(noise) == 1
        assert all(map(math.isfinite, noise))


def test_noise_only_falls():
    for spacing in ("karras", "linspace", "leading", "trailing"):
        for shift in (0.5, 1, 3):
            for flow in (True, False):
                noise = timesteps(12, spacing, shift, flow=flow)
                assert noise == sorted(noise, reverse=True)
                assert 0 <= min(noise) <= max(noise) <= 1000.0001


def test_a_shift_keeps_classic_models_in_the_noise_longer():
    assert sum(timesteps(10, "trailing", 3, flow=False)) > sum(timesteps(10, "trailing", 1, flow=False))


def test_a_strength_that_is_no_number_runs_nothing():
    assert start_step([1000.0, 500.0], math.nan) == 2


def entry(file: str) -> ModelEntry:
    found = built_in_zoo().model(file)
    assert found is not None
    return found


def test_the_shift_goes_by_the_size_where_the_model_can():
    base = Configuration(width=1024, height=1024, shift=2.0, resolution_dependent_shift=True)
    assert shift_for(base, entry("flux_1_dev_q8p.ckpt")) == pytest.approx(3.158, abs=1e-3)
    assert shift_for(base, entry("flux_1_schnell_q5p.ckpt")) == 2.0
    assert shift_for(base, entry("sd_v1.5_f16.ckpt")) == 2.0
    assert shift_for(base.replace(resolution_dependent_shift=False), entry("flux_1_dev_q8p.ckpt")) == 2.0
    tiled = base.replace(tiled_diffusion=True, diffusion_tile_width=512, diffusion_tile_height=512)
    assert shift_for(tiled, entry("flux_1_dev_q8p.ckpt")) == pytest.approx(1.88, abs=1e-2)
    unchecked = Configuration.unchecked({"shift": 0.0})
    assert shift_for(unchecked, entry("sd_v1.5_f16.ckpt")) == LEAST_SHIFT
