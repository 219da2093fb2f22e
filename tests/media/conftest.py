"""Readers that share no code with the writers: plain struct, zlib and xml.etree."""

import copy
import struct
import zlib
from collections.abc import Callable
from xml.etree import ElementTree as ET

import numpy as np
import pytest

APP_JSON = {
    "id": 0,
    "width": 1024,
    "height": 768,
    "seed": 11,
    "steps": 20,
    "guidanceScale": 4.5,
    "strength": 0.7,
    "model": "z_image_turbo_1.0_q6p.ckpt",
    "sampler": 17,
    "batchCount": 1,
    "batchSize": 1,
    "hiresFix": False,
    "hiresFixWidth": 448,
    "hiresFixHeight": 512,
    "hiresFixStrength": 0.7,
    "imageGuidanceScale": 1.5,
    "seedMode": 2,
    "clipSkip": 1,
    "controls": [],
    "loras": [],
    "maskBlur": 1.5,
    "clipWeight": 0.8,
    "negativePromptForImagePrior": True,
    "imagePriorSteps": 5,
    "originalImageHeight": 768,
    "originalImageWidth": 1024,
    "cropTop": 3,
    "cropLeft": 4,
    "targetImageHeight": 760,
    "targetImageWidth": 1020,
    "aestheticScore": 6,
    "negativeAestheticScore": 2.5,
    "zeroNegativePrompt": False,
    "refinerStart": 0.85,
    "negativeOriginalImageHeight": 512,
    "negativeOriginalImageWidth": 640,
    "fps": 5,
    "motionScale": 127,
    "guidingFrameNoise": 0.02,
    "startFrameGuidance": 1,
    "numFrames": 14,
    "maskBlurOutset": 0,
    "sharpness": 0,
    "shift": 1,
    "stage2Steps": 10,
    "stage2Guidance": 1,
    "stage2Shift": 1,
    "tiledDecoding": False,
    "decodingTileWidth": 640,
    "decodingTileHeight": 640,
    "decodingTileOverlap": 128,
    "stochasticSamplingGamma": 0.3,
    "preserveOriginalAfterInpaint": True,
    "tiledDiffusion": False,
    "diffusionTileWidth": 1024,
    "diffusionTileHeight": 1024,
    "diffusionTileOverlap": 128,
    "upscalerScaleFactor": 0,
    "t5TextEncoder": True,
    "separateClipL": False,
    "separateOpenClipG": False,
    "speedUpWithGuidanceEmbed": True,
    "guidanceEmbed": 3.5,
    "resolutionDependentShift": True,
    "teaCacheStart": 5,
    "teaCacheEnd": -1,
    "teaCacheThreshold": 0.06,
    "teaCache": False,
    "separateT5": False,
    "teaCacheMaxSkipSteps": 3,
    "causalInference": 0,
    "causalInferencePad": 0,
    "cfgZeroStar": False,
    "cfgZeroInitSteps": 0,
    "compressionArtifacts": "disabled",
    "compressionArtifactsQuality": 43.1,
    "colorCalibration": "none",
    "expandPromptToJson": True,
}


def walk(data: bytes) -> list[tuple[bytes, bytes]]:
    """Split a PNG into its chunks and check every length and checksum."""
    assert data[:8] == bytes([137, 80, 78, 71, 13, 10, 26, 10])
    place, found = 8, []
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
        assert checksum == zlib.crc32(kind + body)
        found.append((kind, body))
        place += 12 + length
    assert place == len(data)
    return found


def unfilter(data: bytes) -> np.ndarray:
    """Decode an 8-bit PNG byte by byte, straight from the specification."""
    parts = walk(data)
    width, height, depth, colour, _, _, _ = struct.unpack(">IIBBBBB", dict(parts)[b"IHDR"])
    assert depth == 8
    channels = {0: 1, 2: 3, 6: 4}[colour]
    raw = zlib.decompress(b"".join(body for kind, body in parts if kind == b"IDAT"))
    stride = width * channels
    assert len(raw) == height * (stride + 1)
    rows, above = [], [0] * stride
    for y in range(height):
        method, line = raw[y * (stride + 1)], list(raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
        for x in range(stride):
            a = line[x - channels] if x >= channels else 0
            c = above[x - channels] if x >= channels else 0
            b = above[x]
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line[x] = (line[x] + [0, a, b, (a + b) // 2, paeth][method]) % 256
        rows.append(line)
        above = line
    return np.array(rows, np.uint8).reshape(height, width, channels)


@pytest.fixture
def png_chunks() -> Callable[[bytes], list[tuple[bytes, bytes]]]:
    return walk


@pytest.fixture
def png_pixels() -> Callable[[bytes], np.ndarray]:
    return unfilter


@pytest.fixture
def xmp_texts() -> Callable[[str | bytes], dict[str, str]]:
    def read(packet: str | bytes) -> dict[str, str]:
        """Read a packet as strictly as the app writes it: every level by name, nothing beside it."""
        rdf = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
        root = ET.fromstring(packet)  # noqa: S314 - our own packet
        assert root.tag == "{adobe:ns:meta/}xmpmeta"
        assert root.attrib == {"{adobe:ns:meta/}xmptk": "XMP Core 6.0.0"}
        [graph] = root
        assert graph.tag == rdf + "RDF"
        [described] = graph
        assert described.tag == rdf + "Description"
        assert described.attrib == {rdf + "about": ""}
        texts = {}
        for prop in described:
            if len(prop):
                [alternatives] = prop
                [item] = alternatives
                assert (alternatives.tag, item.tag) == (rdf + "Alt", rdf + "li")
                assert item.attrib == {"{http://www.w3.org/XML/1998/namespace}lang": "x-default"}
                texts[prop.tag] = item.text or ""
            else:
                texts[prop.tag] = prop.text or ""
        return {
            "description": texts.pop("{http://purl.org/dc/elements/1.1/}description"),
            "creator": texts.pop("{http://ns.adobe.com/xap/1.0/}CreatorTool"),
            "comment": texts.pop("{http://ns.adobe.com/exif/1.0/}UserComment"),
            **texts,
        }

    return read


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, (19, 23, 3), dtype=np.uint8)


@pytest.fixture
def app_json() -> dict[str, object]:
    """Every setting in the app's JSON, as the app has it for a new project."""
    return copy.deepcopy(APP_JSON)
