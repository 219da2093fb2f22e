"""What the tests of the painter share: a measure of likeness, and pictures to start from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from drawthings.server.painter.job import Job
from drawthings.server.painter.painter import paint

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def _means(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    image = Image.fromarray(plane.astype(np.float32))
    kernel = 7
    padded = np.pad(np.asarray(image, np.float64), kernel // 2, "reflect")
    sums = np.cumsum(np.cumsum(np.pad(padded, ((1, 0), (1, 0))), 0), 1)
    rows, columns = plane.shape
    boxes = sums[kernel:, kernel:] - sums[:-kernel, kernel:] - sums[kernel:, :-kernel] + sums[:-kernel, :-kernel]
    return boxes[:rows, :columns] / kernel**2


def structural_similarity(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Compare the brightness of two pictures in [-1, 1]: 1 for equal ones, about 0 for unrelated ones."""
    weights = np.array([0.299, 0.587, 0.114])
    a, b = ((picture.astype(np.float64) * 0.5 + 0.5) @ weights for picture in (one, other))
    mean_a, mean_b = _means(a), _means(b)
    var_a, var_b = _means(a * a) - mean_a**2, _means(b * b) - mean_b**2
    both = _means(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    index = (2 * mean_a * mean_b + c1) * (2 * both + c2) / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
    return float(index.mean())


@pytest.fixture(scope="session")
def likeness() -> Callable[[NDArray[Any], NDArray[Any]], float]:
    """Measure the structural similarity of two pictures."""
    return structural_similarity


@pytest.fixture(scope="session")
def photo() -> NDArray[np.float32]:
    """Return a picture that no prompt of a test describes, with the texture and noise of a photograph."""
    rng = np.random.default_rng(5)
    small = rng.random((9, 12, 3)).astype(np.float32)
    soft = Image.fromarray((small * 255).astype(np.uint8)).resize((192, 144), Image.Resampling.BICUBIC)
    fine = Image.fromarray((rng.random((144, 192)) * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.2))
    values = np.asarray(soft, np.float32) / 127.5 - 1
    texture = np.asarray(fine, np.float32) / 127.5 - 1
    values[40:110, 60:130] *= -0.8
    return np.clip(values * 0.8 + texture[..., None] * 0.5, -1, 1).astype(np.float32)


@pytest.fixture(scope="session")
def castle() -> NDArray[np.float32]:
    """Return a painted picture to edit."""
    return paint(Job("a castle by a lake at noon", 192, 144, 42))
