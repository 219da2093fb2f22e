"""What is refused before anything is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from drawthings.apps.jobs.draft import Draft
from drawthings.apps.jobs.limits import Limits
from drawthings.apps.jobs.planning import asked, check_counts, without_pictures
from drawthings.errors import BadImage, BadSize, BadValue, OutOfRange
from hostile import file_of

PICTURE = file_of("PNG", (100, 100))


@pytest.mark.parametrize("name", ["image", "mask"])
@pytest.mark.parametrize("source", ["/etc/passwd", Path("/etc/passwd")])
def test_no_dialect_can_open_a_file_by_its_name(name: str, source: object) -> None:
    with pytest.raises(BadImage, match="name of a file"):
        check_counts(Draft(verb="edit", wanted={name: source}), Limits())


def test_no_name_of_a_file_hides_in_a_list_or_a_cell() -> None:
    for wanted in ({"references": ["x"]}, {"hints": {"depth": "x"}}, {"hints": {"shuffle": [("x", 0.5)]}}):
        with pytest.raises(BadImage):
            check_counts(Draft(verb="edit", wanted=wanted), Limits())
    with pytest.raises(BadImage):
        check_counts(Draft(verb="edit", cells=({"image": "x"},)), Limits())


def test_pixels_of_all_pictures_count_together() -> None:
    draft = Draft(verb="edit", wanted={"image": PICTURE, "references": [PICTURE, PICTURE]})
    check_counts(draft, Limits(input_pixels=30_000))
    with pytest.raises(BadSize):
        check_counts(draft, Limits(input_pixels=29_999))


def test_a_picture_that_all_places_of_a_grid_share_counts_once() -> None:
    cells = tuple({"image": PICTURE, "steps": steps} for steps in range(1, 5))
    check_counts(Draft(verb="edit", wanted={"image": PICTURE}, cells=cells), Limits(input_pixels=10_000))
    check_counts(Draft(verb="edit", cells=cells), Limits(input_pixels=10_000))
    apart = ({"image": PICTURE}, {"image": file_of("PNG", (100, 100))})
    with pytest.raises(BadSize):
        check_counts(Draft(verb="edit", cells=apart), Limits(input_pixels=10_000))


@pytest.mark.parametrize("more", [{"seeds": tuple(range(11))}, {"cells": ({},) * 65}])
def test_too_many_are_refused(more: dict[str, Any]) -> None:
    with pytest.raises(OutOfRange, match="are allowed at once"):
        check_counts(Draft(verb="generate", **more), Limits())


def test_what_is_remembered_has_no_pictures() -> None:
    draft = Draft(verb="edit", wanted={"image": PICTURE, "steps": 4}, cells=({"mask": PICTURE, "seed": 1},))
    light = without_pictures(draft)
    assert dict(light.wanted) == {"steps": 4}
    assert [dict(cell) for cell in light.cells] == [{"seed": 1}]


@pytest.mark.parametrize("verb", ["edit", "inpaint", "outpaint", "upscale"])
async def test_a_verb_about_a_picture_needs_one(verb: Any) -> None:
    with pytest.raises(BadValue, match="no picture"):
        await asked(Draft(verb=verb), {})
