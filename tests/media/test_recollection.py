import contextlib
import io
import json
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from drawthings.errors import BadConfiguration, BadImage, BadValue, UnknownPreset
from drawthings.media import recollection
from drawthings.media.image import encode_image
from drawthings.media.metadata import Creation, app_metadata
from drawthings.media.recollection import Recollection, read_settings, settings_from_file
from drawthings.media.xmp import Packet, xmp_packet
from drawthings.request.choices import Sampler, SeedMode
from drawthings.request.configuration import Configuration

INFOTEXT = (
    "狐 a fox\nNegative prompt: bad\nSteps: 5, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x768, Version: v1.9"
)
PLAIN = np.zeros((8, 8, 3), np.uint8)
PRESETS = [
    {"name": "Quick", "negative": "bad", "configuration": {"steps": 8}},
    {"name": "Slow", "configuration": {"steps": 40}},
]


def metadata(**settings: Any) -> str:
    configuration = Configuration(**{"seed": 7, "model": "sd.ckpt", **settings})
    return app_metadata(
        Creation(
            prompt="a <fox>",
            negative_prompt="b & c",
            configuration=configuration.to_json_object(),
            seed=42,
            sampler_name=configuration.sampler.label,
            seed_mode_name=configuration.seed_mode.label,
            inputs=("image",),
        )
    )


