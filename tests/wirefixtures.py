"""What masks and hints must look like on the wire, worked out with nothing but Python's own arithmetic.

    python tests/wirefixtures.py        write the fixtures of tests/fixtures/wire again

Each fixture is a folder with ``facts.json`` (what the request says about its tensors) and one ``N.z`` per tensor: its
payload in row-major little-endian order, compressed with zlib. The pictures are formulas, so that the test can draw
them with Pillow and this file can compute what must become of them without.
"""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("fixtures") / "wire"
SIDE = 128
U8, F16 = 0x1000, 0x20000
NCHW, NHWC = 1, 2

Colour = tuple[int, int, int]


def colourful(x: int, y: int) -> Colour:
    """A picture whose channels differ, and whose rows differ from its columns; eight rows alike compress well."""
    row = y // 8 * 16
    return (x * 2 % 256, row % 256, (x * 2 + row) % 256)


def greyish(x: int, y: int) -> Colour:
    """A grey ramp with all 256 levels."""
    level = (x * 2 + y) % 256
    return (level, level, level)


def strokes(x: int, y: int) -> Colour:
    """Two dark strokes on white."""
    dark = abs(x - y) < 4 or 60 <= y < 66
    return (20, 20, 20) if dark else (250, 250, 250)


def inverted(x: int, y: int) -> Colour:
    """Two light strokes on black."""
    red, green, blue = strokes(x, y)
    return (255 - red, 255 - green, 255 - blue)


def spot(x: int, y: int) -> bool:
    """The part of the picture that the masks are about."""
    return 20 <= x < 90 and 30 <= y < 70


def half(value: float) -> float:
    """Round to half precision."""
    number: float = struct.unpack("<e", struct.pack("<e", value))[0]
    return number


def signed(level: int) -> bytes:
    """A byte as a number from -1 to 1, in half precision at each step as the app computes it."""
    return struct.pack("<e", half(half(half(level) * 2) / 255) - 1)


def unsigned(level: int) -> bytes:
    """A byte as a number from 0 to 1."""
    return struct.pack("<e", level / 255)


def rgb(picture: Any, number: Any, width: int = SIDE, height: int = SIDE) -> bytes:
    """All pixels of a picture, three numbers each."""
    table = [number(level) for level in range(256)]
    return b"".join(table[level] for y in range(height) for x in range(width) for level in picture(x, y))


def codes(code: Any, width: int = SIDE, height: int = SIDE) -> bytes:
    """A byte for each pixel."""
    return bytes(code(x, y) for y in range(height) for x in range(width))


def head(datatype: int, layout: int, *shape: int) -> dict[str, Any]:
    """The words of a tensor's header that matter; the first, the codec, may be 0 or 0x217."""
    return {"memory": 1, "layout": layout, "datatype": datatype, "reserved": 0, "shape": list(shape)}


PICTURE = head(F16, NHWC, 1, SIDE, SIDE, 3)
MASK = head(U8, NCHW, SIDE, SIDE)
Fixture = tuple[dict[str, Any], list[tuple[dict[str, Any], bytes]]]


def of_mask(code: Any) -> Fixture:
    """A masked picture: the picture's tensor and the mask's."""
    image = (PICTURE, rgb(colourful, signed))
    return {"image": 0, "mask": 1, "hints": []}, [image, (MASK, codes(code))]


def of_hint(kind: str, *tensors: tuple[dict[str, Any], bytes], weights: tuple[float, ...] = (1.0,)) -> Fixture:
    """One hint."""
    parts = [[index, weight] for index, weight in enumerate(weights)]
    return {"image": None, "mask": None, "hints": [[kind, parts]]}, list(tensors)


def outpainted() -> Fixture:
    """A picture of 128x128 that has grown by 64 on the left and 64 at the bottom."""
    wide, tall = SIDE + 64, SIDE + 64

    def inside(x: int, y: int) -> bool:
        return x >= 64 and y < SIDE

    def canvas(x: int, y: int) -> Colour:
        return colourful(x - 64, y) if inside(x, y) else (128, 128, 128)

    image = (head(F16, NHWC, 1, tall, wide, 3), rgb(canvas, signed, wide, tall))
    mask = (head(U8, NCHW, tall, wide), codes(lambda x, y: 3 if inside(x, y) else 1, wide, tall))
    return {"image": 0, "mask": 1, "hints": []}, [image, mask]


def fixtures() -> dict[str, Fixture]:
    """Every fixture by its name."""
    table = [signed(level) for level in range(256)]
    ramp = b"".join(table[greyish(x, y)[0]] for y in range(SIDE) for x in range(SIDE))
    one, nought = struct.pack("<e", 1), struct.pack("<e", 0)
    drawn = b"".join(3 * (one if strokes(x, y)[0] < 128 else nought) for y in range(SIDE) for x in range(SIDE))
    colours = (PICTURE, rgb(colourful, signed))
    small = (head(F16, NHWC, 1, 48, 64, 3), rgb(greyish, signed, 64, 48))
    sound = [
        (head(F16, NCHW, 40), b"".join(struct.pack("<e", n / 8) for n in range(40))),
        (head(F16, NCHW, 80), b"".join(struct.pack("<e", -(n / 8)) for n in range(80))),
    ]
    frames = (head(F16, NHWC, 2, SIDE, SIDE, 3), rgb(colourful, signed) + rgb(greyish, signed))
    repaint = of_mask(lambda x, y: 2 if spot(x, y) else 0)
    return {
        "image-frames": ({"image": 0, "mask": None, "hints": []}, [frames]),
        "mask-picture": repaint,
        "mask-alpha": repaint,
        "mask-array": repaint,
        "mask-box": repaint,
        "mask-original": of_mask(lambda x, y: 2 | 0x78 if spot(x, y) else 0),
        "mask-codes": of_mask(lambda x, y: 2 | 0x40 if spot(x, y) else 3 if x < 100 else 1),
        "mask-outpaint": outpainted(),
        "hint-depth": of_hint("depth", (head(F16, NHWC, 1, SIDE, SIDE, 1), ramp)),
        "hint-pose": of_hint("pose", (PICTURE, rgb(colourful, unsigned))),
        "hint-scribble": of_hint("scribble", (PICTURE, drawn)),
        "hint-scribble-light": of_hint("scribble", (PICTURE, drawn)),
        "hint-color": of_hint("color", colours),
        "hint-custom": of_hint("custom", colours),
        "hint-lineart": of_hint("custom", colours),
        "hint-shuffle": of_hint("shuffle", colours, small, weights=(1.0, 0.5)),
        "hint-audio": of_hint("audio", *sound, weights=(1.0, 1.0)),
    }


def write() -> None:
    """Write all fixtures."""
    for name, (facts, tensors) in fixtures().items():
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        told = {**facts, "tensors": [header for header, _ in tensors]}
        (folder / "facts.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        for index, (_, payload) in enumerate(tensors):
            (folder / f"{index}.z").write_bytes(zlib.compress(payload, 9))


if __name__ == "__main__":
    write()
