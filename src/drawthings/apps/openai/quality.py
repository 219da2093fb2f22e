"""Words for quality as numbers of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.request.fields import BY_NAME
from drawthings.request.recipes import recipe_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings.catalogue.entries import LoraEntry, ModelEntry

FACTORS = {"low": 0.5, "medium": 0.75, "auto": 1.0, "standard": 1.0, "high": 1.25, "hd": 1.25, "xhigh": 1.5, "max": 2.0}
"""How many steps each word means, in recommended ones."""
QUALITIES = tuple(FACTORS)
FEWEST_STEPS = 4
FEW = 12
"""Models and LoRAs that are distilled to at most so many steps are not better with more."""


def steps_for(quality: str, model: ModelEntry, loras: Sequence[LoraEntry], *, editing: bool) -> int | None:
    """Return the number of steps that a quality means for a model.

    Args:
        quality: One of ``QUALITIES``.
        model: The model.
        loras: The LoRAs in use.
        editing: Whether a picture is changed.

    Returns:
        The steps, or None where the quality has no effect: the usual one, and all of them on models that are made for
        few steps.
    """
    factor = FACTORS[quality]
    usual = recipe_for(model, loras, editing=editing).settings.number("steps") or 0
    if factor == 1 or usual <= FEW:
        return None
    return min(max(FEWEST_STEPS, round(usual * factor)), int(BY_NAME["steps"].maximum or usual))


def reported(quality: str) -> str | None:
    """Return a quality in the words that an answer may have, or None for those that it may not."""
    return {"low": "low", "medium": "medium", "high": "high", "hd": "high", "xhigh": "xhigh", "max": "max"}.get(quality)
