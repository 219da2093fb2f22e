"""Control pictures in the form their type has, and what is said about them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

import wirewalk
from drawthings.errors import BadImage, BadValue, UnknownChoice
from drawthings.request.hints import HINT_TYPES, Canvas, dark_paper, hint_pairs, hint_type, make_hints

CANVAS = Canvas(128, 64)
LINES = Image.new("RGB", (100, 50), "white")
LINES.paste("black", (10, 10, 60, 14))


def made(hints: dict[str, Any], canvas: Canvas = CANVAS) -> tuple[dict[str, list[np.ndarray]], list[str]]:
    """Encode hints and read them back with nothing of the package."""
    found, notes = make_hints(hint_pairs(hints), canvas)
    arrays = {
        hint.kind: [
            np.frombuffer(blob, "<f2", offset=68).reshape(wirewalk.tensor_head(blob)["shape"])
            for blob, _ in hint.tensors
        ]
        for hint in found
    }
    return arrays, [note.code for note in notes]


@pytest.mark.parametrize(
    ("kind", "channels", "low", "high"),
    [("depth", 1, -1, 1), ("pose", 3, 0, 1), ("scribble", 3, 0, 1), ("color", 3, -1, 1), ("custom", 3, -1, 1)],
)
def test_each_type_has_its_range_at_canvas_size(kind: str, channels: int, low: int, high: int) -> None:
    arrays, notes = made({kind: LINES})
    ((values,),) = arrays.values()
    assert values.shape == (1, 64, 128, channels)
    assert (values.min(), values.max()) == (low, high)
    assert notes == []


def test_near_is_bright() -> None:
    halves = np.zeros((64, 128), np.uint8)
    halves[:, 64:] = 255
    (values,) = made({"depth": halves})[0]["depth"]
    assert (values[0, 0, 0, 0], values[0, 0, -1, 0]) == (-1, 1)


def test_what_is_transparent_is_far_and_no_bone() -> None:
    clear = Image.new("RGBA", (128, 64), (255, 255, 255, 0))
    arrays, _ = made({"depth": clear, "pose": clear})
    assert arrays["depth"][0].max() == -1
    assert arrays["pose"][0].max() == 0


@pytest.mark.parametrize("light", [False, True])
def test_strokes_are_one_on_either_paper(light: bool) -> None:
    drawing = LINES.point(lambda level: 255 - level) if light else LINES
    arrays, notes = made({"scribble": drawing}, Canvas(100, 50))
    (values,) = arrays["scribble"]
    assert values.sum() == 50 * 4 * 3
    assert values[0, 12, 30].tolist() == [1, 1, 1]
    assert notes == (["scribble-inverted"] if light else [])
    assert dark_paper(drawing) == light


def test_paper_that_is_added_has_no_strokes() -> None:
    drawing = LINES.point(lambda level: 255 - level)
    (values,) = made({"scribble": drawing}, Canvas(100, 100, "contain"))[0]["scribble"]
    assert values[0, :25].sum() == 0


def test_a_scribble_without_strokes_is_none() -> None:
    with pytest.raises(BadImage, match="no stroke"):
        made({"scribble": Image.new("L", (64, 64), 255)})


@pytest.mark.parametrize("kind", ["canny", "normalbae", "lineart", "softedge", "seg", "mlsd", "tile", "blur", "gray"])
def test_ignored_types_go_as_custom_and_say_so(kind: str) -> None:
    arrays, notes = made({kind: LINES})
    assert list(arrays) == ["custom"]
    assert notes == ["hint-as-custom"]


def test_references_keep_their_sizes_up_to_the_canvas() -> None:
    arrays, _ = made({"shuffle": [LINES, Image.new("RGB", (1000, 500))]})
    assert [values.shape for values in arrays["shuffle"]] == [(1, 50, 100, 3), (1, 64, 128, 3)]


def test_weights() -> None:
    pairs = hint_pairs({"shuffle": [LINES, (LINES, 0.25)], "pose": (LINES, 2), "depth": LINES})
    assert {kind: [weight for _, weight in given] for kind, given in pairs.items()} == {
        "shuffle": [1.0, 0.25],
        "pose": [2.0],
        "depth": [1.0],
    }


def test_other_names() -> None:
    assert hint_type("Moodboard") == "shuffle"
    assert hint_type("normal") == "normalbae"
    assert hint_type("instruct pix2pix") == "ip2p"
    assert all(hint_type(name) == name for name in HINT_TYPES)


@pytest.mark.parametrize(("name", "near"), [("detph", ("depth",)), ("xyz", ()), (5, ())])
def test_no_such_type(name: Any, near: tuple[str, ...]) -> None:
    with pytest.raises(UnknownChoice) as caught:
        hint_type(name)
    assert caught.value.suggestions == near
    assert caught.value.hint


def test_nothing_is_no_hint() -> None:
    assert hint_pairs({"depth": None, "shuffle": [], "pose": ()}) == {}  # type: ignore[dict-item] # on purpose


def test_sound_goes_as_two_arrays() -> None:
    arrays, _ = made({"audio": (np.ones(4, np.float32), np.zeros((2, 3)))})
    assert [values.shape for values in arrays["audio"]] == [(4,), (2, 3)]


FLOATS = np.ones(4, np.float32)
BAD: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "twice": ({"color": LINES, "colour": LINES}, BadValue, "twice"),
    "two as custom": ({"canny": LINES, "lineart": LINES}, BadValue, "canny and lineart both"),
    "custom and one as custom": ({"custom": LINES, "seg": LINES}, BadValue, "custom and seg both"),
    "several where one counts": ({"depth": [LINES, LINES]}, BadValue, "2 pictures"),
    "a weight that is none": ({"shuffle": [(LINES, "much")]}, BadValue, "weight of the hint shuffle"),
    "a tuple of three": ({"shuffle": [(LINES, 1, 2)]}, BadValue, "tuple of 3"),
    "no picture": ({"depth": b"x"}, BadImage, "picture"),
    "one sound": ({"audio": FLOATS}, BadValue, "1 arrays"),
    "three sounds": ({"audio": [FLOATS] * 3}, BadValue, "3 arrays"),
    "sound from a file": ({"audio": "a.wav"}, BadValue, "not of str; a sound file cannot be sent"),
    "sound from files": ({"audio": ["a.wav", "b.wav"]}, BadValue, "not of str"),
    "sound of whole numbers": ({"audio": [FLOATS, np.zeros(3, int)]}, BadValue, "not of 3 of int64"),
    "sound with NaN": ({"audio": [FLOATS, FLOATS * np.nan]}, BadValue, "NaN"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_hint(case: str) -> None:
    hints, error, words = BAD[case]
    with pytest.raises(error, match=words):
        made(hints)
