"""What a picture of this package says, to a reader that shares no code with the writer."""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING, Any
from xml.dom import minidom

import pytest

import drawthings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SDXL = "juggernaut_xl_v9_q6p_q8p.ckpt"
PROMPTS = [
    "a red fox in the snow",
    "<b>& \"quotes\" 'single' ]]> &amp; <!-- <![CDATA[",
    "two\nlines\tand a tab \\ / \\n",
    "狐 🦊 é مرحبا",
]
ALWAYS = {"v2", "c", "uc", "steps", "sampler", "scale", "seed", "size", "model", "strength", "seed_mode"}
RICH: dict[str, Any] = {
    "width": 256,
    "height": 256,
    "steps": 2,
    "seed": 8,
    "guidance_scale": 6.7,
    "strength": 0.7,
    "hires_fix": True,
    "hires_fix_width": 128,
    "hires_fix_height": 128,
    "hires_fix_strength": 0.6,
    "sampler": "TCD Trailing",
    "stochastic_sampling_gamma": 0.1,
    "tiled_decoding": True,
    "decoding_tile_width": 128,
    "decoding_tile_height": 128,
    "decoding_tile_overlap": 64,
}


@pytest.fixture(scope="module")
def client(plain_server: drawthings.EmbeddedServer) -> Iterator[drawthings.DrawThings]:
    with drawthings.DrawThings(f"grpc://{plain_server.address}") as connected:
        yield connected


def chunks(data: bytes) -> list[tuple[str, bytes]]:
    place, found = 8, []
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        body = data[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", data, place + 8 + length)[0] == zlib.crc32(data[place + 4 : place + 8] + body)
        found.append((data[place + 4 : place + 8].decode(), body))
        place += 12 + length
    return found


def properties(xml: bytes) -> dict[str, str]:
    """Read the packet with another parser, and hold each level against the app's form."""
    document = minidom.parseString(xml)  # noqa: S318 - our own file
    root = document.documentElement
    assert (root.tagName, root.getAttribute("x:xmptk")) == ("x:xmpmeta", "XMP Core 6.0.0")
    [graph] = [node for node in root.childNodes if node.nodeType == node.ELEMENT_NODE]
    [described] = [node for node in graph.childNodes if node.nodeType == node.ELEMENT_NODE]
    assert (graph.tagName, described.tagName, described.getAttribute("rdf:about")) == (
        "rdf:RDF",
        "rdf:Description",
        "",
    )
    names = {prefix: described.getAttribute(f"xmlns:{prefix}") for prefix in ("dc", "xmp", "exif")}
    assert names == {
        "dc": "http://purl.org/dc/elements/1.1/",
        "xmp": "http://ns.adobe.com/xap/1.0/",
        "exif": "http://ns.adobe.com/exif/1.0/",
    }
    texts = {}
    for node in described.childNodes:
        if node.nodeType == node.ELEMENT_NODE:
            items = node.getElementsByTagName("rdf:li")
            assert node.tagName == "xmp:CreatorTool" or [item.parentNode.tagName for item in items] == ["rdf:Alt"]
            assert all(item.getAttribute("xml:lang") == "x-default" for item in items)
            holder = items[0] if items else node
            texts[node.tagName] = "".join(child.data for child in holder.childNodes)
    return texts


def written(data: bytes) -> tuple[dict[str, str], str, dict[str, Any]]:
    """Return the texts of a PNG, its JSON document as text, and read."""
    found = chunks(data)
    kinds = [kind for kind, _ in found]
    assert kinds[:4] == ["IHDR", "sRGB", "eXIf", "iTXt"]
    assert set(kinds[4:-1]) == {"IDAT"}
    assert kinds[-1] == "IEND"
    by_kind = dict(found)
    width, height = struct.unpack_from(">II", by_kind["IHDR"])
    exif = by_kind["eXIf"]
    assert len(exif) == 56
    assert exif[:4] == b"MM\0*"
    assert struct.pack(">HHII", 0xA002, 4, 1, width) + struct.pack(">HHII", 0xA003, 4, 1, height) in exif
    keyword, rest = by_kind["iTXt"].split(b"\0", 1)
    assert (keyword, rest[:4]) == (b"XML:com.adobe.xmp", b"\0\0\0\0")
    texts = properties(rest[4:])
    assert texts.keys() == {"dc:description", "xmp:CreatorTool", "exif:UserComment"}
    assert texts["xmp:CreatorTool"] == "Draw Things"
    return texts, texts["exif:UserComment"], json.loads(texts["exif:UserComment"])


@pytest.mark.parametrize("prompt", PROMPTS)
def test_prompts_and_the_form_of_the_file(client: drawthings.DrawThings, prompt: str) -> None:
    result = client.generate(prompt, model=SDXL, negative_prompt=prompt[::-1], width=256, height=320, steps=2, seed=8)
    texts, text, document = written(result.picture.encode("png"))
    assert (document["c"], document["uc"]) == (prompt, prompt[::-1])
    assert texts["dc:description"].startswith(f"{prompt}\n-{prompt[::-1]}\nSteps: 2, Sampler: ")
    assert ", Seed: 8, Size: 256x320, Model: " in texts["dc:description"]
    assert "/" not in text.replace("\\/", "")
    assert list(document) == sorted(document)


def test_the_keys_and_numbers_of_the_app(client: drawthings.DrawThings) -> None:
    result = client.generate("a fox", model=SDXL, **RICH)
    _, text, document = written(result.picture.encode("png"))
    adjusted = {"mask_blur", "hires_fix", "first_stage_size", "second_stage_strength", "clip_skip"}
    tiles = {
        "stochastic_sampling_gamma",
        "tiled_decoding",
        "decoding_tile_width",
        "decoding_tile_height",
        "decoding_tile_overlap",
    }
    sdxl = {"target_size", "original_size", "negative_original_size", "crop_top", "crop_left", "zero_negative_prompt"}
    scores = {"aesthetic_score", "negative_aesthetic_score"}
    assert set(document) == ALWAYS | adjusted | tiles | sdxl | scores
    assert document["size"] == "256x256"
    assert (document["sampler"], document["seed_mode"]) == ("TCD Trailing", "Scale Alike")
    for value in document.values():
        if isinstance(value, float):
            assert struct.unpack("<f", struct.pack("<f", value))[0] == value
    assert '"strength":0.69999998807907104' in text
    assert '"scale":6.6999998092651367' in text
    inner = document["v2"]
    assert (inner["seed"], inner["guidanceScale"], inner["strength"], inner["hiresFixWidth"]) == (8, 6.7, 0.7, 128)
    keys = set(json.loads(drawthings.Configuration(model=SDXL).to_json()))
    assert keys <= set(inner)


def test_each_picture_of_a_batch_names_the_seed_that_made_it(client: drawthings.DrawThings) -> None:
    result = client.generate("a fox", model=SDXL, width=256, height=256, steps=2, seed=1, batch_size=3)
    seeds = [written(picture.encode("png"))[2]["seed"] for picture in result]
    state, expected = 1, []
    for _ in range(3):
        expected.append(state)
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
    assert seeds == expected


def test_the_library_makes_it_again(client: drawthings.DrawThings, tmp_path: Path) -> None:
    from drawthings.media.recollection import read_settings

    first = client.generate("a <fox> & 狐", model=SDXL, width=256, height=256, steps=2, seed=5)
    [path] = first.save(tmp_path / "fox.png")
    again = client.generate(**read_settings(path).again())
    assert (again.picture.pixels == first.picture.pixels).all()
    assert again.picture.encode("png") == path.read_bytes()
