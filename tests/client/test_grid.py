"""Grids: which places there are, in which order they are made, and what is told about them."""

from __future__ import annotations

import pytest

from drawthings import Lora, Sampler
from drawthings.client.grid import Axis, Cell, Grid, draft
from drawthings.errors import BadValue, DrawThingsError, OutOfRange, UnknownField

X = ("steps", [4, 8])
Y = ("sampler", ["UniPC Trailing", Sampler.DPMPP_2M_KARRAS])
Z = ("model", ["b.ckpt", "a.ckpt"])


def test_every_combination_has_a_place() -> None:
    grid, order = draft("a fox", [X, Y, None], None, {"width": 256, "seed": 7})
    assert grid.shape == (2, 2, 1)
    assert [cell.place for cell in grid.cells] == [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)]
    assert grid.cells == order
    assert grid.cell(1, 0).wanted == {"width": 256, "seed": 7, "steps": 8, "sampler": "UniPC Trailing"}
    assert grid.cell(1, 1).label == "steps 8, sampler DPM++ 2M Karras"
    assert [axis.labels for axis in grid.axes] == [
        ("steps 4", "steps 8"),
        ("sampler UniPC Trailing", "sampler DPM++ 2M Karras"),
    ]


def test_all_places_share_one_seed_unless_it_varies() -> None:
    _, cells = draft("a fox", [X, Y], None, {})
    seeds = {cell.wanted["seed"] for cell in cells}
    assert len(seeds) == 1
    assert 0 <= seeds.pop() < 2**32
    _, cells = draft("a fox", [("seed", [3, 5])], None, {})
    assert [cell.wanted["seed"] for cell in cells] == [3, 5]
    _, cells = draft("a fox", [X], None, {"seed": 0})
    assert {cell.wanted["seed"] for cell in cells} == {0}
    assert len({draft("a fox", [X], None, {"seed": -1})[1][0].wanted["seed"] for _ in range(4)}) > 1


def test_the_model_changes_as_seldom_as_it_can() -> None:
    loras = ("loras", [[Lora("l1.ckpt")], [Lora("l2.ckpt", 0.5)]])
    _, order = draft("a fox", [Z, loras, X], None, {})
    assert [cell.wanted["model"] for cell in order] == ["b.ckpt"] * 4 + ["a.ckpt"] * 4
    assert [cell.wanted["loras"][0].file for cell in order] == ["l1.ckpt", "l1.ckpt", "l2.ckpt", "l2.ckpt"] * 2
    assert order[2].label == "model b.ckpt, loras l2.ckpt:0.5, steps 4"


def test_words_vary_too() -> None:
    _, cells = draft("a red fox", [("replace", ["red", "blue"]), ("negative_prompt", ["red rain", ""])], None, {})
    asked = [(cell.prompt, cell.wanted.get("negative_prompt")) for cell in cells]
    assert asked == [("a red fox", "red rain"), ("a blue fox", "blue rain"), ("a red fox", None), ("a blue fox", None)]
    _, cells = draft("unused", [("prompt", ["one", "two"])], None, {"negative_prompt": "rain"})
    assert [(cell.prompt, cell.wanted["negative_prompt"]) for cell in cells] == [("one", "rain"), ("two", "rain")]
    assert [cell.label for cell in cells] == ["one", "two"]


@pytest.mark.parametrize(
    ("axes", "kind", "words"),
    [
        ([], BadValue, "no axis"),
        ([X, X], BadValue, "vary steps"),
        ([("stpes", [1])], UnknownField, "stpes"),
        ([("steps", [])], BadValue, "no values"),
        ([("steps", "4,8")], BadValue, "no axis"),
        (["steps"], BadValue, "no axis"),
        ([("replace", ["green", "blue"])], BadValue, "'green' is to be replaced"),
        ([("replace", ["", "blue"])], BadValue, "'' is to be replaced"),
        ([("seed", range(40)), ("steps", range(1, 40))], OutOfRange, "1560 places"),
    ],
)
def test_what_is_no_grid_is_refused(axes: list, kind: type[DrawThingsError], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        draft("a red fox", axes, None, {})
    assert caught.value.hint


def test_places_that_are_not_there_are_refused() -> None:
    grid, _ = draft("a fox", [X], None, {})
    with pytest.raises(OutOfRange, match=r"no place \(2, 0, 0\)"):
        grid.cell(2)


def test_failures_and_gaps_are_told() -> None:
    grid, cells = draft("a fox", [("strength", [0.5, 1.0]), ("clip_skip", [1])], None, {"seed": 1})
    failed = Cell(cells[1].place, "a fox", {}, cells[1].varied, error=OutOfRange("It is too much.", hint="Less."))
    grid = grid.finished([failed])
    facts = grid.facts()
    assert facts["axes"] == [{"name": "strength", "values": [0.5, 1.0]}, {"name": "clip_skip", "values": [1]}]
    assert facts["cells"][1]["error"] == {"kind": "OutOfRange", "message": "It is too much.", "hint": "Less."}
    assert "error" not in facts["cells"][0]
    sheet = grid.sheet(cell_px=64)
    assert sheet.shape[2] == 3
    assert (sheet != grid.finished([cells[1]]).sheet(cell_px=64)).any()


def test_values_of_any_kind_have_words() -> None:
    axis = Axis("loras", ([], [Lora("a.ckpt"), Lora("b.ckpt", 0.25)]))
    assert axis.labels == ("loras none", "loras a.ckpt:1 + b.ckpt:0.25")
    facts = Grid("x", (axis, Axis("tiled_decoding", (True, None))), ()).facts()
    assert facts["axes"][0]["values"] == [[], ["a.ckpt:1", "b.ckpt:0.25"]]
    assert facts["axes"][1]["values"] == [True, None]
