"""What is measured: tensors as a server sends them, made from photographs that two packages on PyPI ship.

The output of a decoder network does not lie on the 256 levels of a picture file. So the photographs are resampled in
floating point, get a little noise, and become half precision; 8-bit pictures turned into tensors would compress and
decode in another way.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from benches.place import DATA, PHOTOS
from drawthings.tensor.codec import encode_tensor
from drawthings.tensor.pixels import decode_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION = "2"
"""Written beside the data; another one makes them anew."""

NOISE = 0.004
"""Standard deviation of the noise, where a picture reaches from -1 to 1."""

PICTURES: Final = (
    "skimage/data/astronaut.png",
    "skimage/data/motorcycle_left.png",
    "sklearn/datasets/images/china.jpg",
    "skimage/data/coffee.png",
)
SIZES: Final = (512, 1024, 2048)
FRAMES, FRAME_SIZE = 81, (832, 480)
LATENT = (128, 128, 16)


def ensure() -> None:
    """Make what is measured, unless it is there."""
    stamp = DATA / "version"
    if stamp.exists() and stamp.read_text() == VERSION:
        return
    if not PHOTOS.exists():
        sys.exit(f"There are no photographs in {PHOTOS}; `make bench` puts them there.")
    DATA.mkdir(exist_ok=True)
    _make_pictures()
    _make_film()
    _make_preview()
    stamp.write_text(VERSION)


def read(name: str) -> bytes:
    """Return a blob by its name, such as ``fpzip-1024-0``, ``raw-2048-0`` and ``preview``."""
    return (DATA / f"{name}.bin").read_bytes()


def film() -> list[bytes]:
    """Return the frames of the clip as blobs."""
    return [path.read_bytes() for path in sorted(DATA.glob("frame-*.bin"))]


def resampled(image: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float]) -> NDArray[np.float32]:
    """Cut a part out of a photograph and resample it in floating point.

    Args:
        image: The photograph, RGB.
        size: Width and height of the result.
        box: The part, in pixels of the photograph.

    Shapes:
        (height, width, 3) in [-1, 1], and a little beyond where resampling overshoots.
    """
    bands = [band.convert("F").resize(size, Image.Resampling.LANCZOS, box) for band in image.split()]
    stacked = np.stack([np.asarray(band, np.float32) for band in bands], axis=-1)
    return (stacked / np.float32(127.5) - np.float32(1)).astype(np.float32)


def centre(image: Image.Image, aspect: float, zoom: float = 1.0) -> tuple[float, float, float, float]:
    """Return the largest part of a shape in the middle of a photograph, or a part of that.

    Args:
        image: The photograph.
        aspect: Width through height.
        zoom: How many times shorter the sides are than they could be.
    """
    width = min(image.width, image.height * aspect) / zoom
    height = width / aspect
    left, top = (image.width - width) / 2, (image.height - height) / 2
    return left, top, left + width, top + height


def _make_pictures() -> None:
    noise = np.random.default_rng(1)
    for index, name in enumerate(PICTURES):
        image = Image.open(PHOTOS / name).convert("RGB")
        for side in SIZES if index == 0 else (1024,):
            values = _noisy(resampled(image, (side, side), centre(image, 1)), noise)
            _write(f"fpzip-{side}-{index}", values, codec="fpzip")
            _write(f"raw-{side}-{index}", values)
            if index == 0:
                # As Pillow writes it: a file of ours would say how fast we read our own.
                Image.fromarray(decode_pixels(values)).save(DATA / f"picture-{side}.png")
        if index == 0:
            _write("fpzip-64-0", _noisy(resampled(image, (64, 64), centre(image, 1)), noise), codec="fpzip")


def _make_film() -> None:
    image = Image.open(PHOTOS / PICTURES[1]).convert("RGB")
    noise = np.random.default_rng(2)
    width, height = FRAME_SIZE
    for index in range(FRAMES):
        left, top, right, bottom = centre(image, width / height, 1.2 + 0.3 * index / FRAMES)
        pan = left * (index / FRAMES - 0.5)
        values = resampled(image, FRAME_SIZE, (left + pan, top, right + pan, bottom))
        _write(f"frame-{index:03}", _noisy(values, noise), codec="fpzip")


def _make_preview() -> None:
    """Make a latent as samplers have it half way: a coarse picture in every channel, and noise of the same strength."""
    noise = np.random.default_rng(3)
    image = Image.open(PHOTOS / PICTURES[0]).convert("RGB")
    height, width, channels = LATENT
    picture = resampled(image, (width, height), centre(image, 1))
    mixed = picture @ noise.normal(0, 1, (3, channels)).astype(np.float32)
    values = mixed + noise.normal(0, 0.7, mixed.shape).astype(np.float32)
    _write("preview", values.astype(np.float16)[None], codec="fpzip")


def _noisy(values: NDArray[np.float32], noise: np.random.Generator) -> NDArray[np.float16]:
    return (values + noise.normal(0, NOISE, values.shape).astype(np.float32)).astype(np.float16)[None]


def _write(name: str, values: NDArray[np.float16], codec: str = "raw") -> None:
    blob = encode_tensor(values, codec="fpzip" if codec == "fpzip" else "raw")
    Path(DATA / f"{name}.bin").write_bytes(blob)


if __name__ == "__main__":
    ensure()
