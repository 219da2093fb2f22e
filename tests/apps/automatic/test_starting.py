from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from drawthings.errors import BadImage, BadMask, BadValue, OutOfRange
from drawthings.request.masks import FILL, KEEP, Mask, read_mask

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.apps.automatic.parse import Asked

    Read = Callable[..., Asked]
    Sent = Callable[[Image.Image], str]

WHOLE = {"inpaint_full_res": False, "inpainting_fill": 1}
SIZE = {"width": 512, "height": 512}


@pytest.fixture
def start(read: Read, sent: Sent, photo: Image.Image) -> Callable[..., Asked]:
    def started(body: dict[str, Any] | None = None, mask: Image.Image | None = None) -> Asked:
        masked = {} if mask is None else {"mask": sent(mask)}
        return read({"prompt": "a fox", "init_images": [sent(photo)], **masked, **(body or {})}, "img2img")

    return started


@pytest.mark.parametrize(
    ("body", "strength"),
    [
        ({}, 0.75),
        ({"denoising_strength": "0.4"}, 0.4),
        ({"denoising_strength": 0}, 0.01),
        ({"strength": 0.3}, 0.3),
        ({"configuration": {"strength": 0.6}}, 0.6),
        ({"strength": 0.3, "denoising_strength": 0.4}, 0.4),
        ({"denoising_strength": 1}, 1.0),
        ({"model": "qwen_image_edit_2511_q8p.ckpt"}, None),
        ({"model": "qwen_image_edit_2511_q8p.ckpt", "denoising_strength": 0.5}, 0.5),
    ],
)
def test_how_much_changes(body: dict[str, Any], strength: float | None, start: Callable[..., Asked]):
    assert start(body).draft.wanted.get("strength") == strength


@pytest.mark.parametrize(
    ("mode", "fit"), [(0, "stretch"), (1, "cover"), (2, "stretch"), (3, "stretch"), (None, "stretch")]
)
def test_how_a_picture_reaches_the_canvas(mode: int | None, fit: str, start: Callable[..., Asked]):
    asked = start({"resize_mode": mode, **SIZE})
    assert (asked.draft.verb, asked.draft.wanted["image_fit"]) == ("edit", fit)


def test_filling_up_lets_the_edges_go_on(start: Callable[..., Asked], photo: Image.Image):
    image = start({"resize_mode": 2, **SIZE}).draft.wanted["image"]
    assert image.size == (512, 512)
    assert image.getpixel((100, 2)) == image.getpixel((100, 80)) == photo.getpixel((50, 0))


def test_further_pictures_are_references(read: Read, sent: Sent, photo: Image.Image):
    wanted = read({"init_images": [sent(photo), sent(photo.rotate(90))]}, "img2img").draft.wanted
    assert len(wanted["references"]) == 1


def test_a_picture_is_needed(read: Read):
    for images in ([], [""], None):
        with pytest.raises(BadImage, match="Init image not found") as refused:
            read({"init_images": images}, "img2img")
        assert refused.value.field == "init_images"


def test_the_whole_picture_with_a_mask(start: Callable[..., Asked], hole: Image.Image, photo: Image.Image):
    asked = start({**WHOLE, **SIZE, "mask_blur": 6}, hole)
    wanted = asked.draft.wanted
    assert (asked.draft.verb, asked.region, wanted["mask_blur"]) == ("inpaint", None, 6)
    codes = read_mask(wanted["mask"], photo.size)
    assert codes[90, 140] == 2
    assert codes[10, 10] == 0


def test_a_mask_may_be_meant_the_other_way_round(start: Callable[..., Asked], hole: Image.Image, photo: Image.Image):
    for invert in (1, True, "1"):
        wanted = start({**WHOLE, "inpainting_mask_invert": invert}, hole).draft.wanted
        codes = read_mask(wanted["mask"], photo.size)
        assert (codes[90, 140], codes[10, 10]) == (0, 2)


def test_of_a_mask_with_transparency_the_opaque_part_is_repainted(
    start: Callable[..., Asked], hole: Image.Image, photo: Image.Image
):
    see_through = Image.new("RGBA", hole.size, (255, 255, 255, 0))
    see_through.putalpha(hole)
    codes = read_mask(start(WHOLE, see_through).draft.wanted["mask"], photo.size)
    assert (codes[90, 140], codes[10, 10]) == (2, 0)


