"""Pictures as latents: tensors whose preview form gives the picture back.

A real latent comes from an encoder. This one is the inverse of the linear map with which previews are shown (its
pseudo-inverse, the shortest vector of channels that has that colour), plus a little noise that the map does not see.

Source: the tables in ``ImageConverter.swift``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from drawthings.catalogue.families import CASCADE_DECODER, CASCADE_PRIOR, family_of
from drawthings.server.painter.noise import key_of, stream
from drawthings.server.painter.raster import COLOURS, scale
from drawthings.tensor.preview import linear_form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drawthings.server.painter.job import Picture

PICTURE_AXES = 3
PATCHES = "hidream_o1"
PATCH_PX = 32
DEFAULT_CHANNELS = 4
DEFAULT_CELL_PX = 8
KNEE = 0.04045
"""Where the two parts of the sRGB curve meet."""

GRAIN = 0.12
"""How strong the unseen noise is against the spread of the channels."""

_RGB_TO_CONES = np.linalg.inv(
    np.array(
        [
            [4.0767416621, -1.2684380046, -0.0041960863],
            [-3.3077115913, 2.6097574011, -0.7034186147],
            [0.2309699292, -0.3413193965, 1.7076147010],
        ]
    ),
)
_CONES_TO_LAB = np.linalg.inv(
    np.array(
        [[1.0, 1.0, 1.0], [0.3963377774, -0.1055613458, -0.0894841775], [0.2158037573, -0.0638541728, -1.2914855480]]
    )
)


def to_latent(
    picture: Picture,
    version: str,
    *,
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    sound_rows: int = 0,
    seed: int = 0,
) -> NDArray[np.float16]:
    """Turn pictures into a latent.

    Args:
        picture: One picture (h, w, 3) or several (B, h, w, 3), in [-1, 1].
        version: The model version; an unknown one is treated as the first Stable Diffusion.
        size: Rows and columns of cells; by default the family's geometry for the picture's size. A picture that has
            this size already, as ``stage`` can make it, is taken as it is.
        channels: Numbers in a cell, where the family has more than one form (Stable Cascade previews its first stage
            in 3 channels); by default the family's, and for that stage 3.
        sound_rows: Rows of cells below the picture that hold sound (LTX).
        seed: Chooses the unseen noise.

    Returns:
        The latent (B, rows, columns, channels) float16, in the model's own scale.
    """
    batch = np.asarray(picture, np.float32)
    batch = batch[None] if batch.ndim == PICTURE_AXES else batch
    if version == PATCHES:
        return _patches(batch, size)
    rows, columns = size or cells_of(version, batch.shape[1], batch.shape[2])
    cells = np.stack([np.clip(scale(each, rows, columns), -1, 1) for each in batch])
    if channels is None and version == CASCADE_PRIOR:
        channels = COLOURS
    if channels == COLOURS:
        # RGB in 0..1, as the small previewer of Stable Cascade makes it.
        return (cells * np.float32(0.5) + np.float32(0.5)).astype(np.float16)
    latent = _encoded(cells, version, channels)
    latent += _unseen(latent, version, seed)
    if sound_rows > 0:
        sound = stream(key_of("sound rows", seed)).standard_normal((len(latent), sound_rows, columns, latent.shape[-1]))
        latent = np.concatenate([latent, sound.astype(np.float32) * np.float32(0.6)], 1)
    return latent.astype(np.float16)


def cells_of(version: str, height: int, width: int) -> tuple[int, int]:
    """Return the rows and columns of the latent of a picture."""
    family = family_of(version)
    if family is None:
        return max(1, height // DEFAULT_CELL_PX), max(1, width // DEFAULT_CELL_PX)
    rows, columns = family.latent_cells(width, height)
    return max(1, rows), max(1, columns)


def _encoded(cells: NDArray[np.float32], version: str, channels: int | None) -> NDArray[np.float32]:
    """Return the shortest channels whose preview has these colours."""
    form = linear_form(version)
    family = family_of(version)
    wanted = channels or (family.channels if family is not None else DEFAULT_CHANNELS)
    if form is None or (version in {CASCADE_PRIOR, CASCADE_DECODER} and wanted != form.channels):
        return _mixed(cells, version, wanted)
    if form.scale == "byte":
        # Half a level more, because the preview truncates.
        target = (cells + 1) * np.float32(127.5) + np.float32(0.5)
    elif form.scale == "unit":
        target = cells + np.float32(0.5 / 127.5)
    else:
        target = _oklab(cells)
    latent: NDArray[np.float32] = ((target - form.offset) @ _inverse(version)).astype(np.float32)
    return latent


@lru_cache(maxsize=64)
def _inverse(version: str) -> NDArray[np.float32]:
    """Return the pseudo-inverse of a family's matrix, (3, channels)."""
    form = linear_form(version)
    weights = np.eye(3) if form is None else form.weights
    return np.linalg.pinv(weights.astype(np.float64)).astype(np.float32)


def _oklab(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the OKLab numbers from which Kandinsky's preview makes these colours, its curve included."""
    level = np.clip((cells.astype(np.float64) + 1) / 2 + 0.5 / 255, 0, 1)
    linear = np.where(level >= KNEE / 12.92, level ** (1 / 2.4) * 1.055 - 0.055, level * 12.92)
    lab: NDArray[np.float32] = (np.cbrt(linear @ _RGB_TO_CONES) @ _CONES_TO_LAB).astype(np.float32)
    return lab


def _unseen(latent: NDArray[np.float32], version: str, seed: int) -> NDArray[np.float32]:
    """Return noise that lies in the null space of the preview, so that the picture does not change."""
    noise = stream(key_of("latent", version, seed)).standard_normal(latent.shape, np.float32)
    noise *= np.float32(GRAIN) * max(float(latent.std()), 0.1)
    form = linear_form(version)
    if form is None or form.channels != latent.shape[-1]:
        return noise
    seen = form.weights @ _inverse(version)
    out: NDArray[np.float32] = noise - noise @ seen
    return out


def _mixed(cells: NDArray[np.float32], version: str, channels: int) -> NDArray[np.float32]:
    """Return plausible channels for a family without a linear form: fixed mixtures of the colours."""
    weights = stream(key_of("mixture", version)).standard_normal((3, channels), np.float32)
    weights /= np.linalg.norm(weights, axis=0)
    out: NDArray[np.float32] = cells @ weights
    return out


def _patches(batch: NDArray[np.float32], size: tuple[int, int] | None) -> NDArray[np.float16]:
    """Cut pictures into patches of 32 by 32 pixels, one cell each: all red values, then green, then blue."""
    rows, columns = size or (max(1, batch.shape[1] // PATCH_PX), max(1, batch.shape[2] // PATCH_PX))
    whole = np.stack([np.clip(scale(each, rows * PATCH_PX, columns * PATCH_PX), -1, 1) for each in batch])
    parts = whole.reshape(len(batch), rows, PATCH_PX, columns, PATCH_PX, 3).transpose(0, 1, 3, 5, 2, 4)
    return parts.reshape(len(batch), rows, columns, 3 * PATCH_PX * PATCH_PX).astype(np.float16)