def png_text(text: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", text)
    file = io.BytesIO()
    Image.fromarray(PLAIN).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def with_exif(kind: str, text: str) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + text.encode("utf-16-be")
    file = io.BytesIO()
    Image.fromarray(PLAIN).save(file, kind, exif=exif)
    return file.getvalue()


def film(comment: str) -> bytes:
    def box(kind: bytes, *content: bytes) -> bytes:
        return struct.pack(">I4s", sum(map(len, content)) + 8, kind) + b"".join(content)

    value = box(b"data", struct.pack(">II", 1, 0), comment.encode())
    meta = box(b"meta", bytes(4), box(b"hdlr", bytes(24)), box(b"ilst", box(b"\xa9cmt", value)))
    return box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", bytes(100)) + box(b"moov", box(b"udta", meta))


def gif(comment: str) -> bytes:
    file = io.BytesIO()
    Image.new("P", (2, 2)).save(file, "GIF", comment=comment.encode())
    return file.getvalue()


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_pictures_of_the_app_and_of_this_package(kind: str):
    found = read_settings(encode_image(PLAIN, kind, xmp=metadata(steps=9)))
    assert (found.kind, found.container, found.creator) == ("metadata", kind, "Draw Things")
    assert (found.prompt, found.negative_prompt, found.inputs) == ("a <fox>", "b & c", ("image",))
    assert Configuration(**found.settings) == Configuration(seed=42, model="sd.ckpt", steps=9)
    assert found.complete


@pytest.mark.parametrize("data", [png_text(INFOTEXT), with_exif("JPEG", INFOTEXT), with_exif("WEBP", INFOTEXT)])
def test_pictures_of_web_interfaces(data: bytes):
    found = read_settings(data)
    assert (found.kind, found.creator) == ("infotext", "Stable Diffusion web UI v1.9")
    assert (found.prompt, found.negative_prompt) == ("狐 a fox", "bad")
    assert found.settings == {
        "steps": 5,
        "sampler": Sampler.EULER_A,
        "guidance_scale": 7.0,
        "seed": 1,
        "width": 512,
        "height": 768,
    }
    assert not found.complete


@pytest.mark.parametrize("data", [film('{"c": "x", "v2": {"steps": 3}}'), gif('{"c": "x", "v2": {"steps": 3}}')])
def test_films(data: bytes):
    found = read_settings(data)
    assert (found.kind, found.prompt, found.settings) == ("metadata", "x", {"steps": 3})
    assert found.container in {"film", "gif"}


def test_the_app_s_text_is_read_when_the_document_is_damaged():
    text = "a fox\nSteps: 8, Sampler: DDIM, Guidance Scale: 1.0, Seed: 5"
    packet = xmp_packet(Packet(description=text, comment='{"c": "x', creator="Draw Things"))
    found = read_settings(encode_image(PLAIN, "png", xmp=packet))
    assert (found.kind, found.prompt, found.creator, found.settings["seed"]) == (
        "description",
        "a fox",
        "Draw Things",
        5,
    )


def test_packets_with_unescaped_prompts_are_read():
    packet = xmp_packet(Packet(description="x", comment="JSON", creator="some program"))
    packet = packet.replace("JSON", '{"c": "a <b> & c", "v2": {"steps": 3}}')
    found = read_settings(encode_image(PLAIN, "png", xmp=packet))
    assert (found.prompt, found.settings, found.creator) == ("a <b> & c", {"steps": 3}, "some program")


def test_the_clipboard():
    configuration = Configuration(steps=3, sampler="DDIM", loras=["a.ckpt"], extra={"odd": 1})
    for source in (configuration.to_json(), configuration.to_json(indent=2), configuration.to_json().encode("utf-16")):
        found = read_settings(source)
        assert (found.kind, found.container, found.prompt) == ("configuration", "text", "")
        assert Configuration(**found.settings) == configuration
        assert found.unknown == {"odd": 1}
        assert found.complete
    assert not read_settings('{"steps": 3}').complete


def test_presets():
    text = json.dumps(PRESETS)
    found = read_settings(text, name="quick")
    assert found == Recollection(kind="preset", name="Quick", negative_prompt="bad", settings={"steps": 8})
    with pytest.raises(UnknownPreset, match="2 presets"):
        read_settings(text)
    with pytest.raises(UnknownPreset) as caught:
        read_settings(text, name="slo")
    assert caught.value.suggestions == ("Slow",)


@pytest.mark.parametrize("more", [{}, {"name": "x"}, {"pictures": []}])
def test_one_object_with_a_configuration(more: dict[str, Any]):
    assert read_settings(json.dumps({**more, "configuration": {"steps": 4}})).settings == {"steps": 4}


def test_a_document_as_text():
    found = read_settings('{"c": "x", "scale": 2}')
    assert (found.kind, found.prompt, found.settings) == ("metadata", "x", {"guidance_scale": 2.0})


def test_paths(tmp_path: Path):
    path = tmp_path / "fox.png"
    path.write_bytes(encode_image(PLAIN, "png", xmp=metadata()))
    assert read_settings(path) == read_settings(str(path))
    (tmp_path / "info.txt").write_text(INFOTEXT, encoding="utf-8-sig")
    assert read_settings(tmp_path / "info.txt").prompt == "狐 a fox"


@pytest.mark.skipif(os.name == "nt", reason="needs paths for open files")
def test_pipes():
    read, write = os.pipe()
    with os.fdopen(write, "wb") as file:
        file.write(encode_image(PLAIN, "png", xmp=metadata()))
    try:
        assert read_settings(f"/dev/fd/{read}").prompt == "a <fox>"
    finally:
        os.close(read)


def test_settings_from_file(tmp_path: Path):
    for name in ("presets.json", "odd#name.json"):
        (tmp_path / name).write_text(json.dumps(PRESETS))
    assert settings_from_file(f"{tmp_path}/presets.json#slow") == {"steps": 40}
    assert settings_from_file(f"{tmp_path}/odd#name.json", name="Slow") == {"steps": 40}
    assert settings_from_file(f"{tmp_path}/odd#name.json#Slow") == {"steps": 40}
    assert settings_from_file('{"steps": 2, "model": "a#b"}') == {"steps": 2, "model": "a#b"}
    assert settings_from_file(INFOTEXT)["seed"] == 1
    with pytest.raises(UnknownPreset):
        settings_from_file(f"{tmp_path}/odd#name.json")


def test_again_gives_every_setting_of_a_complete_source():
    again = read_settings(encode_image(PLAIN, "png", xmp=metadata(steps=9, batch_size=4, batch_count=3))).again()
    assert (again["prompt"], again["negative_prompt"]) == ("a <fox>", "b & c")
    assert set(Configuration().to_dict()) <= set(again)
    assert again["refiner_model"] is None
    assert (again["seed"], again["steps"], again["batch_size"], again["batch_count"]) == (42, 9, 1, 1)


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"seed_mode": SeedMode.SCALE_ALIKE}, 1),
        ({"seed_mode": SeedMode.NVIDIA_GPU_COMPATIBLE}, 3),
        ({"model": "qwen_image_layered_1.0_q8p.ckpt"}, 3),
    ],
)
def test_one_of_a_batch_is_made_alone_where_its_seed_is_its_own(settings: dict[str, Any], size: int):
    data = encode_image(PLAIN, "png", xmp=metadata(batch_size=3, **settings))
    assert read_settings(data).settings["batch_size"] == 3
    assert read_settings(data).again()["batch_size"] == size