def test_a_mask_of_another_size_is_stretched(start: Callable[..., Asked], hole: Image.Image, photo: Image.Image):
    codes = read_mask(start(WHOLE, hole.resize((64, 64))).draft.wanted["mask"], photo.size)
    assert codes.shape == (200, 300)
    assert codes[90, 140] == 2


def test_only_the_masked_part_is_cut_out(start: Callable[..., Asked], hole: Image.Image):
    asked = start({"mask_blur": 0, "inpaint_full_res_padding": 10, "inpainting_fill": 1, **SIZE}, hole)
    assert asked.region is not None
    assert asked.region.box == (90, 40, 190, 140)
    wanted = asked.draft.wanted
    assert wanted["image"].size == wanted["mask"].size == (100, 100)
    assert (wanted["mask_blur"], wanted["width"], asked.draft.verb) == (0.0, 512, "inpaint")


def test_a_cut_out_that_is_masked_all_over_needs_no_mask(start: Callable[..., Asked], hole: Image.Image):
    asked = start({"mask_blur": 0, "width": 512, "height": 384}, hole)
    assert (asked.draft.verb, "mask" in asked.draft.wanted) == ("edit", False)
    assert asked.draft.notes == ("The mask covers everything, so the whole picture was started from.",)


def test_an_edge_that_the_canvas_is_too_small_for_counts_as_masked(read: Read, sent: Sent):
    photo, mask = Image.new("RGB", (3000, 3000)), Image.new("L", (3000, 3000), 0)
    mask.paste(255, (100, 100, 2900, 2900))
    body = {"init_images": [sent(photo)], "mask": sent(mask), "width": 128, "height": 128, "mask_blur": 1}
    assert read(body, "img2img").draft.verb == "edit"


@pytest.mark.parametrize("fill", [0, 1, 2, 3])
def test_what_lies_under_the_mask(fill: int, start: Callable[..., Asked], hole: Image.Image, photo: Image.Image):
    wanted = start({**WHOLE, "inpainting_fill": fill}, hole).draft.wanted
    if fill in {2, 3}:
        assert isinstance(wanted["mask"], Mask)
        codes = read_mask(wanted["mask"], photo.size)
        assert (codes[90, 140], codes[10, 10]) == (FILL, KEEP)
    elif fill == 0:
        assert wanted["image"].getpixel((120, 100)) != photo.getpixel((120, 100))
        assert wanted["image"].getpixel((10, 10)) == photo.getpixel((10, 10))
    else:
        assert wanted["image"].getpixel((120, 100)) == photo.getpixel((120, 100))


def test_filling_up_with_a_mask_keeps_what_is_added(start: Callable[..., Asked], hole: Image.Image):
    wanted = start({**WHOLE, "resize_mode": 2, **SIZE}, hole).draft.wanted
    assert wanted["image"].size == wanted["mask"].size == (512, 512)
    assert (wanted["mask"].getpixel((240, 5)), wanted["mask"].getpixel((240, 240))) == (0, 255)


@pytest.mark.parametrize(
    ("body", "error", "field"),
    [
        ({"resize_mode": 4}, OutOfRange, "resize_mode"),
        ({"inpainting_fill": 9}, OutOfRange, "inpainting_fill"),
        ({"mask_blur": -1}, OutOfRange, "mask_blur"),
        ({"resize_mode": 2, "width": 10**9, "height": 10**9}, OutOfRange, "width"),
        ({"denoising_strength": "much"}, BadValue, "denoising_strength"),
    ],
)
def test_what_makes_no_sense_is_refused(
    body: dict[str, Any], error: type, field: str, start: Callable[..., Asked], hole: Image.Image
):
    with pytest.raises(error) as refused:
        start(body, hole)
    assert refused.value.field == field


def test_a_mask_that_masks_nothing_is_refused(start: Callable[..., Asked], photo: Image.Image):
    with pytest.raises(BadMask, match="repaints nothing"):
        start({}, Image.new("L", photo.size, 0))
