"""An edit keeps the picture: the request field for field, and what comes back."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

import wirewalk
from drawthings import DrawThings

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings import EmbeddedServer

QWEN = "qwen_image_edit_2511_q6p.ckpt"
LIGHTNING = "qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt"


def photo(width: int = 900, height: int = 600) -> Image.Image:
    """A house on a hill under a graded sky, slightly blurred and with the noise of a sensor."""
    rows = np.linspace(0, 1, height)[:, None, None]
    sky = (np.array([90, 140, 210]) * (1 - rows) + np.array([240, 220, 190]) * rows).repeat(width, 1)
    image = Image.fromarray(sky.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.ellipse((-200, 380, 1200, 1100), fill=(70, 110, 60))
    draw.rectangle((330, 300, 520, 450), fill=(180, 90, 70))
    draw.polygon([(310, 300), (425, 210), (540, 300)], fill=(90, 50, 40))
    draw.rectangle((400, 370, 440, 450), fill=(60, 40, 30))
    draw.ellipse((680, 220, 800, 420), fill=(40, 80, 40))
    draw.rectangle((730, 400, 750, 480), fill=(80, 60, 40))
    draw.ellipse((120, 60, 190, 130), fill=(255, 245, 210))
    grain = np.random.default_rng(5).normal(0, 3, (height, width, 1))
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(1.2)), np.float32)
    return Image.fromarray(np.clip(soft + grain, 0, 255).astype(np.uint8))


def similarity(one: Image.Image, other: Image.Image) -> float:
    """The mean structural similarity of the luminance, in windows of 8 x 8, after Wang et al. (2004)."""
    pair = [np.asarray(image.convert("L").resize((480, 320)), np.float64) for image in (one, other)]
    windows = [values.reshape(40, 8, 60, 8).swapaxes(1, 2).reshape(-1, 64) for values in pair]
    means = [window.mean(1) for window in windows]
    spreads = [window.var(1) for window in windows]
    shared = ((windows[0] - means[0][:, None]) * (windows[1] - means[1][:, None])).mean(1)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * means[0] * means[1] + c1) * (2 * shared + c2)
    bottom = (means[0] ** 2 + means[1] ** 2 + c1) * (spreads[0] + spreads[1] + c2)
    return float((top / bottom).mean())


def structure(one: Image.Image, other: Image.Image) -> float:
    """How far the edges agree: the correlation of the gradients' magnitudes."""
    sizes = []
    for image in (one, other):
        values = np.asarray(image.convert("L").resize((480, 320)).filter(ImageFilter.GaussianBlur(1)), np.float64)
        across, down = np.gradient(values)
        sizes.append(np.hypot(across, down).ravel())
    return float(np.corrcoef(*sizes)[0, 1])


