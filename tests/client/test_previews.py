"""Previews as they come over the wire: for every family with a linear form they show the picture that is to come."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from drawthings import DrawThings, Finished
from drawthings.catalogue.families import FAMILIES
from drawthings.stream.events import Preview
from drawthings.tensor.codec import decode_tensor
from drawthings.tensor.preview import linear_form, preview_to_pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from drawthings import Result

log = logging.getLogger(__name__)

LINEAR = sorted(version for version in FAMILIES if linear_form(version) is not None)
AVATAR = "longcat_video_avatar_v1.5"
FROM_PICTURE = {"svd_i2v", "seedvr2_3b", "seedvr2_7b", AVATAR}
SILENCE = (np.zeros(32_000, np.float16), np.zeros(2 * 8 * 6400, np.float16))
"""Sound for nine frames, which are three in the latent."""
WIDTH, HEIGHT = 256, 192
LIKE, GAINED = 0.95, 0.3
"""How much the last preview must be like the result, and by how much more than the first."""
COLOURS_OFF = 8.0
"""How far colours may be off at most, of 255 levels; the last preview still has some noise."""


@pytest.fixture(scope="module")
def client() -> Iterator[DrawThings]:
    with DrawThings("embedded") as connected:
        yield connected


def watched(client: DrawThings, version: str, **more: Any) -> tuple[list[Preview], Result]:
    """Generate with a model of a family and return the previews and the result."""
    file = next(model.file for model in client.models().models if model.version == version)
    wanted: dict[str, Any] = {"steps": 8, "seed": 4, "width": WIDTH, "height": HEIGHT, "num_frames": 9}
    if version in FROM_PICTURE:
        wanted["image"] = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).convert("RGB")
    if version == AVATAR:
        wanted["hints"] = {"audio": SILENCE}
    found = list(client.stream("a lighthouse on a cliff at sunset", model=file, **{**wanted, **more}))
    assert isinstance(found[-1], Finished)
    return [event for event in found if isinstance(event, Preview)], found[-1].result


def plane(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float64]:
    """Return the brightness at a size (width, height)."""
    return np.asarray(Image.fromarray(pixels).convert("L").resize(size, Image.Resampling.BOX), np.float64)


def likeness(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The correlation of two planes: 1 for equal ones up to contrast, about 0 for unrelated ones."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def shown(preview: Preview) -> NDArray[np.uint8]:
    pixels = preview.pixels()
    assert pixels is not None
    return pixels


@pytest.mark.parametrize("version", LINEAR)
def test_the_last_preview_shows_the_picture_that_is_to_come(
    client: DrawThings, version: str, record_property: Callable[[str, object], None], caplog: pytest.LogCaptureFixture
) -> None:
    """One matrix multiply of the family's own coefficients brings the scene; noise comes before it."""
    caplog.set_level(logging.INFO, __name__)
    previews, result = watched(client, version)
    assert {preview.version for preview in previews} == {version}
    first, last = shown(previews[0]), shown(previews[-1])
    assert last.shape == (*decode_tensor(previews[-1].blob).shape[1:3], 3)
    size = (last.shape[1], last.shape[0])
    wanted = plane(result.pictures[0].pixels, size)
    before, after = likeness(plane(first, size), wanted), likeness(plane(last, size), wanted)
    small = np.asarray(Image.fromarray(result.pictures[0].pixels).resize(size, Image.Resampling.BOX), np.float64)
    off = float(np.abs(last - small).mean())
    record_property("similarity", round(after, 3))
    log.info("%s: similarity %.3f (first preview %.3f), colours off by %.1f of 255", version, after, before, off)
    assert after > LIKE
    assert off < COLOURS_OFF
    assert before < after - GAINED


def test_another_familys_coefficients_would_show_something_else(client: DrawThings) -> None:
    """The measure tells right from wrong: flux1 and sd3 have the same number of channels."""
    previews, result = watched(client, "flux1")
    size = (WIDTH // 8, HEIGHT // 8)
    small = np.asarray(Image.fromarray(result.pictures[0].pixels).resize(size, Image.Resampling.BOX), np.float64)
    wrong = preview_to_pixels(decode_tensor(previews[-1].blob), "sd3")
    assert wrong is not None
    assert np.abs(wrong - small).mean() > 2 * COLOURS_OFF


def test_patches_are_pixels_in_hidream_o1(client: DrawThings) -> None:
    previews, result = watched(client, "hidream_o1")
    last = shown(previews[-1])
    assert last.shape == (HEIGHT, WIDTH, 3)
    assert likeness(plane(last, (32, 24)), plane(result.pictures[0].pixels, (32, 24))) > LIKE


@pytest.mark.parametrize("version", ["ltx2", "ltx2.3"])
def test_what_has_no_linear_form_says_so_once(
    client: DrawThings, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    previews, _ = watched(client, version, width=256, height=256)
    assert len(previews) > 1
    assert {preview.pixels() is None for preview in previews} == {True}
    assert len([record for record in caplog.records if record.name == "drawthings.stream"]) == 1
