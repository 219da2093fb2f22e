"""The seeds of a batch, as the server derives them from the one that is sent."""

from __future__ import annotations

from drawthings.request.choices import SeedMode

_MASK = 0xFFFFFFFF
_ZERO_STANDS_FOR = 0x0BAD5EED


def next_seed(seed: int) -> int:
    """Return the seed of the picture after the one with this seed, in the scale-alike mode.

    Source: ``randomLatentNoise`` of the server: one round of a 32-bit xorshift (13, 17, 5).
    """
    value = seed or _ZERO_STANDS_FOR
    value ^= (value << 13) & _MASK
    value ^= value >> 17
    value ^= (value << 5) & _MASK
    return value


def batch_seeds(seed: int, count: int, mode: SeedMode) -> tuple[int, ...]:
    """Return the seed that stands for each picture of a batch.

    Args:
        seed: The seed of the request.
        count: How many pictures.
        mode: How the server makes noise. Only scale-alike gives each picture a seed of its own; in the other modes
            one stream of noise runs over the whole batch, so every picture is named by the request's seed.

    Returns:
        ``count`` seeds.
    """
    if mode is not SeedMode.SCALE_ALIKE:
        return (seed,) * count
    seeds = []
    for _ in range(count):
        seeds.append(seed)
        seed = next_seed(seed)
    return tuple(seeds)


def following_seeds(seed: int, requests: int, batch_size: int, mode: SeedMode) -> tuple[int, ...]:
    """Return the seed of each of several requests for the same pictures.

    Args:
        seed: The seed of the first one.
        requests: How many there are.
        batch_size: How many pictures each brings.
        mode: How the server makes noise. In scale-alike the next request goes on where the batch before ended.

    Returns:
        One seed for each request, all different.
    """
    steps = batch_size if mode is SeedMode.SCALE_ALIKE else 1
    return batch_seeds(seed, requests * steps, SeedMode.SCALE_ALIKE)[::steps]
