"""What options mean for the library."""

from __future__ import annotations

from typing import Any

import click
import pytest

from drawthings import Lora
from drawthings.cli.complaint import Misuse
from drawthings.cli.main import cli
from drawthings.cli.wishes import BESIDE, SIMPLE, pictures, settings
from drawthings.request.fields import BY_NAME
from drawthings.request.wishes import Wishes


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, {}),
        ({"size": 512}, {"width": 512, "height": 512}),
        ({"cfg": 0.0, "seed": 0}, {"guidance_scale": 0.0, "seed": 0}),
        ({"count": 3}, {"batch_count": 3, "batch_size": 1}),
        ({"count": 8, "batch": 4}, {"batch_count": 2, "batch_size": 4}),
        ({"batch": 2}, {"batch_size": 2}),
        ({"batch_count": 2}, {"batch_count": 2}),
        ({"sets": ("steps=9", "shift=2"), "steps": 4}, {"steps": 4, "shift": 2}),
        ({"config": '{"steps": 9, "batchSize": 3}', "count": 2}, {"steps": 9, "batch_size": 1, "batch_count": 2}),
        ({"lora": ("a.ckpt", "b.ckpt:0.5"), "lora_weight": 2.0}, {"loras": (Lora("a.ckpt", 2.0), Lora("b.ckpt", 0.5))}),
    ],
)
def test_settings(given: dict[str, Any], found: dict[str, Any]) -> None:
    assert settings(given) == found


@pytest.mark.parametrize(
    ("given", "words", "hint"),
    [
        ({"size": 512, "height": 256}, "--size 512 says the height", "--width and --height"),
        ({"lora_weight": 0.5}, r"--lora-weight 0\.5", "--lora FILE"),
        ({"count": 5, "batch": 2}, "-n 5", "-n 6"),
        ({"count": 5, "batch_count": 2}, "-n 5", "one of them"),
    ],
)
def test_what_makes_no_sense_together(given: dict[str, Any], words: str, hint: str) -> None:
    with pytest.raises(Misuse, match=words) as caught:
        settings(given)
    assert hint in caught.value.hint


def test_pictures_and_who_asks() -> None:
    given = {"hints": ("depth=a.png", "shuffle=b.png:0.5", "shuffle=c.png"), "references": ("d.png",), "user": "me"}
    assert pictures(given) == {
        "hints": {"depth": [("a.png", 1.0)], "shuffle": [("b.png", 0.5), ("c.png", 1.0)]},
        "references": ("d.png",),
        "user": "me",
    }
    assert pictures({"image_fit": None, "keywords": ()}) == {}


def test_every_option_leads_to_something_there_is() -> None:
    assert set(SIMPLE.values()) <= set(BY_NAME)
    assert set(BESIDE) <= set(Wishes.__slots__)
    commands = [cli.get_command(click.Context(cli), name) for name in ("generate", "upscale")]
    known = {param.name for command in commands if command is not None for param in command.params}
    assert set(SIMPLE) | set(BESIDE) <= known
