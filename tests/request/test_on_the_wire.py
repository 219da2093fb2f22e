"""Each form of mask, each type of hint and each modifier: the bytes that are sent, against committed fixtures.

What is read here is read with ``struct`` and ``zlib`` alone; the fixtures come from ``tests/wirefixtures.py``, which
computes them without this package.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import wirefixtures
import wirewalk
from drawthings.catalogue.catalogue import Catalogue
from drawthings.request.hints import HINT_TYPES
from drawthings.request.masks import Mask
from drawthings.request.plan import Wishes, plan

SIDE = wirefixtures.SIDE
SD15 = "realdream_15sd15_q6p_q8p.ckpt"
WAN = "wan_v2.1_1.3b_480p_q8p.ckpt"
ZOO = Path(__file__).parents[2] / "src" / "drawthings" / "server" / "zoo.json"


@pytest.fixture(scope="module")
def everything() -> Catalogue:
    zoo = json.loads(ZOO.read_text(encoding="utf-8"))
    lists = ("models", "loras", "controlNets", "textualInversions", "upscalers")
    return Catalogue.from_echo([], {name: json.dumps(zoo[name]).encode() for name in lists})


def drawn(picture: Any, width: int = SIDE, height: int = SIDE) -> Image.Image:
    image = Image.new("RGB", (width, height))
    image.putdata([picture(x, y) for y in range(height) for x in range(width)])
    return image


def spots() -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.array([[wirefixtures.spot(x, y) for x in range(SIDE)] for y in range(SIDE)])


def cut_out() -> Image.Image:
    image = drawn(wirefixtures.colourful)
    image.putalpha(Image.fromarray(np.where(spots(), np.uint8(40), np.uint8(255))))
    return image


def own_codes() -> np.ndarray[Any, np.dtype[np.uint8]]:
    across = np.arange(SIDE)[None, :].repeat(SIDE, 0)
    return np.where(spots(), 2 | 0x40, np.where(across < 100, 3, 1)).astype(np.uint8)


def wishes() -> dict[str, dict[str, Any]]:
    image = drawn(wirefixtures.colourful)
    grey = Image.fromarray(np.where(spots(), np.uint8(255), np.uint8(0)))
    small = drawn(wirefixtures.greyish, 64, 48)
    sound = [np.arange(40) / 8, -np.arange(80, dtype=np.float32) / 8]
    hints: dict[str, Any] = {
        "depth": drawn(wirefixtures.greyish),
        "pose": image,
        "scribble": drawn(wirefixtures.strokes),
        "scribble-light": drawn(wirefixtures.inverted),
        "color": image,
        "custom": image,
        "lineart": image,
        "shuffle": [image, (small, 0.5)],
        "audio": sound,
    }
    masks: dict[str, Any] = {
        "picture": grey.convert("RGB"),
        "alpha": cut_out(),
        "array": spots(),
        "box": (20, 30, 90, 70),
        "original": Mask(grey, original=0.48),
        "codes": Mask(own_codes(), codes=True),
    }
    return {
        "image-frames": {"image": [image, drawn(wirefixtures.greyish)], "model": WAN},
        **{f"hint-{name}": {"hints": {name.removesuffix("-light"): value}} for name, value in hints.items()},
        **{f"mask-{name}": {"image": image, "mask": value} for name, value in masks.items()},
        "mask-outpaint": {"image": image, "borders": (64, 0, 0, 64), "size": SIDE + 64},
    }


def sent(catalogue: Catalogue, wish: dict[str, Any]) -> wirewalk.Fields:
    about = dict(wish)
    side, model = about.pop("size", SIDE), about.pop("model", SD15)
    settings = {"model": model, "width": side, "height": side, "seed": 1}
    made = plan(catalogue, Wishes(prompt="x", settings=settings, **about))
    return wirewalk.message(made.request().SerializeToString())


def payload(blob: bytes) -> bytes:
    codec = wirewalk.tensor_head(blob)["codec"]
    assert codec in {0, 0x217}
    return zlib.decompress(blob[68:], wbits=-15) if codec else blob[68:]


def fixture(name: str, index: int) -> bytes:
    """The payload of a tensor of a fixture."""
    return zlib.decompress((wirefixtures.FOLDER / name / f"{index}.z").read_bytes())


def held(fields: wirewalk.Fields, number: int) -> bytes | None:
    """The content that a hash in a field stands for."""
    contents = {hashlib.sha256(blob).digest(): blob for blob in fields.get(12, [])}
    return contents[fields[number][0]] if number in fields else None


def hints_of(fields: wirewalk.Fields) -> list[tuple[str, list[tuple[bytes, float]]]]:
    contents = {hashlib.sha256(blob).digest(): blob for blob in fields.get(12, [])}
    found = []
    for raw in fields.get(4, []):
        hint = wirewalk.message(raw)
        pairs = [wirewalk.message(item) for item in hint[2]]
        found.append((hint[1][0].decode(), [(contents[pair[1][0]], pair[2][0]) for pair in pairs]))
    return found


@pytest.mark.parametrize("name", sorted(wirefixtures.fixtures()))
def test_the_bytes_are_those_of_the_fixture(everything: Catalogue, name: str) -> None:
    folder = wirefixtures.FOLDER / name
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    wanted = [fixture(name, index) for index in range(len(facts["tensors"]))]
    fields = sent(everything, wishes()[name])

    def same(blob: bytes | None, index: int | None) -> None:
        if index is None:
            assert blob is None
            return
        assert blob is not None
        header = wirewalk.tensor_head(blob)
        header.pop("codec")
        assert {**header, "shape": list(header["shape"])} == facts["tensors"][index]
        assert payload(blob) == wanted[index]

    same(held(fields, 1), facts["image"])
    same(held(fields, 3), facts["mask"])
    hints = hints_of(fields)
    assert [[kind, len(tensors)] for kind, tensors in hints] == [[kind, len(parts)] for kind, parts in facts["hints"]]
    for (_, tensors), (_, parts) in zip(hints, facts["hints"], strict=True):
        for (blob, weight), (index, expected) in zip(tensors, parts, strict=True):
            assert weight == expected
            same(blob, index)


def test_the_fixtures_are_what_the_script_writes() -> None:
    for name, (_, tensors) in wirefixtures.fixtures().items():
        for index, (_, expected) in enumerate(tensors):
            assert fixture(name, index) == expected


AS_CUSTOM = ("canny", "normalbae", "lineart", "softedge", "seg", "mlsd", "tile", "blur", "lowquality", "gray")
AS_IMAGE = ("inpaint", "ip2p")


def test_no_type_of_hint_is_forgotten() -> None:
    own = {name.removeprefix("hint-") for name in wirefixtures.fixtures() if name.startswith("hint-")}
    assert set(HINT_TYPES) == own - {"scribble-light"} | set(AS_CUSTOM) | set(AS_IMAGE)


@pytest.mark.parametrize("kind", AS_CUSTOM)
def test_a_type_that_the_server_ignores_goes_as_custom(everything: Catalogue, kind: str) -> None:
    fields = sent(everything, {"hints": {kind: drawn(wirefixtures.colourful)}})
    ((sent_as, ((blob, weight),)),) = hints_of(fields)
    assert (sent_as, weight) == ("custom", 1.0)
    assert payload(blob) == fixture("hint-custom", 0)
    assert 1 not in fields


@pytest.mark.parametrize("kind", AS_IMAGE)
def test_a_type_that_reads_the_picture_goes_as_the_picture(everything: Catalogue, kind: str) -> None:
    fields = sent(everything, {"hints": {kind: drawn(wirefixtures.colourful)}})
    blob = held(fields, 1)
    assert blob is not None
    assert payload(blob) == fixture("hint-color", 0)
    assert hints_of(fields) == []


MODIFIERS = {
    "none": SD15,
    "inpainting": "flux_1_fill_dev_q8p.ckpt",
    "depth": "flux_1_depth_dev_q8p.ckpt",
    "canny": "flux_1_canny_dev_q8p.ckpt",
    "editing": "instruct_pix2pix_22000_f16.ckpt",
    "double": "ootd_vton_hd_f16.ckpt",
    "kontext": "flux_1_kontext_dev_q6p.ckpt",
    "kontext_kv": "flux_2_klein_9b_kv_q6p.ckpt",
    "qwenimage_edit_plus": "qwen_image_edit_2509_q6p.ckpt",
    "qwenimage_edit_2511": "qwen_image_edit_2511_q6p.ckpt",
    "qwenimage_layered": "qwen_image_layered_1.0_bf16_q8p.ckpt",
}


@pytest.mark.parametrize("modifier", MODIFIERS)
def test_each_modifier_gets_its_picture(everything: Catalogue, modifier: str) -> None:
    wish: dict[str, Any] = {"image": drawn(wirefixtures.colourful)}
    if modifier == "inpainting":
        wish["mask"] = (20, 30, 90, 70)
    if modifier.startswith(("kontext", "qwenimage_edit")):
        wish["references"] = [drawn(wirefixtures.greyish, 64, 48)]
    fields = sent(everything, {**wish, "model": MODIFIERS[modifier]})
    image, mask = held(fields, 1), held(fields, 3)
    assert image is not None
    assert payload(image) == fixture("hint-color", 0)
    assert wirewalk.tensor_head(image)["shape"] == (1, SIDE, SIDE, 3)
    (spec,) = json.loads(wirewalk.message(fields[8][0])[1][0])
    assert spec.get("modifier", "none") == modifier
    table = wirewalk.Table(fields[7][0])
    assert (table.scalar(1, "H"), table.scalar(2, "H")) == (2, 2)
    assert table.scalar(6, "f") == (np.float32(0.7) if modifier == "none" else 1.0)
    assert (None if mask is None else payload(mask)) == (fixture("mask-box", 1) if "mask" in wish else None)
    references = [(kind, [(payload(blob), weight) for blob, weight in tensors]) for kind, tensors in hints_of(fields)]
    assert references == ([("shuffle", [(fixture("hint-shuffle", 1), 1.0)])] if "references" in wish else [])
