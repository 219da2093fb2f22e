from __future__ import annotations

import numpy as np
import pytest

from drawthings.server.painter.dials import Dials
from drawthings.server.painter.tiles import seamed

PLAIN = np.full((128, 192, 3), 0.5, np.float32)


def tiled(kind: str, width: int, height: int, overlap: int = 0) -> Dials:
    sizes = {f"{kind}_tile_width": width, f"{kind}_tile_height": height, f"{kind}_tile_overlap": overlap}
    return Dials(**{f"tiled_{kind}": True}, **sizes)


def test_without_tiles_nothing_changes():
    assert seamed(PLAIN, Dials(), 1) is PLAIN
    assert seamed(PLAIN, tiled("decoding", 192, 128), 1) is PLAIN


def test_seams_stand_at_the_borders_of_tiles():
    picture = seamed(PLAIN, tiled("decoding", 64, 128), 1)
    steps = np.abs(np.diff(picture[64, :, 0]))
    assert set(np.flatnonzero(steps > 0.01).tolist()) == {63, 127}
    assert np.abs(np.diff(picture, axis=0)).max() == 0


def test_overlap_softens_the_seams():
    hard, soft = (seamed(PLAIN, tiled("decoding", 96, 128, overlap), 1) for overlap in (0, 64))
    assert np.abs(np.diff(soft, axis=1)).max() < np.abs(np.diff(hard, axis=1)).max() / 4


def test_the_decoder_changes_light_and_the_sampler_colour():
    light, colour = (seamed(PLAIN, tiled(kind, 64, 64), 1) for kind in ("decoding", "diffusion"))
    assert np.ptp(light, axis=-1).max() == 0
    assert np.ptp(colour, axis=-1).max() > 0.02


@pytest.mark.parametrize("overlap", [0, 64, 10**6])
def test_any_tile_can_be_drawn(overlap: int):
    picture = seamed(PLAIN, tiled("diffusion", 1, 1, overlap), 1)
    assert picture.shape == PLAIN.shape
    assert np.isfinite(picture).all()
