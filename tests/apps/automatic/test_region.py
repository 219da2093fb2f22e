from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from drawthings.apps.automatic.region import cut_out, underlaid


@pytest.mark.parametrize(
    ("wanted", "box"),
    [
        ((0, 0, None), (100, 60, 180, 120)),
        ((4, 0, None), (92, 52, 188, 128)),
        ((0, 32, None), (68, 28, 212, 152)),
        ((0, 500, None), (0, 0, 300, 200)),
        ((0, 0, (512, 512)), (100, 50, 180, 130)),
        ((0, 0, (1024, 256)), (20, 60, 260, 120)),
        ((0, 0, (128, 1024)), (100, 0, 180, 200)),
    ],
)
def test_a_region_has_room_and_the_shape_of_the_canvas(
    wanted: tuple[float, int, tuple[int, int] | None], box: tuple[int, ...], photo: Image.Image, hole: Image.Image
):
    blur, padding, shape = wanted
    assert cut_out(photo, hole, blur=blur, padding=padding, shape=shape).box == box


def test_a_region_at_the_edge_stays_inside(photo: Image.Image):
    mask = Image.new("L", photo.size, 0)
    mask.paste(255, (0, 0, 20, 20))
    assert cut_out(photo, mask, blur=2, padding=8, shape=(512, 256)).box == (0, 0, 64, 32)


def test_only_what_is_masked_changes_and_the_size_stays(photo: Image.Image, hole: Image.Image):
    region = cut_out(photo, hole, blur=0, padding=16, shape=(512, 512))
    result = region.laid_back(Image.new("RGB", (512, 512), (0, 0, 255)))
    assert result.size == photo.size
    changed = (np.asarray(result) != np.asarray(photo)).any(axis=2)
    assert (changed == (np.asarray(hole) == 255)).all()


def test_a_soft_edge_mixes(photo: Image.Image, hole: Image.Image):
    result = cut_out(photo, hole, blur=4, padding=0, shape=None).laid_back(Image.new("RGB", (64, 64), (0, 0, 255)))
    middle, edge, far = (result.getpixel(place)[2] for place in ((140, 90), (100, 90), (80, 90)))
    assert middle == 255
    assert 60 < edge < 200
    assert far == photo.getpixel((80, 90))[2]


def test_a_filling_takes_the_colours_around_it():
    picture = Image.new("RGB", (200, 100), (250, 0, 0))
    picture.paste((0, 0, 250), (100, 0, 200, 100))
    mask = Image.new("L", picture.size, 0)
    mask.paste(255, (60, 30, 140, 70))
    picture.paste((0, 250, 0), (60, 30, 140, 70))
    filled = underlaid(picture, mask)
    left, right = filled.getpixel((64, 50)), filled.getpixel((136, 50))
    assert left[0] > 180
    assert left[1] < 60
    assert right[2] > 180
    assert right[1] < 60
    assert filled.getpixel((10, 50)) == (250, 0, 0)


def test_a_filling_without_anything_around_it_is_no_error():
    everything = Image.new("L", (64, 64), 255)
    assert underlaid(Image.new("RGB", (64, 64), (9, 9, 9)), everything).size == (64, 64)
