"""What the tests of scenes share: plans and sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from drawthings.server.painter.scene.plan import Plan, make_plan
from drawthings.server.painter.scene.sheet import Sheet
from drawthings.server.painter.words import read_prompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from drawthings.server.painter.scene.figure import Part


@pytest.fixture(scope="session")
def plan_of() -> Callable[..., Plan]:
    """Lay out the picture of a prompt."""

    def make(prompt: str, *, seed: int = 3, aspect: float = 1.5) -> Plan:
        return make_plan(read_prompt(prompt), aspect=aspect, seed=seed, octaves=4)

    return make


@pytest.fixture
def grey_sheet() -> Sheet:
    """Return a middle grey sheet of 96 by 64."""
    sheet = Sheet(64, 96)
    sheet.rgb[:] = 0.5
    return sheet


@pytest.fixture(scope="session")
def sizes_up() -> Callable[[list[Part]], tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Measure a figure: the smallest and the largest coordinates of its shapes."""

    def measure(parts: list[Part]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        dots = np.concatenate([outline for part in parts for outline in part.outlines])
        assert np.isfinite(dots).all()
        return dots.min(0), dots.max(0)

    return measure