@pytest.mark.parametrize("instruction", ["add warm sunset lighting", "make it snowy", "make it night", "oil painting"])
def test_the_composition_is_kept(
    address: str, instruction: str, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    before = photo()
    with DrawThings(address) as client:
        after = client.edit(before, instruction, seed=1).picture.image()
        another = client.generate(instruction, model=QWEN, width=1344, height=896, seed=1).picture.image()
    kept, edges = similarity(before, after), structure(before, after)
    unrelated = structure(before, another)
    record_property("ssim", kept)
    with capsys.disabled():
        print(f"\n{instruction}: SSIM {kept:.2f}, edges {edges:.2f} (unrelated picture: {unrelated:.2f})")  # noqa: T201
    assert kept > 0.55
    assert edges > 0.6
    assert edges > unrelated + 0.3
    assert np.abs(np.asarray(before.resize(after.size), int) - np.asarray(after, int)).mean() > 4


def sent_settings(fields: wirewalk.Fields) -> dict[str, object]:
    """Read the settings that matter for an edit by their slots."""
    table = wirewalk.Table(fields[7][0])
    numbers = {
        "width": (1, "H"),
        "height": (2, "H"),
        "seed": (3, "I"),
        "steps": (4, "I"),
        "guidance": (5, "f"),
        "strength": (6, "f"),
        "sampler": (8, "b"),
        "batch size": (10, "I"),
        "seed mode": (17, "b"),
        "shift": (49, "f"),
        "automatic shift": (71, "b"),
    }
    return {name: table.scalar(*place) for name, place in numbers.items()} | {"model": table.text(7)}


def test_the_request_is_the_one_that_keeps_it(address: str, plain_server: EmbeddedServer) -> None:
    with DrawThings(address) as client:
        client.edit(photo(), "make it snowy", [photo(200, 100)], model=QWEN, seed=7)
    fields = wirewalk.message(plain_server.received[-1].message.SerializeToString())
    canvas, reference = fields[12]
    assert fields[1] == [hashlib.sha256(canvas).digest()]
    assert fields[2] == [1]
    assert 3 not in fields
    assert fields[5] == [b"make it snowy"]
    assert fields[14] == [1]
    assert len(canvas) == 68 + 896 * 1344 * 3 * 2
    values = np.frombuffer(canvas, "<f2", offset=68)
    assert -1 <= values.min() < values.max() <= 1
    assert wirewalk.tensor_head(reference)["shape"] == (1, 100, 200, 3)
    (hint,) = [wirewalk.message(item) for item in fields[4]]
    assert hint[1] == [b"shuffle"]
    ((digest, weight),) = [(pair[1][0], pair[2][0]) for pair in map(wirewalk.message, hint[2])]
    assert (digest, weight) == (hashlib.sha256(reference).digest(), 1.0)
    (spec,) = json.loads(wirewalk.message(fields[8][0])[1][0])
    assert (spec["file"], spec["modifier"]) == (QWEN, "qwenimage_edit_2511")
    assert sent_settings(fields) == {
        "width": 21,
        "height": 14,
        "seed": 7,
        "steps": 30,
        "guidance": 4.0,
        "strength": 1.0,
        "model": QWEN,
        "sampler": 17,
        "batch size": 1,
        "seed mode": 2,
        "shift": 2.0,
        "automatic shift": 1,
    }


def test_the_pixels_arrive_unharmed(address: str, plain_server: EmbeddedServer) -> None:
    exact = Image.effect_noise((512, 512), 80).convert("RGB")
    with DrawThings(address) as client:
        client.edit(exact, "x", model=QWEN, width=512, height=512, seed=1, steps=1)
    (canvas,) = wirewalk.message(plain_server.received[-1].message.SerializeToString())[12]
    values = np.frombuffer(canvas, "<f2", offset=68).astype(np.float64).reshape(512, 512, 3)
    assert np.array_equal(np.round((values + 1) * 127.5).astype(np.uint8), np.asarray(exact))


def test_lightning_brings_its_own_settings(address: str, plain_server: EmbeddedServer) -> None:
    with DrawThings(address) as client:
        client.edit(photo(), "make it snowy", model=QWEN, loras=[LIGHTNING], seed=7)
    fields = wirewalk.message(plain_server.received[-1].message.SerializeToString())
    table = wirewalk.Table(fields[7][0])
    assert (table.scalar(4, "I"), table.scalar(5, "f"), table.scalar(49, "f"), table.scalar(71, "b")) == (
        4,
        1.0,
        3.0,
        0,
    )
    (lora,) = table.tables(20)
    assert (lora.text(0), lora.scalar(1, "f")) == (LIGHTNING, 1.0)
    (spec,) = json.loads(wirewalk.message(fields[8][0])[2][0])
    assert (spec["file"], spec["version"]) == (LIGHTNING, "qwen_image")


def test_img2img_keeps_the_input_in_proportion_to_strength(address: str) -> None:
    before = photo(768, 512)
    with DrawThings(address) as client:
        kept = [
            structure(
                before,
                client.edit(
                    before, "a ship at sea", model="realdream_15sd15_q6p_q8p.ckpt", width=768, strength=strength, seed=1
                ).picture.image(),
            )
            for strength in (0.2, 0.6, 1.0)
        ]
    assert kept[0] > kept[1] > kept[2]
    assert kept[0] > 0.8


def test_the_reading_of_a_tensor_in_this_test_is_right() -> None:
    blob = struct.pack("<I16i", 5, 1, 2, 0x1000, 0, 2, 3, *[0] * 10)
    assert wirewalk.tensor_head(blob)["shape"] == (2, 3)