def test_again_leaves_open_what_a_partial_source_leaves_open():
    assert read_settings(INFOTEXT).again().keys() == {
        "prompt",
        "negative_prompt",
        "steps",
        "sampler",
        "guidance_scale",
        "seed",
        "width",
        "height",
    }


def comfy() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("workflow", '{"nodes": []}')
    file = io.BytesIO()
    Image.fromarray(PLAIN).save(file, "PNG", pnginfo=info)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (encode_image(PLAIN, "png"), "does not say how it was made"),
        (encode_image(PLAIN, "jpeg", xmp="<x"), "does not say how it was made"),
        (encode_image(PLAIN, "png", xmp=xmp_packet(Packet(comment="[1]"))), "does not say how it was made"),
        (comfy(), "ComfyUI"),
        (film("hello"), "no comment"),
        (film('{"steps": 3}'), "no comment"),
        (b"\0\1\2\3 something else", "neither a picture"),
        (b"\xff\xfea", "neither a picture"),
        (b"\x89PNG\r\n\x1a\n", "does not say how it was made"),
    ],
)
def test_files_that_say_nothing(data: bytes, words: str):
    with pytest.raises(BadImage, match=words) as caught:
        read_settings(data)
    assert caught.value.hint


@pytest.mark.parametrize("source", [b"", b"hello", "two\nlines", "{", "[", "[1]", "{}x", '{"steps": 1, "steps": 2}'])
def test_texts_that_say_nothing(source: str | bytes):
    with pytest.raises(BadConfiguration):
        read_settings(source)


def test_a_wrong_value_in_a_configuration_is_told():
    with pytest.raises(BadValue, match="steps"):
        read_settings('{"steps": "many"}')


@pytest.mark.parametrize("source", ["no/such/file", "a\0b", "", "~nobody-of-that-name/x", "."])
def test_paths_that_cannot_be_read(source: str):
    with pytest.raises(BadConfiguration, match="cannot be read"):
        read_settings(source)
    with pytest.raises(BadConfiguration, match="cannot be read"):
        settings_from_file(source + "#x")


def test_long_texts_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recollection, "MOST_TEXT_BYTES", 100)
    with pytest.raises(BadConfiguration, match="larger than"):
        read_settings(b"{" + b" " * 200)


@given(st.sampled_from(["png", "jpeg", "webp"]), st.data())
def test_damage_is_told_or_passed_over(kind: str, data: st.DataObject):
    whole = bytearray(encode_image(PLAIN, kind, xmp=metadata()))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    with contextlib.suppress(BadImage, BadConfiguration):
        assert isinstance(read_settings(cut), Recollection)


def test_a_packed_text_may_not_explode():
    body = b"parameters\0\0" + zlib.compress(bytes(1 << 26))
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + bytes(4)
    with pytest.raises(BadImage):
        read_settings(b"\x89PNG\r\n\x1a\n" + chunk)
