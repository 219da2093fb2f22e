from __future__ import annotations

import pytest

from drawthings.catalogue.entries import ModelEntry
from drawthings.catalogue.lookup import find, nearest, nearest_names, squeezed

ENTRIES = [
    ModelEntry("z_image_turbo_1.0_q6p.ckpt", "Z Image Turbo 1.0 (6-bit)"),
    ModelEntry("z_image_turbo_1.0_q8p.ckpt", "Z Image Turbo 1.0"),
    ModelEntry("flux_1_schnell_q5p.ckpt", "FLUX.1 [schnell]"),
    ModelEntry("first.ckpt", "Same Name"),
    ModelEntry("second.ckpt", "same name"),
]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("z_image_turbo_1.0_q6p.ckpt", "z_image_turbo_1.0_q6p.ckpt"),
        ("z_image_turbo_1.0_q6p", "z_image_turbo_1.0_q6p.ckpt"),
        ("Z_Image_Turbo_1.0_Q6P.CKPT", "z_image_turbo_1.0_q6p.ckpt"),
        ("Z Image Turbo 1.0", "z_image_turbo_1.0_q8p.ckpt"),
        ("z_image_turbo_1.0", "z_image_turbo_1.0_q8p.ckpt"),
        (" flux.1 [SCHNELL] ", "flux_1_schnell_q5p.ckpt"),
        ("flux 1 schnell", "flux_1_schnell_q5p.ckpt"),
        ("Same Name", "first.ckpt"),
        ("same name", "second.ckpt"),
    ],
)
def test_ways_to_say_it(name: str, file: str):
    assert [entry.file for entry in find(ENTRIES, name)] == [file]


def test_an_ambiguous_name():
    assert {entry.file for entry in find(ENTRIES, "SAME NAME")} == {"first.ckpt", "second.ckpt"}


@pytest.mark.parametrize("name", ["", "   ", "...", "flux", "z_image_turbo_1.0_q7p.ckpt"])
def test_unknown_names(name: str):
    assert find(ENTRIES, name) == ()


def test_an_entry_without_letters_is_not_found_by_nothing():
    assert find([ModelEntry("___.ckpt", "___")], "...") == ()


def test_did_you_mean():
    assert nearest(ENTRIES, "z_image_turbo_1.0_q7p") == ("z_image_turbo_1.0_q6p.ckpt", "z_image_turbo_1.0_q8p.ckpt")
    assert nearest(ENTRIES, "schnell") == ("flux_1_schnell_q5p.ckpt",)
    assert nearest(ENTRIES, "z image turbo", count=1) == ("z_image_turbo_1.0_q8p.ckpt",)
    assert nearest(ENTRIES, "kandinsky") == ()
    assert nearest(ENTRIES, "") == ()
    assert nearest_names(["qwen-image", "flux1-dev"], "flux1 dve") == ("flux1-dev",)


def test_squeezed():
    assert squeezed(" FLUX.1 [Schnell].ckpt ") == "flux1schnell"
