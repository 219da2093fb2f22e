from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from drawthings.apps.automatic.answer import enlarged
from drawthings.apps.automatic.extras import Extra, draft_of, parse_one, parse_several, report
from drawthings.errors import BadImage, DrawThingsError, ModelNotFound, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.catalogue.catalogue import Catalogue

    One = Callable[..., Extra]


@pytest.fixture
def one(
    catalogue: Catalogue, picture: Callable[[str, str], bytes], sent: Callable[[Image.Image], str], photo: Image.Image
) -> One:
    return lambda **body: parse_one({"image": sent(photo), **body}, catalogue, picture)


def size(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as image:
        return image.size


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ({}, (300, 200)),
        ({"upscaler_1": "None", "upscaling_resize": 4}, (300, 200)),
        ({"upscaler_1": "Lanczos"}, (600, 400)),
        ({"upscaler_1": "Nearest", "upscaling_resize": "1.5"}, (450, 300)),
        ({"upscaler_1": "Lanczos", "upscaling_resize": 0.5}, (150, 100)),
        (
            {"upscaler_1": "Lanczos", "resize_mode": 1, "upscaling_resize_w": 600, "upscaling_resize_h": 600},
            (600, 600),
        ),
        (
            {
                "upscaler_1": "Lanczos",
                "resize_mode": 1,
                "upscaling_resize_w": 600,
                "upscaling_resize_h": 600,
                "upscaling_crop": False,
            },
            (900, 600),
        ),
    ],
)
def test_what_needs_no_server_is_done_here(body: dict[str, Any], result: tuple[int, int], one: One):
    extra = one(**body)
    assert extra.here
    assert size(extra.finished()) == result


@pytest.mark.parametrize(("resize", "factor"), [(1.5, 2), (2, 2), (3, 4), (4, 4), (8, 4)])
def test_a_server_enlarges_twice_or_four_times_and_the_rest_is_done_here(resize: float, factor: int, one: One):
    extra = one(upscaler_1="Real-ESRGAN X2+", upscaling_resize=resize)
    assert (extra.wanted["upscaler"], extra.wanted["factor"]) == ("realesrgan_x2plus_f16.ckpt", factor)
    buffer = io.BytesIO()
    Image.new("RGB", (300 * factor, 200 * factor)).save(buffer, "PNG")
    assert size(extra.finished(buffer.getvalue())) == (300 * resize, 200 * resize)


def test_one_job_makes_all_that_need_a_server(one: One):
    own, served = one(upscaler_1="Lanczos"), one(upscaler_1="Remacri", extras_upscaler_2_visibility=0.5)
    draft = draft_of([own, served, served])
    assert draft is not None
    assert (draft.verb, draft.cells, draft.notes) == (
        "upscale",
        (served.wanted,) * 2,
        ("A second upscaler has no effect.",),
    )
    assert draft_of([own]) is None


def test_faces_are_for_a_server(one: One):
    assert one(upscaler_1="Remacri", codeformer_visibility=1).wanted["face_restoration"]
    extra = one(upscaler_1="Lanczos", gfpgan_visibility=0.5, extras_upscaler_2_visibility=0.5)
    assert len(extra.notes) == 2
    assert report([extra, extra]).count("<p>") == 2


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"upscaling_resize": 9}, OutOfRange),
        ({"upscaling_resize": 0}, OutOfRange),
        ({"upscaler_1": "Lanczos", "resize_mode": 1, "upscaling_resize_w": 99999}, OutOfRange),
        ({"upscaler_1": "SwinIR 4x"}, ModelNotFound),
        ({"image": ""}, BadImage),
    ],
)
def test_what_makes_no_sense_is_refused(body: dict[str, Any], error: type, one: One):
    with pytest.raises(error) as refused:
        one(**body)
    assert isinstance(refused.value, DrawThingsError)


def test_a_result_that_would_be_huge_is_refused(
    catalogue: Catalogue, picture: Callable[[str, str], bytes], sent: Callable[[Image.Image], str]
):
    body = {"image": sent(Image.new("L", (2000, 2000))), "upscaler_1": "Lanczos", "upscaling_resize": 5}
    with pytest.raises(OutOfRange, match="million pixels"):
        parse_one(body, catalogue, picture)


def test_several(catalogue: Catalogue, picture: Callable[[str, str], bytes], sent: Callable[[Image.Image], str]):
    listed = [{"data": sent(Image.new("RGB", (64, 32 * n))), "name": str(n)} for n in (1, 2)]
    extras = parse_several({"imageList": listed, "upscaler_1": "Lanczos"}, catalogue, picture)
    assert [size(extra.finished()) for extra in extras] == [(128, 64), (128, 128)]
    for wrong in ([], [1], listed * 9):
        with pytest.raises(OutOfRange, match="imageList has"):
            parse_several({"imageList": wrong}, catalogue, picture)
    large = [{"data": sent(Image.new("1", (5000, 5000)))}] * 3
    with pytest.raises(OutOfRange, match="together"):
        parse_several({"imageList": large}, catalogue, picture)


def filled(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (shade,) * 3).save(buffer, "PNG")
    return buffer.getvalue()


async def test_what_was_skipped_is_left_out_and_the_others_keep_their_places():
    extras = [Extra(filled(shade), upscaler, 1.0) for shade, upscaler in ((10, "x"), (20, "lanczos"), (30, "x"))]
    answer = json.loads(await enlarged(extras, {1: filled(40)}, several=True))
    shades = [Image.open(io.BytesIO(base64.b64decode(each))).getpixel((0, 0)) for each in answer["images"]]
    assert shades == [(20, 20, 20), (40, 40, 40)]
    assert json.loads(await enlarged(extras[:1], {}, several=False))["image"] == ""


def test_what_has_no_effect_is_told(one: One):
    assert one(upscaler_1="Lanczos", resize_mode=0, save_images=False).notes == ()
    assert one(upscaler_1="Lanczos", sharpen=True).notes == ("sharpen has no effect.",)
