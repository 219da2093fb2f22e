"""Masks, hints, enlarging and several requests, end to end against the strict embedded server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import numpy as np
import pytest
from PIL import Image, ImageDraw

from drawthings import AsyncDrawThings, DrawThings, Finished
from drawthings.errors import BadImage, BadMask, BadSize, BadValue, Incomplete, ModelNotFound, OutOfRange
from drawthings.request.masks import Mask
from drawthings.stream.events import ImageArrived

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings import EmbeddedServer, Result

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
INPAINTING = "sd_v1.5_inpainting_f16.ckpt"
QUICK: dict[str, Any] = {"model": SD15, "width": 256, "height": 256, "steps": 3, "seed": 1}
BOX = (64, 96, 192, 224)


@pytest.fixture
def client(address: str) -> Iterator[DrawThings]:
    with DrawThings(address) as connected:
        yield connected


def photo(width: int = 256, height: int = 256) -> Image.Image:
    across = np.linspace(20, 230, width, dtype=np.uint8)[None, :].repeat(height, 0)
    return Image.fromarray(np.dstack([across, across[:, ::-1], np.full_like(across, 90)]))


def masks() -> dict[str, Any]:
    where = np.zeros((256, 256), bool)
    where[BOX[1] : BOX[3], BOX[0] : BOX[2]] = True
    alpha = photo()
    alpha.putalpha(Image.fromarray(np.where(where, np.uint8(0), np.uint8(255))))
    return {
        "box": BOX,
        "array": where,
        "picture": Image.fromarray(np.where(where, np.uint8(255), np.uint8(0))),
        "alpha": alpha,
        "codes": Mask(np.where(where, 2, 3), codes=True),
        "empty": Mask(np.where(where, 1, 3), codes=True),
    }


def change(result: Result, before: Image.Image) -> np.ndarray[Any, Any]:
    return np.abs(result.picture.pixels.astype(int) - np.asarray(before, int)).max(-1)


@pytest.mark.parametrize("form", masks())
@pytest.mark.parametrize("model", [SD15, INPAINTING])
def test_outside_of_the_mask_the_picture_is_kept(client: DrawThings, form: str, model: str) -> None:
    result = client.inpaint(photo(), masks()[form], "a red boat", **{**QUICK, "model": model})
    moved = change(result, photo())
    left, top, right, bottom = BOX
    assert moved[top + 12 : bottom - 12, left + 12 : right - 12].mean() > 15
    far = np.ones_like(moved, bool)
    far[top - 12 : bottom + 12, left - 12 : right + 12] = False
    assert moved[far].max() <= 1


def test_without_a_mask_the_transparency_counts(client: DrawThings, plain_server: EmbeddedServer) -> None:
    client.inpaint(masks()["alpha"], None, "a red boat", **QUICK)
    assert plain_server.received[-1].facts["mask_codes"] == (0, 2)
    with pytest.raises(BadMask, match="nothing of the picture is transparent"):
        client.inpaint(photo(), None, "a red boat", **QUICK)
    with pytest.raises(BadImage):
        client.inpaint(b"no picture", None, "a red boat", **QUICK)


def test_an_inpainting_model_is_chosen_and_told(client: DrawThings) -> None:
    plan = client.prepare("a boat", image=photo(), mask=BOX)
    assert plan.model.modifier == "inpainting"
    assert plan.notes[0].code == "model-chosen"


def test_what_the_mask_leaves_of_the_original_shows(client: DrawThings) -> None:
    plain = change(client.inpaint(photo(), Mask(BOX), "a red boat", **QUICK), photo())
    mixed = change(client.inpaint(photo(), Mask(BOX, original=0.8), "a red boat", **QUICK), photo())
    assert mixed[120:200, 90:170].mean() < 0.7 * plain[120:200, 90:170].mean()


def test_a_softer_seam_is_softer(client: DrawThings) -> None:
    soft = client.inpaint(photo(), BOX, "a red boat", mask_blur=12, **QUICK).picture.pixels
    hard = client.inpaint(photo(), BOX, "a red boat", mask_blur=0, **QUICK).picture.pixels
    assert not np.array_equal(soft, hard)


def test_outpainting_keeps_the_picture_and_paints_around_it(client: DrawThings) -> None:
    result = client.outpaint(photo(), "a meadow", left=64, bottom=100, model=SD15, steps=3, seed=1)
    assert result.picture.size == (320, 384)
    kept = result.picture.pixels[:256, 64:]
    assert np.abs(kept[:244, 12:].astype(int) - np.asarray(photo(), int)[:244, 12:]).max() <= 1
    around = result.picture.pixels[280:, :]
    assert around.std() > 5
    assert not np.all(around == 128, axis=-1).any(axis=0).all()
    assert "128 px bottom" in next(note.text for note in result.notes if note.code == "outpaint")


def test_outpainting_needs_a_side(client: DrawThings) -> None:
    with pytest.raises(BadValue):
        client.outpaint(photo(), "a meadow")
    with pytest.raises(BadSize):
        client.outpaint(photo(), "a meadow", left=-64)


@pytest.mark.parametrize("size", [(256, 256), (200, 150), (300, 130)])
@pytest.mark.parametrize("factor", [2, 4])
def test_enlarging_gives_exactly_so_many_times_the_size(
    client: DrawThings, plain_server: EmbeddedServer, size: tuple[int, int], factor: int
) -> None:
    before = photo(*size)
    result = client.upscale(before, factor=factor)
    assert result.picture.size == (size[0] * factor, size[1] * factor)
    assert plain_server.received[-1].facts["path"] == "upscale"
    again = result.picture.image().resize(size, Image.Resampling.BOX)
    assert np.abs(np.asarray(again, int) - np.asarray(before, int)).mean() < 4


def test_enlarging_by_a_named_upscaler_takes_its_factor(client: DrawThings) -> None:
    assert client.upscale(photo(128, 128)).picture.size == (256, 256)
    assert client.upscale(photo(128, 128), "remacri 4x f16").picture.size == (512, 512)
    faces = client.upscale(photo(128, 128), "remacri_4x_f16.ckpt", 2, face_restoration="restoreformer")
    assert faces.picture.size == (256, 256)
    assert faces.configuration.face_restoration == "restoreformer_v1.0_f16.ckpt"


def test_wrong_ways_to_enlarge(client: DrawThings) -> None:
    with pytest.raises(OutOfRange, match="factor is 3"):
        client.upscale(photo(), factor=3)
    with pytest.raises(ModelNotFound):
        client.upscale(photo(), "nothing")


def guide(kind: str) -> Image.Image:
    dark = kind in {"pose", "depth", "canny"}
    picture = Image.new("RGB", (256, 256), "black" if dark else "white")
    draw = ImageDraw.Draw(picture)
    ink = "white" if dark else "black"
    draw.line((128, 40, 128, 150), fill=ink, width=10)
    draw.line((128, 150, 80, 230), fill=ink, width=10)
    draw.ellipse((40, 40, 110, 110), outline=ink, width=8)
    if kind in {"color", "shuffle"}:
        draw.rectangle((0, 0, 256, 128), fill="orange")
    return picture


@pytest.mark.parametrize("kind", ["depth", "pose", "scribble", "color", "canny", "tile", "shuffle", "custom"])
def test_each_hint_changes_the_picture(client: DrawThings, plain_server: EmbeddedServer, kind: str) -> None:
    controls = {"controls": ["controlnet_canny_1.x_v1.1_f16.ckpt"]} if kind == "custom" else {}
    plain = client.generate("a forest", **QUICK).picture.pixels
    steered = client.generate("a forest", hints={kind: guide(kind)}, **controls, **QUICK)
    assert np.abs(steered.picture.pixels.astype(int) - plain.astype(int)).mean() > 2
    sent = "custom" if kind in {"canny", "tile"} else kind
    assert plain_server.received[-1].facts["hints"] == (sent,)
    weak = client.generate("a forest", hints={kind: [(guide(kind), 0.5)]}, **controls, **QUICK)
    assert plain_server.received[-1].message.hints[0].tensors[0].weight == 0.5
    assert weak.picture.size == (256, 256)


def test_a_weaker_control_changes_less(client: DrawThings) -> None:
    plain = client.generate("a forest", **QUICK).picture.pixels.astype(int)
    moved = [
        np.abs(
            client.generate(
                "a forest",
                hints={"scribble": guide("scribble")},
                controls=[{"file": "controlnet_scribble_1.x_v1.1_f16.ckpt", "weight": weight}],
                **QUICK,
            ).picture.pixels.astype(int)
            - plain
        ).mean()
        for weight in (0.3, 1.0)
    ]
    assert 0 < moved[0] < moved[1]


def test_keywords_user_and_device_arrive(client: DrawThings, plain_server: EmbeddedServer) -> None:
    client.generate("a fox, easynegative", keywords=["mine"], user="me", device="phone", **QUICK)
    message = plain_server.received[-1].message
    assert (list(message.keywords), message.user, message.device) == (["mine"], "me", 0)


def test_several_requests_are_one_generation(client: DrawThings) -> None:
    settings = {**QUICK, "batch_size": 2, "batch_count": 2}
    events = list(client.stream("a red boat", **settings))
    progress = [event.progress for event in events]
    assert progress == sorted(progress)
    assert progress[-1] == 1
    assert [event.index for event in events if isinstance(event, ImageArrived)] == [0, 1, 2, 3]
    assert isinstance(events[-1], Finished)
    assert sum(isinstance(event, Finished) for event in events) == 1
    result = events[-1].result
    whole = client.generate("a red boat", **{**QUICK, "batch_size": 4})
    assert [picture.seed for picture in result] == [picture.seed for picture in whole]
    assert [picture.blob for picture in result] == [picture.blob for picture in whole]
    assert [picture.index for picture in result] == [0, 1, 2, 3]
    assert result[2].plan.configuration.seed == result[2].seed
    assert result.configuration.batch_count == 2
    alone = client.generate("a red boat", **{**QUICK, "seed": result[3].seed})
    assert alone.picture.blob == result[3].blob


@pytest.mark.parametrize("after_images", [0, 1])
def test_a_later_request_that_fails_keeps_the_pictures_before(
    client: DrawThings, plain_server: EmbeddedServer, after_images: int
) -> None:
    settings = {**QUICK, "batch_size": 2, "batch_count": 3}
    plan = client.prepare("a red boat", **settings)
    events = client.stream(plan)
    arrived = 0
    while arrived < 2:
        arrived += isinstance(next(events), ImageArrived)
    with plain_server.intercept() as script:
        script.fail("GenerateImage", grpc.StatusCode.INTERNAL, "out of memory", after_images=after_images)
        with pytest.raises(Incomplete) as caught:
            list(events)
    assert [picture.index for picture in caught.value.images] == list(range(2 + after_images))
    assert caught.value.images[-1].seed == [270369, 67634689][after_images]
    assert "out of memory" in str(caught.value)


async def test_the_same_without_blocking(address: str) -> None:
    async with AsyncDrawThings(address) as client:
        painted = await client.inpaint(photo(), BOX, "a red boat", **QUICK)
        grown = await client.outpaint(photo(), "a meadow", right=64, model=SD15, steps=2, seed=1)
        large = await client.upscale(photo(), factor=2)
        several = await client.generate("x", batch_count=2, **QUICK)
    assert painted.picture.size == (256, 256)
    assert grown.picture.size == (320, 256)
    assert large.picture.size == (512, 512)
    assert [picture.seed for picture in several] == [1, 270369]
