from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from drawthings.catalogue.families import CASCADE_DECODER, CASCADE_PRIOR, FAMILIES
from drawthings.server.painter.job import Job
from drawthings.server.painter.latent import cells_of, to_latent
from drawthings.server.painter.painter import paint
from drawthings.server.painter.raster import scale
from drawthings.server.painter.stages import stage
from drawthings.tensor.preview import linear_form, preview_frames, preview_to_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

JOB = Job("a lion in the savanna at noon", 192, 128, 2)
LINEAR = sorted(version for version in FAMILIES if linear_form(version) is not None)


@pytest.fixture(scope="module")
def final() -> NDArray[np.float32]:
    return paint(JOB)


@pytest.mark.parametrize("version", LINEAR)
def test_the_preview_of_a_latent_is_the_picture(version: str, final: NDArray[np.float32]):
    latent = to_latent(final, version)
    assert latent.dtype == np.float16
    assert latent.shape[:3] == (1, *cells_of(version, 128, 192))
    shown = preview_to_pixels(latent, version)
    assert shown is not None
    wanted = np.clip(scale(final, *shown.shape[:2]), -1, 1) * 127.5 + 127.5
    assert np.abs(shown - wanted).mean() < 1.5
    assert np.abs(shown - wanted).max() < 6


@pytest.mark.parametrize("version", sorted(set(LINEAR) - {CASCADE_PRIOR}))
def test_channels_and_cells_are_those_of_the_family(version: str, final: NDArray[np.float32]):
    family = FAMILIES[version]
    assert to_latent(final, version).shape == (1, *family.latent_cells(192, 128), family.channels)


def test_it_looks_like_a_latent(final: NDArray[np.float32]):
    one, other = (to_latent(final, "flux1", seed=seed).astype(np.float32) for seed in (1, 2))
    assert np.array_equal(one, to_latent(final, "flux1", seed=1))
    assert 0.01 < np.abs(one - other).mean() < 1
    assert (one.std((0, 1, 2)) > 0.02).all(), "every channel lives"


def test_several_pictures_become_a_batch(final: NDArray[np.float32]):
    latent = to_latent(np.stack([final, -final]), "wan_v2.1_14b")
    assert len(latent) == 2
    frames = preview_frames(latent, "wan_v2.1_14b")
    assert frames is not None
    assert abs(frames[0].mean() + frames[1].mean() - 255) < 3


def test_pixels_are_the_cells_of_hidream_o1(final: NDArray[np.float32]):
    latent = to_latent(final, "hidream_o1")
    assert latent.shape == (1, 4, 6, 3072)
    shown = preview_to_pixels(latent, "hidream_o1")
    assert shown is not None
    assert np.abs(shown - (final * 127.5 + 127.5)).max() < 1.6
    assert to_latent(final, "hidream_o1", size=(2, 3)).shape == (1, 2, 3, 3072)
    assert to_latent(final[:5, :5], "hidream_o1").shape == (1, 1, 1, 3072)


def test_the_cascade_previews_in_colours_or_channels(final: NDArray[np.float32]):
    colours = to_latent(final, CASCADE_PRIOR)
    assert colours.shape == (1, 3, 5, 3)
    assert colours.min() >= 0
    assert to_latent(final, CASCADE_PRIOR, channels=16).shape == (1, 3, 5, 16)
    assert to_latent(final, CASCADE_DECODER).shape == (1, 32, 48, 4)


def test_sound_lies_below_the_picture_of_ltx(final: NDArray[np.float32]):
    latent = to_latent(np.stack([final] * 3), "ltx2", sound_rows=2)
    assert latent.shape == (3, 6, 6, 128)
    assert np.array_equal(latent[:, :4], to_latent(np.stack([final] * 3), "ltx2"))
    assert latent[:, 4:].std() > 0.3


def test_an_unknown_version_is_treated_as_an_old_one(final: NDArray[np.float32]):
    assert to_latent(final, "newer_than_us").shape == (1, 16, 24, 4)


@pytest.mark.parametrize("version", ["v1", "qwen_image", "kandinsky2.1", "flux2"])
def test_previews_clear_up(version: str, final: NDArray[np.float32]):
    size = cells_of(version, 128, 192)
    wanted = scale(final, *size) * 127.5 + 127.5
    errors = []
    for step in (0, 3, 6, 10):
        look = stage(JOB, final, step, 10, size=size)
        shown = preview_to_pixels(to_latent(look, version, size=size), version)
        assert shown is not None
        errors.append(float(np.abs(shown - wanted).mean()))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1.5
