from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

from drawthings import DrawThings
from drawthings.apps.automatic.info import with_text
from drawthings.apps.automatic.pnginfo import png_info

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "a fox\nNegative prompt: blur\nSteps: 4, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x768, Model: x"


def plain() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(buffer, "PNG")
    return buffer.getvalue()


def test_a_picture_of_the_web_interface():
    told = png_info(with_text(plain(), TEXT))
    assert told["info"] == TEXT
    assert told["parameters"] == {
        "Prompt": "a fox",
        "Negative prompt": "blur",
        "Steps": "4",
        "Sampler": "Euler a",
        "CFG scale": "7",
        "Seed": "5",
        "Size": "512x768",
        "Model": "x",
        "Size-1": "512",
        "Size-2": "768",
    }


def test_a_picture_of_this_package(address: str, tmp_path: Path):
    with DrawThings(address) as client:
        result = client.generate("a fox", negative_prompt="blur", width=256, height=256, steps=4, seed=5)
        path = result.picture.save(tmp_path / "fox.png")
    told = png_info(path.read_bytes())
    assert told["info"].startswith("a fox\nNegative prompt: blur\nSteps: 4, ")
    assert {"Seed": "5", "Size-1": "256", "Negative prompt": "blur"}.items() <= told["parameters"].items()


def test_a_picture_that_says_nothing():
    assert png_info(plain()) == {"info": "", "items": {}, "parameters": {}}


def test_a_text_that_is_no_infotext_is_shown_as_it_is():
    told = png_info(with_text(plain(), "made by hand"))
    assert (told["info"], told["parameters"]) == ("made by hand", {})
