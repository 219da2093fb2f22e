"""What the file of a picture says about how it was made, where that takes more than the settings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from PIL import Image

from drawthings import Control, Lora
from drawthings.catalogue.catalogue import Catalogue
from drawthings.client.creation import xmp_for
from drawthings.media.xmp import read_packet
from drawthings.request.plan import Plan, Wishes, plan
from smallserver import lora, model

SIZE = {"width": 512, "height": 512, "seed": 7}
POOLING, PLAIN = "shuffler_f16.ckpt", "outliner_f16.ckpt"
LISTS = {
    "models": [
        model("base_xl.ckpt", "sdxl_base_v0.9"),
        model("fine_xl.ckpt", "sdxl_refiner_v0.9"),
    ],
    "loras": [
        lora("for_base.ckpt", "sdxl_base_v0.9"),
        lora("for_fine.ckpt", "sdxl_refiner_v0.9"),
    ],
    "controlNets": [
        {"name": "s", "file": POOLING, "version": "sdxl_base_v0.9", "type": "controlnet", "modifier": "shuffle"},
        {"name": "o", "file": PLAIN, "version": "sdxl_base_v0.9", "type": "controlnet", "modifier": "canny"},
    ],
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    files = [entry["file"] for entries in LISTS.values() for entry in entries]
    return Catalogue.from_echo(files, {name: json.dumps(entries).encode() for name, entries in LISTS.items()})


def document(made: Plan) -> dict[str, Any]:
    packet = read_packet(xmp_for(made, 7).encode())
    assert packet is not None
    found: dict[str, Any] = json.loads(packet.comment)
    return found


def planned(catalogue: Catalogue, image: Any = None, borders: Any = None, mask: Any = None, **settings: Any) -> Plan:
    wanted = {**SIZE, "model": "base_xl.ckpt", **settings}
    return plan(catalogue, Wishes(prompt="a fox", settings=wanted, image=image, borders=borders, mask=mask))


def test_a_lora_of_the_refiner_had_its_part_in_the_picture(catalogue: Catalogue) -> None:
    """The server skips LoRAs of another family than that of the model and the refiner, and so does the text."""
    loras = (Lora("for_base.ckpt", 0.5), Lora("for_fine.ckpt", 0.25))
    made = planned(catalogue, loras=loras, refiner_model="fine_xl.ckpt", refiner_start=0.75)
    assert [each["model"] for each in document(made)["lora"]] == ["for_base.ckpt", "for_fine.ckpt"]


def test_a_control_reads_what_the_server_says(catalogue: Catalogue) -> None:
    """Whether features are pooled is told for controls that read shuffle, which only the specification knows."""
    controls = (Control(POOLING, global_average_pooling=True), Control(PLAIN, global_average_pooling=True))
    made = planned(catalogue, Image.new("RGB", (512, 512), "red"), controls=controls)
    first, second = document(made)["control"]
    assert first["global_average_pooling"] is True
    assert "global_average_pooling" not in second


def test_what_it_was_made_from(catalogue: Catalogue) -> None:
    picture = Image.new("RGB", (256, 256), "red")
    assert "drawthings" not in document(planned(catalogue))
    assert document(planned(catalogue, picture, strength=0.5))["drawthings"] == {"inputs": ["image"]}
    masked = document(planned(catalogue, picture, mask=(0, 0, 128, 128)))
    assert masked["drawthings"] == {"inputs": ["image", "mask"]}


def test_an_outpainted_picture_says_by_how_much_it_grew(catalogue: Catalogue) -> None:
    picture = Image.new("RGB", (256, 256), "red")
    grown = document(planned(catalogue, picture, borders=(0, 64, 0, 32)))
    assert grown["drawthings"] == {"inputs": ["image"], "borders": [0, 64, 0, 32]}
    both = document(planned(catalogue, picture, borders=(0, 64, 0, 32), mask=(0, 0, 128, 128)))
    assert both["drawthings"]["inputs"] == ["image", "mask"]
