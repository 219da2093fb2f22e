from __future__ import annotations

import pytest

from drawthings.request.choices import SeedMode
from drawthings.request.seeds import batch_seeds, next_seed


def by_hand(seed: int) -> int:
    """The same generator with numbers cut to 32 bits after every operation."""
    x = seed or 195_911_405
    x = (x ^ (x << 13)) % 2**32
    x = (x ^ (x // 2**17)) % 2**32
    return (x ^ (x << 5)) % 2**32


@pytest.mark.parametrize("seed", [0, 1, 42, 2**31, 2**32 - 1])
def test_each_seed_follows_from_the_one_before(seed: int) -> None:
    assert next_seed(seed) == by_hand(seed)
    assert 0 <= next_seed(seed) < 2**32


def test_the_first_step_from_one() -> None:
    assert next_seed(1) == 270369  # the well-known first output of this xorshift from 1


def test_a_batch_begins_with_the_seed_itself() -> None:
    assert batch_seeds(1, 3, SeedMode.SCALE_ALIKE) == (1, 270369, next_seed(270369))


def test_zero_is_a_seed() -> None:
    first, second = batch_seeds(0, 2, SeedMode.SCALE_ALIKE)
    assert first == 0
    assert second == by_hand(0)


@pytest.mark.parametrize("mode", [SeedMode.LEGACY, SeedMode.TORCH_CPU_COMPATIBLE, SeedMode.NVIDIA_GPU_COMPATIBLE])
def test_other_modes_have_one_seed_for_the_batch(mode: SeedMode) -> None:
    assert batch_seeds(7, 3, mode) == (7, 7, 7)
