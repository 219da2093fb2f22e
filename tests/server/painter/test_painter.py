from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings.server.painter.dials import Dials
from drawthings.server.painter.job import Job, Lora, Reference
from drawthings.server.painter.painter import paint, paint_layer

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Likeness = Callable[[NDArray[Any], NDArray[Any]], float]
    Pixels = NDArray[np.float32]

FOX = Job("a red fox in a snowy forest at sunset", 128, 96, 42)

PROMPTS = (
    """a fox|the fox|a cat|a kitten|a dog|a puppy|two dogs|a red car|a blue car|a car at night|a castle|a castle in fog
a castle at sunset|mountains|mountains at dawn|mountains in winter|a lake|the sea|a stormy sea|a city
a neon city at night|a robot
portrait of a woman|portrait of a queen|a cup of coffee|a cup of tea|a rose|a tulip|cherry blossoms|a desert
deep space|a coral reef|a lion, watercolor|a lion, oil painting|a lion, pixel art|a lion|zorblax|flumox|森の狐|猫
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


def digest(picture: Pixels) -> str:
    return hashlib.sha256(picture.tobytes()).hexdigest()


@pytest.mark.parametrize(
    ("width", "height"), [(64, 64), (192, 64), (64, 448), (832, 480), (704, 1024), (2048, 64), (2048, 1088)]
)
def test_a_picture_has_the_size_asked_for(width: int, height: int):
    picture = paint(replace(FOX, width=width, height=height))
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.float32
    assert picture.min() >= -1
    assert picture.max() <= 1
    assert picture.std() > 0.1


def test_painting_repeats_bit_for_bit():
    assert digest(paint(FOX)) == digest(paint(replace(FOX)))


def test_painting_does_not_depend_on_the_process():
    script = (
        "import hashlib\n"
        "from drawthings.server.painter.painter import Job, paint\n"
        "picture = paint(Job('a red fox in a snowy forest at sunset', 128, 96, 42))\n"
        "print(hashlib.sha256(picture.tobytes()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert answer.stdout.strip() == digest(paint(FOX))


def test_prompts_give_pictures_that_differ_from_each_other():
    assert len(PROMPTS) == 40
    pictures = [paint(Job(prompt, 96, 64, 1)) for prompt in PROMPTS]
    for (one, a), (other, b) in itertools.combinations(zip(PROMPTS, pictures, strict=True), 2):
        changed = (np.abs(a - b).max(-1) > 2 / 127.5).mean()
        assert changed > 0.25, f"{one!r} and {other!r} differ in {changed:.0%} of their pixels"


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 43},
        {"negative_prompt": "fox"},
        {"negative_prompt": "orange"},
        {"negative_prompt": "black"},
        {"negative_prompt": "white"},
        {"negative_prompt": "blurry"},
        {"negative_prompt": "unheard of"},
        {"steps": 1},
        {"steps": 4},
        {"steps": 21},
        {"guidance_scale": 9.0},
        {"sampler": 3},
        {"seed_mode": 1},
        {"model": "flux_1_dev_q8p.ckpt"},
        {"refiner": "refiner.ckpt"},
        {"hires": (64, 64)},
        {"hires": (128, 96)},
        {"loras": (Lora("one.ckpt", 0.5),)},
        {"references": (Reference(np.full((8, 8, 3), (0.9, -0.9, 0.9), np.float32)),)},
        {"dials": Dials(shift=3.0)},
        {"echoes": ("a stormy night",)},
        {"echoes": ("",)},
        {"prompt": "a red fox in a snowy forest at sunset, dark"},
        {"prompt": "a red fox in a snowy forest at sunset, vivid and dramatic"},
        {"prompt": "a red fox in a snowy forest at sunset, pastel, cold"},
        {"prompt": "a red fox in a snowy forest at sunset, bright and warm"},
    ],
    ids=str,
)
def test_every_setting_shows(changes: dict[str, Any]):
    apart = np.abs(paint(replace(FOX, **changes)) - paint(FOX))
    assert (apart.max(-1) > 1 / 127.5).mean() > 0.02, "at least one pixel in fifty changes"


def test_a_batch_varies():
    pictures = [paint(FOX, index) for index in range(3)]
    assert len({digest(picture) for picture in pictures}) == 3
    assert digest(pictures[1]) == digest(paint(replace(FOX, seed=FOX.seed_of(1))))


def test_what_the_negative_prompt_names_is_gone():
    with_fox, without, plain = (
        paint(replace(FOX, prompt=prompt, negative_prompt=negative))
        for prompt, negative in (("a fox in a meadow", ""), ("a fox in a meadow", "fox"), ("a meadow", ""))
    )
    orange = [
        ((p[..., 0] > p[..., 2] + 0.6) & (p[..., 0] > p[..., 1] + 0.4)).mean() for p in (with_fox, without, plain)
    ]
    assert orange[0] > 0.005
    assert orange[1] <= orange[2] < 0.001


def test_few_steps_are_coarser(likeness: Likeness):
    fine, coarse = paint(replace(FOX, steps=30)), paint(replace(FOX, steps=1))
    assert np.abs(np.diff(coarse, axis=0)).mean() < np.abs(np.diff(fine, axis=0)).mean()
    assert likeness(fine, coarse) > 0.3, "it is still the same scene"


def test_a_lora_shows_in_proportion_to_its_weight():
    plain = paint(FOX)
    far = [np.abs(paint(replace(FOX, loras=(Lora("style.ckpt", w),))) - plain).mean() for w in (0.0, 0.3, 0.6, 1.0)]
    assert far[0] == 0
    assert far == sorted(far)
    assert far[3] > 2 * far[1] > 0
    other = paint(replace(FOX, loras=(Lora("other.ckpt", 1.0),)))
    assert not np.array_equal(other, paint(replace(FOX, loras=(Lora("style.ckpt", 1.0),))))


def test_strength_decides_how_much_of_the_input_stays(photo: Pixels, likeness: Likeness):
    job = Job("a castle by the sea at noon", 192, 144, 3, image=photo)
    kept = [likeness(paint(replace(job, strength=s)), photo) for s in (0.0, 0.3, 0.5, 0.7, 0.9, 1.0)]
    assert kept == sorted(kept, reverse=True)
    assert kept[0] == pytest.approx(1)
    assert kept[1] > 0.75
    assert 0.1 < kept[3] < 0.75
    assert kept[5] < 0.5 * kept[1]


def test_at_strength_one_an_ordinary_model_ignores_the_input(photo: Pixels):
    job = Job("a castle by the sea at noon", 192, 144, 3)
    assert np.array_equal(paint(replace(job, image=photo)), paint(job))


def test_strength_zero_gives_the_input_back(photo: Pixels):
    assert np.allclose(paint(Job("x", 192, 144, 3, image=photo, strength=0.0)), photo, atol=1e-6)


@pytest.mark.parametrize("modifier", ["depth", "canny"])
def test_depth_and_canny_models_follow_their_picture(modifier: str, photo: Pixels):
    job = Job("a garden", 192, 144, 3, image=photo)
    assert not np.array_equal(paint(replace(job, modifier=modifier)), paint(job))


def test_inpainting_leaves_what_is_outside_exactly(photo: Pixels):
    mask = np.zeros((144, 192), np.uint8)
    mask[40:100, 50:130] = 2
    job = Job("a lighthouse", 192, 144, 3, image=photo, mask=mask)
    picture = paint(job)
    assert np.allclose(picture[mask == 0], photo[mask == 0], atol=1e-6)
    assert np.abs(picture - photo)[mask == 2].mean() > 0.1
    half = paint(replace(job, strength=0.4))
    assert np.abs(half - photo)[mask == 2].mean() < np.abs(picture - photo)[mask == 2].mean()
    named = paint(replace(job, prompt="a lighthouse at night"))
    assert named[mask == 2].mean() < picture[mask == 2].mean()


def test_outpainting_fills_the_border_whatever_the_strength(photo: Pixels):
    mask = np.full((144, 192), 3, np.uint8)
    mask[:, :64] = 1
    job = Job("a lighthouse", 192, 144, 3, image=photo, mask=mask, strength=0.2)
    weak, strong = paint(job), paint(replace(job, strength=1.0))
    assert np.allclose(weak[:, 64:], photo[:, 64:], atol=1e-6)
    assert np.allclose(weak[:, :64], strong[:, :64], atol=1e-6)


def test_a_mask_of_ones_only_is_a_new_picture(photo: Pixels):
    ones = np.ones((144, 192), np.uint8)
    job = Job("a lighthouse", 192, 144, 3)
    assert np.array_equal(paint(replace(job, image=photo, mask=ones, strength=0.3)), paint(job))


def test_a_mask_that_repaints_everything_is_image_to_image(photo: Pixels):
    twos = np.full((144, 192), 2, np.uint8)
    picture = paint(Job("a lighthouse", 192, 144, 3, image=photo, mask=twos, strength=0.3))
    assert 0.01 < np.abs(picture - photo).mean() < 0.3


def test_a_mask_without_a_picture_does_nothing():
    assert np.array_equal(paint(replace(FOX, mask=np.full((96, 128), 2, np.uint8))), paint(FOX))


@pytest.mark.parametrize("modifier", ["kontext", "kontext_kv", "qwenimage_edit_plus", "qwenimage_edit_2511", "editing"])
def test_edit_models_keep_the_composition(modifier: str, castle: Pixels, likeness: Likeness):
    picture = paint(Job("make it a warm sunset", 192, 144, 9, image=castle, modifier=modifier))
    assert likeness(picture, castle) > 0.7
    assert np.abs(picture - castle).mean() > 0.05


def test_an_edit_below_full_strength_stays_nearer(castle: Pixels):
    job = Job("night", 192, 144, 9, image=castle, modifier="kontext")
    full, half = paint(job), paint(replace(job, strength=0.5))
    assert np.abs(half - castle).mean() < np.abs(full - castle).mean()


def test_without_an_image_the_first_reference_that_counts_is_edited(castle: Pixels, photo: Pixels, likeness: Likeness):
    unseen = Reference(photo, 0.0)
    job = Job("make it blue", 192, 144, 9, modifier="qwenimage_edit_2511", references=(unseen, Reference(castle)))
    assert likeness(paint(job), castle) > 0.7
    invented = paint(replace(job, references=(unseen,)))
    assert np.array_equal(invented, paint(replace(job, references=())))


def test_further_references_show_by_their_weight_and_order(castle: Pixels, photo: Pixels):
    job = Job("add the thing from picture 2", 192, 144, 9, image=castle, modifier="kontext")
    plain = paint(job)
    far = [np.abs(paint(replace(job, references=(Reference(photo, w),))) - plain).mean() for w in (0.0, 0.4, 1.0)]
    assert far[0] == 0
    assert far[2] > far[1] > 0
    dark = np.full((20, 30, 3), -0.8, np.float32)
    orders = [paint(replace(job, references=tuple(map(Reference, order)))) for order in ((photo, dark), (dark, photo))]
    assert not np.array_equal(*orders)


def test_a_cut_out_figure_has_alpha_first():
    layer = paint_layer(FOX)
    assert layer.shape == (96, 128, 4)
    assert 0 <= layer[..., 0].min() < 0.05
    assert layer[..., 0].max() == pytest.approx(1)
    assert -1 <= layer[..., 1:].min() < 0
    assert (layer[:10, :10, 0] < 0.1).mean() > 0.8, "the sky is transparent"


def test_without_a_figure_the_land_is_cut_out():
    alpha = paint_layer(Job("mountains", 96, 64, 1))[..., 0]
    assert alpha[:6].mean() < 0.1
    assert alpha[-6:].mean() > 0.9


def test_layers_are_the_picture_when_they_lie_on_each_other(castle: Pixels):
    job = Job("take it apart", 192, 144, 9, image=castle, modifier="qwenimage_layered")
    layers = [paint_layer(job, index, 3) for index in range(3)]
    assert layers[0][..., 0].min() == 1
    assert 0 < layers[2][..., 0].mean() < layers[1][..., 0].mean() < 1
    whole = layers[0][..., 1:]
    for layer in layers[1:]:
        whole = whole * (1 - layer[..., :1]) + layer[..., 1:] * layer[..., :1]
    assert np.abs(whole - paint_layer(job, 0, 1)[..., 1:]).mean() < 0.05
