import json
from collections.abc import Callable

import numpy as np
import pytest

from drawthings.errors import OutOfRange
from drawthings.media.image import encode_image
from drawthings.media.metadata import AppMetadata, Creation, app_metadata, read_metadata
from drawthings.media.xmp import Packet, xmp_packet

Document = dict[str, object]
Texts = Callable[[str | bytes], dict[str, str]]
PROMPTS = [
    "a red fox",
    "<b>& \"quotes\" 'single' ]]> <!-- --> <![CDATA[x]]>",
    "two\nlines\r\nand\ttabs",
    "狐 🦊 é é مرحبا",
    "path/to\\file {json: [1]} %s",
    "control \x01\x1b characters \ufffe",
    "x" * 20000,
]


def creation(app_json: Document, **facts: object) -> Creation:
    known = {"prompt": "a fox", "seed": 42, "sampler_name": "UniPC Trailing", "seed_mode_name": "Scale Alike"}
    return Creation(configuration=app_json, **{**known, **facts})


def picture(kind: str, packet: str | None) -> bytes:
    return encode_image(np.zeros((8, 8, 3), np.uint8), kind, xmp=packet)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_prompts_survive_the_file(
    app_json: Document, prompt: str, xmp_texts: Texts, png_chunks: Callable[[bytes], list[tuple[bytes, bytes]]]
):
    packet = app_metadata(creation(app_json, prompt=prompt, negative_prompt=prompt[::-1]))
    body = dict(png_chunks(picture("png", packet)))[b"iTXt"]
    keyword, flags, xml = body.split(b"\0", 1)[0], body[18:22], body[22:]
    assert (keyword, flags) == (b"XML:com.adobe.xmp", b"\0\0\0\0")
    texts = xmp_texts(xml)
    document = json.loads(texts["comment"])
    assert (document["c"], document["uc"]) == (prompt.strip(), prompt[::-1].strip())
    carried = "".join(char for char in prompt if char not in "\x01\x1b\ufffe")
    assert texts["description"].startswith(carried + "\n-")
    assert texts["creator"] == "Draw Things"


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_what_is_written_is_read_back(app_json: Document, prompt: str, kind: str):
    found = read_metadata(picture(kind, app_metadata(creation(app_json, prompt=prompt))))
    assert found is not None
    assert found.creator == "Draw Things"
    assert found.document["c"] == prompt
    assert found.configuration == {**app_json, "seed": 42}
    assert "Steps: 20, Sampler: UniPC Trailing" in found.description


def test_numbers_are_spelt_as_the_app_s_reader_wants_them(app_json: Document, xmp_texts: Texts):
    app_json["loras"] = [{"file": "a/b.ckpt", "weight": 0.6, "mode": "all"}]
    comment = xmp_texts(app_metadata(creation(app_json)))["comment"]
    assert '"strength":0.69999998807907104,' in comment
    assert '"weight":0.60000002384185791' in comment
    assert '"scale":4.5,' in comment
    assert '"seed":42,' in comment
    assert r'"model":"a\/b.ckpt"' in comment
    inner = comment[comment.index('"v2":') :]
    assert '"strength":0.7,' in inner
    assert '"weight":0.6' in inner
    assert '"compressionArtifactsQuality":43.1,' in inner
    keys = list(json.loads(comment))
    assert keys == sorted(keys)
    assert list(json.loads(comment)["v2"]) == sorted(app_json)
    top_level = {key: value for key, value in json.loads(comment).items() if isinstance(value, float)}
    assert all(float(np.float32(value)) == value for value in top_level.values())


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_that_would_crash_the_app_are_told(app_json: Document, seed: int):
    with pytest.raises(OutOfRange, match=str(seed)) as caught:
        app_metadata(creation(app_json, seed=seed))
    assert caught.value.field == "seed"


def test_the_largest_seed_is_a_seed(app_json: Document):
    assert '"seed":4294967295' in app_metadata(creation(app_json, seed=2**32 - 1))


def test_a_picture_without_metadata_says_nothing():
    assert read_metadata(picture("png", None)) is None
    assert read_metadata(b"not a picture") is None


@pytest.mark.parametrize("comment", ["", "{", "[1]", "5", "[" * 100_000, '{"a":' + "9" * 5000 + "}"])
def test_a_damaged_document_is_left_out(comment: str):
    packet = xmp_packet(Packet(description="a fox", comment=comment, creator="Somebody"))
    assert read_metadata(picture("png", packet)) == AppMetadata(description="a fox", creator="Somebody")
    assert read_metadata(picture("png", xmp_packet(Packet(comment=comment)))) is None


def test_a_packet_that_is_no_xml_says_nothing():
    assert read_metadata(picture("png", "<x")) is None


@pytest.mark.parametrize("document", [{"c": "x"}, {"c": "x", "v2": 5}])
def test_old_files_have_no_configuration(document: Document):
    packet = xmp_packet(Packet(comment=json.dumps(document)))
    found = read_metadata(picture("png", packet))
    assert found is not None
    assert found.configuration == {}
    assert found.document == document
