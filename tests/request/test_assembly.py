"""The pictures that a clip begins with, from what a person gives to the bytes on the wire."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from drawthings.catalogue.catalogue import Catalogue
from drawthings.errors import BadImage
from drawthings.request import guard
from drawthings.request.pictures import load_frames
from drawthings.request.plan import Plan, Wishes, plan
from smallserver import EDIT, model, small_catalogue

if TYPE_CHECKING:
    from pathlib import Path

WAN, HUNYUAN = "wan_v2.1_14b_i2v_480p_q8p.ckpt", "hunyuan_video_t2v_720p_q8p.ckpt"
CLIP = {"width": 256, "height": 128, "num_frames": 9, "seed": 1}
COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255))


def pictures() -> list[Image.Image]:
    return [Image.new("RGB", (256, 128), colour) for colour in COLOURS]


@pytest.fixture(scope="module")
def clips() -> Catalogue:
    models = [model(WAN, "wan_v2.1_14b", modifier="inpainting"), model(HUNYUAN, "hunyuan_video")]
    return Catalogue.from_echo([WAN, HUNYUAN], {"models": json.dumps(models).encode()})


def planned(catalogue: Catalogue, image: Any, **more: Any) -> Plan:
    settings = {"model": WAN, **CLIP, **more.pop("settings", {})}
    return plan(catalogue, Wishes(prompt="a fox runs", settings=settings, image=image, **more))


def sent(made: Plan) -> np.ndarray:
    """Read the tensor with nothing but the layout of its header."""
    request = made.request()
    blob = next(each for each in request.contents if len(each) > 68)
    words = struct.unpack_from("<17I", blob)
    rank = next((place for place, side in enumerate(words[5:]) if not side), 12)
    assert (words[0], words[3], rank) == (0, 0x20000, 4)
    return np.frombuffer(blob, "<f2", offset=68).reshape(words[5:9])


def test_a_list_becomes_the_first_frames_in_order(clips: Catalogue):
    made = planned(clips, pictures())
    frames = sent(made)
    assert frames.shape == (3, 128, 256, 3)
    assert [tuple(frame[64, 128]) for frame in frames] == [(1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
    assert made.inputs == ("image",)


def test_every_frame_is_brought_to_the_canvas_and_the_first_decides_it(clips: Catalogue):
    mixed = [pictures()[0], pictures()[1].resize((64, 64)), pictures()[2].convert("RGBA")]
    assert sent(planned(clips, mixed)).shape == (3, 128, 256, 3)
    wishes = Wishes(prompt="x", settings={"model": WAN, "seed": 1}, image=mixed)
    canvas = plan(clips, wishes).configuration
    assert canvas.width == 2 * canvas.height


def test_an_array_of_four_axes_is_a_list(clips: Catalogue):
    array = np.stack([np.asarray(picture) for picture in pictures()])
    assert np.array_equal(sent(planned(clips, array)), sent(planned(clips, pictures())))
    assert sent(planned(clips, array[:1])).shape == (1, 128, 256, 3)
    assert sent(planned(clips, tuple(pictures()[:1]))).tobytes() == sent(planned(clips, pictures()[0])).tobytes()


def test_files_and_bytes_in_a_list(tmp_path: Path):
    path = tmp_path / "a.png"
    pictures()[0].save(path)
    first, second = load_frames([str(path), path.read_bytes()])
    assert first.tobytes() == second.tobytes()
    with pytest.raises(BadImage, match="no file"):
        load_frames([str(path), str(tmp_path / "none.png")])
    with pytest.raises(BadImage, match="list of pictures to start from is empty"):
        load_frames([])
    with pytest.raises(BadImage, match="shape"):
        load_frames(np.zeros((2, 4, 4, 7), np.uint8))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"mask": (0, 0, 64, 64)}, "A mask belongs to one picture, and there are 3"),
        ({"borders": (64, 0, 0, 0)}, "Borders belong to one picture"),
        ({"settings": {"strength": 0.0}}, "Enlarging without painting belongs to one picture"),
    ],
)
def test_several_where_one_makes_sense_are_refused(clips: Catalogue, more: dict[str, Any], words: str):
    with pytest.raises(BadImage, match=words):
        planned(clips, pictures(), **more)


def findings(catalogue: Catalogue, made: Plan) -> dict[str, str]:
    return {each.code: each.severity for each in guard.inspect(made.order, catalogue)}


def test_families_that_start_from_one_picture_refuse_several(clips: Catalogue):
    assert "image-several" not in findings(clips, planned(clips, pictures()))
    made = planned(clips, pictures(), settings={"model": HUNYUAN})
    assert findings(clips, made)["image-several"] == "refuse"
    small = small_catalogue()
    error = guard.refusal(guard.inspect(planned(small, pictures(), settings={"model": EDIT}).order, small))
    assert isinstance(error, BadImage)
    assert f"{EDIT} starts from one picture, and gets 3" in str(error)
    assert "references" in error.hint


def test_more_pictures_than_frames_are_told(clips: Catalogue):
    told = findings(clips, planned(clips, pictures(), settings={"num_frames": 1}))
    assert told["image-frames-left-out"] == "warn"
    assert "image-frames-left-out" not in findings(clips, planned(clips, pictures(), settings={"num_frames": 5}))
